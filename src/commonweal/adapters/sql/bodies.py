"""Stores of who there is: tenants, people, credentials, sign-in links and sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from commonweal.core import from_rfc3339, to_rfc3339
from commonweal.identity import Credential, Person, SignInLinkError, TenantScope

from .documents import dump, load
from .state import credential, person, sign_in, tenant


@dataclass(frozen=True, slots=True)
class Tenant:
    """A body that has a tenancy here, and the key-encryption key its files are wrapped under."""

    body: str
    joined: datetime
    kek: str


def add_tenant(connection: Connection, row: Tenant) -> None:
    """Store a new tenancy."""
    connection.execute(insert(tenant).values(body=row.body, joined=to_rfc3339(row.joined), kek=row.kek))


def find_tenant(connection: Connection, scope: TenantScope) -> Tenant | None:
    """Return the tenancy of a body, or None."""
    row = connection.execute(select(tenant).where(tenant.c.body == scope.body)).one_or_none()
    return None if row is None else Tenant(row.body, from_rfc3339(row.joined), row.kek)


def list_tenants(connection: Connection) -> list[Tenant]:
    """Return every tenancy, in the order of joining."""
    rows = connection.execute(select(tenant).order_by(tenant.c.joined, tenant.c.body))
    return [Tenant(row.body, from_rfc3339(row.joined), row.kek) for row in rows]


def add_person(connection: Connection, scope: TenantScope, value: Person) -> None:
    """Store a person of the scope's body."""
    connection.execute(insert(person).values(id=value.id, body=scope.body, document=dump(value)))


def find_person(connection: Connection, person_id: str) -> Person | None:
    """Return a person by identifier, or None."""
    text = connection.execute(select(person.c.document).where(person.c.id == person_id)).scalar_one_or_none()
    return None if text is None else load(Person, text)


def list_people(connection: Connection, scope: TenantScope) -> list[Person]:
    """Return the people of the scope's body."""
    query = select(person.c.document).where(person.c.body == scope.body).order_by(person.c.id)
    return [load(Person, text) for text in connection.execute(query).scalars()]


def add_credential(connection: Connection, scope: TenantScope, value: Credential) -> None:
    """Store a credential of the scope's body: the token's SHA-256, never the token."""
    connection.execute(
        insert(credential).values(
            digest=value.digest,
            kind=value.kind,
            body=scope.body,
            person=value.person,
            agreement=value.agreement,
            expires=to_rfc3339(value.expires),
        )
    )


def find_credential(connection: Connection, digest: bytes) -> Credential | None:
    """Return the credential whose token has this SHA-256, or None."""
    row = connection.execute(select(credential).where(credential.c.digest == digest)).one_or_none()
    return None if row is None else _credential(row)


def _credential(row: Row[Any]) -> Credential:
    return Credential(
        digest=row.digest,
        kind=row.kind,
        body=row.body,
        person=row.person,
        agreement=row.agreement,
        expires=from_rfc3339(row.expires),
    )


def list_credentials(connection: Connection, now: datetime) -> list[Credential]:
    """Return every credential that is still good, in the order of their ends."""
    rows = connection.execute(select(credential).order_by(credential.c.expires, credential.c.digest))
    return [each for each in map(_credential, rows) if now < each.expires]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Whom a link or a session signs in, and the operator who made the link for them; empty when they did.

    `expires` is when one that is stored ends.
    """

    person: str
    operator: str = ""
    expires: datetime | None = None


def add_sign_in(connection: Connection, value: SignIn, *, digest: bytes, kind: str, expires: datetime) -> None:
    """Store a sign-in link (`link`) or a session (`session`) by the SHA-256 of its secret."""
    row = {"digest": digest, "kind": kind, "person": value.person, "operator": value.operator}
    connection.execute(insert(sign_in).values(**row, expires=to_rfc3339(expires)))


def find_sign_in(connection: Connection, *, digest: bytes, kind: str, now: datetime) -> SignIn | None:
    """Return whom a link or session that is still good signs in, or None."""
    query = select(sign_in).where(sign_in.c.digest == digest, sign_in.c.kind == kind)
    row = connection.execute(query).one_or_none()
    expires = None if row is None else from_rfc3339(row.expires)
    return None if row is None or expires is None or expires <= now else SignIn(row.person, row.operator, expires)


def remove_sign_in(connection: Connection, digest: bytes) -> None:
    """Remove a session or a link, if it is there."""
    connection.execute(delete(sign_in).where(sign_in.c.digest == digest))


def remove_sign_ins(connection: Connection) -> None:
    """Remove every session and link, of whomever."""
    connection.execute(delete(sign_in))


def take_sign_in(connection: Connection, *, digest: bytes, now: datetime) -> SignIn:
    """Use up a sign-in link and return whom it signs in.

    Raises:
        SignInLinkError: the link is unknown, used or older than ten minutes.
    """
    found = find_sign_in(connection, digest=digest, kind="link", now=now)
    connection.execute(delete(sign_in).where(sign_in.c.digest == digest, sign_in.c.kind == "link"))
    if found is None:
        raise SignInLinkError("This sign-in link has been used or is more than ten minutes old.")
    return found
