"""How a source is read: the recipe that was understood, and what came of reading all of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from commonweal.core import Json
from commonweal.publish.kinds import FieldType

FIRST_ROWS = 5
LISTED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it was understood.

    `form` is how its values are written where that is not the form of the gate (`dd/mm/yyyy`, `1,234.50`), and empty
    where it is. `evidence` is a sentence without values. `sure` is true when every value was seen to agree and no
    other form would fit. `marks` counts the marks that stand in place of a value, such as `*` or `<10`.
    """

    name: str
    type: FieldType
    form: str = ""
    evidence: str = ""
    sure: bool = True
    marks: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to read one source. The same recipe and the same bytes always give the same rows.

    `delimiter` is one character and `line_end` one of LF, CRLF, CR and mixed. `header_row` is the number of the
    header among the file's records, from 1; what lies above it is its preamble. `totals` says that a row whose first
    words are "total" and whose other cells are numbers is a total, not data. `header_rows` is how many rows the header
    takes, `groups` says that a row with only its first cell filled is no data. `header` has a name for each column of
    the file, empty for one that has no name and no value and is left out; without it the columns are its names. `told`
    are further sentences about what the file is, and `doubts` about what nothing in it settles. `taken` says what part
    of a file of another form the table is, and `guessed` that it is one of several that it could be. `renamed` is true
    when a column has a name that the file does not give it.
    """

    encoding: str
    delimiter: str
    line_end: str
    header_row: int
    columns: tuple[Column, ...]
    totals: bool = False
    header_rows: int = 1
    groups: bool = False
    header: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    taken: str = ""
    guessed: bool = False
    renamed: bool = False

    @property
    def last_header_row(self) -> int:
        """Return the number of the row above the first row of data."""
        return self.header_row + self.header_rows - 1

    @property
    def is_plain(self) -> bool:
        """Say whether the engine reads such a text as it is: UTF-8, a usual delimiter, one row of names as written."""
        is_usual = self.encoding == "utf-8" and self.delimiter in ",;\t|" and self.line_end != "mixed"
        is_as_written = self.header_rows == 1 and not self.renamed and self.header in {(), self.names()}
        return is_usual and is_as_written and not self.guessed

    def facts(self) -> dict[str, Json]:
        """Return what makes it this recipe and no other, without the evidence."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "line_end": self.line_end,
            "header_row": self.header_row,
            "header_rows": self.header_rows,
            "header": list(self.header or self.names()),
            "columns": [[each.name, each.type.value, each.form] for each in self.columns],
            **({"taken": self.taken} if self.taken else {}),
        }

    def names(self) -> tuple[str, ...]:
        """Return the columns' names in the file's order."""
        return tuple(each.name for each in self.columns)


@dataclass(frozen=True, slots=True)
class Mend:
    """One kind of fault that was mended in `count` rows, of which `rows` are the first."""

    rule: str
    told: str
    count: int
    rows: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """Say what was mended, how often and where."""
        return f"{self.told} in {count_rows(self.count)}{where(self.rows, self.count)}."


@dataclass(frozen=True, slots=True)
class SetAside:
    """One row below the header that is kept apart from the data, and why; `row` is its number in the file."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a source by a recipe; always `read == kept + set_aside`.

    Rows are those below the header, numbered as a person sees them in the file (the first record of the file is
    row 1). `mended` counts the rows whose cells had to be divided or cut; `mends` says how, and which columns were
    written in another form. `aside` lists the first 1,000 that were set aside; `reasons` counts them all. `notes` are
    sentences. `marks` counts, by field, the marks that stood in place of a value and are now empty.
    """

    recipe: Recipe
    read: int
    kept: int
    set_aside: int
    mended: int = 0
    mends: tuple[Mend, ...] = ()
    aside: tuple[SetAside, ...] = ()
    reasons: Mapping[str, int] | None = None
    notes: tuple[str, ...] = ()
    marks: Mapping[str, Mapping[str, int]] | None = None

    @property
    def preamble(self) -> int:
        """Return how many rows stand above the header."""
        return self.recipe.header_row - 1

    @property
    def is_whole(self) -> bool:
        """Say whether the source is a table from its first line to its last, whatever the form of its values."""
        return self.recipe.is_plain and not (self.preamble or self.mended or self.set_aside or self.marks)

    @property
    def is_clean(self) -> bool:
        """Say whether the source is a table from its first line to its last, with nothing to mend."""
        return self.is_whole and not self.mends

    @property
    def is_telling(self) -> bool:
        """Say whether the source is a table at all: half of its rows or more are kept."""
        return self.kept > 0 and self.kept >= self.set_aside

    @property
    def identifier(self) -> str:
        """Return the short name by which a steward accepts this reading: a digest of recipe and counts, of no value."""
        facts: dict[str, Json] = {
            **self.recipe.facts(),
            "totals": self.recipe.totals,
            "groups": self.recipe.groups,
            "counts": [self.read, self.kept, self.set_aside, self.mended],
            "mends": [[each.rule, each.count, list(each.rows)] for each in self.mends],
            "aside": [[each.row, each.reason] for each in self.aside],
            "reasons": dict(self.reasons or {}),
        }
        text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return f"rd-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def sentences(self) -> tuple[str, ...]:
        """Return the whole reading in words: what was understood, mended, set aside and noted."""
        return (*self.understood(), *(each.sentence for each in self.mends), *self.set_aside_told(), *self.notes)

    def understood(self) -> tuple[str, ...]:
        """Say what the file is."""
        recipe = self.recipe
        between = _DELIMITERS.get(recipe.delimiter, f"“{recipe.delimiter}” (U+{ord(recipe.delimiter):04X})")
        ends = "line ends of more than one kind" if recipe.line_end == "mixed" else f"{recipe.line_end} at line ends"
        text = f"The file is {recipe.encoding.upper()} text with {between} between cells and {ends}."
        told = [
            f"The table is {recipe.taken}." if recipe.taken else text,
            f"The header is row {recipe.header_row}, with {len(recipe.columns)} columns.",
            *recipe.told,
        ]
        if self.preamble:
            above = "row above the header is" if self.preamble == 1 else f"{self.preamble:,} rows above the header are"
            told.append(f"The {above} a preamble: kept with the rows that are set aside, and not counted as data.")
        return (*told, f"Of {count_rows(self.read)} below it {self.kept:,} are kept and {self.set_aside:,} set aside.")

    def set_aside_told(self) -> tuple[str, ...]:
        """Say which rows are set aside and why, one sentence for each reason."""
        told = []
        for reason, count in (self.reasons or {}).items():
            rows = tuple(each.row for each in self.aside if each.reason == reason)
            first = rows if count <= FIRST_ROWS else rows[:FIRST_ROWS]
            told.append(f"Set aside ({reason}): {count_rows(count)}{where(first, count)}.")
        return tuple(told)


_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def count_rows(count: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"


def where(rows: tuple[int, ...], count: int) -> str:
    """Return the numbers of the first rows in brackets, with a space before."""
    if not rows:
        return ""
    shown = [str(each) for each in rows]
    listed = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    first = "the first are rows" if count > len(rows) else "rows" if len(rows) > 1 else "row"
    return f" ({first} {listed})"
