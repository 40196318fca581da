"""The Delta Sharing door: any client of the protocol reads an agreement as a table (PROTOCOL.md)."""

import json
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from commonweal.agree import Agreement
from commonweal.core import InputError, Json, NotFoundError
from commonweal.deliver import answers_in_delta, describe, describe_file, page, parse_query, table_of
from commonweal.node import Recipient, Standing
from commonweal.web.state import TheNode, TheRecipient

from .plain import stream_release

router = APIRouter(prefix="/delta-sharing", tags=["delta-sharing"])

DOOR = "delta-sharing"
_MOST_QUERY = 1 << 20

MaxResults = Annotated[int | None, Query(alias="maxResults")]
PageToken = Annotated[str, Query(alias="pageToken", max_length=20)]


class UnknownTableError(NotFoundError):
    """The agreement opens another table than the one named."""

    code = "deliver.unknown-table"
    default_advice = "List the tables of the share first."


def _one_page(items: list[Json], max_results: int | None, page_token: str) -> JSONResponse:
    return JSONResponse(page(items, max_results=max_results, page_token=page_token))


@router.get("/shares", operation_id="listShares")
def list_shares(
    node: TheNode, recipient: TheRecipient, max_results: MaxResults = None, page_token: PageToken = ""
) -> Response:
    """List the shares that the token opens: one for each agreement."""
    standing = _view(node, recipient, recipient.credential.agreement)
    return _one_page([_share(standing.agreement)], max_results, page_token)


@router.get("/shares/{share}", operation_id="getShare")
def get_share(node: TheNode, recipient: TheRecipient, share: str) -> Response:
    """Return one share."""
    return JSONResponse({"share": _share(_view(node, recipient, share).agreement)})


@router.get("/shares/{share}/schemas", operation_id="listSchemas")
def list_schemas(
    node: TheNode, recipient: TheRecipient, share: str, max_results: MaxResults = None, page_token: PageToken = ""
) -> Response:
    """List the schemas of a share: the discloser's."""
    table = table_of(_view(node, recipient, share).agreement)
    return _one_page([{"name": table.schema, "share": table.share}], max_results, page_token)


@router.get("/shares/{share}/schemas/{schema}/tables", operation_id="listTables")
def list_tables(
    node: TheNode,
    recipient: TheRecipient,
    share: str,
    schema: str,
    max_results: MaxResults = None,
    page_token: PageToken = "",
) -> Response:
    """List the tables of a schema: the agreement's dataset."""
    standing = _view(node, recipient, share)
    _require_named(standing, schema)
    return _one_page([table_of(standing.agreement).as_json()], max_results, page_token)


@router.get("/shares/{share}/all-tables", operation_id="listAllTables")
def list_all_tables(
    node: TheNode, recipient: TheRecipient, share: str, max_results: MaxResults = None, page_token: PageToken = ""
) -> Response:
    """List every table of a share."""
    standing = _view(node, recipient, share)
    return _one_page([table_of(standing.agreement).as_json()], max_results, page_token)


@router.get("/shares/{share}/schemas/{schema}/tables/{table}/version", operation_id="getTableVersion")
@router.head("/shares/{share}/schemas/{schema}/tables/{table}", operation_id="headTableVersion")
def get_version(node: TheNode, recipient: TheRecipient, share: str, schema: str, table: str) -> Response:
    """Return the table's version in the header `delta-table-version`."""
    standing = _view(node, recipient, share)
    _require_named(standing, schema, table)
    return Response(headers=_version_header(standing))


@router.get("/shares/{share}/schemas/{schema}/tables/{table}/metadata", operation_id="getTableMetadata")
def get_metadata(
    request: Request, node: TheNode, recipient: TheRecipient, share: str, schema: str, table: str
) -> Response:
    """Return the protocol and metadata lines, in delta format when the client can read it."""
    standing = _view(node, recipient, share)
    _require_named(standing, schema, table)
    delta = answers_in_delta(request.headers.get("delta-sharing-capabilities", ""))
    lines = describe(standing.dataset, standing.agreement, standing.version.number, delta=delta)
    return _ndjson(lines, standing, delta=delta)


@router.post("/shares/{share}/schemas/{schema}/tables/{table}/query", operation_id="queryTable")
async def query_table(
    request: Request, node: TheNode, recipient: TheRecipient, share: str, schema: str, table: str
) -> Response:
    """Authorise a delivery and return the file's signed URL."""
    body = await request.body()
    if len(body) > _MOST_QUERY:
        raise InputError("The query body is larger than 1 MiB.", advice="Send fewer hints.")
    return await run_in_threadpool(_query, request, node, recipient, (share, schema, table), body)


def _query(request: Request, node: TheNode, recipient: Recipient, name: tuple[str, str, str], body: bytes) -> Response:
    share, schema, table = name
    standing = node.delivering.stand(recipient, share.lower(), door=DOOR)
    _require_named(standing, schema, table)
    parse_query(body, current_version=standing.version.number)
    opened = node.delivering.open(recipient, standing.agreement.id, door=DOOR)
    path, expires = node.delivering.sign_url(opened)
    delta = answers_in_delta(request.headers.get("delta-sharing-capabilities", ""))
    lines = describe(standing.dataset, standing.agreement, standing.version.number, delta=delta)
    url = f"{str(request.base_url).rstrip('/')}{path}"
    lines.append(describe_file(opened.release, url, expires * 1000, delta=delta))
    return _ndjson(lines, standing, delta=delta)


@router.head("/files/{agreement}/{delivery}/{release}.parquet", operation_id="measureFile")
@router.get("/files/{agreement}/{delivery}/{release}.parquet", operation_id="readFile")
def read_file(
    request: Request,
    node: TheNode,
    agreement: str,
    delivery: str,
    release: str,
    expires: Annotated[int, Query(alias="X-Amz-Expires")] = 0,
    signature: Annotated[str, Query(alias="X-Amz-Signature", max_length=128)] = "",
) -> Response:
    """Read a file by its signed URL; good until it expires, re-checked at every hit and while it flows."""
    opened = node.delivering.follow(agreement, delivery, release, expires=expires, signature=signature)
    return stream_release(request, node, opened.delivery, opened.release, "parquet")


def _view(node: TheNode, recipient: Recipient, share: str) -> Standing:
    return node.delivering.view(recipient, share.lower(), door=DOOR)


def _share(agreement: Agreement) -> dict[str, Json]:
    return {"name": agreement.id, "id": agreement.id}


def _require_named(standing: Standing, schema: str, table: str | None = None) -> None:
    named = table_of(standing.agreement)
    if schema.lower() != named.schema or (table is not None and table.lower() != named.table):
        raise UnknownTableError(f"Share {named.share} holds the table {named.schema}.{named.table} only.")


def _version_header(standing: Standing) -> dict[str, str]:
    return {"delta-table-version": str(standing.version.number)}


def _ndjson(lines: Iterable[dict[str, Json]], standing: Standing, *, delta: bool) -> Response:
    content = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    capabilities = f"responseformat={'delta' if delta else 'parquet'}"
    return Response(
        content,
        media_type="application/x-ndjson; charset=utf-8",
        headers={**_version_header(standing), "delta-sharing-capabilities": capabilities},
    )
