"""What a node is configured by: its settings file, its environment, and the files of its folders."""

import ast
from dataclasses import MISSING, Field, fields

from commonweal.node.settings import SETTINGS_FILE, Settings

from .sample import sample
from .source import PRODUCT, Source
from .tables import code, page, table
from .words import explain

READERS = ("environ", "environment")


def find_variables(source: Source = PRODUCT) -> set[str]:
    """Return every environment variable that the code reads by name."""
    return {
        key.value
        for tree in source.trees.values()
        for node in ast.walk(tree)
        if (key := _key(node)) is not None and isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def write_settings() -> str:
    """Return the page of settings."""
    folder = sample()
    return page(
        "Settings",
        "A node needs no configuration to start: `commonweal init` writes all of it. What can be chosen when it is "
        "served is in the options of [`commonweal serve`](commands.md#commonweal-serve).",
        f"## `{SETTINGS_FILE}`",
        "In the node's home; nothing in it is secret. Change it while the node is stopped.",
        _settings_table(),
        "## Environment",
        _table("environment", ("variable", "what it does"), find_variables()),
        "## The node's home",
        "The folder that `--home` names. A copy of it, made while the node is stopped, can be proved anywhere with "
        "`commonweal audit verify`; nothing in it can be opened without the unlock secret.",
        _table("home", ("name", "what it holds"), folder.home),
        "## The folder of secrets",
        "`$XDG_CONFIG_HOME/commonweal/NODE` (`~/.config` where that is not set), readable by its user only. It never "
        "lies under the node's home. Back up the unlock secret apart from the home: without it the keys are lost.",
        _table("secrets", ("name", "what it holds"), folder.secrets),
    )


def _settings_table() -> str:
    meanings = explain("settings", [each.name for each in fields(Settings)])
    rows = [(code(each.name), _default(each), meanings[each.name]) for each in fields(Settings)]
    return table(("setting", "default", "what it says"), rows)


def _default(setting: "Field[object]") -> str:
    if setting.default is not MISSING:
        return code(str(setting.default))
    return "none" if setting.default_factory is not MISSING else "written by `init`"


def _table(section: str, heading: tuple[str, str], names: set[str] | frozenset[str]) -> str:
    meanings = explain(section, names)
    return table(heading, [(code(name), meanings[name]) for name in sorted(names)])


def _key(node: ast.AST) -> ast.expr | None:
    """Return what is looked up when a node of the tree reads the environment."""
    if isinstance(node, ast.Subscript) and _is_environment(node.value):
        return node.slice
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    reads = node.func.attr == "getenv" or (node.func.attr in {"get", "pop"} and _is_environment(node.func.value))
    return node.args[0] if reads else None


def _is_environment(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] in READERS
