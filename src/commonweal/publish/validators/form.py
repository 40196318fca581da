"""What a validator is made of: rules that read the same in Python and in SQL, and the answer in words."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from commonweal.publish.kinds import Classification

if TYPE_CHECKING:
    from sqlglot import exp

DIGITS = "0123456789"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_CAPITALS = str.maketrans(_SMALL, _SMALL.upper())


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

    def sql(self, column: "exp.Expr") -> "exp.Expr":
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

    def sql(self, column: "exp.Expr") -> "exp.Expr":
        """Return the condition that a column's text keeps it."""
        from .expressions import matches  # noqa: PLC0415  reading values needs no SQL

        found = matches(column, self.pattern)
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

    def sql(self, column: "exp.Expr") -> "exp.Expr":
        """Return the condition that a column's text keeps it."""
        from .expressions import has_check_sum  # noqa: PLC0415  reading values needs no SQL

        return has_check_sum(column, self.weights, self.modulus, self.remainders)


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

    def sql(self, column: "exp.Expr") -> "exp.Expr":
        """Return the condition that a column's text keeps it."""
        from .expressions import check_character, has_character  # noqa: PLC0415  reading values needs no SQL

        wanted = check_character(column, self.weights, self.modulus, self.characters, self.values)
        return has_character(column, self.place, wanted)


@dataclass(frozen=True, slots=True)
class Mod97:
    """ISO/IEC 7064 MOD 97-10, as an IBAN has it: the first four characters at the end, letters as 10 to 35."""

    told: str = "its check digits do not fit the rest"

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1

    def sql(self, column: "exp.Expr") -> "exp.Expr":
        """Return the condition that a column's text keeps it; 72 digits are weighed nine at a time."""
        from .expressions import is_one_modulo_97  # noqa: PLC0415  reading values needs no SQL

        return is_one_modulo_97(column)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The text is one of a list."""

    values: frozenset[str]
    told: str

    def holds(self, text: str) -> bool:
        """Say whether a text keeps it."""
        return text in self.values

    def sql(self, column: "exp.Expr") -> "exp.Expr":
        """Return the condition that a column's text keeps it."""
        from .expressions import is_one_of  # noqa: PLC0415  reading values needs no SQL

        return is_one_of(column, sorted(self.values))


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

    def sql(self, column: "exp.Expr") -> "exp.Expr":
        """Return the condition that a column's text keeps it."""
        from .expressions import either  # noqa: PLC0415  reading values needs no SQL

        return either(self.rule.sql(column), Shape(self.pattern, "").sql(column))


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

    def sql(self, column: "exp.Expr") -> "exp.Expr":
        """Return the condition that a column's text keeps the rule, in DuckDB's functions; NULL of NULL.

        What is dear stands first: DuckDB computes what recurs only once in the first term of a conjunction.
        """
        from .expressions import every, without  # noqa: PLC0415  reading values needs no SQL

        plain = without(column, self.gaps, self.prefix)
        return every(each.sql(plain) for each in reversed(self.rules))

    def sql_confusable(self, column: "exp.Expr") -> "exp.Expr":
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
