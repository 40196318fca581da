"""Understanding a source: how it reads, and the rows it gives when its steward accepts that."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from commonweal.adapters.sources import Table, Taken, opened_table
from commonweal.adapters.text_table import Content, Output, TextTable, Tidied
from commonweal.core import InputError, new_identifier
from commonweal.keys import PayloadReader
from commonweal.node.files import SealedStore, Sealing
from commonweal.publish import (
    DataContract,
    DatasetVersion,
    FileChoice,
    QualityResult,
    Reading,
    ReadingUnconfirmedError,
    SourceError,
    SourceFormat,
    find_differences,
)

from .staging import StagedSource, Staging

MOST_LOOKED_AT = 256 << 20
"""Bytes of a source that the gate stopped, up to which it is read again to see whether it is only untidy."""

_SHAPE = frozenset({"header", "missing-field", "extra-field", "required", "type", "minimum-rows"})


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be checked and written: bytes as they came, or the rows of an accepted reading.

    `number` gives a row's number in the file. `setting_aside` is the sealed file of the rows that are set aside.
    `unlike` says in sentences why the reading that was accepted for the version before cannot be replayed.
    `taken` says from what file of another form the content was made.
    """

    content: PayloadReader
    form: SourceFormat
    number: Callable[[int], int] = int
    reading: Reading | None = None
    setting_aside: Sealing | None = None
    unlike: tuple[str, ...] = ()
    taken: Taken | None = None


@dataclass(frozen=True, slots=True)
class _Tidy:
    rows: PayloadReader
    tidied: Tidied

    @property
    def reading(self) -> Reading:
        return self.tidied.reading

    def source(self, content: PayloadReader, setting_aside: Sealing | None) -> Source:
        """Return the tidied rows to be checked, or a clean source as it came."""
        if self.reading.is_clean:
            return Source(content, SourceFormat.CSV)
        return Source(self.rows, SourceFormat.CSV, self.tidied.number, self.reading, setting_aside)


class Understanding:
    """Reads staged sources that are not clean."""

    def __init__(self, files: SealedStore, staging: Staging) -> None:
        self._files = files
        self._staging = staging

    def read(self, staged: StagedSource, choice: FileChoice) -> Reading:
        """Return how a staged source reads.

        Raises:
            SourceError: it is no table.
            InputError: it is Parquet, which leaves nothing to understand.
        """
        with self._table(staged, choice) as table:
            if table.form is not SourceFormat.CSV:
                raise InputError("Parquet says itself how it is read.", advice="Publish it as it is.")
            return read_whole(table.content, table.taken)

    @contextmanager
    def _table(self, staged: StagedSource, choice: FileChoice) -> Iterator[Table[PayloadReader]]:
        with self._staging.open(staged) as opened:
            content: PayloadReader = opened
            with opened_table(content, choice, self._staging.rewriting) as table:
                yield table

    @contextmanager
    def opened(
        self, staged: StagedSource, choice: FileChoice, accepted: str, former: DatasetVersion | None = None
    ) -> Iterator[Source]:
        """Give the source to check and write: as it came, or by the reading that was accepted.

        Without one, a source that reads by the very recipe accepted for the `former` version, with no new kind of
        defect, is read by it again. The rows set aside go to a sealed file of their own, which is whole when the block
        ends.

        Raises:
            ReadingUnconfirmedError: it reads otherwise than what was accepted.
        """
        with self._table(staged, choice) as table:
            content, form, taken = table.content, table.form, table.taken
            unlike: tuple[str, ...] = ()
            if not accepted and form is SourceFormat.CSV and former is not None and former.reading is not None:
                accepted, unlike = _replay(content, former.reading, taken)
                replayed = (
                    f"It reads as version {former.number}, whose reading was accepted, with no new kind of defect."
                )
            else:
                replayed = ""
            if not accepted or form is not SourceFormat.CSV:
                yield Source(content, form, unlike=unlike, taken=taken)
                return
            with self._files.seal(new_identifier("sf")) as sealing, self._tidied(table, sealing.writer) as tidy:
                verify_accepted(tidy.reading, accepted)
                keeps = not tidy.reading.is_clean and (tidy.reading.preamble or tidy.reading.set_aside)
                source = tidy.source(content, sealing if keeps else None)
                yield _noted(source, replayed)
            if not keeps:
                self._files.discard(sealing)

    @contextmanager
    def previewed(self, staged: StagedSource, choice: FileChoice) -> Iterator[tuple[Source, Reading | None]]:
        """Give the source to check as `opened` would if its reading were accepted, and that reading; nothing is kept.

        Raises:
            SourceError: it is no table.
        """
        with self._table(staged, choice) as table:
            if table.form is not SourceFormat.CSV:
                yield Source(table.content, table.form), None
                return
            with self._tidied(table, None) as tidy:
                yield tidy.source(table.content, None), tidy.reading

    @contextmanager
    def _tidied(self, table: Table[PayloadReader], aside: Output | None) -> Iterator["_Tidy"]:
        text = TextTable(table.content, taken=table.taken)
        recipe = text.learn()
        with self._staging.rewriting(lambda kept: text.tidy(recipe, kept, aside)) as (rows, tidied):
            yield _Tidy(rows, tidied)

    def find_mess(self, source: Source, contract: DataContract, quality: QualityResult | None) -> Reading | None:
        """Return the reading of a source whose only fault may be that it is untidy, or None.

        Args:
            source: a source as it came.
            contract: its data contract.
            quality: what its check found; None when it could not be read as a clean table at all.
        """
        if source.reading is not None or source.form is not SourceFormat.CSV or not _is_worth_reading(source, quality):
            return None
        try:
            reading = read_whole(source.content, source.taken)
        except SourceError:
            return None
        promised = set(contract.field_names())
        fits = len(promised & set(reading.recipe.names())) * 2 >= len(promised)  # a header, and not a row of data
        return reading if fits and reading.is_telling and not reading.is_whole else None


def read_whole(content: Content, taken: Taken | None = None) -> Reading:
    """Return how a text reads, in two passes over it.

    Raises:
        SourceError: it is no table.
    """
    table = TextTable(content, taken=taken)
    return table.tidy(table.learn()).reading


def verify_accepted(reading: Reading, accepted: str) -> None:
    """Check that this is the reading that was accepted.

    Raises:
        ReadingUnconfirmedError: it is another.
    """
    if reading.identifier != accepted:
        raise ReadingUnconfirmedError("The source does not read as the reading that was accepted says.", reading)


def _replay(content: Content, former: Reading, taken: Taken | None) -> tuple[str, tuple[str, ...]]:
    """Return the identifier of a source's reading when it is like the former one, or how it differs."""
    try:
        reading = read_whole(content, taken)
    except SourceError:
        return "", ()
    if reading.is_clean:
        return "", ()
    unlike = find_differences(reading, former)
    return ("" if unlike else reading.identifier), unlike


def _noted(source: Source, note: str) -> Source:
    if not note or source.reading is None:
        return source
    return replace(source, reading=replace(source.reading, notes=(*source.reading.notes, note)))


def _is_worth_reading(source: Source, quality: QualityResult | None) -> bool:
    if quality is None or (source.taken is not None and source.taken.guessed):
        return True
    if quality.passed:
        return TextTable(source.content).has_loose_end()
    return source.content.size <= MOST_LOOKED_AT and any(each.check in _SHAPE for each in quality.findings)
