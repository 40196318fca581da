"""A file of this machine held against a data contract, or one drafted from it, as publishing would; without a node."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.duckdb import Publisher, Surveyor
from commonweal.adapters.plain_file import PlainFile
from commonweal.adapters.sealed import OfferedFile, SealedFiles
from commonweal.adapters.text_table import TextTable, Tidied
from commonweal.keys import PayloadReader, PayloadWriter, new_file_key
from commonweal.publish import (
    ContractDraft,
    DataContract,
    QualityResult,
    Reading,
    Recipe,
    SourceError,
    SourceFormat,
    infer_contract,
    tell_reading,
)

_PARQUET = b"PAR1"
_ROWS = "rows"


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


def check_file(path: Path, contract: DataContract) -> CheckedFile:
    """Check a file as the gate would: as it came, and else as it reads, if that is as a table with these fields.

    Memory does not grow with the file. What a reading mends lies on the disk sealed, for as long as this takes.

    Raises:
        UnreadableFileError: the file cannot be read.
        SourceError: it is no table; the sentence says where and never quotes it.
        ContractError: a pattern of the data contract is not a regular expression (RE2).
    """
    with closing(PlainFile(path)) as content:
        form = _form_of(path, content)
        try:
            quality = _check(content, form, contract)
        except SourceError:
            checked = _check_reading(content, contract) if form is SourceFormat.CSV else None
            if checked is None:
                raise
            return checked
        looked_at = form is SourceFormat.CSV and (not quality.passed or TextTable(content).has_loose_end())
        checked = _check_reading(content, contract) if looked_at else None
        return checked or CheckedFile(quality)


def draft_contract(path: Path, *, identifier: str, title: str) -> DraftedFile:
    """Draft the data contract that a file suggests; the file keeps it. Memory as `check_file`.

    Raises:
        UnreadableFileError: the file cannot be read.
        SourceError: it is no table; the sentence says where and never quotes it.
    """
    with closing(PlainFile(path)) as content:
        if _form_of(path, content) is SourceFormat.PARQUET:
            return DraftedFile(_draft(content, SourceFormat.PARQUET, identifier, title))
        with _tidied(content) as (rows, tidied):
            if _is_as_it_came(tidied.reading):
                return DraftedFile(_draft(content, SourceFormat.CSV, identifier, title))
            return DraftedFile(_draft(rows, SourceFormat.CSV, identifier, title), tidied.reading)


def _form_of(path: Path, content: PlainFile) -> SourceFormat:
    begins = content.read(len(_PARQUET))
    content.seek(0)
    return SourceFormat.PARQUET if begins == _PARQUET or path.suffix == ".parquet" else SourceFormat.CSV


def _check(
    rows: OfferedFile, form: SourceFormat, contract: DataContract, tidied: Tidied | None = None
) -> QualityResult:
    files = SealedFiles()
    with Publisher(files) as engine:
        return engine.check(files.offer(_ROWS, rows), form, contract, tidied.number if tidied else int)


def _check_reading(content: PlainFile, contract: DataContract) -> CheckedFile | None:
    """Return what the gate says of a file as it reads; None where that is as it came, or as another table."""
    try:
        recipe = TextTable(content).learn()
        if not _fits(recipe, contract):
            return None
        with _tidied(content) as (rows, tidied):
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


def _draft(rows: OfferedFile, form: SourceFormat, identifier: str, title: str) -> ContractDraft:
    files = SealedFiles()
    with Surveyor(files) as surveyor:
        facts, listings = surveyor.survey(files.offer(_ROWS, rows), form)
    draft = infer_contract(facts, listings, identifier=identifier, title=title)
    return draft.settled(_check(rows, form, draft.contract()))


@contextmanager
def _tidied(content: PlainFile) -> Iterator[tuple[PayloadReader, Tidied]]:
    """Give the rows of a file as it reads, on the disk only under a key that nobody else has, and gone after."""
    table = TextTable(content)
    recipe, key = table.learn(), new_file_key()
    with TemporaryDirectory(prefix="commonweal-") as folder:
        blobs = LocalBlobs(Path(folder))
        with blobs.create(_ROWS) as raw, PayloadWriter(raw, key) as writer:
            tidied = table.tidy(recipe, writer)
            writer.close()
            raw.commit()
        with blobs.open(_ROWS) as sealed:
            yield PayloadReader(sealed, key, sealed.size), tidied
