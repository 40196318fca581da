"""Templates: where an access request of a common kind starts, with the terms that usually fit it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from commonweal.core import InputError, NotFoundError

from .form import FormAnswersError, Question, Reply, Source, fill_in

MOST_DAYS = 3_650
MOST_A_DAY = 10**9
_PER_DAY = frozenset({"deliveries_per_day", "rows_per_day"})
_STRICT = {"extra": "forbid"}
_WORDS = re.compile(r"[a-z]+|[0-9]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class UnknownTemplateError(NotFoundError):
    """No template has that code; `reasons` lists them all."""

    code = "request.unknown-template"
    default_advice = "See `commonweal templates list`, or ask without a template."


class ProposedTermsError(InputError):
    """Proposed terms that cannot be used; `reasons` lists each fault by the name of the term."""

    code = "request.proposed-terms"
    default_advice = "Write the form to a file with `commonweal requests form --template`, and correct its terms there."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedTerms:
    """What an access request proposes beyond fields, rows and its end; the default proposes nothing.

    `days` is how long the agreement runs, `review_days` after how many both sides look at it again, `keep_days` how
    many days after the end copies may be kept; 0 days of the first two, and None, propose nothing. `tokenise` are
    fields given as tokens only, `doors` those that may be used, `deliveries_per_day` and `rows_per_day` limits over 24
    hours where they are not 0.
    """

    __pydantic_config__ = _STRICT

    days: int = 0
    review_days: int = 0
    keep_days: int | None = None
    tokenise: tuple[str, ...] = ()
    bars_onward: bool = False
    doors: tuple[str, ...] = ()
    deliveries_per_day: int = 0
    rows_per_day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One common case of sharing; decision support, so that a person starts from it and says what differs.

    `purpose`, `gateways`, `enough` and `too_much` are codes of the rule pack. `between` are pairs of who discloses and
    who receives, each `kind:council` or the slug of a body. `rung` is the lowest rung of disclosure that usually meets
    the case. In `terms` the words of `tokenise` are looked for in the names of fields. `answers` are by the code of the
    question.
    """

    __pydantic_config__ = _STRICT

    code: str
    title: str
    when: str
    when_not: str
    purpose: str
    gateways: tuple[str, ...]
    between: tuple[tuple[str, str], ...]
    enough: tuple[str, ...]
    too_much: tuple[str, ...]
    rung: str
    citations: tuple[str, ...]
    terms: ProposedTerms = field(default_factory=ProposedTerms)
    answers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def replies(self, questions: Sequence[Question]) -> tuple[Reply, ...]:
        """Return the answers that follow from the case; how long copies are kept follows from the terms.

        Raises:
            FormAnswersError: one is no answer to its question.
        """
        given: dict[str, object] = {**_kept(self.terms), **self.answers}
        return tuple(replace(each, source=Source.TEMPLATE) for each in fill_in(questions, (), given))


def get_template(templates: Iterable[Template], code: str) -> Template:
    """Return the template with that code, in any case.

    Raises:
        UnknownTemplateError: there is none.
    """
    known = {each.code: each for each in templates}
    found = known.get(code.strip().lower())
    if found is None:
        named = tuple(f"{each.code}: {each.title}" for each in known.values())
        raise UnknownTemplateError("There is no such template.", reasons=named)
    return found


def propose_terms(template: Template | None, said: Mapping[str, object], names: Sequence[str]) -> ProposedTerms | None:
    """Return what a request proposes: the template's terms for fields of these names, and over them what was said.

    A term that is said replaces the template's: `tokenise` names fields, an empty list none of them. None where nothing
    is proposed.

    Raises:
        ProposedTermsError: a term is unknown, or of another kind.
    """
    if template is None and not said:
        return None
    base = template.terms if template else ProposedTerms()
    started = replace(base, tokenise=_fields_of(base.tokenise, names))
    faults = tuple(_faults(said, frozenset(names)))
    if faults:
        raise ProposedTermsError("Some proposed terms cannot be used.", reasons=faults)
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return replace(started, **told)  # type: ignore[arg-type]  # each was held against its kind


def template_faults(
    templates: Sequence[Template],
    *,
    questions: Sequence[Question],
    purposes: Mapping[str, str],
    gateways: Collection[str],
    data: Collection[str],
) -> tuple[str, ...]:
    """Return a sentence for each way in which templates do not fit the form and a rule pack; none when they do.

    `purposes` maps codes to the lowest rung that usually meets them.
    """
    return tuple(
        f"{each.code}: {fault}"
        for each in templates
        for fault in (
            *_law_faults(each, purposes, gateways, data),
            *_form_faults(each, questions),
            *(["there are two of this code"] if [every.code for every in templates].count(each.code) > 1 else []),
        )
    )


def _law_faults(
    template: Template, purposes: Mapping[str, str], gateways: Collection[str], data: Collection[str]
) -> Iterator[str]:
    if template.purpose not in purposes:
        yield f"the rule pack has no purpose {template.purpose}"
    elif purposes[template.purpose] != template.rung:
        yield f"the rule pack proposes the rung {purposes[template.purpose]} for its purpose"
    yield from (f"the rule pack has no gateway {each}" for each in template.gateways if each not in gateways)
    named = (*template.enough, *template.too_much)
    yield from (f"the rule pack has no kind of data {each}" for each in named if each not in data)
    if both := sorted(set(template.enough) & set(template.too_much)):
        yield f"enough and too much at once: {', '.join(both)}"
    if not (template.gateways and template.between and template.enough and template.citations):
        yield "it names no gateway, no bodies, no data or no citation"


def _form_faults(template: Template, questions: Sequence[Question]) -> Iterator[str]:
    try:
        template.replies(questions)
    except FormAnswersError as error:
        yield from error.reasons
    told = {each.name: getattr(template.terms, each.name) for each in fields(ProposedTerms)}
    yield from _faults({name: value for name, value in told.items() if name != "tokenise"}, frozenset())


def _kept(terms: ProposedTerms) -> dict[str, object]:
    if terms.keep_days is None:
        return {}
    after = f" and for {terms.keep_days} days after" if terms.keep_days else ""
    return {"retention": f"Until the agreement ends{after}, then destroyed."}


def _fields_of(kinds: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the fields in whose names the words of a kind stand together, such as `nhs number` in `nhs_number`."""
    wanted = [f" {' '.join(_WORDS.findall(each.lower()))} " for each in kinds]
    return tuple(name for name in names if any(each in f" {' '.join(_words_of(name))} " for each in wanted))


def _words_of(name: str) -> list[str]:
    return _WORDS.findall(_HUMPS.sub(" ", name).lower())


def _faults(said: Mapping[str, object], names: Collection[str]) -> Iterator[str]:
    for name, value in said.items():
        if name not in _KINDS:
            yield f"There is no term `{name[:40]}`; the terms are {', '.join(_KINDS)}."
        elif fault := _KINDS[name](value, name):
            yield f"`{name}` takes {fault}."
        elif name == "tokenise" and (unknown := sorted(set(_texts(value)) - set(names))):
            yield f"`tokenise` names fields that are not asked for: {', '.join(unknown)}."


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, (list, tuple)) else ()


def _number(value: object, name: str) -> str:
    most = MOST_A_DAY if name in _PER_DAY else MOST_DAYS
    if name == "keep_days" and value is None:
        return ""
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
    return "" if right else f"a whole number from 0 to {most:,}"


def _list(value: object, _name: str) -> str:
    right = isinstance(value, (list, tuple)) and len(_texts(value)) == len(value) == len(set(value))
    return "" if right else "a list of names, each once"


def _yes_or_no(value: object, _name: str) -> str:
    return "" if isinstance(value, bool) else "true or false"


_KINDS = MappingProxyType(
    {
        "days": _number,
        "review_days": _number,
        "keep_days": _number,
        "tokenise": _list,
        "bars_onward": _yes_or_no,
        "doors": _list,
        "deliveries_per_day": _number,
        "rows_per_day": _number,
    }
)
