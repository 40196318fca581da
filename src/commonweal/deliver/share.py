"""Delta Sharing: the protocol's answers, made from the agreement and its release (PROTOCOL.md, decision 10)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commonweal.agree import Agreement
from commonweal.core import InputError, Json, to_rfc3339
from commonweal.publish import Dataset, FieldType

from .model import Release

_SPARK_TYPES = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "long",
    FieldType.NUMBER: "double",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamp",
    FieldType.BOOLEAN: "boolean",
}

_KNOWN_QUERY = {
    "predicateHints": list,
    "jsonPredicateHints": str,
    "limitHint": int,
    "version": int,
    "timestamp": str,
    "startingVersion": int,
    "endingVersion": int,
    "includeHistoricalProtocol": bool,
    "includeRefreshToken": bool,
    "refreshToken": str,
    "idempotencyKey": str,
    "maxFiles": int,
    "pageToken": str,
}


class ShareQueryError(InputError):
    """A Delta Sharing query body that is not one."""

    code = "deliver.share-query"
    default_advice = "Send a JSON object such as {} as the Delta Sharing protocol describes."


@dataclass(frozen=True, slots=True)
class SharedTable:
    """The one table of an agreement: share = agreement identifier, schema = discloser, table = dataset name."""

    share: str
    schema: str
    table: str

    def as_json(self) -> dict[str, Json]:
        """Return the table as the protocol lists it."""
        return {"name": self.table, "schema": self.schema, "share": self.share, "id": f"{self.share}.{self.table}"}


def table_of(agreement: Agreement) -> SharedTable:
    """Return the table that an agreement opens; `-` becomes `_`, since clients put names into SQL."""
    body, name = agreement.dataset.split("/", 1)
    return SharedTable(agreement.id, body.replace("-", "_"), name.replace("-", "_"))


def answers_in_delta(capabilities: str) -> bool:
    """Say whether a `delta-sharing-capabilities` header lists the delta format, which costs one GET a file."""
    for part in capabilities.lower().split(";"):
        name, _, value = part.partition("=")
        if name.strip() == "responseformat":
            return "delta" in {each.strip() for each in value.split(",")}
    return False


def parse_query(body: bytes, *, current_version: int) -> Mapping[str, Json]:
    """Return the query a client sent, checked; hints are best effort by the protocol and policy never leans on them.

    Raises:
        ShareQueryError: not JSON, not an object, a known key of the wrong type, or a version that is not the
            current one (an agreement opens the newest version only).
    """
    query = _load_object(body)
    for name, kind in _KNOWN_QUERY.items():
        value = query.get(name)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise ShareQueryError(f"{name} in the query body must be of type {kind.__name__}.")
    asked = query.get("version")
    if (asked is not None and asked != current_version) or query.get("timestamp") or "startingVersion" in query:
        raise ShareQueryError(
            f"This agreement opens version {current_version} only; past versions and changes are not shared.",
            advice="Leave out version, timestamp and startingVersion.",
        )
    return query


def _load_object(body: bytes) -> Mapping[str, Json]:
    try:
        query = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ShareQueryError("The query body is not JSON.") from None
    if not isinstance(query, dict):
        raise ShareQueryError("The query body is JSON, but not an object.")
    return query


def describe(dataset: Dataset, agreement: Agreement, version: int, *, delta: bool) -> list[dict[str, Json]]:
    """Return the `protocol` and `metaData` lines of a table's metadata answer, in delta or parquet format."""
    metadata: dict[str, Json] = {
        "id": f"{agreement.id}-{version}",
        "name": dataset.title,
        "description": f"{dataset.description} Agreement {agreement.id}, until {to_rfc3339(agreement.ends)}.",
        "format": {"provider": "parquet", "options": {}} if delta else {"provider": "parquet"},
        "schemaString": json.dumps(_schema(dataset, agreement), separators=(",", ":")),
        "partitionColumns": [],
        "configuration": {},
    }
    if delta:
        return [
            {"protocol": {"deltaProtocol": {"minReaderVersion": 1, "minWriterVersion": 2}}},
            {"metaData": {"deltaMetadata": metadata}},
        ]
    return [{"protocol": {"minReaderVersion": 1}}, {"metaData": metadata}]


def describe_file(release: Release, url: str, expires: int, *, delta: bool) -> dict[str, Json]:
    """Return the `file` line of a query answer; `expires` is in milliseconds since 1970."""
    shared: dict[str, Json] = {"id": release.digest, "expirationTimestamp": expires}
    if not delta:
        return {"file": {**shared, "url": url, "size": release.size, "partitionValues": {}}}
    add: dict[str, Json] = {
        "path": url,
        "size": release.size,
        "partitionValues": {},
        "modificationTime": int(release.created.timestamp() * 1000),
        "dataChange": True,
        "stats": json.dumps({"numRecords": release.row_count}),
    }
    return {"file": {**shared, "size": release.size, "deltaSingleAction": {"add": add}}}


def _schema(dataset: Dataset, agreement: Agreement) -> dict[str, Json]:
    types = {each.name: each for each in dataset.contract.fields}
    columns: list[Json] = []
    for name in agreement.fields:
        spark = "string" if name in agreement.tokenised else _SPARK_TYPES[types[name].type]
        comment = types[name].description
        columns.append(
            {"name": name, "type": spark, "nullable": True, "metadata": {"comment": comment} if comment else {}}
        )
    return {"type": "struct", "fields": columns}


def page(items: Sequence[Json], *, max_results: int | None, page_token: str) -> dict[str, Json]:
    """Return one page of a listing with its `nextPageToken`, as the protocol pages `items`.

    Raises:
        ShareQueryError: `maxResults` is negative or the token is not one of ours.
    """
    if max_results is not None and max_results < 0:
        raise ShareQueryError("maxResults must not be negative.", advice="Send maxResults of 0 or more.")
    if page_token and not page_token.isdecimal():
        raise ShareQueryError("pageToken is not one that this node gave.", advice="Leave out pageToken.")
    start = int(page_token or 0)
    end = len(items) if max_results is None else start + max_results
    answer: dict[str, Json] = {"items": list(items[start:end])}
    if end < len(items):
        answer["nextPageToken"] = str(end)
    return answer
