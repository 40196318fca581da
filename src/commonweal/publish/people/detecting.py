"""Detects what each field of a table is likely to reveal, from its name and a sample of its values, with evidence."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from commonweal.publish.kinds import Classification
from commonweal.publish.lexicon import COUNTED, NOTHING, ORGANISATION_WORDS, WORD_LISTS, Sense, plain_name, read_name
from commonweal.publish.validators import bodies, money, people, places
from commonweal.publish.validators.form import Validator

from .given_names import GIVEN_NAMES

MOST = 0.8
MANY = 0.3
LEAST_VALUES = 3

_VALIDATORS = {
    each.code: each for each in (*people.VALIDATORS, *places.VALIDATORS, *bodies.VALIDATORS, *money.VALIDATORS)
}
"""Those that ask no register, by their codes."""

_TELLING = ("nino", "upn", "postcode", "gss-code", "iban", "chi-number", "hc-number", "nhs-number", "utr")
_NAMED = {
    "vat-number": r"\bvat\b",
    "urn": r"\burn\b",
    "ukprn": r"ukprn",
    "uprn": r"uprn",
    "ods-code": r"\bods\b|(trust|org|organisation|provider|practice|site|ods) ?code",
    "company-number": r"company|crn",
    "charity-number": r"charity",
    "sic-2007": r"\bsic\b",
    "sort-code": r"sort ?code",
}
_IDENTIFYING = frozenset(
    {"nino", "upn", "iban", "chi-number", "hc-number", "nhs-number", "utr", "passport", "date-of-birth", "bank-account"}
)
QUASI = frozenset(
    {"date-of-birth", "age", "sex", "postcode", "gss-code", "ethnicity", "religion", "sexuality", "marital-status"}
    | {"occupation", "health", "address", "area", "uprn"}
)
"""Kinds of field that single people out in combination, though none does alone."""

_NUMBERS_OF_PEOPLE = frozenset({"nino", "upn", "chi-number", "hc-number", "nhs-number", "utr"})
_OF_A_PERSON = frozenset({"date-of-birth", "age", "sex", "ethnicity", "religion", "sexuality", "marital-status"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?:\+44 ?|\(?0)[1-9][0-9 ()-]{7,12}")
_ADDRESS = re.compile(
    r"\b(road|street|lane|avenue|close|drive|court|gardens|terrace|crescent|grove|way|place|square|hill|house)\b",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:(\d{4})-\d{2}-\d{2}|\d{1,2}[/.-]\d{1,2}[/.-](\d{4})).*")
_SUPPRESSED = re.compile(r"[<≤]\s?\d{1,2}|\*{1,3}")
_FIGURE = re.compile(r"\d{1,9}(?:\.0)?")
_SAYING_LITTLE = frozenset({"plain", "name", "organisation"})
_TITLE = re.compile(r"(?:mr|mrs|ms|miss|mx|dr|sir|dame|rev)\.? .+", re.IGNORECASE)
_OTHER_DAYS = re.compile(r"start|end|open|clos|from|creat|valid|establish|incorporat|found|regist|publish|update|merge")
_FREE_WORDS = 8
_LIFETIME = (1900, 25)


@dataclass(frozen=True, slots=True)
class Detection:
    """What a field is likely to reveal and why; a suggestion, which nothing confirms but a steward.

    `kind` is what its values seem to be (`nino`, `date-of-birth`, `postcode` …) or empty. `validator` is the code of
    the published rule that its sampled values keep, if they do; `by_values`, that values show it and not a name alone.
    `evidence` is clauses in words, without a value.
    """

    field: str
    classification: Classification
    evidence: str
    kind: str = ""
    validator: str = ""
    by_values: bool = False

    @property
    def is_telling(self) -> bool:
        """Say whether something shows that the field needs protecting, beyond that nothing shows the opposite."""
        return self.classification is not Classification.NOT_PERSONAL and self.evidence != NOTHING

    @property
    def is_strong(self) -> bool:
        """Say whether the values keep the check of a published number of people, so that a name cannot outweigh it."""
        return self.by_values and self.kind in _NUMBERS_OF_PEOPLE


@dataclass(frozen=True, slots=True)
class _Found:
    """One thing that the values show."""

    kind: str
    classification: Classification
    evidence: str
    validator: str = ""


def detect_table(
    columns: Mapping[str, Sequence[str]], withheld: Mapping[str, int] | None = None
) -> tuple[Detection, ...]:
    """Return what each field is likely to reveal, from a sample of its values as plain text (none may be given).

    `withheld` counts the marks, such as `<10`, that stood in place of a field's values. A field that stands beside one
    that identifies a person tells of that person, and counts as personal.
    """
    hidden = withheld or {}
    found = tuple(detect_field(name, values, hidden.get(name, 0)) for name, values in columns.items())
    by = next((each.field for each in found if each.kind in _IDENTIFYING), "")
    return tuple(_beside(each, by) for each in found) if by else found


def detect_field(name: str, values: Sequence[str] = (), withheld: int = 0) -> Detection:
    """Return what one field is likely to reveal; what is unknown counts as personal."""
    sample = [each.strip() for each in values if each.strip()]
    sense = read_name(name, is_text=not _is_figures(sample))
    found = _hidden(withheld) if withheld else None
    if found is None and len(sample) >= LEAST_VALUES:
        found = _look(plain_name(name), sense, sample)
    if found is None:
        return Detection(name, sense.classification, sense.evidence, sense.kind)
    classification = _decide(sense, found)
    says_more = sense.kind and (sense.kind not in _SAYING_LITTLE or classification is sense.classification)
    evidence = f"{found.evidence}; {sense.evidence}" if says_more else found.evidence
    return Detection(name, classification, evidence, _kind(sense, found), found.validator, by_values=True)


def count_withheld(marks: Mapping[str, int]) -> int:
    """Return how many of the marks that stand in place of values say that a small count was withheld."""
    return sum(count for mark, count in marks.items() if _SUPPRESSED.fullmatch(mark))


def quasi_identifiers(found: Sequence[Detection]) -> tuple[str, ...]:
    """Return the fields that single people out together; none of a table that does not seem to be of people."""
    fields = tuple(each.field for each in found if each.kind in QUASI)
    return fields if is_of_people(found) and len(fields) > 1 else ()


def is_of_people(found: Sequence[Detection]) -> bool:
    """Say whether the rows of a table seem each to tell of a person."""
    return any(each.kind in _OF_A_PERSON or each.kind in _IDENTIFYING for each in found)


def _beside(found: Detection, by: str) -> Detection:
    if found.classification is not Classification.NOT_PERSONAL:
        return found
    evidence = f"{found.evidence}; but it stands beside {by}, so it tells of a person"
    return replace(found, classification=Classification.PERSONAL, evidence=evidence)


def _look(name: str, sense: Sense, sample: Sequence[str]) -> "_Found | None":
    identifier = _identifier(name, sample)
    if identifier is not None:
        return identifier
    lookers: tuple[Callable[[str, Sense, Sequence[str]], _Found | None], ...] = (
        _words,
        _contacts,
        _birth,
        _small_counts,
        _addresses,
        _free_text,
        _organisations,
        _people,
    )
    return next((each for each in (look(name, sense, sample) for look in lookers) if each), None)


def _decide(sense: Sense, found: _Found) -> Classification:
    """Return the more protective of what name and values say; values that are of organisations outweigh a name."""
    if sense.classification is Classification.SPECIAL:
        return sense.classification
    if found.classification is Classification.NOT_PERSONAL and sense.kind not in {"", "name", "plain", "organisation"}:
        return sense.classification
    return found.classification


def _kind(sense: Sense, found: _Found) -> str:
    return sense.kind if sense.kind in QUASI and found.kind in {"", "free-text", "day"} else found.kind or sense.kind


def _identifier(name: str, sample: Sequence[str]) -> _Found | None:
    best, most = None, 0
    for code in (*_TELLING, *(code for code, pattern in _NAMED.items() if re.search(pattern, name))):
        passing = _count_most(sample, _VALIDATORS[code].is_valid)
        if passing > most:
            best, most = _VALIDATORS[code], passing
    if best is not None:
        passed = _told(most, len(sample))
        return _Found(best.code, best.reveals, f"{passed} pass the check of {_article(best)}", best.code)
    return _near(_VALIDATORS["nino"], sample)


def _near(validator: Validator, sample: Sequence[str]) -> _Found | None:
    count = _count_most(sample, validator.has_form)
    if not count:
        return None
    evidence = f"{_told(count, len(sample))} have the form of {_article(validator)}, with letters that are not issued"
    return _Found(validator.code, validator.reveals, evidence)


def _words(_name: str, _sense: Sense, sample: Sequence[str]) -> _Found | None:
    for each in WORD_LISTS:
        pattern = re.compile(each.pattern, re.IGNORECASE)
        count = _count(sample, pattern.fullmatch)
        if count >= len(sample) / 2:
            return _Found(each.kind, each.classification, f"{_told(count, len(sample))} are {each.evidence}")
    return None


def _contacts(_name: str, _sense: Sense, sample: Sequence[str]) -> _Found | None:
    for kind, pattern, what in (("email", _EMAIL, "email addresses"), ("phone", _PHONE, "telephone numbers")):
        count = _count(sample, pattern.fullmatch)
        if count >= len(sample) / 2:
            return _Found(kind, Classification.PERSONAL, f"{_told(count, len(sample))} are {what}")
    return None


def _birth(name: str, sense: Sense, sample: Sequence[str]) -> _Found | None:
    matches = [each for each in map(_DATE.fullmatch, sample) if each]
    years = [int(each[1] or each[2]) for each in matches]
    if len(years) < MOST * len(sample) or (not sense.kind and _OTHER_DAYS.search(name)):
        return None
    first, spread = _LIFETIME
    if min(years) >= first and max(years) - min(years) > spread:
        told = f"its dates span {max(years) - min(years)} years, as dates of birth do"
        return _Found("date-of-birth", Classification.PERSONAL, told)
    return None


def _hidden(count: int) -> _Found:
    marks = "1 mark stands" if count == 1 else f"{count:,} marks stand"
    told = f"{marks} where a small count was withheld, which a total could give away"
    return _Found("count", Classification.DISCLOSIVE, told)


def _small_counts(name: str, sense: Sense, sample: Sequence[str]) -> _Found | None:
    hidden = _count(sample, lambda text: _SUPPRESSED.fullmatch(text) is not None)
    figures = [each for each in sample if _FIGURE.fullmatch(each)]
    if len(figures) + hidden < MOST * len(sample):
        return None
    if hidden:
        return _hidden(hidden)
    if not COUNTED.search(name) or sense.kind in QUASI:
        return None
    small = _count(figures, lambda text: 0 < float(text) < 10)
    if small:
        return _Found("count", Classification.DISCLOSIVE, f"{_told(small, len(sample))} are counts of people under ten")
    return _Found("count", Classification.NOT_PERSONAL, "it counts people, none of the sampled values under ten")


def _organisations(_name: str, sense: Sense, sample: Sequence[str]) -> _Found | None:
    count = _count(sample, lambda text: ORGANISATION_WORDS.search(text) is not None)
    if count < len(sample) / 2 or sense.kind == "supplier":
        return None
    evidence = f"{_told(count, len(sample))} have words of organisations"
    return _Found("organisation", Classification.NOT_PERSONAL, evidence)


def _people(_name: str, _sense: Sense, sample: Sequence[str]) -> _Found | None:
    count = _count(sample, _is_person)
    if count < MANY * len(sample):
        return None
    return _Found("person-name", Classification.PERSONAL, f"{_told(count, len(sample))} begin like names of people")


def _addresses(_name: str, _sense: Sense, sample: Sequence[str]) -> _Found | None:
    count = _count(sample, lambda text: _ADDRESS.search(text) is not None)
    if count < MANY * len(sample):
        return None
    return _Found("address", Classification.PERSONAL, f"{_told(count, len(sample))} have words of addresses")


def _free_text(_name: str, _sense: Sense, sample: Sequence[str]) -> _Found | None:
    count = _count(sample, lambda text: len(text.split()) >= _FREE_WORDS)
    if count < MANY * len(sample):
        return None
    evidence = f"{_told(count, len(sample))} are free text, in which anything may stand"
    return _Found("free-text", Classification.PERSONAL, evidence)


def _is_person(text: str) -> bool:
    if ORGANISATION_WORDS.search(text) or any(map(str.isdigit, text)):
        return False
    words = text.replace(",", " ").casefold().split()
    return _TITLE.fullmatch(text) is not None or (len(words) <= 4 and not GIVEN_NAMES.isdisjoint(words[:2]))


def _is_figures(sample: Sequence[str]) -> bool:
    return bool(sample) and _count(sample, lambda text: not any(map(str.isalpha, text))) >= MOST * len(sample)


def _count(sample: Sequence[str], holds: Callable[[str], object]) -> int:
    return sum(1 for each in sample if holds(each))


def _count_most(sample: Sequence[str], holds: Callable[[str], object]) -> int:
    """Return how many values hold, or 0 as soon as it is clear that fewer than `MOST` of them do."""
    held = len(sample)
    for each in sample:
        if not holds(each):
            held -= 1
            if held / len(sample) < MOST:
                return 0
    return held


def _told(count: int, of: int) -> str:
    return f"all {of:,} sampled values" if count == of else f"{count:,} of {of:,} sampled values"


def _article(validator: Validator) -> str:
    return f"{'an' if validator.name[0] in 'AEIOUNH' and validator.name[:4] in _AN else 'a'} {validator.name}"


_AN = {"NHS ", "IBAN", "ODS "}
