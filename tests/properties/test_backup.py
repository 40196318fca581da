"""A backup of which any part was changed is refused whole, wherever the change lies."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.core import CommonwealError
from commonweal.node import Caller, restore_home

if TYPE_CHECKING:
    from tests.conftest import Home


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory, new_home: "Callable[[Path], Home]") -> bytes:
    """A backup of a new node, whole."""
    folder = tmp_path_factory.mktemp("backup")
    with new_home(folder / "home").open() as node:
        operator = node.bodies.get_person(node.parts.settings.operator)
        made = node.backups.begin(Caller(operator, is_operator=True))
        content = b"".join(made)
        made.close()
    assert restores(content), "the backup must be good before it is damaged"
    return content


def restores(content: bytes) -> bool:
    """Say whether a file with this content is restored; if not, nothing may be left."""
    with TemporaryDirectory() as folder:
        file, home = Path(folder) / "backup.tar", Path(folder) / "home"
        file.write_bytes(content)
        try:
            restore_home(file, home)
        except CommonwealError as refused:
            assert (refused.code, refused.outcome.exit_code) == ("backup.damaged", 6)
            assert not home.exists()
            return False
        return True


@settings(max_examples=150)
@given(data=st.data())
def test_a_flipped_bit_is_refused(backup: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(backup) * 8 - 1))
    damaged = bytearray(backup)
    damaged[place // 8] ^= 1 << place % 8
    assert not restores(bytes(damaged))


@settings(max_examples=100)
@given(data=st.data())
def test_a_flipped_bit_of_a_header_or_of_padding_is_refused(backup: bytes, data: st.DataObject) -> None:
    """The first and last kilobytes are almost only headers, padding, the list and the manifest."""
    place = data.draw(st.one_of(st.integers(0, 2047), st.integers(len(backup) - 8192, len(backup) - 1)))
    damaged = bytearray(backup)
    damaged[place] ^= data.draw(st.integers(1, 255))
    assert not restores(bytes(damaged))


@settings(max_examples=60)
@given(data=st.data())
def test_a_piece_cut_out_put_in_or_moved_is_refused(backup: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(backup) - 1))
    size = data.draw(st.sampled_from((1, 512, 1024, 4096, 100_000)))
    piece, rest = backup[start : start + size], backup[start + size :]
    for damaged in (backup[:start], backup[:start] + rest, backup[: start + size] + piece + rest, piece + backup):
        assert not restores(damaged)


@settings(max_examples=60)
@given(content=st.binary(max_size=20_000))
def test_other_bytes_are_no_backup(content: bytes) -> None:
    assert not restores(content)
