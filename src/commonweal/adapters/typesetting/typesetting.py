"""Typst with one template of ours: what a document says is handed over as data, and is never read as markup or code."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import typst

from commonweal.core import CommonwealError, Json

_TEMPLATE = "document.typ"
_MARKS = "–—‘’“”…•€−≤≥"
_REPERTOIRE = frozenset(
    {*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA1, 0xAD)), *map(chr, range(0xAE, 0x180)), *_MARKS}
)


class TypesettingError(CommonwealError):
    """A document that cannot be typeset as an accessible PDF."""

    code = "typesetting.failed"
    default_advice = "Take it as HTML or JSON, and report this: it holds none of your data."


def typeset(document: Mapping[str, Json], *, made: datetime) -> bytes:
    """Return a document, as `describe_document` gives it, as a tagged PDF that conforms to PDF/UA-1.

    The same document made at the same moment gives the same bytes. Fonts are those that Typst has in itself. No
    network is used, and no file is opened but the template: its folder is Typst's root, and what the document says
    reaches the template as JSON, whose text Typst sets as it stands. A character that the fonts lack is set as its
    number, as `printable` does.

    Raises:
        TypesettingError: Typst refuses it.
    """
    settings: dict[str, Any] = {"format": "pdf", "pdf_standards": ["ua-1"], "timestamp": int(made.timestamp())}
    return run(document, settings)


def run(document: Mapping[str, Json], settings: Mapping[str, Any]) -> bytes:
    """Return what Typst makes of a document; `settings` say in which form."""
    data = json.dumps(_printable(dict(document)), ensure_ascii=True)
    with as_file(files("commonweal.adapters.typesetting") / "templates") as folder:
        return _compile(folder, data, settings)


def _compile(folder: Path, data: str, settings: Mapping[str, Any]) -> bytes:
    template = (folder / _TEMPLATE).read_bytes()
    inputs = {"document": data}
    try:
        return bytes(typst.compile(template, root=folder, ignore_system_fonts=True, sys_inputs=inputs, **settings))
    except typst.TypstError:  # its message may quote the document
        raise TypesettingError("The document cannot be typeset as an accessible PDF.") from None


def printable(text: str) -> str:
    """Return text of which the fonts have every character; one that they lack becomes its number, as `[U+1F600]`.

    Space of any kind becomes a plain space.
    """
    return "".join(each if each in _REPERTOIRE else " " if each.isspace() else f"[U+{ord(each):04X}]" for each in text)


def _printable(value: Json) -> Json:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value
