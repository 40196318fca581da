"""The header of a sealed file: recipient stanzas and their MAC, as age v1 lays them out (c2sp.org/age)."""

import base64
import binascii
import hmac
import io
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import NotARecipientError, SealedFileError

FILE_KEY_SIZE = 16
MAX_HEADER_SIZE = 256 * 1024
MAX_STANZAS = 128

_VERSION_LINE = b"age-encryption.org/v1"
_COLUMNS = 64
_ARGUMENT = re.compile(rb"[\x21-\x7e]+")
_MAC_LINE = re.compile(rb"--- ([A-Za-z0-9+/]{43})")


@dataclass(frozen=True, slots=True)
class Stanza:
    """A file key wrapped for one holder; `body` is the wrapped key, `type` and `args` say how."""

    type: str
    args: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header. Its MAC is not verified until a file key is known: see `unwrap_header`."""

    stanzas: tuple[Stanza, ...]
    authenticated: bytes
    mac: bytes

    @property
    def size(self) -> int:
        """Return the header's length in bytes, which is where the payload of an `.age` file starts."""
        return len(self.authenticated) + len(f" {encode_base64(self.mac)}\n")


class Unwrapper(Protocol):
    """Whatever may open a stanza: an identity, or a custodian with the context of a wrap."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key, or None when no stanza is addressed to this holder.

        Raises:
            SealedFileError: a stanza of this holder's type is malformed.
        """
        ...


def new_file_key() -> bytes:
    """Return 16 fresh random bytes: the key of one sealed file and never of another."""
    return secrets.token_bytes(FILE_KEY_SIZE)


def build_header(file_key: bytes, stanzas: Sequence[Stanza]) -> bytes:
    """Return the header that carries `stanzas`, authenticated under `file_key`.

    Raises:
        ValueError: no stanza, more than `MAX_STANZAS`, or an argument that is empty or holds anything but
            visible ASCII.
    """
    if not 1 <= len(stanzas) <= MAX_STANZAS:
        raise ValueError(f"a header holds 1 to {MAX_STANZAS} stanzas")
    authenticated = b"\n".join([_VERSION_LINE, *map(_render_stanza, stanzas), b"---"])
    mac = _header_mac(file_key, authenticated)
    return authenticated + f" {encode_base64(mac)}\n".encode("ascii")


def parse_header(source: bytes | BinaryIO) -> Header:
    """Read a header strictly, leaving a stream at the first byte of the payload.

    The steps are those of the format's grammar: 1. the version line; 2. stanzas, one or more, at most
    `MAX_STANZAS`, each of an argument line and canonical base64 in 64 columns ended by a shorter line;
    3. an `scrypt` stanza stands alone; 4. the MAC line. The whole is at most `MAX_HEADER_SIZE` bytes.

    Raises:
        SealedFileError: any of these does not hold.
    """
    lines = _Lines(io.BytesIO(source) if isinstance(source, bytes) else source)
    if lines.take() != _VERSION_LINE:  # 1
        raise SealedFileError("That is not a sealed file: it does not begin as an age v1 file does.")
    stanzas: list[Stanza] = []
    line = lines.take()
    while line.startswith(b"-> ") and len(stanzas) < MAX_STANZAS:  # 2
        stanzas.append(_parse_stanza(line, lines))
        line = lines.take()
    _require_stanzas(stanzas)  # 3
    mac = _MAC_LINE.fullmatch(line)  # 4
    if mac is None:
        raise SealedFileError("The sealed file's header has no MAC line where one must stand.")
    return Header(tuple(stanzas), lines.before(line) + b"---", decode_base64(mac[1].decode("ascii")))


def unwrap_header(header: Header, unwrappers: Iterable[Unwrapper]) -> bytes:
    """Return the 16-byte file key from the first of `unwrappers` that opens a stanza, with the MAC verified.

    Raises:
        NotARecipientError: none of them opens any stanza.
        SealedFileError: a stanza is malformed, or the MAC is not that of this header.
    """
    for unwrapper in unwrappers:
        file_key = unwrapper.unwrap(header.stanzas)
        if file_key is not None:
            _require_mac(header, file_key)
            return file_key
    raise NotARecipientError("None of the keys at hand opens this sealed file.")


def encode_base64(raw: bytes) -> str:
    """Return `raw` in base64 (RFC 4648, section 4) without padding."""
    return base64.b64encode(raw).decode("ascii").rstrip("=")


def decode_base64(text: str) -> bytes:
    """Return the bytes that canonical, unpadded base64 stands for.

    Raises:
        SealedFileError: `text` has another alphabet, padding, or bits left over that are not zero.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SealedFileError("The sealed file's header holds malformed base64.") from None
    if encode_base64(raw) != text:
        raise SealedFileError("The sealed file's header holds base64 that is not canonical.")
    return raw


class _Lines:
    """Takes lines from a stream within the header's budget, remembering every byte taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._taken = bytearray()

    def take(self) -> bytes:
        line = self._stream.readline(MAX_HEADER_SIZE - len(self._taken))
        if not line.endswith(b"\n"):
            raise SealedFileError("The sealed file's header ends too early or is too long.")
        self._taken += line
        return line[:-1]

    def before(self, line: bytes) -> bytes:
        return bytes(self._taken[: -len(line) - 1])


def _parse_stanza(line: bytes, lines: _Lines) -> Stanza:
    arguments = line[3:].split(b" ")
    if not all(map(_ARGUMENT.fullmatch, arguments)):
        raise SealedFileError("A stanza of the sealed file's header has a malformed argument.")
    kind, *args = (argument.decode("ascii") for argument in arguments)
    return Stanza(kind, tuple(args), _parse_body(lines))


def _parse_body(lines: _Lines) -> bytes:
    body = bytearray()
    while True:
        line = lines.take()
        if len(line) > _COLUMNS or not line.isascii():
            raise SealedFileError("A stanza of the sealed file's header has a malformed body.")
        body += decode_base64(line.decode("ascii"))
        if len(line) < _COLUMNS:
            return bytes(body)


def _require_stanzas(stanzas: Sequence[Stanza]) -> None:
    if not stanzas:
        raise SealedFileError("The sealed file's header names no recipient.")
    if len(stanzas) > 1 and any(stanza.type == "scrypt" for stanza in stanzas):
        raise SealedFileError("The sealed file's header mixes a passphrase with other recipients.")


def _render_stanza(stanza: Stanza) -> bytes:
    arguments = [argument.encode("ascii", "replace") for argument in (stanza.type, *stanza.args)]
    if not all(map(_ARGUMENT.fullmatch, arguments)) or not "".join((stanza.type, *stanza.args)).isascii():
        raise ValueError("a stanza's arguments are visible ASCII")
    body = encode_base64(stanza.body).encode("ascii")
    rows = [body[start : start + _COLUMNS] for start in range(0, len(body) + 1, _COLUMNS)]
    return b"\n".join([b" ".join([b"->", *arguments]), *rows])


def _header_mac(file_key: bytes, authenticated: bytes) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"header").derive(file_key)
    return hmac.digest(key, authenticated, "sha256")


def _require_mac(header: Header, file_key: bytes) -> None:
    if not hmac.compare_digest(_header_mac(file_key, header.authenticated), header.mac):
        raise SealedFileError("The sealed file's header was changed after it was made.")
