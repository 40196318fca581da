"""What a data contract may promise beyond one value: limits, keys, rules of a row, references, and time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limit:
    """How many rows may break a promise before anything is told, and whether what is told stops publication.

    `most` rows may, or with `percent` so many in a hundred of all rows; `below` asks for fewer than `most`.
    """

    most: float = 0
    percent: bool = False
    below: bool = False
    stops: bool = True

    def passes(self, count: int, rows: int) -> bool:
        """Say whether `count` of `rows` rows may break the promise."""
        found = count * 100 / rows if self.percent and rows else count
        return count == 0 or (found < self.most if self.below else found <= self.most)

    def told(self) -> str:
        """Say the limit in words, empty where no row may break the promise."""
        if not self.most:
            return ""
        unit = "%" if self.percent else " rows" if self.most != 1 else " row"
        return f"{'fewer than' if self.below else 'at most'} {self.most:g}{unit}"


NONE_MAY = Limit()


class Metric(StrEnum):
    """The library metrics of ODCS 3.1 that a field may have a limit for."""

    MISSING = "nullValues"
    INVALID = "invalidValues"
    DUPLICATE = "duplicateValues"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A library metric of a field that has a limit; `allowed` and `pattern` are of the metric invalidValues."""

    metric: Metric
    limit: Limit
    allowed: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """Several fields whose values together come once; a row in which one of them is empty is not looked at.

    A `primary` one is the table's primary key, whose fields are all required and whose limit is none.
    """

    fields: tuple[str, ...]
    primary: bool = False
    limit: Limit = NONE_MAY


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition that every row keeps, in the language of row rules (ADR 24); `when` says for which rows it is.

    A row breaks it when it is false; where a value that it needs is empty it is neither true nor false.
    """

    rule: str
    when: str = ""
    name: str = ""
    limit: Limit = NONE_MAY


@dataclass(frozen=True, slots=True)
class Reference:
    """Fields whose values, taken together, stand in `targets` of the dataset `BODY/NAME` (a foreign key)."""

    fields: tuple[str, ...]
    dataset: str
    targets: tuple[str, ...]
    limit: Limit = NONE_MAY

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the fields of the other dataset that it reads."""
        return tuple(dict.fromkeys(self.targets))


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Fields held against a reference dataset `BODY/NAME`: the row with the same `by` has the same `fields`.

    Both are pairs of one of our fields and one of the dataset's.
    """

    dataset: str
    by: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    limit: Limit = NONE_MAY

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the fields of the other dataset that it reads."""
        return tuple(dict.fromkeys(theirs for _, theirs in (*self.by, *self.fields)))


class Unit(StrEnum):
    """Units of a period, as a service level names them."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_LONGEST = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WEEK: timedelta(days=7),
    Unit.MONTH: timedelta(days=31),
    Unit.YEAR: timedelta(days=366),
}


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as promised; a month counts 31 days and a year 366, so that no month or year is late."""

    number: float
    unit: Unit

    @property
    def longest(self) -> timedelta:
        """Return the longest that it can be."""
        return self.number * _LONGEST[self.unit]

    def told(self) -> str:
        """Say it in words."""
        return f"{self.number:g} {self.unit}{'' if self.number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest value of `field`, not after the moment of publication, is at most `within` old then."""

    field: str
    within: Period
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Frequency:
    """A version comes at most `every` after the one before."""

    every: Period
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """The number of rows differs by at most `percent` from the middle one of the last versions."""

    percent: float
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Promises:
    """What a data contract promises of its table as a whole, beside its fields."""

    keys: tuple[UniqueKey, ...] = ()
    rules: tuple[RowRule, ...] = ()
    references: tuple[Reference, ...] = ()
    reconciliations: tuple[Reconciliation, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    frequency: Frequency | None = None
    volume: Volume | None = None

    def reads(self) -> dict[str, tuple[str, ...]]:
        """Return each other dataset that checking needs, with those of its fields."""
        found: dict[str, tuple[str, ...]] = {}
        promised: tuple[Reference | Reconciliation, ...] = (*self.references, *self.reconciliations)
        for each in promised:
            found[each.dataset] = tuple(dict.fromkeys((*found.get(each.dataset, ()), *each.reads)))
        return found


@dataclass(frozen=True, slots=True)
class FormerVersion:
    """A version before the one being checked: when it was published, and its rows."""

    published: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a check needs to know beside the source: the moment, and the versions before, the newest first.

    `references` are the other datasets that it may read, each with the number of the version that it reads.
    """

    at: datetime | None = None
    former: tuple[FormerVersion, ...] = ()
    references: tuple[tuple[str, int], ...] = ()


ALONE = Circumstances()
