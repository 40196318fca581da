"""A payload of any size is read at any place in constant memory, and no header costs more than it may."""

import time
import tracemalloc

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from commonweal.keys import (
    CHUNK_SIZE,
    MAX_HEADER_SIZE,
    MAX_MANIFEST_SIZE,
    NONCE_SIZE,
    SEALED_CHUNK_SIZE,
    HybridIdentity,
    ManifestError,
    PassphraseIdentity,
    PayloadReader,
    SealedFileError,
    Unwrapper,
    X25519Identity,
    new_file_key,
    parse_header,
    payload_size_of,
    read_manifest,
    unwrap_header,
)
from commonweal.keys.stream import chunk_nonce, derive_payload_key

SIZE = (1 << 43) + 12_345  # 8 TiB and a little
EDGES = (1 << 31, 1 << 32, (1 << 32) * CHUNK_SIZE // 64, SIZE)
VERSION, MAC = b"age-encryption.org/v1\n", b"--- " + b"A" * 43 + b"\n"


class Vast:
    """A sealed payload whose chunks are made when they are read; byte n of its data is that of n // 64 KiB."""

    def __init__(self) -> None:
        self.key, self.nonce = new_file_key(), bytes(range(NONCE_SIZE))
        self.size = payload_size_of(SIZE)
        self.asked = 0
        self._cipher = ChaCha20Poly1305(derive_payload_key(self.key, self.nonce))

    def pread(self, offset: int, size: int, /) -> bytes:
        self.asked += size
        if offset == 0:
            return self.nonce[:size]
        first = (offset - NONCE_SIZE) // SEALED_CHUNK_SIZE
        count = -(-size // SEALED_CHUNK_SIZE)
        return b"".join(self._chunk(first + each) for each in range(count))[:size]

    def _chunk(self, index: int) -> bytes:
        plain = content_of(index)[: min(CHUNK_SIZE, SIZE - index * CHUNK_SIZE)]
        last = (index + 1) * CHUNK_SIZE >= SIZE
        return self._cipher.encrypt(chunk_nonce(index, last=last), plain, None)


def content_of(index: int) -> bytes:
    return index.to_bytes(8, "big") * (CHUNK_SIZE // 8)


VAST = Vast()
READER = PayloadReader(VAST, VAST.key, VAST.size)


@given(st.integers(0, SIZE) | st.sampled_from(EDGES), st.integers(-70_000, 70_000), st.integers(0, 200_000))
def test_any_place_of_a_vast_file_is_read(place: int, shift: int, length: int) -> None:
    start = min(max(place + shift, 0), SIZE)
    first, last = start // CHUNK_SIZE, (start + length) // CHUNK_SIZE
    before = VAST.asked
    plain = b"".join(map(content_of, range(first, last + 1)))
    within = start - first * CHUNK_SIZE
    assert READER.pread(start, length) == plain[within : within + min(length, SIZE - start)]
    assert VAST.asked - before <= (last - first + 1) * SEALED_CHUNK_SIZE
    READER.seek(start)
    assert READER.read(1) == (plain[within : within + 1] if start < SIZE else b"")


def test_reading_on_and_on_takes_no_more_memory() -> None:
    with PayloadReader(VAST, VAST.key, VAST.size) as reader:
        reader.seek(1 << 32)
        reader.read(1 << 20)
        tracemalloc.start()
        for _ in range(64):
            reader.read(1 << 20)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 10 << 20


BOMBS = {
    "more stanzas than any": b"-> X25519 AAAA\n\n" * 1_000_000,
    "one endless argument": b"-> " + b"a" * 20_000_000 + b"\n\n",
    "endless arguments": b"-> " + b"a " * 10_000_000 + b"a\n\n",
    "an endless body": b"-> X25519 a\n" + (b"A" * 64 + b"\n") * 300_000 + b"\n",
    "no line at all": b"-" * 20_000_000,
    "deep brackets": b"-> " + b"[" * 1_000_000 + b"\n\n",
    "as much as is allowed": b"-> X25519 AAAA\n" + (b"A" * 64 + b"\n") * 4000 + b"\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_in_place_of_a_header_is_refused_soon(name: str) -> None:
    content, began = VERSION + BOMBS[name] + MAC, time.process_time()
    unwrappers: list[Unwrapper] = [HybridIdentity.generate(), X25519Identity.generate(), PassphraseIdentity("a")]
    tracemalloc.start()
    with pytest.raises(SealedFileError):
        unwrap_header(parse_header(content), unwrappers)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(content) + 16 * MAX_HEADER_SIZE
    assert time.process_time() - began < 5


@pytest.mark.parametrize("factor", ["21", "30", "64", "99", "999999999", "1" * 4000])
def test_a_work_factor_beyond_reason_costs_nothing(factor: str) -> None:
    stanza = f"-> scrypt {'A' * 22} {factor}\n{'A' * 43}\n".encode()
    began = time.process_time()
    with pytest.raises(SealedFileError, match="work"):
        unwrap_header(parse_header(VERSION + stanza + MAC), [PassphraseIdentity("a")])
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000, b'{"a":' * 50_000, b'{"manifest":' + b"[" * 100_000, b"1" * 5000, b" " * (MAX_MANIFEST_SIZE + 1)],
)
def test_a_bomb_in_place_of_a_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ManifestError):
        read_manifest(bytes(32), content)
