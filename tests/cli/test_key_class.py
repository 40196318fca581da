"""Publishing by the command line under a key of the dataset's own."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import STOCK_SOURCE

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Said
    from tests.conftest import Home, ServedHere

CONTRACT = files("commonweal.cli.story") / "data" / "ppe-stock.odcs.yaml"
DIES_LATE = "A key destroyed in a keystore file lives on in backups until they expire, here after 35 days."


@pytest.fixture
def publish(
    command: "Command",
    a_home: "Home",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
    tmp_path: Path,
) -> "Iterator[Callable[[str], Said]]":
    """Publish the stock of a trust, with further options."""
    source, token = tmp_path / "stock.csv", tmp_path / "token"
    source.write_bytes(STOCK_SOURCE)
    with serving(a_home) as served:
        served.join("R0A", "Sam Steward", "steward")
        token.write_text(served.token)
        at = f"--contract {CONTRACT} --confirm --as sam.steward@r0a --node {served.url} --token {token}"
        yield lambda more: command("publish", source, "r0a/stock", *shlex.split(at), *shlex.split(more))


def test_the_answer_says_under_which_key_the_data_lies(publish: "Callable[[str], Said]") -> None:
    plain = publish("")
    assert (plain.code, "key" in plain.out) == (0, False)
    own = publish("--key-class device")
    assert own.code == 0, own.err
    assert own.out.splitlines()[1] == f"It lies under a key of its own. {DIES_LATE}"
    split = publish("--split --json").document()
    assert (split["key_class"], [each["classification"] for each in split["parts"]]) == ("device", ["not-personal"])
    assert split["key"] == f"Each class of its fields lies under a key of its own. {DIES_LATE}"
    assert publish("--json").document()["again"] is True
    assert publish("--key-class body --json").document()["key_class"] == "body"


def test_another_key_class_is_a_slip_of_the_keyboard(publish: "Callable[[str], Said]") -> None:
    assert publish("--key-class hsm").code == 2
