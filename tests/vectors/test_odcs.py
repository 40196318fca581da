"""A drafted data contract is valid by the schema that the Open Data Contract Standard publishes."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft201909Validator
from tests.vectors.conftest import VECTORS

from commonweal.node.publish.local_files import draft_contract
from commonweal.publish import write_draft

DATA = Path(str(files("commonweal.cli.story") / "data"))


@pytest.mark.parametrize("source", sorted(DATA.glob("*.csv")), ids=lambda each: each.stem)
def test_a_draft_follows_the_published_schema(source: Path) -> None:
    schema = json.loads((VECTORS / "odcs/schema/odcs-json-schema-v3.1.0.json").read_text())
    draft = draft_contract(source, identifier="uk.gov.example", title="Example").draft
    tree = yaml.safe_load(write_draft(draft))
    assert tree["apiVersion"] == "v3.1.0"
    assert not list(Draft201909Validator(schema).iter_errors(tree))
    tree["schema"][0]["properties"][0]["logicalType"] = "colour"
    assert list(Draft201909Validator(schema).iter_errors(tree))
