"""Any bytes are opened, or refused in our words; no change to a sealed file goes unseen."""

import io

from hypothesis import given
from hypothesis import strategies as st

from commonweal.keys import ArmorWriter, SealedFileError, X25519Identity, open_file, seal_file

IDENTITY = X25519Identity.generate()
CHUNK = 64 * 1024 + 16


def sealed_file(size: int) -> bytes:
    target = io.BytesIO()
    seal_file(io.BytesIO(bytes(size)), target, [IDENTITY.recipient])
    return target.getvalue()


SEALED = sealed_file(3 * 64 * 1024 + 7)
HEADER = SEALED.index(b"\n", SEALED.index(b"\n---") + 1) + 1


def is_refused(content: bytes) -> bool:
    stream = io.BufferedReader(io.BytesIO(content))
    try:
        for _ in open_file(stream, [IDENTITY]):
            pass
    except SealedFileError:
        return True
    return False


@given(st.binary(max_size=2000))
def test_any_bytes_are_refused_in_our_words(content: bytes) -> None:
    for prefix in (b"", b"age-encryption.org/v1\n", SEALED[:HEADER], b"-----BEGIN AGE ENCRYPTED FILE-----\n"):
        assert is_refused(prefix + content)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_one_changed_byte_is_seen(place: int, change: int) -> None:
    spoiled = bytearray(SEALED)
    spoiled[place] ^= change
    assert is_refused(bytes(spoiled))


@given(st.lists(st.integers(0, 3), max_size=6).filter(lambda order: order != [0, 1, 2, 3]))
def test_chunks_dropped_doubled_or_swapped_are_seen(order: list[int]) -> None:
    start = HEADER + 16
    chunks = [SEALED[start + n * CHUNK : start + (n + 1) * CHUNK] for n in range(4)]
    assert is_refused(SEALED[:start] + b"".join(chunks[n] for n in order))


@given(st.integers(1, len(SEALED) - 1))
def test_a_cut_is_seen(length: int) -> None:
    assert is_refused(SEALED[:length])


@given(st.integers(0, 30), st.integers(0, 255))
def test_armor_with_one_byte_changed_gives_the_same_bytes_or_is_refused(place: int, byte: int) -> None:
    text = io.BytesIO()
    with ArmorWriter(text) as armor:
        armor.write(sealed_file(5))
    spoiled = bytearray(text.getvalue())
    place = place * len(spoiled) // 31
    unchanged = spoiled[place] == byte
    spoiled[place] = byte
    assert unchanged or bytes([byte]).isspace() or is_refused(bytes(spoiled))
