"""The words that fill a policy's sentences: names, dates and lists, never a value of the data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from .model import AskQuestion, DeliveryFacts, ReadQuestion
from .question import fields_by_class

Words: TypeAlias = Mapping[str, str | tuple[str, ...]]

_MOST_NAMES = 20
_LONGEST_NAME = 64
_NOT_SHOWN = "not shown, as the agreement is another body's"


class WrittenWhenRead(Mapping[str, str]):
    """Words that are written when a sentence asks for them: most sentences need few."""

    def __init__(self, words: Mapping[str, Callable[[], str]]) -> None:
        self._words = words

    def __getitem__(self, name: str) -> str:
        return self._words[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


class WithEach(dict[str, str]):
    """Words with `each`: the one sentence, of those that a policy lists, that is being written."""

    def __init__(self, words: Words, each: str) -> None:
        super().__init__(each=each)
        self._words = words

    def __missing__(self, name: str) -> str | tuple[str, ...]:
        return self._words[name]


def words_of_read(question: ReadQuestion) -> Words:
    """Return the words for a read. A body that is not the agreement's recipient is told none of its terms."""
    facts = question.agreement
    stranger = facts.recipient != question.recipient
    delivery = question.delivery or DeliveryFacts("")
    terms: dict[str, Callable[[], str]] = {
        "agreed_purposes": lambda: _listed(facts.purposes),
        "agreed_fields": lambda: _listed(facts.fields),
        "fields_not_agreed": lambda: _listed(question.fields - facts.fields),
        "starts": lambda: _moment(facts.starts),
        "ends": lambda: _moment(facts.ends),
        "agreement_status": lambda: facts.status,
        "superseded_by": lambda: facts.superseded_by,
        "obligations_unmet": lambda: _listed(facts.obligations - question.obligations_met),
        "agreed_readers": lambda: _listed(facts.readers),
        "agreed_doors": lambda: _listed(facts.doors),
        "deliveries_per_day": lambda: f"{facts.deliveries_per_day:,}",
        "rows_per_day": lambda: f"{facts.rows_per_day:,}",
        "deliveries": lambda: f"{delivery.deliveries:,}",
        "rows": lambda: f"{delivery.rows:,}",
        "adds": lambda: f"{delivery.adds:,}",
    }
    return WrittenWhenRead(
        {
            "agreement": lambda: facts.id,
            "recipient": lambda: question.recipient,
            "dataset": lambda: question.dataset,
            "dataset_status": lambda: question.dataset_status,
            "purpose": lambda: _shown(question.purpose),
            "reader": lambda: _listed(question.reader) or "nobody whom the node knows",
            "door": lambda: _shown(delivery.door),
            "fields_fault": lambda: _fields_fault(question.dataset, question.fields, question.known_fields),
            "known_fields": lambda: _listed(question.known_fields),
            **(dict.fromkeys(terms, lambda: _NOT_SHOWN) if stranger else terms),
        }
    )


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
        "way": f"the gateway {question.gateway}" if question.gateway else "sharing without a legal gateway",
        "other_gateways": _other_gateways(question.fitting_gateways),
        "onward_bars": tuple(each.sentence for each in question.onward),
        "onward_citations": "; ".join(dict.fromkeys(each.citation for each in question.onward)),
        "onward_consents": "; ".join(f"{each.agreement} by {each.discloser}" for each in question.onward),
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
