"""Opening a source of any form as the table it holds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from commonweal.publish import FileChoice, FileForm, SourceFormat

from .detecting import Packing, detect
from .telling import Content, Output, Taken, refuse

if TYPE_CHECKING:
    from commonweal.keys import PayloadReader, PayloadWriter

T = TypeVar("T")
C = TypeVar("C", bound=Content)

Convert: TypeAlias = Callable[[Content, FileChoice, Output], Taken]

_WITH_SHEETS = frozenset({FileForm.XLSX, FileForm.XLS, FileForm.ODS, FileForm.GEOPACKAGE})
_WITH_ELEMENTS = frozenset({FileForm.JSON, FileForm.GEOJSON, FileForm.XML})


class Rewriting(Protocol):
    """Gives a reader of what a function wrote, sealed, gone after the block; and what the function returned."""

    def __call__(self, write: Callable[["PayloadWriter"], T], /) -> "AbstractContextManager[tuple[PayloadReader, T]]":
        """Call `write`, then give the reader and what it returned."""
        ...


@dataclass(frozen=True, slots=True)
class Table(Generic[C]):
    """A table's bytes as CSV or Parquet; `taken` says what they were taken from, None if the source is the table."""

    content: "C | PayloadReader"
    form: SourceFormat
    taken: Taken | None = None


@contextmanager
def opened_table(content: C, choice: FileChoice, rewriting: Rewriting) -> Iterator[Table[C]]:
    """Give the table that a source holds, told by the source's bytes unless the choice names its form.

    Raises:
        SourceError: it holds no such table; the sentence says why and quotes no value.
    """
    with ExitStack() as stack:
        unpacked, packing = _unpack(content, choice, rewriting, stack)
        form = _form_of(unpacked, choice)
        _verify_choice(choice, form, packing)
        if form in {FileForm.CSV, FileForm.PARQUET}:
            unpacked.seek(0)
            yield Table(unpacked, SourceFormat(form.value), packing)
            return
        convert = _converter_of(form)
        chosen = replace(choice, form=form)
        table, taken = stack.enter_context(rewriting(lambda output: convert(unpacked, chosen, output)))
        yield Table(table, SourceFormat.CSV, _together(taken, packing))


def _converter_of(form: FileForm) -> Convert:
    """Return what reads a form; its module is loaded only now, so that a CSV file waits for none."""
    if form in {FileForm.JSON, FileForm.GEOJSON, FileForm.NDJSON}:
        from . import json_rows

        return json_rows.convert_lines if form is FileForm.NDJSON else json_rows.convert_json
    if form is FileForm.XML:
        from .xml_rows import convert_xml

        return convert_xml
    if form is FileForm.FIXED_WIDTH:
        from .fixed_width import convert_fixed

        return convert_fixed
    if form is FileForm.GEOPACKAGE:
        from .geopackage import convert_geopackage

        return convert_geopackage
    from . import workbook

    return workbook.convert_arrow if form is FileForm.ARROW else workbook.convert_workbook


def _unpack(
    content: C, choice: FileChoice, rewriting: Rewriting, stack: ExitStack
) -> "tuple[C | PayloadReader, Taken | None]":
    found = detect(content) if _may_be_packed(content) else None
    if found is None:
        return content, None
    from .packed import unpack_gzip, unpack_zip

    if found is Packing.ZIP:
        return stack.enter_context(rewriting(lambda output: unpack_zip(content, choice.member, output)))
    if found is Packing.GZIP:
        return stack.enter_context(rewriting(lambda output: unpack_gzip(content, output)))
    return content, None


def _may_be_packed(content: Content) -> bool:
    content.seek(0)
    return content.read(2) in {b"PK", b"\x1f\x8b"}


def _form_of(content: Content, choice: FileChoice) -> FileForm:
    if choice.form is not FileForm.AUTO:
        return choice.form
    if choice.layout:
        return FileForm.FIXED_WIDTH
    found = detect(content)
    if isinstance(found, Packing):
        raise refuse("The source is an archive within an archive.", "Unpack the outer one.")
    return found


def _verify_choice(choice: FileChoice, form: FileForm, packing: Taken | None) -> None:
    """Refuse a choice that the source has no place for: it was meant for another."""
    if choice.member and (packing is None or "zip" not in packing.what):
        raise refuse("The source is no zip archive, so it has no member to choose.")
    if choice.sheet and form not in _WITH_SHEETS:
        raise refuse("The source is neither a workbook nor a GeoPackage, so it has no sheet to choose.")
    if choice.element and form not in _WITH_ELEMENTS:
        raise refuse("The source is neither XML nor one JSON document, so it has no element to choose.")


def _together(taken: Taken, packing: Taken | None) -> Taken:
    if packing is None:
        return taken
    return Taken(f"{taken.what}, in {packing.what}", (*taken.notes, *packing.notes), guessed=taken.guessed)
