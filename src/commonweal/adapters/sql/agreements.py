"""Stores of what was asked and agreed: access requests, agreements, releases, the adopted rule pack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, delete, insert, or_, select, update

from commonweal.agree import Agreement, Ruling
from commonweal.core import NotFoundError, from_rfc3339, to_rfc3339
from commonweal.decide import Decision
from commonweal.deliver import Release
from commonweal.identity import TenantScope
from commonweal.request import AccessRequest

from .documents import dump, load
from .seals import read_sealed, select_sealed, with_seal
from .state import access_request, agreement, release, rule_pack


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """An access request, the decision that answered it and, once given, the named person's ruling."""

    request: AccessRequest
    decision: Decision
    ruling: Ruling | None = None


def save_request(connection: Connection, value: StoredRequest) -> None:
    """Store an access request, new or changed."""
    asked = value.request
    row = {
        "id": asked.id,
        "dataset": asked.dataset,
        "discloser": asked.discloser,
        "recipient": asked.recipient,
        "status": asked.status.value,
        "document": dump(asked),
        "decision": dump(value.decision),
        "ruling": "" if value.ruling is None else dump(value.ruling),
    }
    _save(connection, access_request, row)


def _save(connection: Connection, table: Table, row: Mapping[str, str]) -> None:
    sealed = with_seal(connection, table, row)
    changed = connection.execute(update(table).where(table.c.id == row["id"]).values(sealed))
    if not changed.rowcount:
        connection.execute(insert(table).values(sealed))


def get_request(connection: Connection, scope: TenantScope, request_id: str) -> StoredRequest:
    """Return an access request to which the scope's body is a party.

    Raises:
        NotFoundError: there is none, or it is between other bodies.
        RecordAlteredError: it is not as the node wrote it.
    """
    query = select_sealed(access_request).where(
        access_request.c.id == request_id,
        or_(access_request.c.discloser == scope.body, access_request.c.recipient == scope.body),
    )
    row = next(iter(read_sealed(connection, access_request, query)), None)
    if row is None:
        raise NotFoundError(
            f"{scope.body} has no access request {request_id}.",
            advice="Check the identifier: it stood in the answer to the request.",
        )
    return StoredRequest(
        load(AccessRequest, row.document),
        load(Decision, row.decision),
        load(Ruling, row.ruling) if row.ruling else None,
    )


def find_asked(connection: Connection, request_id: str) -> str | None:
    """Return the body that an access request asks for data, or None when there is no such request."""
    query = select(access_request.c.discloser).where(access_request.c.id == request_id)
    return connection.execute(query).scalar_one_or_none()


def list_requests(connection: Connection, scope: TenantScope | None = None) -> list[AccessRequest]:
    """Return access requests, oldest first: those to which the scope's body is a party, or all of the node.

    Raises:
        RecordAlteredError: one of them is not as the node wrote it.
    """
    query = select_sealed(access_request)
    if scope is not None:
        query = query.where(or_(access_request.c.discloser == scope.body, access_request.c.recipient == scope.body))
    found = [load(AccessRequest, row.document) for row in read_sealed(connection, access_request, query)]
    return sorted(found, key=lambda each: (each.asked, each.id))


def save_agreement(connection: Connection, value: Agreement) -> None:
    """Store an agreement, new or changed."""
    row = {
        "id": value.id,
        "request": value.request,
        "dataset": value.dataset,
        "discloser": value.discloser,
        "recipient": value.recipient,
        "document": dump(value),
    }
    _save(connection, agreement, row)


def find_agreement(connection: Connection, scope: TenantScope, agreement_id: str) -> Agreement | None:
    """Return an agreement to which the scope's body is a party, or None.

    Raises:
        RecordAlteredError: it is not as the node wrote it.
    """
    found = read_sealed(connection, agreement, _one_agreement(), {"wanted": agreement_id, "party": scope.body})
    return load(Agreement, found[0].document) if found else None


@cache
def _one_agreement() -> "Select[Any]":
    party: BindParameter[str] = bindparam("party")
    return select_sealed(agreement).where(
        agreement.c.id == bindparam("wanted"), or_(agreement.c.discloser == party, agreement.c.recipient == party)
    )


def find_discloser(connection: Connection, agreement_id: str) -> str | None:
    """Return whose record a refusal about this agreement belongs in, or None when there is no such agreement."""
    query = select(agreement.c.discloser).where(agreement.c.id == agreement_id)
    return connection.execute(query).scalar_one_or_none()


def list_agreements(connection: Connection, scope: TenantScope | None = None) -> list[Agreement]:
    """Return agreements, oldest first: of one body, or all of the node for its own counts.

    Raises:
        RecordAlteredError: one of them is not as the node wrote it.
    """
    query = select_sealed(agreement)
    if scope is not None:
        query = query.where(or_(agreement.c.discloser == scope.body, agreement.c.recipient == scope.body))
    found = [load(Agreement, row.document) for row in read_sealed(connection, agreement, query)]
    return sorted(found, key=lambda each: (each.starts, each.id))


def add_release(connection: Connection, scope: TenantScope, value: Release) -> None:
    """Store a release that the scope's body wrote."""
    connection.execute(
        insert(release).values(
            id=value.id,
            body=scope.body,
            agreement=value.agreement,
            version=value.version,
            fields=_contents(value.fields, value.changes_from),
            sealed_file=value.sealed_file,
            document=dump(value),
        )
    )


def _contents(fields: Sequence[str], changes_from: int) -> str:
    listed = ",".join(fields)
    return f"changes from {changes_from}\n{listed}" if changes_from else listed


def find_release(
    connection: Connection, agreement_id: str, version_id: str, fields: Sequence[str], *, changes_from: int = 0
) -> Release | None:
    """Return the release of an agreement × version × fields, or None when it is not written yet.

    With `changes_from` it is that of the changes which lead to the version from the one of that number.
    """
    query = select(release.c.document).where(
        release.c.agreement == agreement_id,
        release.c.version == version_id,
        release.c.fields == _contents(fields, changes_from),
    )
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else load(Release, text)


def list_changes(connection: Connection, agreement_id: str, number: int) -> list[Release]:
    """Return the releases of an agreement that hold what changed since the version of this number."""
    query = select(release.c.document).where(
        release.c.agreement == agreement_id, release.c.fields.startswith(_contents((), number), autoescape=True)
    )
    return [load(Release, text) for text in connection.execute(query).scalars()]


def get_release(connection: Connection, release_id: str) -> Release:
    """Return a release.

    Raises:
        NotFoundError: it was shredded or never was.
    """
    text = connection.execute(select(release.c.document).where(release.c.id == release_id)).scalar_one_or_none()
    if text is None:
        raise NotFoundError(f"Release {release_id} is no longer held.")
    return load(Release, text)


def holds_release(connection: Connection, release_id: str) -> bool:
    """Say whether a release is still held."""
    return connection.execute(select(release.c.id).where(release.c.id == release_id)).first() is not None


def take_releases(connection: Connection, agreement_id: str) -> list[Release]:
    """Remove every release of an agreement and return what was removed."""
    query = select(release.c.document).where(release.c.agreement == agreement_id)
    found = [load(Release, text) for text in connection.execute(query).scalars()]
    connection.execute(delete(release).where(release.c.agreement == agreement_id))
    return found


@dataclass(frozen=True, slots=True)
class PackAdoption:
    """That a body took a rule pack as its own: digest (SHA-256), who, when, and its Ed25519 signature."""

    digest: str
    body: str
    person: str
    adopted: datetime
    signature: bytes


def add_pack(connection: Connection, value: PackAdoption) -> None:
    """Store the adoption of a rule pack."""
    connection.execute(
        insert(rule_pack).values(
            digest=value.digest,
            body=value.body,
            person=value.person,
            adopted=to_rfc3339(value.adopted),
            signature=value.signature,
        )
    )


def list_packs(connection: Connection) -> list[PackAdoption]:
    """Return the adopted rule packs, oldest first."""
    rows = connection.execute(select(rule_pack).order_by(rule_pack.c.adopted))
    return [PackAdoption(row.digest, row.body, row.person, from_rfc3339(row.adopted), row.signature) for row in rows]
