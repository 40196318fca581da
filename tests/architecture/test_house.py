"""The house: rooms in order, entered by their front doors, and the gate that says so fails when it should."""

import ast
import importlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "commonweal"
STUBS = sorted(each.relative_to(SOURCE) for each in SOURCE.rglob("__init__.pyi"))
STORES = {
    "agreements",
    "bodies",
    "changes",
    "datasets",
    "defects",
    "deliveries",
    "partners",
    "proposals",
    "requests",
    "rule_packs",
    "schedules",
    "search",
    "seals",
    "wraps",
}
NAMED_AS_ITS_MODULE = (
    "commonweal.adapters.sql.migrate"  # a function of the front door, which grimp takes for its module
)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("commonweal", cache_dir=None)


def imports(graph: grimp.ImportGraph) -> Iterator[tuple[str, str]]:
    """Yield every direct import between two modules of the product, also those inside functions."""
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            yield importer, imported


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def adapter_of(module: str) -> str:
    return ".".join(module.split(".")[:3])


def test_nobody_enters_a_room_past_its_front_door(graph: grimp.ImportGraph) -> None:
    past = [
        f"{importer} imports {imported}"
        for importer, imported in imports(graph)
        if room_of(importer) != room_of(imported) != "commonweal.adapters" and imported != room_of(imported)
    ]
    assert not past


def test_an_adapter_is_entered_by_its_front_door_or_at_a_store(graph: grimp.ImportGraph) -> None:
    """An adapter is one module, or a package with a front door; the SQL adapter also has one module for each store."""
    past = [
        f"{importer} imports {imported}"
        for importer, imported in imports(graph)
        if room_of(imported) == "commonweal.adapters"
        and adapter_of(importer) != adapter_of(imported)
        and imported not in {adapter_of(imported), NAMED_AS_ITS_MODULE}
        and imported not in {f"commonweal.adapters.sql.{store}" for store in STORES}
    ]
    assert not past


@pytest.mark.parametrize("stub", STUBS, ids=str)
def test_a_front_door_gives_what_its_stub_names(stub: Path) -> None:
    door = importlib.import_module(".".join((SOURCE / stub).parent.relative_to(SOURCE.parent).parts))
    named = [each.name for node in ast.parse((SOURCE / stub).read_text()).body for each in node.names]  # type: ignore[attr-defined]  # imports alone
    assert sorted(door.__all__) == sorted(named)
    assert all(hasattr(door, name) for name in named)
    assert not hasattr(door, "nothing")


def test_every_folder_of_the_product_is_a_room_of_the_contract(graph: grimp.ImportGraph) -> None:
    rooms = {module.rpartition(".")[2] for module in graph.find_children("commonweal")}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["id"] == "flow")
    assert rooms == {name for layer in layers for name in layer.split(" | ")}


def lint(source: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", "../pyproject.toml"]
    return subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)


def test_the_street_runs_one_way() -> None:
    done = lint(ROOT / "src")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("core", "import commonweal.web", "Data flows one way"),
        ("deliver", "import sqlite3", "Rooms touch no technology"),
        ("web", "import commonweal.audit", "Only the shell and insight read the log"),
    ],
)
def test_the_gate_fails_when_a_forbidden_import_is_planted(tmp_path: Path, room: str, line: str, contract: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignored = shutil.ignore_patterns("__pycache__", "static", "frontend")
    source = shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignored)
    planted = source / "commonweal" / room / "planted.py"
    planted.write_text(f'"""A forbidden import."""\n\n{line}\n')
    done = lint(source)
    assert done.returncode == 1, done.stderr
    assert f"{contract} BROKEN" in done.stdout
