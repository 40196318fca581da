"""The compiled queries in Spark SQL: what is DuckDB's own said in Spark's functions."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp


def to_spark(query: exp.Query) -> str:
    """Return a compiled query in Spark SQL (Spark 4, session time zone UTC); it answers what DuckDB does.

    Only shares of a key's values are divided by another hash: they are as even, but not the same. A pattern's class of
    blanks takes a vertical tab too, which RE2's does not.
    """
    tree = query.copy()
    for node in reversed(list(tree.walk())):
        said = _SAID.get(type(node), _as_it_is)(node)
        if said is not node:
            node.replace(said)
    return tree.sql("spark", identify=True)


def _as_it_is(node: exp.Expr) -> exp.Expr:
    return node


def _function(node: exp.Anonymous) -> exp.Expr:
    said = _FUNCTIONS.get(node.name.lower())
    return said(*node.expressions) if said else node


def _matches(text: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    """Return the condition that the whole of a text matches, with lines ending as in RE2: only by a line feed."""
    whole = exp.Literal.string(rf"(?d)\A(?:{pattern.name})\z")
    return exp.RegexpLike(this=text, expression=whole)


def _moment(cast: exp.TryCast) -> exp.Expr:
    """Return the cast of a text that may leave out the seconds, which Spark wants before an offset."""
    if cast.to.this is not exp.DType.TIMESTAMPTZ:
        return cast
    minutes, whole = exp.Literal.string(r"(T\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})\z"), exp.Literal.string("$1:00$2")
    return exp.TryCast(this=_call("regexp_replace", cast.this, minutes, whole), to=cast.to, safe=True)


def _is_finite(number: exp.Expr) -> exp.Expr:
    greatest = exp.cast(exp.Literal.string("Infinity"), exp.DType.DOUBLE)
    return exp.LT(this=exp.Abs(this=number), expression=greatest)


def _least(node: exp.Min) -> exp.Expr:
    """Return the list of the least values, where more than the one least is asked for."""
    if not node.expressions:
        return node
    found = _call("sort_array", _call("collect_list", node.this))
    return _call("slice", found, exp.Literal.number(1), node.expressions[0])


def _element(node: exp.Bracket) -> exp.Expr:
    """Return an element of a list, NULL where there is none; Spark counts from 0."""
    place = int(node.expressions[0].name) - int(node.args.get("offset") or 0)
    return _call("get", node.this, exp.Literal.number(place))


def _remainder(node: exp.Mod) -> exp.Expr:
    """Return the remainder of a hash as never negative, which Spark's may be."""
    is_hash = isinstance(node.this, exp.Anonymous) and node.this.name == "xxhash64"
    return _call("pmod", node.this, node.expression) if is_hash else node


def _call(name: str, *terms: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(terms))


_SAID: Mapping[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Anonymous: _function,
    exp.Bracket: _element,
    exp.Min: _least,
    exp.Mod: _remainder,
    exp.RegexpFullMatch: lambda node: _matches(node.this, node.expression),
    exp.TryCast: _moment,
}
_FUNCTIONS: Mapping[str, Callable[..., exp.Expr]] = {
    "regexp_full_match": _matches,
    "isfinite": _is_finite,
    "hash": lambda value: _call("xxhash64", value),
    "ord": lambda character: _call("ascii", character),
    "error": lambda text: _call("raise_error", text),
}
