"""The product's source as trees: its modules, its functions, who calls them, and what its names stand for."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "commonweal"

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class UnreadableCodeError(Exception):
    """An expression that cannot be read without running it; `where` it stands is in the message."""


@dataclass(frozen=True)
class Place:
    """Where an expression stands: its module (a path under the package) and the functions around it, innermost last."""

    module: str
    functions: tuple[Function, ...] = ()

    @property
    def room(self) -> str:
        """Return the room, the module's folder."""
        return self.module.partition("/")[0]

    def outward(self) -> Iterator["Place"]:
        """Yield this place and those around it, down to the module itself."""
        for count in range(len(self.functions), -1, -1):
            yield Place(self.module, self.functions[:count])

    def unreadable(self, node: ast.AST) -> UnreadableCodeError:
        """Return the error that says an expression here cannot be read."""
        return UnreadableCodeError(f"{self.module}:{getattr(node, 'lineno', '?')}: {ast.unparse(node)}")


@dataclass(frozen=True)
class Call:
    """A call and where it stands."""

    node: ast.Call
    place: Place

    @property
    def name(self) -> str:
        """Return the last part of what is called."""
        called = self.node.func
        return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""

    def argument(self, function: Function, parameter: str) -> ast.expr | None:
        """Return what the call gives for a parameter, or the default; None when neither is there."""
        for keyword in self.node.keywords:
            if keyword.arg == parameter:
                return keyword.value
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        if names and names[0] in {"self", "cls"}:
            names = names[1:]
        if parameter in names and names.index(parameter) < len(self.node.args):
            return self.node.args[names.index(parameter)]
        return _defaults(function).get(parameter)


def _defaults(function: Function) -> dict[str, ast.expr]:
    takes = function.args
    ordinary = [*takes.posonlyargs, *takes.args]
    late = zip(ordinary[len(ordinary) - len(takes.defaults) :], takes.defaults, strict=True)
    named = ((each, value) for each, value in zip(takes.kwonlyargs, takes.kw_defaults, strict=True) if value)
    return {each.arg: value for each, value in (*late, *named)}


class _Visitor(ast.NodeVisitor):
    def __init__(self, module: str) -> None:
        self.place = Place(module)
        self.calls: list[Call] = []
        self.functions: list[tuple[Function, Place]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._enter(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._enter(node)

    def _enter(self, node: Function) -> None:
        self.functions.append((node, self.place))
        outer, self.place = self.place, Place(self.place.module, (*self.place.functions, node))
        self.generic_visit(node)
        self.place = outer

    def visit_Call(self, node: ast.Call) -> None:
        self.calls.append(Call(node, self.place))
        self.generic_visit(node)


@dataclass(frozen=True)
class Source:
    """Every module of the product, parsed."""

    package: Path = PACKAGE

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """Return each module's tree by its path under the package."""
        paths = sorted(self.package.rglob("*.py"))
        return {str(each.relative_to(self.package)): ast.parse(each.read_text(encoding="utf-8")) for each in paths}

    @cached_property
    def _visited(self) -> Sequence[_Visitor]:
        visitors = []
        for module, tree in self.trees.items():
            visitor = _Visitor(module)
            visitor.visit(tree)
            visitors.append(visitor)
        return visitors

    @cached_property
    def calls(self) -> list[Call]:
        """Return every call."""
        return [call for visitor in self._visited for call in visitor.calls]

    @cached_property
    def functions(self) -> list[tuple[Function, Place]]:
        """Return every function and where it is defined."""
        return [each for visitor in self._visited for each in visitor.functions]

    def imports(self, module: str, name: str) -> str:
        """Return the room from which a module imports a name; empty when it does not."""
        for node in ast.walk(self.trees[module]):
            if isinstance(node, ast.ImportFrom) and any((each.asname or each.name) == name for each in node.names):
                return module.partition("/")[0] if node.level else (node.module or "").removeprefix("commonweal.")
        return ""

    def calls_of(self, function: Function, defined: Place) -> list[Call]:
        """Return the calls of a function: in its own module, and by its name where that is imported from its room."""
        return [
            call
            for call in self.calls
            if call.name == function.name
            and (call.place.module == defined.module or self.imports(call.place.module, call.name) == defined.room)
        ]

    def definition(self, call: Call) -> tuple[Function, Place] | None:
        """Return the function or method of the product that is called; None where it cannot be told.

        It is in the caller's module, or in the room that the name is imported from, or it is the one method of that
        name in the caller's room.
        """
        named = [each for each in self.functions if each[0].name == call.name]
        near = [each for each in named if each[1].module == call.place.module]
        room = self.imports(call.place.module, call.name) or call.place.room
        found = near or [each for each in named if each[1].room == room]
        return found[0] if len(found) == 1 else None


PRODUCT = Source()
