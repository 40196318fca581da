"""A question of access in Cedar's terms: principal, action, resource, context and the slice of entities it needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from .model import AgreementFacts, AskQuestion, DeliveryFacts, ReadQuestion

CedarValue: TypeAlias = "str | int | bool | list[CedarValue] | dict[str, CedarValue]"

# What a classification is called in the schema; any other counts as personal.
_CLASSES = {
    "personal": "personal",
    "special-category": "special_category",
    "confidential": "confidential",
    "third-party-licensed": "licensed",
    "disclosive": "disclosive",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CedarQuestion:
    """One authorisation request and the only entities that it may look at."""

    request: dict[str, CedarValue]
    entities: list[dict[str, CedarValue]]


def question_of_read(question: ReadQuestion) -> CedarQuestion:
    """Return the question for the action `read`; moments become microseconds since the epoch."""
    context: dict[str, CedarValue] = {
        "agreement": _reference("Agreement", question.agreement.id),
        "purpose": _reference("Purpose", question.purpose),
        "fields": _set(question.fields),
        "at": _microseconds(question.at),
        "obligations_met": _set(question.obligations_met),
        "reader": _set(question.reader),
    }
    if question.delivery is not None:
        context["delivery"] = _delivery(question.delivery)
    dataset: dict[str, CedarValue] = {"status": question.dataset_status, "fields": _set(question.known_fields)}
    return CedarQuestion(
        request=_request("read", question.recipient, question.dataset, context),
        entities=[
            _entity("Dataset", question.dataset, dataset),
            _entity("Agreement", question.agreement.id, _agreement(question.agreement)),
        ],
    )


def question_of_ask(question: AskQuestion, action: str) -> CedarQuestion:
    """Return the question for the action `consider` or `agree_by_default`."""
    context: dict[str, CedarValue] = {
        "discloser": _reference("Body", question.discloser),
        "fields": _set(question.fields),
        "classes": {name: _set(fields) for name, fields in fields_by_class(question.field_classes).items()},
        "fitting_gateways": _set(question.fitting_gateways),
        "onward": _set(each.agreement for each in question.onward),
    }
    entities = _asking_entities(question)
    if is_gateway_named(question):
        context["gateway"] = _reference("Gateway", question.gateway)
        entities.append(_entity("Gateway", question.gateway, _gateway(question)))
    return CedarQuestion(request=_request(action, question.recipient, question.dataset, context), entities=entities)


def fields_by_class(field_classes: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the fields of each protected class, by the schema's name for it.

    A field that is not `not-personal` and whose class the schema does not know counts as personal.
    """
    found: dict[str, set[str]] = {name: set() for name in _CLASSES.values()}
    for field, classification in field_classes.items():
        if classification != "not-personal":
            found[_CLASSES.get(classification, "personal")].add(field)
    return {name: frozenset(fields) for name, fields in found.items()}


def is_gateway_named(question: AskQuestion) -> bool:
    """Say whether the question leans on a gateway; anything found about one counts, so that a bar is never lost."""
    found = question.gateway_bars or question.gateway_missing
    return bool(question.gateway or found) or question.gateway_fits is not None


def _asking_entities(question: AskQuestion) -> list[dict[str, CedarValue]]:
    dataset: dict[str, CedarValue] = {
        "status": question.dataset_status,
        "fields": _set(question.field_classes),
        "access": question.access,
    }
    live = {question.discloser: question.discloser_live}
    live[question.recipient] = question.recipient_live and live.get(question.recipient, True)
    bodies = [_entity("Body", slug, {"live": is_live}) for slug, is_live in live.items()]
    return [_entity("Dataset", question.dataset, dataset), *bodies]


def _agreement(facts: AgreementFacts) -> dict[str, CedarValue]:
    return {
        "recipient": _reference("Body", facts.recipient),
        "dataset": _reference("Dataset", facts.dataset),
        "purposes": [_reference("Purpose", each) for each in sorted(facts.purposes)],
        "fields": _set(facts.fields),
        "starts": _microseconds(facts.starts),
        "ends": _microseconds(facts.ends),
        "status": facts.status,
        "obligations": _set(facts.obligations),
        "readers": _set(facts.readers),
        "doors": _set(facts.doors),
        "deliveries_per_day": facts.deliveries_per_day,
        "rows_per_day": facts.rows_per_day,
    }


def _delivery(facts: DeliveryFacts) -> dict[str, CedarValue]:
    return {"door": facts.door, "deliveries": facts.deliveries, "rows": facts.rows, "adds": facts.adds}


def _gateway(question: AskQuestion) -> dict[str, CedarValue]:
    return {
        "fits": question.gateway_fits is True,
        "bars": _set(question.gateway_bars),
        "missing": _set(question.gateway_missing),
    }


def _request(action: str, principal: str, resource: str, context: dict[str, CedarValue]) -> dict[str, CedarValue]:
    return {
        "principal": {"type": "Body", "id": principal},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Dataset", "id": resource},
        "context": context,
    }


def _entity(kind: str, identifier: str, attributes: dict[str, CedarValue]) -> dict[str, CedarValue]:
    return {"uid": {"type": kind, "id": identifier}, "attrs": attributes, "parents": []}


def _reference(kind: str, identifier: str) -> CedarValue:
    return {"__entity": {"type": kind, "id": identifier}}


def _set(values: Iterable[str]) -> CedarValue:
    return [*sorted(values)]


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
