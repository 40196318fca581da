"""How far a source has been read: block by block, pass by pass, and told to nobody but its sender."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.conftest import STOCK_SOURCE, ServedHere, client_of, packaged

from commonweal.keys import PayloadReader, PayloadWriter, new_file_key
from commonweal.node.publish.following import Progress, Reach
from commonweal.publish import SourceFormat

LINES = b"ten bytes\n" * 100_000


class Raw(io.BytesIO):
    """Bytes that are read by position."""

    def pread(self, offset: int, size: int, /) -> bytes:
        return self.getvalue()[offset : offset + size]


def sealed(plain: bytes) -> PayloadReader:
    raw, key = Raw(), new_file_key()
    with PayloadWriter(raw, key) as writer:
        writer.write(plain)
    return PayloadReader(raw, key, len(raw.getvalue()))


@pytest.mark.parametrize(("form", "rows"), [(SourceFormat.CSV, 40_000), (SourceFormat.PARQUET, None)])
def test_what_is_read_of_a_source_is_counted_in_each_pass(form: SourceFormat, rows: int | None) -> None:
    progress = Progress(7)
    assert progress.reach() == Reach(7, 0, None)
    followed = progress.follow(sealed(LINES), form)
    for _ in range(2):
        again = followed.reopen()
        assert again.read(100_000) + again.read(300_000) == LINES[:400_000]
        assert progress.reach() == Reach(1_000_000, 400_000, rows)
        assert again.read() == LINES[400_000:]
        assert progress.reach() == Reach(1_000_000, 1_000_000, None if rows is None else 100_000)


def test_a_source_that_is_tidied_is_counted_from_its_own_beginning() -> None:
    progress = Progress(5)
    assert progress.follow(sealed(LINES), SourceFormat.CSV).read(500_000) == LINES[:500_000]
    shorter = progress.follow(sealed(b"no line end"), SourceFormat.CSV)
    assert progress.reach() == Reach(11, 0, None)
    assert shorter.read() == b"no line end"
    assert progress.reach() == Reach(11, 11, 1)


def test_only_who_sent_an_upload_is_told_how_far_it_is(served: ServedHere) -> None:
    sender, other = (served.join("R0A", name, "steward") for name in ("Sam Steward", "Pat Steward"))
    analyst = served.join("R0A", "Ann Analyst", "analyst")
    upload = served.upload(STOCK_SOURCE, by=sender).json()["upload"]
    path = f"/api/v1/uploads/{upload}/progress"
    told = served.send("GET", path, served.person(sender))
    assert (told.status_code, told.json()) == (200, {"size": len(STOCK_SOURCE), "read": 0, "rows": None})
    refused = [served.send("GET", path, served.person(each)) for each in (other, analyst, "")]
    assert [each.status_code for each in refused] == [404, 404, 404]
    assert served.send("GET", path).status_code == 401


def test_an_upload_is_followed_over_http_until_it_is_published(served: ServedHere) -> None:
    steward = served.join("cabinet-office", "Sam Steward", "steward")
    rows = "".join(f"{number},site-1,2020-01-01,1.5,generated\n" for number in range(300_000))
    source = f"reading,site,taken,value,note\n{rows}".encode()
    upload = served.upload(source, by=steward).json()["upload"]
    path, form = f"/api/v1/uploads/{upload}/progress", {"body": "cabinet-office", "name": "readings", "upload": upload}
    seen: list[dict[str, int]] = []
    with ThreadPoolExecutor(1) as beside, client_of(served.url) as client:
        document = {**form, "contract": packaged("large.odcs.yaml").decode()}
        done = beside.submit(client.post, "/api/v1/datasets", headers=served.person(steward), json=document)
        while (answer := served.send("GET", path, served.person(steward))).status_code == 200:
            seen.append(answer.json())
        assert done.result().status_code == 201, done.result().text
    assert answer.status_code == 404
    assert {each["size"] for each in seen} == {len(source)}
    rows_told = [each["rows"] for each in seen if each["rows"]]
    assert rows_told
    assert max(rows_told) == pytest.approx(300_000, rel=0.1)
