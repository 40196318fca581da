"""XML read element by element, with entities and document types refused."""

from collections.abc import Iterator
from typing import Protocol
from xml.parsers import expat

from .telling import Content, refuse

MAX_DEPTH = 64
MAX_TOKEN = 4 << 20
"""Bytes of one tag at most."""

_PIECE = 1 << 18


class Listener(Protocol):
    """What is told of a document's elements in their order; names come without their prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take note that an element begins."""
        ...

    def text(self, text: str) -> None:
        """Take in a piece of text."""
        ...

    def end(self) -> None:
        """Take note that the innermost open element ends."""
        ...


def parse(content: Content, listener: Listener) -> Iterator[None]:
    """Go through a document from its beginning, telling the listener, and yield after every piece of it.

    Raises:
        SourceError: it is not well-formed, has a document type or an entity, is too deep, or one tag is too long.
    """
    content.seek(0)
    parser = expat.ParserCreate()
    walk = _Walk(listener)
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = listener.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_doctype
    fed = 0
    try:
        while piece := content.read(_PIECE):
            fed += len(piece)
            parser.Parse(piece, False)  # noqa: FBT003  expat's signature
            if fed - parser.CurrentByteIndex > MAX_TOKEN:
                raise refuse(f"A tag of the XML is longer than {MAX_TOKEN >> 20} MiB.")
            yield
        parser.Parse(b"", True)  # noqa: FBT003  expat's signature
        yield
    except (expat.ExpatError, LookupError, ValueError):
        raise refuse(f"The XML is not well-formed: line {parser.CurrentLineNumber:,}.") from None


class _Walk:
    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refuse(f"The XML is nested more than {MAX_DEPTH} deep.")
        self._listener.start(_local(name), _named(attributes))

    def end(self, _: str) -> None:
        self._depth -= 1
        self._listener.end()


def _named(attributes: dict[str, str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for name, value in attributes.items():
        if name != "xmlns" and not name.startswith("xmlns:"):
            named[name if _local(name) in named else _local(name)] = value
    return named


def _local(name: str) -> str:
    return name.rpartition(":")[2] or name


def _refuse_doctype(*_: object) -> None:
    raise refuse(
        "The XML has a document type (DTD) or declares entities, which are not read.", "Take the DOCTYPE out of it."
    )
