"""A file or an address held against a data contract, or one drafted from it, as publishing would; without a node."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from commonweal.adapters.duckdb import Detected, EngineMemoryError, Publisher, Surveyor, detect
from commonweal.adapters.local_source import LocalSource, LocalTable, opened_local
from commonweal.adapters.sealed import OfferedFile, SealedFiles
from commonweal.adapters.sources import rewriting_in_a_temporary_file
from commonweal.adapters.text_table import TextTable, Tidied
from commonweal.core import SystemClock
from commonweal.keys import PayloadReader
from commonweal.publish import (
    Circumstances,
    ContractDraft,
    DataContract,
    FileChoice,
    QualityResult,
    Reading,
    Recipe,
    SourceError,
    SourceFormat,
    infer_contract,
    tell_reading,
)

_ROWS = "rows"
_WHOLE = 64 << 20
_BEGINNING = 256 << 10
_AS_TOLD = FileChoice()


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What the gate would say of a file; `reading` is the one to accept for it, None for a file taken as it came."""

    quality: QualityResult
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class DraftedFile:
    """A data contract drafted from a file; `reading` as in `CheckedFile`."""

    draft: ContractDraft
    reading: Reading | None = None


def check_file(source: LocalSource, contract: DataContract, choice: FileChoice = _AS_TOLD) -> CheckedFile:
    """Check a file, or what an address names, as the gate would.

    It is checked as it came, and else as it reads, if that is as a table with these fields. Above 64 MB its beginning
    and its end say whether it would read otherwise than it came: to look at every cell takes a minute for 100 MB.

    It may be of every form that is published. Memory does not grow with the file. What is taken from another form or
    mended lies on the disk sealed, for as long as this takes.

    Raises:
        UnreadableFileError: the file cannot be read.
        SourceError: it is no table; the sentence says where and never quotes it.
        ContractError: a pattern of the data contract is not a regular expression (RE2).
        CommonwealError: as `opened_local`, of an address.
    """
    with opened_local(source, choice) as table:
        try:
            quality = _check(table.content, table.form, contract)
        except SourceError:
            checked = _check_reading(table, contract) if table.form is SourceFormat.CSV else None
            if checked is None:
                raise
            return checked
        if table.form is SourceFormat.PARQUET:
            return CheckedFile(quality)
        looked_at = _may_be_untidy(table) or (not quality.passed and _begins_untidily(table))
        checked = _check_reading(table, contract) if looked_at else None
        return checked or CheckedFile(quality)


def draft_contract(source: LocalSource, *, identifier: str, title: str, choice: FileChoice = _AS_TOLD) -> DraftedFile:
    """Draft the data contract that a file, or what an address names, suggests; it keeps it.

    Its fields are classified by their names and a sample of their values. Memory as `check_file`.

    Raises:
        UnreadableFileError: the file cannot be read.
        SourceError: it is no table; the sentence says where and never quotes it.
    """
    with opened_local(source, choice) as table:
        if table.form is SourceFormat.PARQUET:
            return DraftedFile(_draft(table.content, SourceFormat.PARQUET, identifier, title))
        with _tidied(table) as (rows, tidied):
            reading = tidied.reading
            if _is_as_it_came(reading):
                return DraftedFile(_draft(table.content, SourceFormat.CSV, identifier, title))
            return DraftedFile(_draft(rows, SourceFormat.CSV, identifier, title, reading), reading)


def _may_be_untidy(table: LocalTable) -> bool:
    return (table.taken is not None and table.taken.guessed) or TextTable(table.content).has_loose_end()


def _begins_untidily(table: LocalTable) -> bool:
    """Say whether the beginning of a file would be mended, if the file is too long to look at all of it."""
    if table.content.seek(0, 2) <= _WHOLE:
        return True
    try:
        text = TextTable(table.content, _BEGINNING, table.taken)
        return not _is_as_it_came(text.tidy(text.learn()).reading)
    except SourceError:
        return True


def _check(
    rows: OfferedFile, form: SourceFormat, contract: DataContract, tidied: Tidied | None = None
) -> QualityResult:
    files = SealedFiles()
    with Publisher(files) as engine:
        return engine.check(
            files.offer(_ROWS, rows),
            form,
            contract,
            tidied.number if tidied else int,
            circumstances=Circumstances(SystemClock().now()),
        )


def _check_reading(table: LocalTable, contract: DataContract) -> CheckedFile | None:
    """Return what the gate says of a file as it reads; None where that is as it came, or as another table."""
    try:
        recipe = TextTable(table.content, taken=table.taken).learn()
        if not _fits(recipe, contract):
            return None
        with _tidied(table) as (rows, tidied):
            reading = tidied.reading
            if _is_as_it_came(reading):
                return None
            quality = _check(rows, SourceFormat.CSV, contract, tidied)
    except SourceError:
        return None
    return CheckedFile(tell_reading(quality, reading), reading)


def _is_as_it_came(reading: Reading) -> bool:
    """Say whether a reading is none to offer: there is nothing to mend, or too little that it keeps."""
    return reading.is_clean or not reading.is_telling


def _fits(recipe: Recipe, contract: DataContract) -> bool:
    """Say whether a header was found, and not a row of data."""
    promised = set(contract.field_names())
    return len(promised & set(recipe.names())) * 2 >= len(promised)


def _draft(
    rows: OfferedFile, form: SourceFormat, identifier: str, title: str, reading: Reading | None = None
) -> ContractDraft:
    files = SealedFiles()
    offered = files.offer(_ROWS, rows)
    with Surveyor(files) as surveyor:
        facts, listings = surveyor.survey(offered, form)
    found = _detect(files, offered, form, reading)
    draft = infer_contract(facts, listings, found.fields, identifier=identifier, title=title, together=found.note)
    return draft.settled(_check(rows, form, draft.contract()))


def _detect(files: SealedFiles, offered: str, form: SourceFormat, reading: Reading | None) -> Detected:
    """Return what the fields are likely to reveal; nothing where not even a sample fits, so that names must do."""
    try:
        return detect(files, offered, form, reading.marks if reading else None)
    except EngineMemoryError:
        return Detected(())


@contextmanager
def _tidied(table: LocalTable) -> Iterator[tuple[PayloadReader, Tidied]]:
    """Give the rows of a file as it reads, on the disk only under a key that nobody else has, and gone after."""
    text = TextTable(table.content, taken=table.taken)
    recipe = text.learn()
    with rewriting_in_a_temporary_file(lambda kept: text.tidy(recipe, kept)) as kept:
        yield kept
