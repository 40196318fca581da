"""A revocation holds within a second for every reader of the one process that serves a home, however many there are."""

import csv
import io
import random
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.conftest import STOCK, Agreed, packaged

from commonweal.adapters.folder import FolderInUseError
from commonweal.node import open_home

if TYPE_CHECKING:
    from tests.conftest import Home, ServedApart

STREAMS = 48
"""More than the threads in which the server does its work, which are 40."""


def big_stock() -> bytes:
    """Return stock that no buffer between the node and a reader holds: about 5 MB as Parquet."""
    written, chance = io.StringIO(), random.Random(1)
    rows = csv.writer(written)
    rows.writerow(("trust", "as_at", "item", "stock", "daily_use"))
    rows.writerows(("R0A", "2020-04-01", f"gloves {chance.randbytes(120).hex()}", 4321, 123) for _ in range(40_000))
    return written.getvalue().encode()


def any_item() -> str:
    """Return the contract of the story without its rule of which items there are."""
    before, _, rest = packaged("ppe-stock.odcs.yaml").decode().partition("        unique: true\n")
    return before + rest[rest.index("        customProperties:") :]


def open_stream(served: "ServedApart", agreed: Agreed, opened: ExitStack) -> socket.socket:
    """Begin to read, take the first bytes, and then nothing more."""
    address = urlsplit(served.url)
    stream = opened.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    head = f"GET {agreed.data_path('parquet')} HTTP/1.1\r\nHost: {address.netloc}\r\n"
    stream.sendall(f"{head}Authorization: Bearer {agreed.token}\r\n\r\n".encode())
    assert stream.recv(100).startswith(b"HTTP/1.1 200")
    return stream


def is_cut(stream: socket.socket) -> bool:
    """Say whether a connection has ended; what had arrived before is thrown away."""
    stream.settimeout(0)
    try:
        while stream.recv(1 << 20):
            pass
    except ConnectionResetError:
        return True
    except BlockingIOError:
        return False
    return True


def test_a_revocation_cuts_every_stream_and_refuses_every_reader_within_a_second(
    a_home: "Home", serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]"
) -> None:
    with serving_apart(a_home) as served, ExitStack() as opened, ThreadPoolExecutor(STREAMS) as pool:
        steward = served.join("R0A", "Sam Steward", "steward")
        upload = served.upload(big_stock(), by=steward).json()["upload"]
        document = {"body": "r0a", "name": "ppe-stock", "contract": any_item(), "upload": upload, "confirm": True}
        served.do("/api/v1/datasets", document, by=steward)
        analyst = served.join("DHSC", "Aisha Khan", "analyst", "asset-owner")
        form = {"dataset": STOCK, "recipient": "DHSC", "purpose": "ppe-supply"}
        agreement = str(served.do("/api/v1/requests", form, by=analyst)["agreement"])
        token = str(served.profile(agreement, by=analyst)["bearerToken"])
        agreed = Agreed(agreement, token, STOCK, "r0a")
        streams = [open_stream(served, agreed, opened) for _ in range(STREAMS)]
        assert not any(is_cut(stream) for stream in streams)
        served.do(f"/api/v1/agreements/{agreement}/revocation", {"reason": "A test."})
        answered = time.monotonic()
        after = list(pool.map(lambda _: served.send("GET", agreed.data_path("csv"), agreed.reader), range(STREAMS)))
        time.sleep(max(0.0, answered + 1 - time.monotonic()))
        assert all(is_cut(stream) for stream in streams)
        assert {each.status_code for each in after} == {403}
        events = sorted(served.events(subject=agreement), key=lambda each: int(each["index"]))
        names = [each["name"] for each in events]
        end = names.index("agreement.revoked")
        assert not {"delivery.authorised", "delivery.completed"} & set(names[end:])
        counted = [each["facts"] for each in events[:end] if each["name"] == "delivery.completed"]
        assert (sum(each["hits"] for each in counted), sum(each["whole"] for each in counted)) == (STREAMS, 0)
        with pytest.raises(FolderInUseError), open_home(a_home.folder):
            pytest.fail("one process serves a home")
