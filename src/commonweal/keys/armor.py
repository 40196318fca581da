"""ASCII armor: a sealed file as lines of text, in the strict PEM form (RFC 7468, section 3; c2sp.org/age)."""

import base64
import binascii
import io
from collections.abc import Iterator
from typing import BinaryIO

from .errors import SealedFileError

ARMOR_BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"

_END = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS = 64
_LINE_BYTES = 48
_LONGEST_LINE = _COLUMNS + 2
_MAX_SPACE = 64 * 1024
_SPACE = b" \t\r\n\v\f"
_LINES_AT_ONCE = 1024


class ArmorWriter(io.RawIOBase):
    """Writes what it is given as armored text to `raw`, which stays open; `close` writes the last lines."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._raw = raw
        self._held = bytearray()
        self._raw.write(ARMOR_BEGIN + b"\n")

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower: no array
        """Take in bytes; whole lines go out."""
        self._held += data
        whole = len(self._held) - len(self._held) % _LINE_BYTES
        self._emit(bytes(self._held[:whole]))
        del self._held[:whole]
        return len(data)

    def close(self) -> None:
        """Write what is held and the last line."""
        if not self.closed:
            self._emit(bytes(self._held))
            self._raw.write(_END + b"\n")
        super().close()

    def _emit(self, data: bytes) -> None:
        starts = range(0, len(data), _LINE_BYTES)
        self._raw.write(b"".join(base64.b64encode(data[at : at + _LINE_BYTES]) + b"\n" for at in starts))


class ArmorReader(io.RawIOBase):
    """Reads the bytes under armor, strictly; wrap it in `io.BufferedReader` to read by line.

    1. Space may stand before and after the block, at most 64 KiB, and nothing else; 2. its first and last line are
    the two of the format; 3. every line is 64 columns of canonical base64 but the last, which may be shorter and alone
    has padding; 4. lines end in LF or CRLF.

    Raises:
        SealedFileError: on reading, where any of these does not hold.
    """

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._raw = raw
        self._blocks = self._decoded()
        self._held = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower: no array, mmap
        """Fill `buffer` with what comes next and return how many bytes that is; none at the end."""
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._held = block
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _decoded(self) -> Iterator[bytes]:
        self._verify_begin()  # 1, 2
        block, short = bytearray(), False
        while (line := self._line()) != _END:
            if short or not line or len(line) > _COLUMNS:  # 3
                raise SealedFileError("The armor of the sealed file has a line of the wrong length.")
            short = len(line) < _COLUMNS or line.endswith(b"=")
            block += _decode_line(line)
            if len(block) >= _LINES_AT_ONCE * _LINE_BYTES:
                yield bytes(block)
                block.clear()
        self._verify_nothing_follows()
        yield bytes(block)

    def _verify_begin(self) -> None:
        spent = 0
        while True:
            line = self._raw.readline(_MAX_SPACE)
            spent += len(line)
            if line.strip(_SPACE) or not line:
                break
            if spent > _MAX_SPACE:
                raise SealedFileError("Too much space stands before the armor of the sealed file.")
        if _without_end(line.lstrip(_SPACE)) != ARMOR_BEGIN:
            raise SealedFileError("The armor of the sealed file does not begin as it must.")

    def _line(self) -> bytes:
        line = self._raw.readline(_LONGEST_LINE)
        ended = line.endswith(b"\n") or line == _END
        if not ended and not line.rstrip(_SPACE) == _END:
            raise SealedFileError("The armor of the sealed file is cut short, or has a line that is too long.")
        return _END if line.rstrip(_SPACE) == _END else _without_end(line)

    def _verify_nothing_follows(self) -> None:
        if self._raw.read(_MAX_SPACE).strip(_SPACE) or self._raw.read(1):
            raise SealedFileError("Something follows the armor of the sealed file.")


def _decode_line(line: bytes) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise SealedFileError("The armor of the sealed file holds malformed base64.") from None
    if base64.b64encode(raw) != line:
        raise SealedFileError("The armor of the sealed file holds base64 that is not canonical.")
    return raw


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")
