"""Infers the data contract that one extract suggests, with the reason for every promise; a steward edits it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from commonweal.publish.kinds import Classification, FieldType
from commonweal.publish.model import DataContract, Field, QualityResult
from commonweal.publish.people.detecting import Detection, is_of_people
from commonweal.publish.reading.recipe import Column, count_rows
from commonweal.publish.reading.suggesting import suggest_classification

from .naming import ASKED_OF_PEOPLE, Role, question_about, role_of, speaks_of_things
from .surveying import LONGEST_CODE, NARROWER_FIRST, ColumnFacts

MOST_LISTED = 24
FIRST_VERSION = "1.0.0"

_ENOUGH_FOR_CODES = 10
_ENOUGH_OF_EACH = 5
_LONGEST_LISTED = 80
_LONG_NUMBER = 9
_SAFE_DIGITS = 15
_NEARLY = 0.95
_CODE = re.compile(r"[A9 ./_-]*9[A9 ./_-]*")
_WORDS = {
    FieldType.INTEGER: "whole numbers",
    FieldType.NUMBER: "numbers",
    FieldType.DATE: "dates",
    FieldType.TIMESTAMP: "dates with times",
    FieldType.BOOLEAN: "true or false",
}
_BOUNDS = {Role.COUNT: (0.0, None), Role.PERCENT: (0.0, 100.0), Role.LATITUDE: (-90, 90), Role.LONGITUDE: (-180, 180)}


@dataclass(frozen=True, slots=True)
class DraftedField:
    """A field as one extract suggests it, and why, a sentence for each promise; no sentence holds a value.

    `filled` is how many values the extract holds, and `evidence` why it is classified as it is.
    """

    field: Field
    reasons: tuple[str, ...]
    filled: int
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """A data contract as one extract suggests it; `rows_reason` says why so many rows are the least.

    `together` says what some of the fields reveal in combination, empty where it is no matter.
    """

    id: str
    title: str
    fields: tuple[DraftedField, ...]
    minimum_rows: int
    rows_reason: str
    together: str = ""

    def contract(self) -> DataContract:
        """Return the data contract without the reasons."""
        fields = tuple(each.field for each in self.fields)
        return DataContract(self.id, FIRST_VERSION, self.title, "", fields, self.minimum_rows)

    def settled(self, quality: QualityResult) -> "ContractDraft":
        """Return the draft with those promises that the check found kept: uniqueness and published rules.

        Args:
            quality: what checking the extract against `contract()` found.
        """
        broken = {(each.field, each.check): each.count for each in quality.findings}
        return replace(self, fields=tuple(_settled(each, broken) for each in self.fields))


def infer_contract(
    facts: Sequence[ColumnFacts],
    listings: Mapping[str, Mapping[str, int]],
    detected: Sequence[Detection] = (),
    *,
    identifier: str,
    title: str,
    together: str = "",
) -> ContractDraft:
    """Return the draft that the facts of a source suggest.

    Uniqueness and published rules are only supposed: check the source and settle the draft. No value is listed of a
    field that is likely to tell of people, nor of a table that seems to be of people.

    Args:
        facts: of each column, in the source's order.
        listings: each value and how often it comes, of the columns that `wants_listing` names.
        detected: what each column is likely to reveal; of one that is not among them its name alone must tell.
        identifier: the contract's id.
        title: its name.
        together: what some columns reveal in combination, in words.
    """
    rows = facts[0].rows if facts else 0
    found = {each.field: each for each in detected}
    of_people = is_of_people(detected)
    fields = tuple(
        _Inference(each, listings.get(each.name, {}), found.get(each.name), of_people=of_people).drafted()
        for each in facts
    )
    least = max(1, rows // 2) if rows else 0
    reason = f"at least {count_rows(least)}: half of the {rows:,} of this extract, so that a file cut short is stopped"
    return ContractDraft(identifier, title, fields, least, reason if rows else "the extract has no row", together)


def wants_listing(facts: ColumnFacts) -> bool:
    """Say whether a column holds one of few repeated values, and its name says that they are things, not people."""
    return speaks_of_things(facts.name) and _has_few(facts)


def _has_few(facts: ColumnFacts) -> bool:
    return (
        not _pattern(facts)
        and type_of(facts)[0] is FieldType.STRING
        and 2 <= facts.distinct <= MOST_LISTED + 2
        and facts.filled >= _ENOUGH_OF_EACH * facts.distinct
        and facts.longest <= _LONGEST_LISTED
    )


def type_of(facts: ColumnFacts) -> tuple[FieldType, str]:
    """Return the narrowest type that every value has, and why; text where numbers would lose what they say."""
    if not facts.filled:
        return FieldType.STRING, "text: it holds no value, so nothing shows its type"
    for kind in NARROWER_FIRST:
        if facts.forms.get(kind) == facts.filled:
            spoilt = _spoilt(facts) if kind in {FieldType.INTEGER, FieldType.NUMBER} else ""
            told = f"{kind}: all of {_values(facts.filled)} are {_WORDS[kind]}"
            return (FieldType.STRING, spoilt) if spoilt else (kind, told)
    return FieldType.STRING, _nearly(facts)


def _nearly(facts: ColumnFacts) -> str:
    count, kind = max(((facts.forms.get(each, 0), each) for each in NARROWER_FIRST), key=lambda each: each[0])
    if count < _NEARLY * facts.filled:
        return "text: its values have no narrower type in common"
    left = facts.filled - count
    other = "the other one" if left == 1 else f"the other {left:,}"
    return f"text: {count:,} of {_values(facts.filled)} are {_WORDS[kind]}; correct {other} and make it {kind}"


def _spoilt(facts: ColumnFacts) -> str:
    if facts.spoilt:
        return f"text: {_values(facts.spoilt)} with a leading zero or sign, which a number would lose"
    shortest, longest = facts.digits
    is_alike = shortest == longest >= _LONG_NUMBER and role_of(facts.name) not in {Role.MONEY, Role.COUNT}
    if longest > _SAFE_DIGITS or is_alike:
        return f"text: its numbers have {longest} digits, as identifiers have, and are not for reckoning"
    return ""


class _Inference:
    """Gathers the promises of one field, each with its reason."""

    def __init__(
        self, facts: ColumnFacts, listing: Mapping[str, int], found: Detection | None, *, of_people: bool
    ) -> None:
        self.facts, self.listing, self.of_people = facts, listing, of_people
        self.type, told = type_of(facts)
        self.found = found or _by_name(facts.name, self.type)
        self.role = role_of(facts.name)
        self.reasons = [told]

    def drafted(self) -> DraftedField:
        minimum, maximum = self._bounds()
        field = Field(
            name=self.facts.name,
            type=self.type,
            required=self._required(),
            unique=self._may_be_unique(),
            minimum=minimum,
            maximum=maximum,
            pattern=self._pattern(),
            allowed=self._allowed(),
            validator=self._validator(),
            classification=self._classification(),
        )
        question = ASKED_OF_PEOPLE if self.found.is_telling else question_about(field, self.role)
        asked = replace(field, description=question)
        return DraftedField(asked, tuple(self.reasons), self.facts.filled, self.found.evidence)

    def _required(self) -> bool:
        rows, filled = self.facts.rows, self.facts.filled
        if not rows:
            return False
        negation = "" if filled == rows else "not "
        self.reasons.append(f"{negation}required: {filled:,} of {count_rows(rows)} have a value")
        return filled == rows

    def _may_be_unique(self) -> bool:
        """Say whether the field is an identifier by its name or shape, as far as an estimate can tell its values."""
        facts = self.facts
        is_code = self.type is FieldType.STRING and bool(_pattern(facts))
        is_named = self.role is Role.IDENTIFIER and self.type in {FieldType.STRING, FieldType.INTEGER}
        return (
            facts.filled > 1
            and facts.longest <= LONGEST_CODE
            and (is_code or is_named)
            and facts.distinct >= facts.filled * 0.8
        )

    def _bounds(self) -> tuple[float | None, float | None]:
        minimum, maximum = _BOUNDS.get(self.role, (None, None))
        is_number = self.type in {FieldType.INTEGER, FieldType.NUMBER}
        if not is_number or not _is_within(self.facts, minimum, maximum) or minimum is None:
            return None, None
        above = f" to {maximum:g}" if maximum is not None else " or more"
        self.reasons.append(f"{minimum:g}{above}: the name speaks of a {self.role}, and no value contradicts it")
        return minimum, maximum

    def _pattern(self) -> str:
        pattern = _pattern(self.facts) if self.type is FieldType.STRING else ""
        if pattern:
            shape = self.facts.shape
            self.reasons.append(f"pattern: all of {_values(self.facts.filled)} have the shape {shape}")
        return pattern

    def _allowed(self) -> tuple[str, ...]:
        if self.listing and (self.of_people or self.found.is_telling):
            self.reasons.append("no list of values: it has few, but they may tell of people")
            return ()
        if not self.listing:
            if _has_few(self.facts) and not speaks_of_things(self.facts.name):
                self.reasons.append("no list of values: it has few, but nothing in its name says that they name nobody")
            return ()
        rarest = min(self.listing.values())
        if rarest < _ENOUGH_OF_EACH or not all(map(str.isprintable, self.listing)):
            self.reasons.append(f"no list of values: some of its few come in fewer than {_ENOUGH_OF_EACH} rows")
            return ()
        if not 2 <= len(self.listing) <= MOST_LISTED:
            return ()
        self.reasons.append(f"only values listed: {len(self.listing)}, each in {rarest:,} rows or more")
        return tuple(sorted(self.listing))

    def _validator(self) -> str:
        if self.found.validator:
            self.reasons.append(f"published rule: the values keep that of {self.found.validator}")
        return self.found.validator

    def _classification(self) -> Classification:
        self.reasons.append(f"{self.found.classification}: {self.found.evidence}")
        return self.found.classification


def _by_name(name: str, kind: FieldType) -> Detection:
    suggested = suggest_classification(Column(name, kind))
    return Detection(name, suggested.classification, suggested.evidence)


def _settled(drafted: DraftedField, broken: Mapping[tuple[str, str], int]) -> DraftedField:
    return _settled_rule(_settled_unique(drafted, broken.get((drafted.field.name, "unique"), 0)), broken)


def _settled_unique(drafted: DraftedField, repeated: int) -> DraftedField:
    if not drafted.field.unique:
        return drafted
    if repeated:
        told = f"not unique: a value comes back in {count_rows(repeated)}"
        return replace(drafted, field=replace(drafted.field, unique=False), reasons=(*drafted.reasons, told))
    told = f"unique: {drafted.filled:,} of {_values(drafted.filled)} differ"
    return replace(drafted, reasons=(*drafted.reasons, told))


def _settled_rule(drafted: DraftedField, broken: Mapping[tuple[str, str], int]) -> DraftedField:
    """Return a field without the published rule where some of its values break it, and a reason that says so."""
    count = broken.get((drafted.field.name, "validator"), 0)
    if not count:
        return drafted
    kept = tuple(each for each in drafted.reasons if not each.startswith("published rule"))
    told = f"no published rule: {_values(count)} break that of {drafted.field.validator}; correct these and add it"
    return replace(drafted, field=replace(drafted.field, validator=""), reasons=(*kept, told))


def _pattern(facts: ColumnFacts) -> str:
    """Return the pattern of codes that are all of one shape; values that hardly differ show none."""
    if facts.filled < _ENOUGH_FOR_CODES or facts.distinct < 3 or not _CODE.fullmatch(facts.shape):
        return ""
    runs = (each.group() for each in re.finditer(r"A+|9+|.", facts.shape))
    return "".join(_told_run(each) for each in runs)


def _told_run(run: str) -> str:
    kind = {"A": "[A-Z]", "9": "[0-9]"}.get(run[0])
    if kind is None:
        return re.escape(run)
    return kind if len(run) == 1 else f"{kind}{{{len(run)}}}"


def _is_within(facts: ColumnFacts, minimum: float | None, maximum: float | None) -> bool:
    if facts.least is None or facts.most is None:
        return False
    return (minimum is None or facts.least >= minimum) and (maximum is None or facts.most <= maximum)


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"
