"""Every event that the code can record, read from where it is made: its name, and the facts it carries."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, product

from .source import PRODUCT, Call, Function, Place, Source
from .tables import codes, entry, page
from .words import explain

READS_BACK = "audit/entry.py"  # parses what was recorded, and makes nothing new
PARAMETERS = ("name", "at", "body", "subject", "actor", "facts")
OTHER_EVENTS = frozenset({"threading", "asyncio", "multiprocessing"})


@dataclass
class Recorded:
    """What the code records under one name: the facts it may carry, and the rooms that make it."""

    facts: dict[str, None] = field(default_factory=dict)
    rooms: set[str] = field(default_factory=set)


def find_events(source: Source = PRODUCT) -> dict[str, Recorded]:
    """Return every event by its name.

    Raises:
        UnreadableCodeError: an event is made in a way that cannot be followed; make it in a plainer one.
    """
    reader = _Reader(source)
    found: dict[str, Recorded] = defaultdict(Recorded)
    for call in source.calls:
        if not _makes_event(call, source):
            continue
        facts = dict.fromkeys(reader.keys(given, call.place)) if (given := _argument(call, "facts")) else {}
        for name in reader.texts(_name(call), call.place):
            found[name].facts |= facts
            found[name].rooms.add(call.place.room)
    return dict(sorted(found.items()))


def write_events() -> str:
    """Return the page of events."""
    found = find_events()
    meanings = explain("events", found)
    return page(
        "Events",
        "Every change of state and every access is an event in the log, durable before its answer leaves. "
        f"There are {len(found)} of them.",
        "An event has a `name`, the moment (`at`, RFC 3339 in UTC), the `body` whose record it is, its `subject` (the "
        "identifier of what it happened to), its `actor` (`person`, `body`, and the `operator` who lent the keyboard) "
        "and its `facts`: identifiers, counts, digests and sentences, never a data value, a key or a token. Below are "
        "all the facts that an event can carry; which of them it does depends on what happened.",
        "Read them with `GET /api/v1/events` or on the node's page of its log, as a role that may `read-log`; "
        "prove one with `GET /api/v1/events/{index}/proof`.",
        *_sections(found, meanings),
    )


def _sections(found: Mapping[str, Recorded], meanings: Mapping[str, str]) -> Iterator[str]:
    for subject, names in groupby(found, key=lambda each: each.partition(".")[0]):
        yield f"## {subject}"
        for name in names:
            facts = f"Facts: {codes(found[name].facts)}." if found[name].facts else "No facts."
            yield entry(name, meanings[name], facts, f"Made in {codes(sorted(found[name].rooms))}.")


def _makes_event(call: Call, source: Source) -> bool:
    if call.name != "Event" or call.place.module == READS_BACK:
        return False
    called = call.node.func
    if isinstance(called, ast.Attribute):
        if isinstance(called.value, ast.Name) and called.value.id in OTHER_EVENTS:
            return False
        raise call.place.unreadable(call.node)
    return source.imports(call.place.module, "Event") == "core"


def _argument(call: Call, name: str) -> ast.expr | None:
    place = PARAMETERS.index(name)
    named = (each.value for each in call.node.keywords if each.arg == name)
    return call.node.args[place] if place < len(call.node.args) else next(named, None)


def _name(call: Call) -> ast.expr:
    given = _argument(call, "name")
    if given is None:
        raise call.place.unreadable(call.node)
    return given


@dataclass(frozen=True)
class _Reader:
    """Follows an expression to the texts or the keys that it can stand for."""

    source: Source

    def texts(self, node: ast.expr, place: Place) -> list[str]:
        """Return every text that an expression can be."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        if isinstance(node, ast.IfExp):
            return [*self.texts(node.body, place), *self.texts(node.orelse, place)]
        if isinstance(node, ast.JoinedStr):
            return ["".join(parts) for parts in product(*(self.texts(each, place) for each in node.values))]
        if isinstance(node, ast.FormattedValue):
            return self.texts(node.value, place)
        if isinstance(node, ast.Name):
            return [text for value, there in self._values(node, place) for text in self.texts(value, there)]
        raise place.unreadable(node)

    def keys(self, node: ast.expr, place: Place) -> Iterator[str]:
        """Yield every key that an expression can have, as a mapping."""
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                yield from self.keys(value, place) if key is None else self.texts(key, place)
        elif isinstance(node, ast.IfExp):
            yield from self.keys(node.body, place)
            yield from self.keys(node.orelse, place)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            yield from self.keys(node.left, place)
            yield from self.keys(node.right, place)
        elif isinstance(node, ast.Name):
            yield from self._keys_of_name(node, place)
        elif isinstance(node, ast.Call):
            yield from self._keys_of_call(Call(node, place))
        else:
            raise place.unreadable(node)

    def _keys_of_name(self, node: ast.Name, place: Place) -> Iterator[str]:
        for value, there in self._values(node, place):
            yield from self.keys(value, there)
        for each in ast.walk(place.functions[-1]) if place.functions else ():
            if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store) and _is(each.value, node.id):
                yield from self.texts(each.slice, place)

    def _keys_of_call(self, call: Call) -> Iterator[str]:
        if call.name == "dict":
            for value in call.node.args:
                yield from self.keys(value, call.place)
            yield from (each.arg for each in call.node.keywords if each.arg)
            return
        found = self.source.definition(call)
        if found is None:
            raise call.place.unreadable(call.node)
        function, place = found
        inside = Place(place.module, (*place.functions, function))
        for node in _own(function):
            yield from self._keys_given(node, inside)

    def _keys_given(self, node: ast.AST, place: Place) -> Iterator[str]:
        if isinstance(node, ast.Return | ast.YieldFrom) and node.value is not None:
            yield from self.keys(node.value, place)
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield from self.texts(node.value.elts[0], place)

    def _values(self, node: ast.Name, place: Place) -> list[tuple[ast.expr, Place]]:
        """Return what a name stands for: what is assigned to it, or what callers give for it."""
        for around in place.outward():
            scope = around.functions[-1] if around.functions else self.source.trees[around.module]
            if assigned := [value for each in _own(scope) if (value := _assigned(each, node.id)) is not None]:
                return [(value, around) for value in assigned]
            if around.functions and (given := self._given(around, node.id)):
                return given
        raise place.unreadable(node)

    def _given(self, place: Place, parameter: str) -> list[tuple[ast.expr, Place]]:
        function, around = place.functions[-1], Place(place.module, place.functions[:-1])
        takes = function.args
        if parameter not in {each.arg for each in (*takes.posonlyargs, *takes.args, *takes.kwonlyargs)}:
            return []
        calls = self.source.calls_of(function, around)
        given = [(each.argument(function, parameter), each) for each in calls]
        if not given or any(value is None for value, _ in given):
            raise place.unreadable(function)
        return [(value, call.place) for value, call in given if value is not None]


def _own(scope: Function | ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes of a function or module, without those of functions and classes within it."""
    waiting: list[ast.AST] = list(scope.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        yield node
        waiting[:0] = ast.iter_child_nodes(node)


def _assigned(node: ast.AST, name: str) -> ast.expr | None:
    if isinstance(node, ast.Assign) and any(_is(each, name) for each in node.targets):
        return node.value
    if isinstance(node, ast.AnnAssign | ast.NamedExpr) and _is(node.target, name):
        return node.value
    return None


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
