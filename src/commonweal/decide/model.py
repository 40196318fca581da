"""A decision: the answer to a question of access, with every reason for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

STEPS = "default.gateway-steps"
"""The policy whose reasons are steps that somebody completes."""


class Verdict(StrEnum):
    """The four answers. `person` means: lawful as far as the node can tell, a named person must decide."""

    PERMIT = "permit"
    CONDITIONS = "conditions"
    PERSON = "person"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the policy's identifier, a sentence, its citation, and what would change the answer.

    `judge` is the question that the named person who decides answers with yes or no; empty where none is left to them.
    """

    policy: str
    sentence: str
    citation: str = ""
    would_change: str = ""
    judge: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request or to a read.

    `reasons` lists every fault (or, for a permit, every ground; an access request that is not refused gives its
    legal ground first, then why a person or a step is still needed). `proposed_rung` is the lowest rung of the
    disclosure ladder that meets the purpose: `check`, `aggregate`, `de-identified` or `rows`. `policies` is the
    SHA-256 of the policy set and `pack` that of the rule pack that were used. `passed` is each condition that an access
    request met, for one that is permitted.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    citations: tuple[str, ...] = ()
    policies: str = ""
    pack: str = ""
    proposed_rung: str = "rows"
    passed: tuple[Reason, ...] = ()

    @property
    def permitted(self) -> bool:
        """Say whether the answer lets data move now."""
        return self.verdict is Verdict.PERMIT

    def sentences(self) -> tuple[str, ...]:
        """Return the reasons as sentences, in order."""
        return tuple(each.sentence for each in self.reasons)

    def would_change(self) -> tuple[str, ...]:
        """Return what would change the answer, one sentence for each fault, without repeats."""
        return tuple(dict.fromkeys(each.would_change for each in self.reasons if each.would_change))

    def to_judge(self) -> tuple[Reason, ...]:
        """Return the reasons that a named person must judge, each with its question; none unless one decides."""
        return tuple(each for each in self.reasons if each.judge)

    def steps(self) -> tuple[Reason, ...]:
        """Return the steps that are still missing, each a sentence with its citation."""
        return tuple(each for each in self.reasons if each.policy == STEPS)


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """What a read must know of the agreement it leans on: values only, so that every door asks the same.

    `readers` are persons, and roles as `role:analyst`; with `doors`, empty means no limit. A number of 0 sets none.
    `superseded_by` is the agreement that took its place, empty when none did.
    """

    id: str
    dataset: str
    discloser: str
    recipient: str
    purposes: frozenset[str]
    fields: frozenset[str]
    starts: datetime
    ends: datetime
    status: str
    obligations: frozenset[str]
    readers: frozenset[str] = frozenset()
    doors: frozenset[str] = frozenset()
    deliveries_per_day: int = 0
    rows_per_day: int = 0
    superseded_by: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """A delivery that would begin, or that runs: by which `door`, and how many rows it `adds`.

    `deliveries` and `rows` are what the agreement gave in the 24 hours before it.
    """

    door: str
    deliveries: int = 0
    rows: int = 0
    adds: int = 0


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """May `recipient` read `fields` of `dataset` for `purpose` now, under this agreement?

    `known_fields` are the dataset's; `obligations_met` those that the delivery code will carry out. `reader` are the
    names by which an agreement may call who reads: the person, and each of their roles as `role:analyst`. Without a
    `delivery` no row leaves, only the agreement's own terms.
    """

    recipient: str
    dataset: str
    dataset_status: str
    known_fields: frozenset[str]
    fields: frozenset[str]
    purpose: str
    at: datetime
    agreement: AgreementFacts
    obligations_met: frozenset[str]
    reader: frozenset[str] = frozenset()
    delivery: DeliveryFacts | None = None


@dataclass(frozen=True, slots=True)
class OnwardBar:
    """An agreement whose discloser, by name, has not consented that what came from it is shared with the recipient."""

    agreement: str
    discloser: str
    sentence: str
    citation: str


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """May `recipient` have `fields` of a dataset for `purpose`? Everything the policy needs, as values.

    `field_classes` maps each known field to its classification (`personal` until confirmed; a class nobody
    knows counts as personal). `gateway_fits` is None when no gateway was named, True when nothing bars it and
    nothing is missing; `gateway_missing` and `gateway_bars` are sentences from the rule pack.
    A gateway that does not fit, without a missing step to explain it, bars. `fitting_gateways` maps each gateway
    that would fit to its citation; it is used only to say what would change the answer. The names and the title
    are for the reasons' sentences; the identifier stands where one is empty. `onward` bars sharing on what the dataset
    was made from.
    """

    recipient: str
    recipient_live: bool
    discloser: str
    discloser_live: bool
    dataset: str
    dataset_status: str
    access: str
    field_classes: Mapping[str, str]
    fields: frozenset[str]
    purpose: str
    at: datetime
    gateway: str = ""
    gateway_fits: bool | None = None
    gateway_citation: str = ""
    gateway_missing: tuple[str, ...] = ()
    gateway_bars: tuple[str, ...] = ()
    fitting_gateways: Mapping[str, str] = field(default_factory=dict)
    pack: str = ""
    recipient_name: str = ""
    discloser_name: str = ""
    purpose_title: str = ""
    onward: tuple[OnwardBar, ...] = ()
