"""Markdown as the reference pages write it: tables and lists, never a fence."""

from collections.abc import Iterable, Sequence

NOTICE = (
    "<!-- Written by `python -m tests.reference` from the code; a test compares. Change the code, not this page. -->"
)


def cell(text: object) -> str:
    """Return text as it may stand in a cell: one line, no bar, and no tag outside code."""
    parts = " ".join(str(text).split()).replace("|", "\\|").split("`")
    return "`".join(each.replace("<", "&lt;") if number % 2 == 0 else each for number, each in enumerate(parts))


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; it must have a row."""
    body = [f"| {' | '.join(cell(each) for each in row)} |" for row in rows]
    if not body:
        raise ValueError(f"a table of {heading} would have no row")
    return "\n".join((f"| {' | '.join(heading)} |", "|" + "---|" * len(heading), *body))


def code(text: object) -> str:
    """Return text as code, or nothing where there is none."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[object]) -> str:
    """Return texts as code, with commas."""
    return ", ".join(f"`{each}`" for each in texts)


def entry(name: object, *lines: str) -> str:
    """Return one thing with a heading of its own, which can be linked to, and a line for each thing to say of it."""
    told = "\n".join(f"- {cell(each)}" for each in lines[1:] if each)
    return "\n\n".join(each for each in (f"### {cell(name)}", cell(lines[0]), told) if each)


def page(title: str, *parts: str) -> str:
    """Return a page of these parts under a title."""
    return "\n\n".join((NOTICE, f"# {title}", *(each.strip() for each in parts if each.strip()))) + "\n"
