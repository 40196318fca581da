"""The words that fill a policy's sentences: names, dates and lists, never a value of the data."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from .model import AskQuestion, ReadQuestion
from .question import fields_by_class

Words: TypeAlias = Mapping[str, str | tuple[str, ...]]

_MOST_NAMES = 20
_LONGEST_NAME = 64
_NOT_SHOWN = "not shown, as the agreement is another body's"


def words_of_read(question: ReadQuestion) -> Words:
    """Return the words for a read. A body that is not the agreement's recipient is told none of its terms."""
    facts = question.agreement
    stranger = facts.recipient != question.recipient
    terms = {
        "agreed_purposes": _listed(facts.purposes),
        "agreed_fields": _listed(facts.fields),
        "fields_not_agreed": _listed(question.fields - facts.fields),
        "starts": _moment(facts.starts),
        "ends": _moment(facts.ends),
        "agreement_status": facts.status,
        "obligations_unmet": _listed(facts.obligations - question.obligations_met),
    }
    return {
        "agreement": facts.id,
        "recipient": question.recipient,
        "dataset": question.dataset,
        "dataset_status": question.dataset_status,
        "purpose": _shown(question.purpose),
        "fields_fault": _fields_fault(question.dataset, question.fields, question.known_fields),
        "known_fields": _listed(question.known_fields),
        **(dict.fromkeys(terms, _NOT_SHOWN) if stranger else terms),
    }


def words_of_ask(question: AskQuestion) -> Words:
    """Return the words for an access request; `gateway_bars` and `gateway_missing` are one sentence each."""
    by_class = {name: fields & question.fields for name, fields in fields_by_class(question.field_classes).items()}
    return {
        "recipient": question.recipient_name or question.recipient,
        "discloser": question.discloser_name or question.discloser,
        "dataset": question.dataset,
        "dataset_status": question.dataset_status,
        "purpose": question.purpose_title or _shown(question.purpose),
        "fields_fault": _fields_fault(question.dataset, question.fields, question.field_classes),
        "known_fields": _listed(question.field_classes),
        "personal_fields": _listed(by_class["personal"] | by_class["special_category"]),
        "gateway": question.gateway,
        "gateway_citation": question.gateway_citation,
        "gateway_bars": question.gateway_bars or (f"The rule pack does not find that {question.gateway} fits.",),
        "gateway_missing": question.gateway_missing,
        "other_gateways": _other_gateways(question.fitting_gateways),
        **{name: _listed(fields) for name, fields in by_class.items()},
    }


def _fields_fault(dataset: str, asked: frozenset[str], known: Iterable[str]) -> str:
    if not asked:
        return f"No field of {dataset} is asked for."
    return f"{dataset} has no such field: {_listed(asked.difference(known))}."


def _other_gateways(fitting: Mapping[str, str]) -> str:
    if not fitting:
        return "No gateway in the rule pack fits this purpose between these bodies."
    named = (f"{gateway} ({citation})" for gateway, citation in sorted(fitting.items()))
    return "Gateways that fit: " + "; ".join(named) + "."


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    shown = [_shown(each) for each in ordered[:_MOST_NAMES]]
    rest = len(ordered) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _shown(name: str) -> str:
    readable = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)
    return readable if len(readable) <= _LONGEST_NAME else readable[:_LONGEST_NAME] + "…"


def _moment(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M:%S} UTC"
