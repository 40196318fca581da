"""The rules of validators as conditions in DuckDB's functions; apart, so that reading values needs no SQL."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from string import digits

from sqlglot import exp

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHUNK = 9
_CHUNKS = 8


def matches(column: exp.Expr, pattern: str) -> exp.Expr:
    """Return the condition that a column's whole text matches a pattern."""
    return _call("regexp_full_match", column.copy(), _text(pattern))


def without(column: exp.Expr, gaps: str, prefix: str) -> exp.Expr:
    """Return a column's text without the characters of `gaps`, and without a prefix of that pattern."""
    plain = column.copy()
    for gap in gaps:
        plain = _call("replace", plain, _text(gap), _text(""))
    return _call("regexp_replace", plain, _text(f"^(?:{prefix})"), _text("")) if prefix else plain


def every(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Return the condition that all of them hold."""
    return exp.and_(*conditions)


def either(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    """Return the condition that one of two holds."""
    return exp.or_(one, other)


def is_one_of(column: exp.Expr, values: Iterable[str]) -> exp.Expr:
    """Return the condition that a column's text is in a list."""
    return column.copy().isin(*map(_text, values))


def has_check_sum(column: exp.Expr, weights: Sequence[int], modulus: int, remainders: Iterable[int]) -> exp.Expr:
    """Return the condition that the weighted sum of a column's digits leaves one of `remainders`."""
    return _modulo(_weighed(column, weights, digits), modulus).isin(*map(_number, remainders))


def check_character(column: exp.Expr, weights: Sequence[int], modulus: int, characters: str, values: str) -> exp.Expr:
    """Return the one of `characters` that stands for the remainder of the weighted sum of a column's characters."""
    remainder = _modulo(_weighed(column, weights, values), modulus)
    return _call("substr", _text(characters), exp.Add(this=remainder, expression=_number(1)), _number(1))


def has_character(column: exp.Expr, place: int, wanted: exp.Expr) -> exp.Expr:
    """Return the condition that this character stands at a place, counted from 1."""
    return exp.EQ(this=_character(column, place), expression=wanted)


def is_one_modulo_97(column: exp.Expr) -> exp.Expr:
    """Return the condition of ISO/IEC 7064 MOD 97-10; 72 digits are weighed nine at a time."""
    turned: exp.Expr = exp.DPipe(this=_call("substr", column.copy(), _number(5)), expression=_start(column, 4))
    numbers = reduce(_with_number, enumerate(_LETTERS, start=10), turned)
    padded = _call("lpad", numbers, _number(_CHUNK * _CHUNKS), _text("0"))
    weights = (pow(10, _CHUNK * place, 97) for place in range(_CHUNKS - 1, -1, -1))
    terms = (
        _times(_whole(_call("substr", padded.copy(), _number(1 + _CHUNK * at), _number(_CHUNK))), weight)
        for at, weight in enumerate(weights)
    )
    return exp.EQ(this=_modulo(_sum(terms), 97), expression=_number(1))


def _weighed(column: exp.Expr, weights: Iterable[int], values: str) -> exp.Expr:
    terms: Iterator[exp.Expr] = (
        _times(_value(_character(column, place), values), weight)
        for place, weight in enumerate(weights, start=1)
        if weight
    )
    return _sum(terms)


def _value(character: exp.Expr, values: str) -> exp.Expr:
    if values == digits:
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
