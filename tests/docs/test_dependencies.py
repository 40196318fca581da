"""The table of dependencies names every package of pyproject.toml, and no other."""

import json
import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([\w.-]+)` \| (\S.*?) \| (\S.*?) \| (\S.*?) \|$", re.MULTILINE)


def _tables() -> dict[str, dict[str, str]]:
    """Return for each section its packages with their licences."""
    text = (ROOT / "docs" / "reference" / "dependencies.md").read_text()
    title, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert not ROW.search(title)
    return {each.partition("\n")[0]: {row[1]: row[3] for row in ROW.finditer(each)} for each in sections}


def _names(requirements: Iterable[str]) -> set[str]:
    return {found[0] for each in requirements if (found := re.match(r"[\w.-]+", each))}


def test_every_package_is_explained_and_none_that_has_gone() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = settings["project"]
    from_npm = json.loads((ROOT / "tests" / "npm" / "package.json").read_text())
    optional = {extra: _names(packages) for extra, packages in project["optional-dependencies"].items()}
    extras = {
        "For the demonstration (`[demo]`)": optional["demo"],
        "For keys in a device (`[hsm]`) or in AWS (`[awskms]`)": optional["hsm"] | optional["awskms"],
        "For sources by address (`[postgresql]`, `[mariadb]`, `[s3]`)": optional["postgresql"]
        | optional["mariadb"]
        | optional["s3"],
    }
    demanded = {
        "At run time": _names(project["dependencies"]),
        **extras,
        "For developers": _names(settings["dependency-groups"]["dev"]) - set().union(*extras.values()),
        "From npm, for the tests": set(from_npm["dependencies"]),
        "To build": _names(settings["build-system"]["requires"]),
    }
    assert {title: set(rows) for title, rows in _tables().items()} == demanded


def test_each_licence_is_the_one_the_package_names() -> None:
    named = {name: licence for rows in _tables().values() for name, licence in rows.items()}
    told = {name: licence for name in named if (licence := _licence_expression(name))}
    assert len(told) > len(named) / 3
    assert {name: named[name] for name in told} == told


def _licence_expression(name: str) -> object:
    """Return the SPDX expression that an installed package gives; many give only words, and builders are not here."""
    try:
        return metadata(name).json.get("license_expression")
    except PackageNotFoundError:
        return None
