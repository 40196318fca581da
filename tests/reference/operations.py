"""Every operation of the API, from the OpenAPI document of a node that was made for it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .sample import sample
from .tables import code, page, table
from .words import explain

METHODS = ("get", "head", "post", "put", "patch", "delete")
REFUSED_FORM = "422"  # the framework's own word for a malformed request, which the node answers as a problem


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    told: Mapping[str, Any]

    @property
    def tag(self) -> str:
        """Return the group it belongs to."""
        return str(self.told["tags"][0])


def find_operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield every operation of an OpenAPI document."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield Operation(method.upper(), path, methods[method])


def write_api() -> str:
    """Return the page of the API."""
    document = sample().openapi
    groups: dict[str, list[Operation]] = defaultdict(list)
    for each in find_operations(document):
        groups[each.tag].append(each)
    meanings = explain("tags", groups)
    count = sum(map(len, groups.values()))
    return page(
        "API",
        f"The {count} operations of a node. The same, for programs, is the OpenAPI {document['openapi']} document at "
        "`/openapi.json` of a running node.",
        "Send a token as `Authorization: Bearer …`. The local operator may name the person who acts in "
        "`Commonweal-Person`. A body is JSON unless its operation says otherwise, and has no field but those listed. "
        "What is not a success is a problem document; [errors](errors.md) lists their codes. A request that "
        "is not of the documented form is answered with 400 and `input.malformed`.",
        *(_section(tag, meanings[tag], groups[tag], document) for tag in sorted(groups)),
    )


def _section(tag: str, meaning: str, operations: list[Operation], document: Mapping[str, Any]) -> str:
    return "\n\n".join((f"## {tag}", meaning, *(_told(each, document) for each in operations)))


def _told(operation: Operation, document: Mapping[str, Any]) -> str:
    told = operation.told
    parts = [f"### {operation.method} {operation.path}", f"`{told['operationId']}`: {told['description'].strip()}"]
    if parameters := [_parameter(each) for each in told.get("parameters", ())]:
        parts.append(table(("parameter", "in", "type", "default"), parameters))
    for kind, content in told.get("requestBody", {}).get("content", {}).items():
        parts.append(_body(kind, _resolved(content["schema"], document)))
    parts.append("Answers: " + "; ".join(_answers(told["responses"])) + ".")
    return "\n\n".join(parts)


def _parameter(told: Mapping[str, Any]) -> tuple[str, ...]:
    return code(told["name"]), told["in"], _type(told["schema"]), _default(told["schema"], required=told["required"])


def _body(kind: str, schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    fields = schema.get("properties", {})
    rows = [(code(name), _type(each), _default(each, required=name in required)) for name, each in fields.items()]
    return f"Body (`{kind}`): {schema.get('description', '')}\n\n" + table(("field", "type", "default"), rows)


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _default(schema: Mapping[str, Any], *, required: bool) -> str:
    if required:
        return "required"
    return code(schema["default"]) if schema.get("default") not in {None, ""} else ""


def _type(schema: Mapping[str, Any]) -> str:
    if choices := schema.get("anyOf"):
        return " or ".join(_type(each) for each in choices if each.get("type") != "null")
    if "enum" in schema:
        return "one of " + ", ".join(code(each) for each in schema["enum"])
    if "pattern" in schema:
        return f"{schema['type']} like {code(schema['pattern'])}"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}{_limits(schema)}"
    return f"{schema.get('format', schema.get('type', 'any'))}{_limits(schema)}"


def _limits(schema: Mapping[str, Any]) -> str:
    words = {
        "maxLength": "at most {:,} characters",
        "maxItems": "at most {:,}",
        "minimum": "from {:,}",
        "maximum": "to {:,}",
    }
    told = [text.format(schema[name]) for name, text in words.items() if name in schema]
    return f" ({' '.join(told)})" if told else ""


def _answers(responses: Mapping[str, Any]) -> Iterator[str]:
    for status, told in responses.items():
        if status != REFUSED_FORM:
            kinds = [each for each, content in told.get("content", {}).items() if content.get("schema")]
            yield f"{status} ({', '.join(kinds)})" if kinds else status
