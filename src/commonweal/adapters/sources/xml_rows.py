"""Rows from XML: each element of one repeated name is a row."""

from collections.abc import Iterator
from dataclasses import dataclass

from commonweal.publish import FileChoice

from .rows import MAX_COLUMNS, Columns, RowWriter, write_named
from .telling import Content, Output, Taken, list_names, many, refuse
from .xml_text import parse

_MOST_PATHS = 10_000
_LONGEST_ROW = 16 << 20


def convert_xml(content: Content, choice: FileChoice, output: Output) -> Taken:
    """Write the table of an XML document and say what was taken.

    Raises:
        SourceError: no element repeats, the one chosen is not there, or it is no XML that is read.
    """
    survey = _Survey()
    for _ in parse(content, survey):
        pass
    path, rivals = _chosen(survey.found, choice.element)
    columns = Columns()
    for row in _rows(content, path):
        columns.add(row)
    if not columns.names():
        raise refuse(f"The elements “{path.rpartition('/')[2][:60]}” of the XML hold nothing.")
    write_named(RowWriter(output), columns.names(), _rows(content, path))
    taken = f"the {many(survey.found[path].count, 'element')} “{path}” of an XML document"
    notes = [f"Other elements repeat there and are left out: {list_names(rivals)}."] if rivals else []
    return Taken(taken, tuple(notes), guessed=bool(rivals) and not choice.element)


@dataclass(slots=True)
class _Seen:
    count: int = 0
    has_parts: bool = False


class _Survey:
    """Counts the elements of a document by their path."""

    def __init__(self) -> None:
        self.found: dict[str, _Seen] = {}
        self._open: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._open[-1] if self._open else ""
        if parent:
            self.found[parent].has_parts = True
        path = f"{parent}/{name}"
        seen = self.found.setdefault(path, _Seen())
        seen.count += 1
        seen.has_parts = seen.has_parts or bool(attributes)
        self._open.append(path)
        if len(self.found) > _MOST_PATHS:
            raise refuse(f"The XML has more than {_MOST_PATHS:,} kinds of element, so it is no table.")

    def text(self, text: str) -> None:
        pass

    def end(self) -> None:
        self._open.pop()


def _chosen(found: dict[str, _Seen], element: str) -> tuple[str, list[str]]:
    """Return the path of the rows, and those of others that could be."""
    if element:
        named = [path for path in found if element in {path, path.rpartition("/")[2]}]
        if not named:
            raise refuse(f"The XML has no element “{element[:60]}”.")
        return min(named, key=_depth), []
    for fits in (_is_row, _is_item, _is_only_row):
        fitting = [path for path, seen in found.items() if fits(path, seen)]
        if fitting:
            shallow = min(map(_depth, fitting))
            level = sorted((path for path in fitting if _depth(path) == shallow), key=lambda path: -found[path].count)
            return level[0], level[1:]
    raise refuse("No element of the XML repeats, so it holds no rows.", "Name the row's element (--element NAME).")


def _depth(path: str) -> int:
    return path.count("/")


def _is_row(path: str, seen: _Seen) -> bool:
    return seen.count > 1 and seen.has_parts and _depth(path) > 1


def _is_item(path: str, seen: _Seen) -> bool:
    return seen.count > 1 and _depth(path) > 1


def _is_only_row(path: str, seen: _Seen) -> bool:
    return seen.has_parts and _depth(path) > 1


def _rows(content: Content, path: str) -> Iterator[dict[str, str]]:
    reading = _Rows(path)
    for _ in parse(content, reading):
        yield from reading.take()


class _Rows:
    """Gathers the fields of each row: attributes and text by their names, those further in by names with dots."""

    def __init__(self, path: str) -> None:
        self._path = path.split("/")[1:]
        self._open: list[str] = []
        self._texts: list[list[str]] = []
        self._parted: list[bool] = []
        self._row: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._size = 0
        self._done: list[dict[str, str]] = []

    def take(self) -> list[dict[str, str]]:
        """Return the rows that are whole by now, and forget them."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._parted:
            self._parted[-1] = True
        self._open.append(name)
        if self._is_within():
            self._texts.append([])
            self._parted.append(False)
            for each, value in attributes.items():
                self._put([*self._open[len(self._path) :], each], value)

    def text(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)
            self._measure(text)

    def end(self) -> None:
        if self._is_within():
            text, is_parted = "".join(self._texts.pop()).strip(), self._parted.pop()
            if text or (not is_parted and len(self._open) > len(self._path)):
                self._put(self._open[len(self._path) :] or self._path[-1:], text)
            if len(self._open) == len(self._path):
                self._done.append(self._row)
                self._row, self._numbers, self._size = {}, {}, 0
        self._open.pop()

    def _is_within(self) -> bool:
        return self._open[: len(self._path)] == self._path

    def _put(self, names: list[str], value: str) -> None:
        name = wanted = ".".join(names)
        number = self._numbers.get(wanted, 1)
        while name in self._row:
            number += 1
            name = f"{wanted}.{number}"
            if number > MAX_COLUMNS:
                raise refuse(f"A row of the XML has more than {MAX_COLUMNS:,} fields.")
        self._numbers[wanted] = number
        self._row[name] = value
        self._measure(value)

    def _measure(self, text: str) -> None:
        self._size += len(text)
        if self._size > _LONGEST_ROW or len(self._row) > MAX_COLUMNS:
            raise refuse(f"A row of the XML is longer than {_LONGEST_ROW >> 20} MiB or has too many fields.")
