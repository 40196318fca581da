"""The archive of a backup: one form, which every tar program reads and nothing but ours writes."""

import hashlib
import io
import tarfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commonweal.adapters.archive import (
    INDEX,
    SEAL,
    SEAL_SIZE,
    ArchiveDamagedError,
    ArchiveReader,
    ByteStream,
    Index,
    Source,
    archive_size,
    read_seal,
    write_archive,
)
from commonweal.core import CommonwealError, ProofError

AT = 1_795_340_400
HELD = {"node.json": b"{}\n", "node.db": bytes(range(256)) * 8, "log/tile/0/000.p/5": b"five", "blobs/sf-0": b""}


def seal(index: Index) -> bytes:
    return f"{index.digest} {index.members} {index.size}".encode()


def source(name: str, content: bytes, digest: str = "") -> Source:
    return Source(name, len(content), lambda: iter([content[:3], content[3:]]), digest)


def archive(held: dict[str, bytes]) -> bytes:
    members = [source(name, content) for name, content in held.items()]
    return b"".join(write_archive(members, size=archive_size(members), at=AT, seal=seal))


def read(content: bytes) -> tuple[dict[str, bytes], ArchiveReader]:
    reader = ArchiveReader(io.BytesIO(content).read)
    return {each.name: b"".join(each.pieces) for each in reader.members()}, reader


def test_what_is_written_is_read_and_its_length_was_known() -> None:
    content = archive(HELD)
    found, reader = read(content)
    assert found == HELD
    assert reader.seal == seal(reader.index) == read_seal(io.BytesIO(content))
    assert (reader.index.members, reader.index.size, reader.at) == (len(HELD), len(content), AT)


def test_tar_reads_it_too() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(HELD)), mode="r|") as opened:
        found = {each.name: (each.mode, each.mtime, opened.extractfile(each).read()) for each in opened}  # type: ignore[union-attr]  # all are files
    assert list(found) == [*HELD, INDEX, SEAL]
    lines = found[INDEX][2].decode().splitlines()
    assert lines == [f"{hashlib.sha256(each).hexdigest()} {len(each)} {name}" for name, each in HELD.items()]
    assert {each[:2] for each in found.values()} == {(0o600, AT)}


def test_the_form_does_not_drift_with_the_library_that_writes_it() -> None:
    expected = "504ef3510afc3e129631a5f5b5c947859318a203b0c16f1b6afc9c60115296f4"
    assert hashlib.sha256(archive(HELD)).hexdigest() == expected


def test_a_member_beyond_eight_gibibytes_has_a_header_of_one_block() -> None:
    size = 9 << 30
    pieces = write_archive([Source("blobs/sf-9", size, lambda: iter(()))], size=0, at=AT, seal=seal)
    header = next(pieces)
    pieces.close()
    reader = ArchiveReader(io.BytesIO(header).read)
    member = next(reader.members())
    assert (member.name, member.size) == ("blobs/sf-9", size)


@pytest.mark.parametrize("wrong", [source("a", b"four!", "0" * 64), Source("a", 5, lambda: iter([b"four"]))])
def test_a_member_that_is_not_as_stated_breaks_the_archive_off(wrong: Source) -> None:
    with pytest.raises(ProofError):
        list(write_archive([wrong], size=archive_size([wrong]), at=AT, seal=seal))


def test_every_bit_of_a_small_archive_counts() -> None:
    content = archive({"a": b"1"})
    vouched = read(content)[1]
    for place in range(len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            assert not is_accepted(bytes(damaged), vouched.seal), (place, bit)


def is_accepted(content: bytes, seal_of_the_node: bytes) -> bool:
    """Say whether a reader who knows the node's seal (in a backup: its signature) takes an archive as whole."""
    try:
        _, reader = read(content)
    except ArchiveDamagedError:
        return False
    return reader.seal == seal_of_the_node == seal(reader.index) and reader.at == AT


@pytest.mark.parametrize("cut", [1, 511, 512, 1024, 1025, 1024 + SEAL_SIZE, 1024 + SEAL_SIZE + 512, 9000])
def test_a_short_archive_is_refused(cut: int) -> None:
    content = archive(HELD)
    for damaged in (content[:-cut], content[cut:], content + bytes(cut)):
        with pytest.raises(ArchiveDamagedError):
            read(damaged)


def hostile(make: Callable[[tarfile.TarFile], None], form: int = tarfile.GNU_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as opened:
        make(opened)
    return file.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> Callable[[tarfile.TarFile], None]:
    found = tarfile.TarInfo(name)
    found.type, found.mtime, found.mode = kind, AT, 0o600
    for field, value in fields.items():
        setattr(found, field, value)
    return lambda opened: opened.addfile(found, io.BytesIO(bytes(found.size)))


HOSTILE = {
    "link": member("node.json", tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard-link": member("node.json", tarfile.LNKTYPE, linkname="../node.json"),
    "device": member("node.json", tarfile.CHRTYPE, devmajor=1, devminor=3),
    "pipe": member("node.json", tarfile.FIFOTYPE),
    "folder": member("blobs", tarfile.DIRTYPE),
    "sparse": member("node.db", tarfile.GNUTYPE_SPARSE),
    "owner": member("node.json", uid=1000),
    "set-uid": member("node.json", mode=0o4755),
    "long-name": member("blobs/" + "a" * 120),
    "extended": member("node.json", pax_headers={"path": "/etc/passwd"}),
    "foreign": member("blöbs"),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_header_that_this_node_does_not_write_is_refused(kind: str, form: int) -> None:
    with pytest.raises(ArchiveDamagedError):
        read(hostile(HOSTILE[kind], form))


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b" * 4000, bytes(20_000), b"\xff" * 20_000, b"a" * 20_000])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    for reading in (lambda: read(content), lambda: read_seal(io.BytesIO(content))):
        with pytest.raises(CommonwealError) as refused:
            reading()
        assert refused.value.code == "backup.damaged"


def test_memory_stays_constant(tmp_path: Path) -> None:
    piece, count = bytes(1 << 20), 64

    def many() -> Iterator[bytes]:
        for _ in range(count):
            yield piece

    members = [Source("blobs/sf-1", count << 20, many)]
    place = tmp_path / "archive.tar"
    tracemalloc.start()
    try:
        with place.open("wb") as file:
            reader = ArchiveReader(
                ByteStream(write_archive(members, size=archive_size(members), at=AT, seal=seal), file.write)
            )
            for each in reader.members():
                for _ in each.pieces:
                    pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reader.index.size == place.stat().st_size > count << 20
    assert peak < 8 << 20
