"""JSON read value by value: no more of a document in memory than one row of it."""

import codecs
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from commonweal.adapters.duckdb import ByteStream

from .telling import Content, refuse

MAX_VALUE = 16 << 20
"""Characters of one row of JSON at most."""

MAX_DEPTH = 32
_PIECE = 1 << 20
_BLANK = re.compile(r"[ \t\r\n]*")


class Number(str):
    """A number as it stands in the document."""

    __slots__ = ()


class _RepeatedError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedError
    return found


def _refuse_constant(_: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(
    parse_float=Number, parse_int=Number, parse_constant=_refuse_constant, object_pairs_hook=_object
)


class JsonText:
    """A JSON document, or several one after the other, from its beginning.

    Raises:
        SourceError: it is no JSON in UTF-8, a value is too large, or nested too deeply.
    """

    def __init__(self, content: Content) -> None:
        content.seek(0)
        raw = io.BufferedReader(ByteStream(lambda size: content.read(min(size, _PIECE))), _PIECE)
        self._text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        self._held = ""
        self._at = 0
        self._ended = False
        self._values = 0

    def walk(self) -> Iterator[tuple[str, Any]]:
        """Yield each element of each array that does not lie in another, with the path of the array's names.

        An array that is a document by itself has the path ''. A value that is no array and no object is yielded with
        its path and a `None` before it: it belongs to no row.
        """
        yield from self._walk("", 0)
        if self.next_mark():
            raise self._broken()

    def documents(self) -> Iterator[Any]:
        """Yield each of the documents that follow one another, one a line or however divided."""
        while self.next_mark():
            yield self._value()

    def next_mark(self) -> str:
        """Return the next character that is not blank, and leave it where it is; '' at the end."""
        while True:
            found = _BLANK.match(self._held, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._held) or not self._fill():
                return self._held[self._at : self._at + 1]

    def _walk(self, path: str, depth: int) -> Iterator[tuple[str, Any]]:
        if depth > MAX_DEPTH:
            raise _too_deep()
        mark = self.next_mark()
        if mark == "[":
            yield from ((path, each) for each in self._elements())
        elif mark == "{":
            for name in self._members():
                yield from self._walk(f"{path}.{name}" if path else name, depth + 1)
        else:
            self._value()

    def _elements(self) -> Iterator[Any]:
        self._at += 1
        if self.next_mark() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            if self._past(",]") == "]":
                return

    def _members(self) -> Iterator[str]:
        self._at += 1
        if self.next_mark() == "}":
            self._at += 1
            return
        while True:
            name = self._value()
            if not isinstance(name, str) or isinstance(name, Number):
                raise self._broken()
            self._past(":")
            yield name
            if self._past(",}") == "}":
                return

    def _past(self, marks: str) -> str:
        found = self.next_mark()
        if not found or found not in marks:
            raise self._broken()
        self._at += 1
        return found

    def _value(self) -> Any:
        self._values += 1
        self.next_mark()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except RecursionError:
                raise _too_deep() from None
            except _RepeatedError:
                raise refuse(f"Value {self._values:,} of the JSON has two members of one name.") from None
            except ValueError:
                if not self._fill():
                    raise self._broken() from None
                continue
            if end < len(self._held) or not self._fill():
                self._at = end
                return value

    def _fill(self) -> bool:
        if self._ended:
            return False
        if len(self._held) - self._at > MAX_VALUE:
            raise refuse(f"Value {self._values:,} of the JSON is longer than {MAX_VALUE >> 20} MiB, or never closed.")
        try:
            piece = self._text.read(max(_PIECE, len(self._held) - self._at))
        except UnicodeDecodeError:
            raise refuse("The JSON is not UTF-8 text.", "Save it again in UTF-8.") from None
        self._ended = not piece
        self._held, self._at = self._held[self._at :] + piece, 0
        return bool(piece)

    def _broken(self) -> Exception:
        return refuse(
            f"The JSON is broken at its value {self._values:,}, or a bracket is never closed.",
            "Check that the file is whole; numbers such as NaN are no JSON.",
        )


def _too_deep() -> Exception:
    return refuse(f"The JSON is nested more than {MAX_DEPTH} deep.")


def flatten(value: dict[str, Any], counted: Counter[str], path: str = "", depth: int = 0) -> dict[str, str]:
    """Return the members of an object as cells, those of an object within by names with dots.

    An array is written as JSON; how many were, is counted under "lists".

    Raises:
        SourceError: it is nested too deeply, or two members come to one name.
    """
    if depth > MAX_DEPTH:
        raise _too_deep()
    cells: dict[str, str] = {}
    for key, member in value.items():
        name = f"{path}.{key}" if path else key
        found = (
            flatten(member, counted, name, depth + 1) if isinstance(member, dict) else {name: _cell(member, counted)}
        )
        if not cells.keys().isdisjoint(found):
            raise refuse("Two members of one row come to the same name once names are joined by dots.")
        cells.update(found)
    return cells


def _cell(value: Any, counted: Counter[str]) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        counted["lists"] += 1
        return to_json(value)
    return str(value) if isinstance(value, str) else str(value).lower()


def to_json(value: Any, depth: int = 0) -> str:
    """Return a value as JSON, its numbers as they stood.

    Raises:
        SourceError: it is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, list):
        return f"[{','.join(to_json(each, depth + 1) for each in value)}]"
    if isinstance(value, dict):
        members = (f"{json.dumps(key)}:{to_json(each, depth + 1)}" for key, each in value.items())
        return f"{{{','.join(members)}}}"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def is_several(head: bytes) -> bool:
    """Say whether the beginning of a JSON text is several documents, one a line."""
    text = codecs.getincrementaldecoder("utf-8-sig")("replace").decode(head).lstrip()
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip().startswith("{")
