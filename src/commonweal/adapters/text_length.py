"""How long a text is in rows, estimated from places all over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from .text_table import Content

_PLACES = 16
_PIECE = 64 << 10


@dataclass(frozen=True, slots=True)
class Length:
    """How many bytes are a text's beginning, and about how many times its lines the whole text has."""

    beginning: int
    share: float


def measure_length(content: Content, beginnings: Sequence[int], enough: int) -> Length:
    """Estimate a text's length, where its beginning is the first of `beginnings` in bytes with `enough` lines."""
    size, beginning, lines = content.seek(0, 2), 0, 0
    for beginning in beginnings:
        content.seek(0)
        lines = _ends(content.read(beginning))
        if lines >= enough:
            break
    pieces = [_read_at(content, (size - _PIECE) * place // _PLACES) for place in range(_PLACES)]
    read, found = sum(map(len, pieces)), sum(map(_ends, pieces))
    return Length(beginning, found * size / (read * lines) if found and lines else size / beginning)


def _read_at(content: Content, place: int) -> bytes:
    content.seek(max(0, place))
    return content.read(_PIECE)


def _ends(piece: bytes) -> int:
    return piece.count(b"\n") or piece.count(b"\r")
