"""What a validator is made of: rules that read the same in Python and in SQL, and the answer in words."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

from sqlglot import exp

from commonweal.publish.kinds import Classification

DIGITS = "0123456789"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_CAPITALS = str.maketrans(_SMALL, _SMALL.upper())
_CHUNK = 9
_CHUNKS = 8


@dataclass(frozen=True, slots=True)
class Valid:
    """A text that keeps the published rule; `note` says what it is for where it is no ordinary one (a test number)."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A text that breaks the published rule: why, in words without the text, and what may have been meant.

    A `suggestion` is a value: it is for the eyes of the data's own steward, never for a finding, and never applied.
    """

    reason: str
    suggestion: str = ""


class Rule(Protocol):
    """One rule about a text; `told` says what it asks, `holds` and `sql` decide it alike.

    Every rule but a form may answer at random for a text whose form is wrong.
    """

    @property
    def told(self) -> str:
        """Say what is wrong with a text that breaks it."""
        ...

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        ...

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps it."""
        ...


@dataclass(frozen=True, slots=True)
class Shape:
    """The whole text matches a pattern that RE2 and Python read alike (or, `unlike`, it does not)."""

    pattern: str
    told: str
    unlike: bool = False

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        return (re.fullmatch(self.pattern, text) is None) is self.unlike

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps it."""
        found = _call("regexp_full_match", column.copy(), _text(self.pattern))
        return found.not_() if self.unlike else found


@dataclass(frozen=True, slots=True)
class CheckSum:
    """The characters' values, each times the weight of its place, add up to one of `remainders` by the modulus."""

    weights: tuple[int, ...]
    modulus: int
    remainders: tuple[int, ...]
    told: str = "its check digits do not fit its other digits"

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        return _weighed(text, self.weights, DIGITS) % self.modulus in self.remainders

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps it."""
        return _modulo(_weighed_sql(column, self.weights, DIGITS), self.modulus).isin(*map(_number, self.remainders))


@dataclass(frozen=True, slots=True)
class CheckCharacter:
    """The character at `place` (from 1) is that which `characters` has for the remainder of the weighted sum.

    `values` has the characters in the order of their values, from 0; a weight of 0 leaves its place out.
    """

    weights: tuple[int, ...]
    modulus: int
    characters: str
    place: int
    values: str = DIGITS
    told: str = "its check character does not fit the others"

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        remainder = _weighed(text, self.weights, self.values) % self.modulus
        return text[self.place - 1 : self.place] == self.characters[remainder]

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps it."""
        remainder = _modulo(_weighed_sql(column, self.weights, self.values), self.modulus)
        wanted = _call("substr", _text(self.characters), exp.Add(this=remainder, expression=_number(1)), _number(1))
        return exp.EQ(this=_character(column, self.place), expression=wanted)


@dataclass(frozen=True, slots=True)
class Mod97:
    """ISO/IEC 7064 MOD 97-10, as an IBAN has it: the first four characters at the end, letters as 10 to 35."""

    told: str = "its check digits do not fit the rest"

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps it; 72 digits are weighed nine at a time."""
        turned: exp.Expr = exp.DPipe(this=_call("substr", column.copy(), _number(5)), expression=_start(column, 4))
        numbers = reduce(_with_number, enumerate(_SMALL.upper(), start=10), turned)
        padded = _call("lpad", numbers, _number(_CHUNK * _CHUNKS), _text("0"))
        weights = (pow(10, _CHUNK * place, 97) for place in range(_CHUNKS - 1, -1, -1))
        terms = (
            _times(_whole(_call("substr", padded.copy(), _number(1 + _CHUNK * at), _number(_CHUNK))), weight)
            for at, weight in enumerate(weights)
        )
        return exp.EQ(this=_modulo(_sum(terms), 97), expression=_number(1))


@dataclass(frozen=True, slots=True)
class OneOf:
    """The text is one of a list."""

    values: frozenset[str]
    told: str

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        return text in self.values

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps it."""
        return column.copy().isin(*map(_text, sorted(self.values)))


@dataclass(frozen=True, slots=True)
class Unless:
    """A rule that binds every text but those of a pattern."""

    pattern: str
    rule: Rule

    @property
    def told(self) -> str:
        """Say what is wrong with a text that breaks it."""
        return self.rule.told

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        return re.fullmatch(self.pattern, text) is not None or self.rule.holds(text)

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps it."""
        return exp.or_(self.rule.sql(column), Shape(self.pattern, "").sql(column))


@dataclass(frozen=True, slots=True)
class Validator:
    """A published rule by its `code`, which a data contract names; `rule` cites who published it.

    `gaps` are the characters that the rule prints between others and that make no difference, `prefix` the pattern of
    letters that may stand before. The first of `rules` is
    the form. `reveals` is what a field of such values may be classified as. `mends` gives what may have been meant by
    a text that is wrong. `notes` are patterns of texts that are valid but no ordinary ones. `confusable` is the
    pattern of texts that would be right if O and 0, or I and 1, changed places. `by_day` says that it reads a register
    whose entries begin and end.
    """

    code: str
    name: str
    rule: str
    rules: tuple[Rule, ...]
    reveals: Classification
    gaps: str = ""
    prefix: str = ""
    mends: Callable[[str], Iterable[str]] = lambda _: ()
    notes: tuple[tuple[str, str], ...] = ()
    confusable: str = ""
    by_day: bool = False

    def check(self, text: str) -> Valid | Fault:
        """Say whether a text keeps the rule, and if not why."""
        plain = self._plain(text)
        for each in self.rules:
            if not each.holds(plain):
                return Fault(each.told, self._suggest(text))
        return Valid(next((note for pattern, note in self.notes if re.fullmatch(pattern, plain)), ""))

    def is_valid(self, text: str) -> bool:
        """Say whether a text keeps the rule."""
        plain = self._plain(text)
        return all(each.holds(plain) for each in self.rules)

    def has_form(self, text: str) -> bool:
        """Say whether a text has the form at least, whatever its check digits or prefix."""
        return self.rules[0].holds(self._plain(text))

    def sql(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text keeps the rule, in DuckDB's functions; NULL of NULL.

        What is dear stands first: DuckDB computes what recurs only once in the first term of a conjunction.
        """
        plain = column.copy()
        for gap in self.gaps:
            plain = _call("replace", plain, _text(gap), _text(""))
        if self.prefix:
            plain = _call("regexp_replace", plain, _text(f"^(?:{self.prefix})"), _text(""))
        return exp.and_(*(each.sql(plain) for each in reversed(self.rules)))

    def sql_confusable(self, column: exp.Expr) -> exp.Expr:
        """Return the condition that a column's text would be right if O and 0, or I and 1, changed places."""
        return Shape(self.confusable, "").sql(column)

    def _plain(self, text: str) -> str:
        plain = text.translate(dict.fromkeys(map(ord, self.gaps))) if self.gaps else text
        return re.sub(f"^(?:{self.prefix})", "", plain) if self.prefix else plain

    def _suggest(self, text: str) -> str:
        tidy = text.strip(" \t\r\n\xa0").translate(_CAPITALS)
        meant = [each for each in dict.fromkeys((tidy, *self.mends(tidy))) if self.is_valid(each)]
        return meant[0] if len(meant) == 1 or tidy in meant else ""


def _weighed(text: str, weights: Iterable[int], values: str) -> int:
    return sum(weight * values.index(each) for weight, each in zip(weights, text, strict=False) if weight)


def _weighed_sql(column: exp.Expr, weights: Iterable[int], values: str) -> exp.Expr:
    terms: Iterator[exp.Expr] = (
        _times(_value(_character(column, place), values), weight)
        for place, weight in enumerate(weights, start=1)
        if weight
    )
    return _sum(terms)


def _value(character: exp.Expr, values: str) -> exp.Expr:
    if values == DIGITS:
        return exp.Sub(this=_call("ord", character), expression=_number(ord("0")))
    return exp.Sub(this=_call("instr", _text(values), character), expression=_number(1))


def _with_number(text: exp.Expr, letter: tuple[int, str]) -> exp.Expr:
    number, found = letter
    return _call("replace", text, _text(found), _text(str(number)))


def _whole(text: exp.Expr) -> exp.Expr:
    return exp.TryCast(this=text, to=exp.DataType.build("BIGINT"), safe=True)


def _times(value: exp.Expr, weight: int) -> exp.Expr:
    return exp.Mul(this=exp.Paren(this=value), expression=_number(weight))


def _sum(terms: Iterable[exp.Expr]) -> exp.Expr:
    return reduce(lambda left, right: exp.Add(this=left, expression=right), terms)


def _modulo(value: exp.Expr, modulus: int) -> exp.Expr:
    return exp.Mod(this=exp.Paren(this=value), expression=_number(modulus))


def _character(column: exp.Expr, place: int) -> exp.Expr:
    return _call("substr", column.copy(), _number(place), _number(1))


def _start(column: exp.Expr, length: int) -> exp.Expr:
    return _call("substr", column.copy(), _number(1), _number(length))


def _call(name: str, *terms: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(terms))


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)
