"""An `.age` file from end to end, header and payload, in constant memory from one stream to another (c2sp.org/age)."""

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .armor import ARMOR_BEGIN, ArmorReader
from .errors import SealedFileError
from .header import Unwrapper, new_file_key, parse_header, unwrap_header
from .recipients import Recipient, seal_header
from .stream import NONCE_SIZE, SEALED_CHUNK_SIZE, TAG_SIZE, chunk_nonce, derive_payload_key
from .writer import PayloadWriter, Sink

_READ_AT_ONCE = 1024 * 1024
_LONGEST_SPACE = 1024


def seal_file(source: BinaryIO, target: Sink, recipients: Sequence[Recipient]) -> None:
    """Seal all of `source` to `recipients`, as one `.age` file written to `target`; both stay open.

    Raises:
        RecipientError: the recipients cannot share a header; nothing was written.
    """
    file_key = new_file_key()
    target.write(memoryview(seal_header(file_key, recipients)))
    with PayloadWriter(target, file_key) as writer:
        while block := source.read(_READ_AT_ONCE):
            writer.write(block)


def open_file(source: "io.BufferedReader[Any]", unwrappers: Sequence[Unwrapper]) -> Iterator[bytes]:
    """Yield what an `.age` file holds, armored or not, a proved chunk at a time.

    The header is opened before the first chunk is asked for. A payload that is cut short, grown or changed fails where
    it is met, so what came before is true and incomplete: keep none of it.

    Raises:
        NotARecipientError: none of `unwrappers` opens it.
        SealedFileError: it is not an age v1 file, or does not prove itself.
    """
    stream = _without_armor(source)
    file_key = unwrap_header(parse_header(stream), unwrappers)
    return _open_payload(stream, file_key)


def _without_armor(source: "io.BufferedReader[Any]") -> BinaryIO:
    start = source.peek(_LONGEST_SPACE + len(ARMOR_BEGIN))
    if start.lstrip().startswith(ARMOR_BEGIN[:5]):
        return io.BufferedReader(ArmorReader(source))
    return source


def _open_payload(stream: BinaryIO, file_key: bytes) -> Iterator[bytes]:
    nonce = stream.read(NONCE_SIZE)
    if len(nonce) != NONCE_SIZE:
        raise SealedFileError("The sealed file's payload is cut short.")
    cipher = ChaCha20Poly1305(derive_payload_key(file_key, nonce))
    index, chunk, ended = 0, stream.read(SEALED_CHUNK_SIZE), False
    while not ended:
        following = stream.read(SEALED_CHUNK_SIZE)
        if len(chunk) < TAG_SIZE or (index and len(chunk) == TAG_SIZE):
            raise SealedFileError("The sealed file's payload is cut short or has bytes left over.")
        plain, ended = _open_chunk(cipher, index, chunk, ends=not following)
        yield plain
        if ended == bool(following):
            raise SealedFileError("The sealed file's payload ends before its last chunk, or goes on after it.")
        index, chunk = index + 1, following


def _open_chunk(cipher: ChaCha20Poly1305, index: int, sealed: bytes, *, ends: bool) -> tuple[bytes, bool]:
    """Return what a chunk holds, and whether it was sealed as the last one, which `ends` expects."""
    flags = (ends, not ends) if len(sealed) == SEALED_CHUNK_SIZE else (True,)  # only the last chunk may be short
    for last in flags:
        with contextlib.suppress(InvalidTag):
            return cipher.decrypt(chunk_nonce(index, last=last), sealed, None), last
    raise SealedFileError(f"Chunk {index} of the sealed file is not what was sealed there.")
