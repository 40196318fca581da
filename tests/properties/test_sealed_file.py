"""Any foreign bytes give our error or success, and no change to a sealed file goes unseen."""

import io
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.core import CommonwealError
from commonweal.keys import (
    CHUNK_SIZE,
    NONCE_SIZE,
    SEALED_CHUNK_SIZE,
    HybridIdentity,
    ManifestError,
    PayloadReader,
    PayloadWriter,
    SealedFileError,
    Stanza,
    X25519Identity,
    build_header,
    new_file_key,
    parse_header,
    parse_identity,
    parse_recipient,
    payload_size_of,
    read_manifest,
    seal_header,
    unwrap_header,
)

MODEST = settings(max_examples=100)
FILE_KEY = new_file_key()
CLASSICAL, HYBRID = X25519Identity.generate(), HybridIdentity.generate()
HEADERS = [seal_header(FILE_KEY, [CLASSICAL.recipient]), seal_header(FILE_KEY, [HYBRID.recipient])]
PLAIN = bytes(n * 7 % 256 for n in range(4 * CHUNK_SIZE + 1000))


class Memory:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def pread(self, offset: int, size: int, /) -> bytes:
        return self.data[offset : offset + size]


def seal(plain: bytes) -> bytes:
    raw = io.BytesIO()
    with PayloadWriter(raw, FILE_KEY) as writer:
        writer.write(plain)
    return raw.getvalue()


SEALED = seal(PLAIN)
NONCE, *CHUNKS = [
    SEALED[:NONCE_SIZE],
    *(SEALED[n : n + SEALED_CHUNK_SIZE] for n in range(NONCE_SIZE, len(SEALED), SEALED_CHUNK_SIZE)),
]


def unseal(sealed: bytes) -> bytes:
    return PayloadReader(Memory(sealed), FILE_KEY, len(sealed)).read()


def ours_or_success(parse: Callable[[], object], kind: type[CommonwealError]) -> None:
    error: CommonwealError | None = None
    try:
        parse()
    except kind as caught:
        error = caught
    assert error is None or (error.code and str(error) and error.advice())


@MODEST
@given(st.binary(max_size=400) | st.binary(max_size=400).map(b"age-encryption.org/v1\n-> X25519 ".__add__))
def test_any_bytes_as_a_header(data: bytes) -> None:
    ours_or_success(lambda: unwrap_header(parse_header(data), [CLASSICAL, HYBRID]), SealedFileError)
    ours_or_success(lambda: parse_header(io.BytesIO(data)), SealedFileError)


@MODEST
@given(st.binary(max_size=400))
def test_any_bytes_as_a_payload(data: bytes) -> None:
    with pytest.raises(SealedFileError):
        unseal(data)


@MODEST
@given(st.text(max_size=100) | st.text(max_size=60).map("age1".__add__))
def test_any_text_as_a_key(text: str) -> None:
    ours_or_success(lambda: parse_recipient(text), CommonwealError)
    ours_or_success(lambda: parse_identity(text), CommonwealError)


@MODEST
@given(st.binary(max_size=200))
def test_any_bytes_as_a_manifest(data: bytes) -> None:
    with pytest.raises(ManifestError):
        read_manifest(bytes(32), data)


@MODEST
@given(st.sampled_from(HEADERS), st.data())
def test_a_header_with_any_byte_changed_is_refused(header: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(header) - 1))
    value = data.draw(st.integers(1, 255)) ^ header[place]
    changed = header[:place] + bytes([value]) + header[place + 1 :]
    with pytest.raises(SealedFileError):
        unwrap_header(parse_header(changed), [CLASSICAL, HYBRID])


@MODEST
@given(st.sampled_from(HEADERS), st.data())
def test_a_header_cut_anywhere_is_refused(header: bytes, data: st.DataObject) -> None:
    with pytest.raises(SealedFileError):
        parse_header(header[: data.draw(st.integers(0, len(header) - 1))])


@MODEST
@given(
    st.lists(
        st.builds(
            Stanza,
            st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).filter(
                lambda kind: kind != "scrypt"
            ),
            st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)).map(tuple),
            st.binary(max_size=200),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_stanzas_come_back(stanzas: list[Stanza]) -> None:
    data = build_header(FILE_KEY, stanzas)
    header = parse_header(data)
    assert (list(header.stanzas), header.size) == (stanzas, len(data))


@MODEST
@given(st.data())
def test_any_range_reads_as_the_plain_bytes_do(data: st.DataObject) -> None:
    reader = PayloadReader(Memory(SEALED), FILE_KEY, len(SEALED))
    offset, size = data.draw(st.integers(0, len(PLAIN) + 10)), data.draw(st.integers(0, len(PLAIN)))
    assert reader.pread(offset, size) == PLAIN[offset : offset + size]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3 * CHUNK_SIZE), max_size=6))
def test_the_pieces_written_do_not_matter(sizes: list[int]) -> None:
    raw, plain = io.BytesIO(), b"".join(bytes([n]) * size for n, size in enumerate(sizes))
    with PayloadWriter(raw, FILE_KEY) as writer:
        for n, size in enumerate(sizes):
            writer.write(bytes([n]) * size)
    assert (unseal(raw.getvalue()), writer.payload_size) == (plain, payload_size_of(len(plain)))


@MODEST
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_payload_with_any_byte_changed_is_refused(place: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= change
    with pytest.raises(SealedFileError):
        unseal(bytes(changed))


@MODEST
@given(st.integers(0, len(SEALED) - 1))
def test_a_payload_cut_anywhere_is_refused(size: int) -> None:
    with pytest.raises(SealedFileError):
        unseal(SEALED[:size])


@MODEST
@given(st.binary(min_size=1, max_size=100))
def test_a_payload_with_anything_after_it_is_refused(more: bytes) -> None:
    with pytest.raises(SealedFileError):
        unseal(SEALED + more)


@pytest.mark.parametrize("index", range(len(CHUNKS)))
def test_a_dropped_or_doubled_chunk_is_refused(index: int) -> None:
    dropped = CHUNKS[:index] + CHUNKS[index + 1 :]
    doubled = CHUNKS[: index + 1] + CHUNKS[index:]
    for chunks in (dropped, doubled):
        with pytest.raises(SealedFileError):
            unseal(NONCE + b"".join(chunks))


@pytest.mark.parametrize("pair", list(itertools.combinations(range(len(CHUNKS)), 2)))
def test_two_swapped_chunks_are_refused(pair: tuple[int, int]) -> None:
    one, other = pair
    chunks = list(CHUNKS)
    chunks[one], chunks[other] = chunks[other], chunks[one]
    with pytest.raises(SealedFileError):
        unseal(NONCE + b"".join(chunks))


def test_a_chunk_of_another_file_under_the_same_key_is_refused() -> None:
    other = seal(PLAIN)[NONCE_SIZE : NONCE_SIZE + SEALED_CHUNK_SIZE]
    with pytest.raises(SealedFileError, match="Chunk 0"):
        unseal(NONCE + other + b"".join(CHUNKS[1:]))


def test_an_empty_last_chunk_is_refused_unless_the_payload_is_empty() -> None:
    whole = seal(bytes(CHUNK_SIZE))
    with pytest.raises(SealedFileError):
        unseal(whole + bytes(16))
    assert unseal(seal(b"")) == b""
