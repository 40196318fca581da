"""What a node knows of the answers to the share-request form before anybody is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from commonweal.identity import Kind, PublicBody
from commonweal.law import Gateway, GatewayKind, Purpose, citation
from commonweal.publish import Classification, Dataset, Field

from .form import LONGEST_ANSWER, FormFacts, Question, Reply, Section

_PLAIN = frozenset({Classification.NOT_PERSONAL, Classification.CONFIDENTIAL, Classification.LICENSED})
_NO_PUBLIC_AUTHORITY = frozenset({Kind.CHARITY, Kind.HOUSING_PROVIDER, Kind.UTILITY, Kind.SUPPLIER})
_OF_NOBODY = frozenset({"aggregate", "de-identified"})
"""The rungs of disclosure by which nothing can be decided about one person."""
_NAMED_FIELDS = 30
_NO_GATEWAY = "No legal gateway is named."


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBasis:
    """What the form is filled in from: the dataset and what is asked of it, by whom, for what, under which gateway.

    `until` is the last day asked for, None where none is named; `asker` the name of the person who asks.
    """

    dataset: Dataset
    discloser: PublicBody
    recipient: PublicBody
    purpose: Purpose
    gateway: Gateway | None
    fields: tuple[str, ...]
    conditions: int
    until: date | None
    is_sealed: bool
    asker: str

    def asked_fields(self) -> tuple[Field, ...]:
        """Return the fields asked for as the data contract has them; all where none is named."""
        wanted = set(self.fields)
        return tuple(each for each in self.dataset.contract.fields if not wanted or each.name in wanted)


def find_facts(basis: FormBasis) -> FormFacts:
    """Return what decides which questions are asked; a field that no steward has confirmed counts as personal."""
    fields = basis.asked_fields()
    personal = any(not each.confirmed or each.classification not in _PLAIN for each in fields)
    special = any(each.classification is Classification.SPECIAL for each in fields)
    asks = basis.recipient.kind not in _NO_PUBLIC_AUTHORITY and basis.discloser.kind in _NO_PUBLIC_AUTHORITY
    return FormFacts(personal, special, public_task=personal and asks)


def prefill(basis: FormBasis, questions: Sequence[Question]) -> tuple[Reply, ...]:
    """Return the answers that the data contract, the dataset's record, the purpose, the gateway and the request give.

    Their source is the one that the question names. What nobody knows is left out.
    """
    found = dict(_answers(basis, find_facts(basis)))
    return tuple(
        Reply(each.code, (value[:LONGEST_ANSWER],), each.source)
        for each in questions
        if (value := found.get(each.code))
    )


def _answers(basis: FormBasis, facts: FormFacts) -> Iterator[tuple[str, str]]:
    dataset, purpose = basis.dataset, basis.purpose
    contract = dataset.contract
    yield "dataset", f"{dataset.title} ({dataset.id})"
    yield "data-type", _reveals(facts)
    yield "people", f"Those described by the data contract “{contract.title}”: {contract.description or 'not said'}"
    yield "aims", f"{purpose.title}. {purpose.description}"
    yield "fields", _fields(basis)
    yield "less-data", purpose.rung
    yield "automated", "no" if purpose.rung in _OF_NOBODY else ""
    yield "until", basis.until.isoformat() if basis.until else ""
    yield from _legal_answers(basis.gateway, basis.recipient)
    yield "regime", dataset.regime
    yield "marking", dataset.marking.value
    yield "delivery", "sealed" if basis.is_sealed else "node"
    yield "format", "Any that this node gives: Delta Sharing, Parquet, CSV or NDJSON, with the types of the contract."
    end = f"{basis.until:%-d %B %Y}" if basis.until else "the agreement ends"
    yield "retention", f"Until {end}, then destroyed."
    yield "contact", f"{basis.asker}, {basis.recipient.name}"


def _reveals(facts: FormFacts) -> str:
    if facts.special:
        return Classification.SPECIAL.value
    return (Classification.PERSONAL if facts.personal else Classification.NOT_PERSONAL).value


def _fields(basis: FormBasis) -> str:
    names = [each.name for each in basis.asked_fields()]
    more = f" and {len(names) - _NAMED_FIELDS} more" if len(names) > _NAMED_FIELDS else ""
    rows = "All rows" if not basis.conditions else f"Rows that meet {basis.conditions} conditions"
    return f"{', '.join(names[:_NAMED_FIELDS])}{more}. {rows}."


def _legal_answers(gateway: Gateway | None, recipient: PublicBody) -> Iterator[tuple[str, str]]:
    is_authority = recipient.kind not in _NO_PUBLIC_AUTHORITY
    yield "lawful-basis", "e" if is_authority else ""
    if gateway is None:
        yield "gateway", _NO_GATEWAY
        yield "urgency", "ordinary"
        return
    is_duty = gateway.kind is GatewayKind.DUTY
    yield "urgency", "duty" if is_duty else "ordinary"
    yield "gateway", f"{gateway.title}: {citation(gateway)}"
    yield "power", f"{citation(gateway)}, where it lets the recipient use what it is given."
    needs = [f"That {each}." for each in gateway.needs_a_person]
    yield "conditions", "\n".join(needs) or "The rule pack names none for this gateway."


def section_of(questions: Sequence[Question], section: Section) -> tuple[Question, ...]:
    """Return the questions of one section, in the form's order."""
    return tuple(each for each in questions if each.section is section)
