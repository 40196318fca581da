"""What a dataset's page says to paste does read the dataset, from a node that is served."""

import html
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.web.connect import connect_open, connect_shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Agreed, ServedHere

    from commonweal.web.views import ConnectText

OPEN, SHARED = "lambeth/payments", "r0a/ppe-stock"
CLIENTS = ["curl", "pandas", "Spark", "R", "Power BI"]


def connect_texts(served: "ServedHere", dataset: str) -> dict[str, str]:
    """Return the page's text for each client."""
    page = served.send("GET", f"/datasets/{dataset}", {"Accept": "text/html"})
    assert page.status_code == 200
    found = re.findall(r'aria-label="Text for ([^"]+)"><code>(.*?)</code>', page.text, re.DOTALL)
    return {client: html.unescape(text) for client, text in found}


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_address_of_open_data_answers(served: "ServedHere") -> None:
    served.publish_open()
    texts = connect_texts(served, OPEN)
    assert list(texts) == CLIENTS
    for text in texts.values():
        [address] = re.findall(r"http://[^\s\"]+", text)
        assert address.startswith(served.url)
        assert served.send("GET", address.removeprefix(served.url)).status_code == 200


def test_curl_and_pandas_read_open_data(served: "ServedHere", tmp_path: Path) -> None:
    served.publish_open()
    texts = connect_texts(served, OPEN)
    run(["sh", "-c", texts["curl"]], tmp_path)
    assert (tmp_path / "payments.csv").read_bytes() == served.send("GET", f"/open/{OPEN}.csv").content
    (tmp_path / "read.py").write_text(texts["pandas"] + "\nassert len(rows) == 1072\n")
    assert "Supplier Name" in run([sys.executable, "read.py"], tmp_path)


def test_what_a_shared_dataset_says_reads_under_an_agreement(served: "ServedHere", tmp_path: Path) -> None:
    agreed = served.agree_on_stock()
    texts = {client: fill(text, agreed) for client, text in connect_texts(served, SHARED).items()}
    assert list(texts) == CLIENTS
    write_profile(served, agreed, tmp_path / "agreement.share")
    run(["sh", "-c", texts["curl"]], tmp_path)
    assert (tmp_path / "ppe_stock.csv").read_bytes() == served.send(
        "GET", agreed.data_path("csv"), agreed.reader
    ).content
    (tmp_path / "read.py").write_text(texts["pandas"] + "\nassert len(rows) == 2\n")
    assert "gloves" in run([sys.executable, "-W", "ignore", "read.py"], tmp_path)
    assert texts["Power BI"] == f"{served.url}/delta-sharing/"
    for client in ("Spark", "pandas"):
        assert f"agreement.share#{agreed.id}.r0a.ppe_stock" in texts[client]


def fill(text: str, agreed: "Agreed") -> str:
    return text.replace("AGREEMENT", agreed.id)


def write_profile(served: "ServedHere", agreed: "Agreed", path: Path) -> None:
    path.write_text(
        f'{{"shareCredentialsVersion": 1, "endpoint": "{served.url}/delta-sharing/", "bearerToken": "{agreed.token}"}}'
    )


def test_a_withdrawn_dataset_is_connected_to_by_nobody(served: "ServedHere") -> None:
    served.publish_open()
    served.do(f"/api/v1/datasets/{OPEN}/withdrawal", {"reason": "A test."}, by="ngozi.bello@lambeth")
    page = served.send("GET", f"/datasets/{OPEN}", {"Accept": "text/html"})
    assert page.status_code == 200
    assert "(withdrawn)" in page.text
    assert "nobody can read it" in page.text
    assert connect_texts(served, OPEN) == {}
    assert f"/open/{OPEN}" not in page.text


@pytest.mark.parametrize("connect", [connect_open, connect_shared])
def test_no_text_holds_a_token_of_this_node(connect: "Callable[[str, str], tuple[ConnectText, ...]]") -> None:
    texts = connect("https://data.example", "a-body/a-name")
    assert [each.client for each in texts] == CLIENTS
    assert not [each for each in texts if "cw_" in each.text]
