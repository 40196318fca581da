"""Reads foreign bytes as an Open Data Contract Standard document, or says where they are not one."""

import json
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft201909Validator, ValidationError
from open_data_contract_standard.model import OpenDataContractStandard
from pydantic import ValidationError as ShapeError

from commonweal.publish.errors import ContractError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_REASONS = 20


class _Loader(yaml.CSafeLoader):
    """YAML with text where plain YAML would make a date of it, and every key text that is given once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  the library's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith(":str") or key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "not a new textual key", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def parse_odcs(document: bytes) -> OpenDataContractStandard:
    """Return the ODCS document that `document` holds as UTF-8 YAML (or JSON), valid by the standard's own schema.

    Raises:
        ContractError: it is too large, not YAML, uses anchors, or does not follow the standard; `reasons` name
            each place.
    """
    tree = _load(_decode(document))
    if not isinstance(tree, dict):
        raise ContractError("A data contract is a YAML mapping that begins with `kind: DataContract`.")
    faults = [_explain(each) for each in _faults(tree)]
    if faults:
        raise ContractError(
            "The data contract does not follow the Open Data Contract Standard.", reasons=tuple(dict.fromkeys(faults))
        )
    try:
        return OpenDataContractStandard.model_validate(tree)
    except ShapeError as error:
        raise ContractError(
            "The data contract does not follow the Open Data Contract Standard.",
            reasons=tuple(f"{_place(each['loc'])} is not of the form asked for." for each in error.errors()),
        ) from None


def _decode(document: bytes) -> str:
    if len(document) > MAX_BYTES:
        raise ContractError("The data contract is larger than 1 MiB.", advice="Keep one table in one data contract.")
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise ContractError(f"The data contract is not UTF-8 text: line {line}.", advice="Save it as UTF-8.") from None


def _load(text: str) -> Any:
    try:
        _verify_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader, with fewer tags
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "an unknown line"
        raise ContractError(f"The data contract is not well-formed YAML: {place}.") from None
    except (yaml.YAMLError, ValueError, OverflowError, TypeError):
        raise ContractError("The data contract is not well-formed YAML.") from None


def _verify_events(text: str) -> None:
    """Refuse anchors, aliases and deep nesting before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ContractError("The data contract uses a YAML anchor or alias.", advice="Write each value out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ContractError(f"The data contract is nested more than {MAX_DEPTH} levels deep.")


@cache
def _validator() -> Draft201909Validator:
    text = (files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8")
    return Draft201909Validator(json.loads(text))


def _faults(tree: Mapping[str, Any]) -> Iterator[ValidationError]:
    for count, error in enumerate(_validator().iter_errors(tree)):
        if count == MAX_REASONS:
            return
        yield error


def _explain(error: ValidationError) -> str:
    place = _place(error.absolute_path)
    wanted: Any = error.validator_value
    match error.validator:
        case "required":
            return f"{place} must have {', '.join(wanted)}."
        case "enum":
            return f"{place} must be one of: {', '.join(map(str, wanted))}."
        case "type":
            return f"{place} must be of type {wanted}; put text in quotes."
        case "additionalProperties" | "unevaluatedProperties":
            return f"{place} has a key that the standard does not know."
        case _:
            return f"{place} is not of the form asked for."


def _place(path: Any) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).lstrip(".") or "The data contract"
