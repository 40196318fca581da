"""What the pages show, as plain values: each page has one view, and a template needs nothing else."""

from dataclasses import dataclass
from datetime import date, datetime


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
class FacetValue:
    """One value of a facet, how many records have it, and the address that selects or clears it."""

    label: str
    count: int
    path: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet of the search, such as sector or access."""

    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class SearchView:
    """A page of results; `previous` and `next` are addresses, empty at the ends."""

    words: str
    total: int
    results: tuple[DatasetLine, ...]
    facets: tuple[Facet, ...]
    previous: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the data contract; `classification` in words, such as "personal" or "not personal"."""

    name: str
    type: str
    description: str
    classification: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a dataset, newest first in a list."""

    number: int
    published: datetime
    rows: int
    quality: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address and the words that lead to it."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class ConnectText:
    """What to paste into one client; never holds a token."""

    client: str
    text: str


@dataclass(frozen=True, slots=True)
class DatasetView:
    """Everything a stranger may know of a dataset; never a row of it."""

    title: str
    dataset: str
    description: str
    body_name: str
    access: str
    licence: str
    contract: str
    stored: str
    how_to_get: str
    held_by: tuple[str, ...]
    quality: tuple[str, ...]
    fields: tuple[FieldLine, ...]
    versions: tuple[VersionLine, ...]
    downloads: tuple[Link, ...]
    connect: tuple[ConnectText, ...]
    attribution: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason of a decision: the rule, its sentence, its citation, and what would change the answer."""

    policy: str
    sentence: str
    citation: str = ""
    would_change: str = ""


@dataclass(frozen=True, slots=True)
class DecisionView:
    """An access request and its answer; `outcome` is `permit`, `conditions`, `person` or `refuse`.

    `decided_by` names the person with whom it ended; empty while it waits or when policy alone answered.
    """

    request: str
    outcome: str
    dataset_title: str
    dataset_path: str
    discloser: str
    recipient: str
    purpose: str
    gateway: str
    fields: tuple[str, ...]
    reasons: tuple[ReasonLine, ...]
    rung: str
    asked_at: datetime
    decided_at: datetime
    decided_by: str
    pack: str
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class RegionLine:
    """One region: days of cover, and how many trusts reported out of those open."""

    region: str
    days: float
    reported: int
    expected: int


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


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A trust that has sent nothing."""

    code: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class PpeView:
    """The PPE board for a day, regions and trusts worst first."""

    day: date
    regions: tuple[RegionLine, ...]
    trusts: tuple[TrustLine, ...]
    missing: tuple[MissingLine, ...]
    source: Source
    notes: tuple[str, ...] = ()


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
