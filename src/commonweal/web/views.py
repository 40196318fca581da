"""What the pages show, as plain values: each page has one view, and a template needs nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from commonweal.publish import AS_SENT, FieldProfile, TrendPoint


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person whose session this is, as the header names them."""

    person: str
    name: str
    body_name: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session just opened: the token for the cookie and how many seconds it lasts."""

    token: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure comes from: the moment it holds for, the dataset version, and its quality in words."""

    as_at: datetime
    version: str
    quality: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address and the words that lead to it; `selected` marks the one that is shown now."""

    text: str
    path: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class DatasetLine:
    """One dataset in a list; `access` is `open`, `shared` or `closed`, `path` its page."""

    path: str
    title: str
    body_name: str
    access: str
    summary: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class HomeView:
    """The front page: what this node is, how much it holds, and what came last."""

    body_name: str
    bodies: int
    datasets: int
    open_datasets: int
    agreements: int
    newest: tuple[DatasetLine, ...]
    log_size: int
    as_at: datetime


@dataclass(frozen=True, slots=True)
class SearchAsk:
    """What somebody looks for: words, the value each chosen facet must have, `relevance` or `newest` first."""

    words: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    sort: Literal["relevance", "newest"] = "relevance"
    offset: int = 0


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet, how many records have it, and the address that selects or clears it."""

    label: str
    count: int
    path: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet of the search, such as sector or access: its commonest values, and the `rest`."""

    label: str
    values: tuple[FacetValue, ...]
    rest: tuple[FacetValue, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchView:
    """A page of results, from the `first` to the `last` of `total`.

    `chosen` are the filters in force, each with the address that removes it; `previous` and `next` are addresses,
    empty at the ends; `asked` is what was looked for, which the form sends again.
    """

    asked: SearchAsk
    total: int
    results: tuple[DatasetLine, ...]
    facets: tuple[Facet, ...]
    chosen: tuple[Link, ...]
    sorts: tuple[Link, ...]
    previous: str = ""
    next: str = ""

    @property
    def first(self) -> int:
        """Return the place of the first result shown, counted from 1."""
        return self.asked.offset + 1

    @property
    def last(self) -> int:
        """Return the place of the last result shown."""
        return self.asked.offset + len(self.results)


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the data contract; `classification` in words, such as "Personal" or "Not personal"."""

    name: str
    type: str
    description: str
    classification: str
    confirmed: bool
    required: bool


@dataclass(frozen=True, slots=True)
class DimensionLine:
    """One dimension of data quality and what was found of it, in words."""

    name: str
    result: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding: the sentence, its dimension, what to do about it, and whether it stops publication."""

    sentence: str
    dimension: str
    how: str
    stops: bool


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """What one field holds, in counts; `is_plain` says that a steward has confirmed it as not personal."""

    name: str
    type: str
    is_plain: bool
    profile: FieldProfile


@dataclass(frozen=True, slots=True)
class DefectCount:
    """How many defects wait: all for who `mends` them, else those of the reader's body; and whether they may raise."""

    open: int
    mends: bool
    may_raise: bool


@dataclass(frozen=True, slots=True)
class QualityView:
    """What is known of the quality of a dataset's newest version, and the trend, oldest first.

    `mender` says who mends it. `withheld` says that values which the profile has are not shown to this reader.
    """

    dimensions: tuple[DimensionLine, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    mender: str = ""
    profile: tuple[ProfileLine, ...] = ()
    withheld: bool = False
    trend: tuple[TrendPoint, ...] = ()
    defects: DefectCount | None = None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a dataset: what its checks found, a sentence each, and in `origin` what it was made from."""

    number: int
    published: datetime
    rows: int
    quality: tuple[str, ...]
    origin: str = AS_SENT.sentence


@dataclass(frozen=True, slots=True)
class ConnectText:
    """What to paste into one client, and a sentence about it; never holds a token."""

    client: str
    hint: str
    text: str


@dataclass(frozen=True, slots=True)
class DatasetView:
    """Everything a stranger may know of a dataset, its versions newest first; never a row of it.

    `key` says under which key its newest version lies. `due` names the versions whose retention has ended. `twin_of`
    leads to the dataset of which this is the synthetic twin, and `twin` to the synthetic twin of this one.
    """

    title: str
    dataset: str
    description: str
    body_name: str
    holder: Link
    access: str
    licence: Link
    contract: str
    stored: str
    how_to_get: str
    fields: tuple[FieldLine, ...]
    versions: tuple[VersionLine, ...]
    downloads: tuple[Link, ...]
    connect: tuple[ConnectText, ...]
    keywords: tuple[Link, ...]
    as_at: datetime
    attribution: str = ""
    notes: tuple[str, ...] = ()
    key: str = ""
    marking: str = ""
    regime: str = ""
    retention: str = ""
    due: tuple[str, ...] = ()
    twin_of: Link | None = None
    twin: Link | None = None
    quality: QualityView = field(default_factory=QualityView)

    def figures_source(self, quality: str) -> Source:
        """Return where figures of the newest version come from."""
        number = f" version {self.versions[0].number}" if self.versions else ""
        return Source(self.as_at, f"{self.dataset}{number}", quality)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaLine:
    """What the trusts of an area hold together; `days` is 0 without a return, infinite when nothing is used."""

    name: str
    days: float
    reported: int
    expected: int
    stock: float
    daily_use: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine(AreaLine):
    """One integrated care board and its hexagon: columns from the west, rows from the south, odd ones half east."""

    code: str
    short: str
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class TrustLine:
    """One trust's newest return: days of cover of its scarcest item, and whether the return is late."""

    code: str
    name: str
    region: str
    days: float
    scarcest: str
    as_at: date
    late: bool
    source: str


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A trust without a return, or without a place on the map."""

    code: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class PpeView:
    """The PPE board for a day, regions and trusts worst first; `days` are those it can be shown for."""

    day: date
    days: tuple[date, ...]
    regions: tuple[AreaLine, ...]
    boards: tuple[BoardLine, ...]
    trusts: tuple[TrustLine, ...]
    missing: tuple[MissingLine, ...]
    unplaced: tuple[MissingLine, ...]
    source: Source
    notes: tuple[str, ...] = ()

    @property
    def expected(self) -> int:
        """Return how many trusts should report."""
        return sum(each.expected for each in self.regions)

    @property
    def late(self) -> tuple[TrustLine, ...]:
        """Return the trusts whose newest return is of an earlier day."""
        return tuple(each for each in self.trusts if each.late)


@dataclass(frozen=True, slots=True)
class SectorLine:
    """Sharing with one sector, in per cent of the bodies that publish here, beside the survey's per cent."""

    label: str
    share: float
    baseline: float
    sharing: int
    agreements: int


@dataclass(frozen=True, slots=True)
class ScorecardView:
    """Sharing by sector against the survey of 4,400 civil servants; `bodies` publish here."""

    bodies: int
    sectors: tuple[SectorLine, ...]
    source: Source
