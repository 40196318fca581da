"""What a rule pack holds: purposes, lawful bases and the legal gateways between public bodies."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

Confidence: TypeAlias = Literal["confirmed", "secondary", "recall"]
InForce: TypeAlias = Literal["yes", "no", "unconfirmed"]

ANY = "any"
ANY_PUBLIC_BODY = "any-public-body"

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

    @property
    def authorises(self) -> bool:
        """Return whether an entry of this kind can be a ground for sharing; the others limit or describe it."""
        return self in _GROUNDS

    @property
    def limits(self) -> bool:
        """Return whether an entry of this kind stands in the way until it is met."""
        return self in {GatewayKind.CONDITION, GatewayKind.RESTRICTION}


_GROUNDS = frozenset({GatewayKind.DUTY, GatewayKind.POWER, GatewayKind.IMPLIED_POWER, GatewayKind.PRESUMPTION})


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose that data is shared for; `code` is kebab-case and stands in requests and agreements."""

    code: str
    title: str
    description: str


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

    `disclosers` and `recipients` hold kinds of body, slugs of bodies, `any-public-body` or `any`; `purposes`
    holds codes or `any`. `needs` are clauses that a person must confirm for this route.
    """

    disclosers: frozenset[str]
    excluded: frozenset[str]
    recipients: frozenset[str]
    purposes: frozenset[str]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """An entry of the pack: a provision, how far it was checked, and where it can run.

    `extent` is the nations it reaches, or empty where the pack does not say. `checked_here` are clauses the
    node can tell, `needs_a_person` clauses it cannot; both read after the word "that".
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

    def is_stale(self, on: date) -> bool:
        """Return whether it was last checked more than 365 days before `on`."""
        return on - self.as_of > _STALE_AFTER


@dataclass(frozen=True, slots=True)
class GatewayFit:
    """Whether a gateway permits one disclosure.

    `bars` say why it cannot; `missing` says what a person must settle first. Both are sentences. `fits` is
    true only when both are empty.
    """

    missing: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Return whether nothing bars it and nothing is missing."""
        return not self.bars and not self.missing
