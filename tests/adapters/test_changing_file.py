"""A file that changes while it is read is told, and a long one's rows are estimated from all over it."""

import io
from pathlib import Path

import pytest

from commonweal.adapters.plain_file import opened_file
from commonweal.adapters.text_length import measure_length
from commonweal.core import UnreadableFileError
from commonweal.publish import SourceError


def read_while(path: Path, state: bytes, error: Exception | None = None) -> None:
    with opened_file(path) as file:
        assert file.read(4) == b"a,b\n"
        path.write_bytes(state)
        if error is not None:
            raise error


@pytest.mark.parametrize("state", [b"a,b\n1,2\n3,4\n", b"a", b"x,y\n1,2\n"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, state: bytes) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(UnreadableFileError, match="was changed while it was read") as refused:
        read_while(path, state)
    assert "run the command again" in refused.value.advice()


def test_the_change_is_told_before_what_it_broke(tmp_path: Path) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(UnreadableFileError):
        read_while(path, b"", SourceError("The source is empty."))


def test_a_file_that_stays_is_read(tmp_path: Path) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with opened_file(path) as file:
        assert file.read() == b"a,b\n1,2\n"


def test_a_length_is_estimated_from_places_all_over_the_text() -> None:
    short, long = b"12,34\n" * 100_000, b"1234567890,1234567890,12\n" * 100_000
    found = measure_length(io.BytesIO(short + long), (60_000, 1 << 20), 500)
    assert found.beginning == 60_000
    assert abs(found.share * 10_000 - 200_000) < 20_000
    wide = measure_length(io.BytesIO((b"x" * 9_999 + b"\n") * 1000), (60_000, 1 << 20), 500)
    assert wide.beginning == 1 << 20
    none = measure_length(io.BytesIO(b"x" * 100_000), (1000, 2000), 500)
    assert (none.beginning, none.share) == (2000, 50.0)
