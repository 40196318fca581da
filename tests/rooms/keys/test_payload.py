import hashlib
import io
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from commonweal.core import StoreError
from commonweal.keys import (
    CHUNK_SIZE,
    NONCE_SIZE,
    SEALED_CHUNK_SIZE,
    DigestSink,
    PayloadReader,
    PayloadWriter,
    SealedFileError,
    new_file_key,
    payload_size_of,
)


class Memory:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def pread(self, offset: int, size: int, /) -> bytes:
        return self.data[offset : offset + size]


class FullAfter(io.BytesIO):
    """Takes so many bytes, then behaves like a full disk."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: bytes | memoryview, /) -> int:  # type: ignore[override]  # narrower
        if self.tell() + len(data) > self.room:
            raise OSError("full")
        return super().write(data)


def seal(plain: bytes, file_key: bytes, *, piece: int = 1 << 30) -> bytes:
    raw = io.BytesIO()
    with PayloadWriter(raw, file_key) as writer:
        for start in range(0, len(plain), piece):
            writer.write(plain[start : start + piece])
    return raw.getvalue()


def reader_of(plain: bytes) -> PayloadReader:
    file_key = new_file_key()
    sealed = seal(plain, file_key)
    return PayloadReader(Memory(sealed), file_key, len(sealed))


SIZES = [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 40 * CHUNK_SIZE + 7]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [1 << 30, CHUNK_SIZE, 50_001])
def test_what_is_written_is_read(size: int, piece: int) -> None:
    plain, file_key = os.urandom(size), new_file_key()
    sealed = seal(plain, file_key, piece=piece)
    reader = PayloadReader(Memory(sealed), file_key, len(sealed))
    assert (len(sealed), reader.size) == (payload_size_of(size), size)
    assert reader.read() == plain
    assert reader.read() == b""
    assert b"".join(reader.pread(n, 10_007) for n in range(0, size, 10_007)) == plain


def test_the_writer_tells_what_it_wrote() -> None:
    raw = io.BytesIO()
    sink = DigestSink(raw)
    writer = PayloadWriter(sink, new_file_key())
    writer.write(b"four")
    writer.flush()
    assert (writer.tell(), writer.readable(), writer.writable(), writer.seekable()) == (4, False, True, False)
    with pytest.raises(ValueError, match="not complete"):
        _ = writer.payload_size
    writer.close()
    writer.close()
    assert writer.closed
    assert sink.digest == hashlib.sha256(raw.getvalue()).hexdigest()
    assert (writer.plain_size, writer.payload_size) == (4, len(raw.getvalue()))
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")


def test_a_payload_abandoned_by_an_error_never_opens() -> None:
    raw, file_key = io.BytesIO(), new_file_key()
    writer = PayloadWriter(raw, file_key)
    writer.write(bytes(2 * CHUNK_SIZE))
    with pytest.raises(TypeError), writer:
        writer.write("text")  # type: ignore[arg-type]  # the error to be met
    with pytest.raises(ValueError, match="not complete"):
        _ = writer.payload_size
    with pytest.raises(SealedFileError):
        PayloadReader(Memory(raw.getvalue()), file_key, len(raw.getvalue()))


def test_a_gap_is_never_sealed_over() -> None:
    raw = FullAfter(2 * SEALED_CHUNK_SIZE)
    writer = PayloadWriter(raw, new_file_key())
    with pytest.raises(OSError, match="full"):
        writer.write(bytes(4 * CHUNK_SIZE))
    raw.room = 1 << 30
    with pytest.raises(StoreError):
        writer.close()
    assert writer.closed
    with pytest.raises(ValueError, match="not complete"):
        _ = writer.payload_size


def test_a_digest_is_of_what_was_taken() -> None:
    raw = FullAfter(1 << 20)
    sink = DigestSink(raw)
    assert sink.write(memoryview(b"taken")) == len(b"taken")
    raw.room = 0
    with pytest.raises(OSError, match="full"):
        sink.write(memoryview(b"not taken"))
    assert sink.digest == hashlib.sha256(b"taken").hexdigest()


def test_what_a_sink_did_not_take_whole_is_not_in_its_digest() -> None:
    class Half(io.BytesIO):
        def write(self, data: bytes | memoryview, /) -> int:  # type: ignore[override]  # narrower
            return super().write(data[:2])

    sink = DigestSink(Half())
    assert sink.write(memoryview(b"four")) == 2
    assert sink.digest == hashlib.sha256(b"").hexdigest()


def test_several_threads_may_write() -> None:
    raw, file_key = io.BytesIO(), new_file_key()
    pieces = [bytes([n]) * 90_001 for n in range(32)]
    with PayloadWriter(raw, file_key) as writer, ThreadPoolExecutor(8) as pool:
        list(pool.map(writer.write, pieces))
    sealed = raw.getvalue()
    plain = PayloadReader(Memory(sealed), file_key, len(sealed)).read()
    assert {plain[n : n + 90_001] for n in range(0, len(plain), 90_001)} == set(pieces)


def test_it_reads_and_seeks_as_a_file_does() -> None:
    plain = os.urandom(3 * CHUNK_SIZE + 5)
    reader, plainly = reader_of(plain), io.BytesIO(plain)
    choose = random.Random(4)
    for _ in range(200):
        offset, whence, size = choose.randrange(len(plain) + 9), choose.choice([0, 2]), choose.randrange(-1, 90_000)
        offset = -min(offset, len(plain)) if whence == 2 else offset
        assert reader.seek(offset, whence) == plainly.seek(offset, whence)
        assert reader.read(size) == plainly.read(size)
        assert reader.tell() == plainly.tell()


def test_it_serves_a_buffered_reader() -> None:
    plain = os.urandom(2 * CHUNK_SIZE + 5)
    with io.BufferedReader(reader_of(plain)) as buffered:
        assert buffered.read() == plain
        assert buffered.seek(-3, io.SEEK_CUR) == len(plain) - 3
    with pytest.raises(ValueError, match="closed"):
        buffered.read()


def test_it_reads_into_a_buffer_and_to_the_end() -> None:
    reader = reader_of(b"commonweal")
    buffer = bytearray(6)
    assert (reader.readinto(buffer), bytes(buffer)) == (6, b"common")
    assert (reader.readinto(buffer), bytes(buffer[:4])) == (4, b"weal")
    assert (reader.readinto(buffer), reader.readall()) == (0, b"")
    assert (reader.readable(), reader.seekable(), reader.writable()) == (True, True, False)


@pytest.mark.parametrize(("offset", "whence"), [(-1, 0), (-1, 1), (-11, 2), (0, 9)])
def test_a_position_that_cannot_be_is_refused(offset: int, whence: int) -> None:
    reader = reader_of(b"commonweal")
    with pytest.raises(ValueError, match="no such position"):
        reader.seek(offset, whence)
    with pytest.raises(ValueError, match="no such position"):
        reader.pread(-1, 1)


def test_a_closed_reader_reads_no_more_but_its_twin_does() -> None:
    reader = reader_of(b"commonweal")
    reader.seek(6)
    twin = reader.reopen()
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.read()
    assert (twin.tell(), twin.read()) == (0, b"commonweal")


def test_each_thread_has_its_own_position() -> None:
    plain = os.urandom(12 * CHUNK_SIZE + 99)
    reader, turn = reader_of(plain), threading.Barrier(8)

    def read_apart(seed: int) -> bool:
        choose = random.Random(seed)
        right = True
        for _ in range(20):
            offset, size = choose.randrange(len(plain)), choose.randrange(3 * CHUNK_SIZE)
            reader.seek(offset)
            turn.wait(20)
            right = right and reader.read(size) == plain[offset : offset + size]
        return right

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read_apart, range(8)))


@pytest.mark.parametrize("size", [*range(NONCE_SIZE + 16), NONCE_SIZE + SEALED_CHUNK_SIZE + 16])
def test_a_size_no_payload_can_have_is_refused(size: int) -> None:
    with pytest.raises(SealedFileError):
        PayloadReader(Memory(bytes(size)), new_file_key(), size)


def test_a_payload_shorter_than_it_should_be_is_refused() -> None:
    file_key = new_file_key()
    sealed = seal(bytes(3 * CHUNK_SIZE), file_key)
    memory = Memory(sealed)
    reader = PayloadReader(memory, file_key, len(sealed))
    memory.data = sealed[:100_000]
    with pytest.raises(SealedFileError, match="cut short"):
        reader.read()


def test_the_file_key_of_another_file_opens_nothing() -> None:
    sealed = seal(b"data", new_file_key())
    with pytest.raises(SealedFileError, match="Chunk 0"):
        PayloadReader(Memory(sealed), new_file_key(), len(sealed))
