"""What a rule pack holds: purposes, lawful bases and the legal gateways between public bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from commonweal.identity import Nation

Confidence: TypeAlias = Literal["confirmed", "secondary", "recall"]
InForce: TypeAlias = Literal["yes", "no", "unconfirmed"]

Regime: TypeAlias = Literal["", "uk-gdpr", "law-enforcement"]
Loaded: TypeAlias = Literal["yes", "part", "no"]

ANY = "any"
ANY_PUBLIC_BODY = "any-public-body"
SAME_LEGAL_PERSON = "same-legal-person"
PERSONAL = "personal"
NOT_PERSONAL = "not-personal"
UNKNOWN = "unknown"
NATIONS = {"E": "England", "W": "Wales", "S": "Scotland", "NI": "Northern Ireland"}

_STALE_AFTER = timedelta(days=365)


class GatewayKind(StrEnum):
    """What an entry of the pack does in law."""

    DUTY = "duty"
    POWER = "power"
    IMPLIED_POWER = "implied-power"
    PRESUMPTION = "presumption"
    CONDITION = "condition"
    RESTRICTION = "restriction"
    DISSOLVES = "dissolves"
    ARRANGEMENT = "arrangement"
    EXEMPTION = "exemption"
    RECOGNISED_INTEREST = "recognised-interest"

    @property
    def authorises(self) -> bool:
        """Return whether an entry of this kind can be a ground for sharing; the others limit or describe it."""
        return self in _GROUNDS

    @property
    def limits(self) -> bool:
        """Return whether an entry of this kind stands in the way until it is met."""
        return self in {GatewayKind.CONDITION, GatewayKind.RESTRICTION}


_GROUNDS = frozenset(
    {
        GatewayKind.DUTY,
        GatewayKind.POWER,
        GatewayKind.IMPLIED_POWER,
        GatewayKind.PRESUMPTION,
        GatewayKind.RECOGNISED_INTEREST,
    }
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose that data is shared for; `code` is kebab-case and stands in requests and agreements.

    `also` are other words for it; `rung` is the lowest rung of disclosure that usually meets it. `enforces` marks one
    that is a law enforcement purpose (Data Protection Act 2018, section 31) when a competent authority pursues it.
    """

    code: str
    title: str
    description: str
    also: tuple[str, ...] = ()
    rung: str = "rows"
    enforces: bool = False


@dataclass(frozen=True, slots=True)
class DataCategory:
    """A kind of data in plain words; `classification` is one that a data contract gives its fields.

    `calls_for` are the identifiers of provisions that sharing it has to meet besides.
    """

    code: str
    title: str
    classification: str
    also: tuple[str, ...] = ()
    calls_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LegalPerson:
    """A body that is no legal person of its own: it acts as another, both by slug."""

    body: str
    acts_as: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """A rule of law that is no gateway: a condition, a marking, an exemption from openness, a rule of retention.

    `seen` says where it was read.
    """

    id: str
    topic: str
    title: str
    act: str
    provision: str
    extent: frozenset[str]
    confidence: Confidence
    in_force: InForce
    as_of: date
    rule: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LawfulBasis:
    """A lawful basis of Article 6(1) UK GDPR; `id` is its letter, such as `e` for the public task.

    `for_public_tasks` is false where a public authority performing its tasks may not rely on it.
    """

    id: str
    name: str
    note: str
    for_public_tasks: bool
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class SpecialCategory:
    """A condition of Article 9(2) UK GDPR, with what domestic law needs besides."""

    id: str
    name: str
    needs: str


@dataclass(frozen=True, slots=True)
class Route:
    """A way a gateway can run: from these bodies to those for these purposes.

    `disclosers` and `recipients` hold kinds of body, slugs of bodies, `any-public-body` or `any`, recipients also
    `same-legal-person`; `purposes` holds codes or `any`, `not_for` codes that are left out. `needs` are clauses that a
    person must confirm for this route.
    """

    disclosers: frozenset[str]
    excluded: frozenset[str]
    recipients: frozenset[str]
    purposes: frozenset[str]
    needs: tuple[str, ...]
    not_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Objective:
    """Bodies for which a Schedule specifies objectives: slugs or kinds, and codes of purposes.

    `extent` is the nations whose bodies of those kinds are meant, or empty for all; `provision` where it stands.
    """

    bodies: frozenset[str]
    purposes: frozenset[str]
    extent: frozenset[str] = frozenset()
    provision: str = ""


@dataclass(frozen=True, slots=True)
class Specified:
    """That discloser and recipient must both be specified for the same objective, and how far the list is loaded.

    Of a list loaded in part, `read` holds the purposes whose list was read at all, `source` says which text that was,
    with its `confidence` and the day of reading. Whatever such a list does not say is for a person.
    """

    by: str
    loaded: Loaded
    objectives: tuple[Objective, ...] = ()
    read: frozenset[str] = frozenset()
    source: str = ""
    confidence: Confidence = "recall"
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """An entry of the pack: a provision, how far it was checked, and where it can run.

    `extent` is the nations it reaches, or empty where the pack does not say. `checked_here` are clauses the
    node can tell, `needs_a_person` clauses it cannot; both read after the word "that". `covers` holds codes of data
    categories, `personal`, `not-personal` or `any`; `starts` and `ends` are its first and last day in force, where
    the pack says. `regime` is that under which the data has to be held for the entry to concern it, or empty.
    """

    id: str
    title: str
    kind: GatewayKind
    act: str
    provision: str
    url: str
    extent: frozenset[str]
    confidence: Confidence
    in_force: InForce
    as_of: date
    routes: tuple[Route, ...]
    checked_here: tuple[str, ...]
    needs_a_person: tuple[str, ...]
    data: str
    limits: str
    offence: str
    notes: tuple[str, ...]
    seen: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    covers: frozenset[str] = frozenset({ANY})
    specified: Specified | None = None
    starts: date | None = None
    ends: date | None = None
    regime: Regime = ""

    def is_stale(self, on: date) -> bool:
        """Return whether it was last checked more than 365 days before `on`."""
        return on - self.as_of > _STALE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a disclosure besides who, to whom and why; what is left out is not known.

    `data` maps codes of data categories to their classification; `personal` stands for data about people of a kind
    that nobody named, `unknown` for a kind that was named and that the pack does not know. `nation` is where the
    people are, `on` the day of the disclosure, `acts_as` the bodies that are no legal person of their own, each with
    the one it acts as. `regime` is that under which the discloser holds the data; empty, it is told by the discloser.
    """

    data: Mapping[str, str] | None = None
    nation: Nation = ""
    on: date | None = None
    acts_as: Mapping[str, LegalPerson] = field(default_factory=dict)
    regime: Regime = ""


@dataclass(frozen=True, slots=True)
class GatewayFit:
    """Whether a gateway permits one disclosure.

    `bars` say why it cannot; `missing` says what a person must settle first. Both are sentences. `fits` is
    true only when both are empty. `unsure` marks an implied power that names no purpose of its own, and a gateway
    for certain data of which nobody can tell whether it is this.
    """

    missing: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    unsure: bool = False

    @property
    def fits(self) -> bool:
        """Return whether nothing bars it and nothing is missing."""
        return not self.bars and not self.missing

    @property
    def covers(self) -> bool:
        """Return whether it reaches these bodies, this purpose and this data, whatever has still to be settled."""
        return not self.bars and not self.unsure


def citation(gateway: Gateway) -> str:
    """Return how the provision is cited: the Act, then the sections."""
    return f"{gateway.act}, {gateway.provision}" if gateway.provision else gateway.act
