"""Who is calling: a named person or a recipient's credential, and what the event will say of them."""

from dataclasses import dataclass
from datetime import datetime

from commonweal.core import Actor, UnauthenticatedError
from commonweal.identity import Credential, Permission, Person, require

OPERATOR_FOR_TENANTS = frozenset(
    {
        Permission.ISSUE_PROFILE,
        Permission.READ_LOG,
        Permission.REQUEST,
        Permission.REVOKE,
        Permission.WITHDRAW,
    }
)
"""What the node's operator may do for any tenant: ask, and stop. Never publish, decide or agree for another body."""

_HOW_TO_SEND = "Send the header Authorization: Bearer TOKEN; on the command line, give --token FILE."


@dataclass(frozen=True, slots=True)
class Caller:
    """The person whose role must allow an act.

    `operator` names the operator whose token let another person act; `is_operator` says that the person is the
    node's own operator, acting in their own name. `session_began` is when the session began in which they act, None
    where the token that they presented was checked for this very call.
    """

    person: Person
    operator: str = ""
    is_operator: bool = False
    session_began: datetime | None = None

    def require(self, permission: Permission, body: str) -> None:
        """Check that the person may do this for `body`, a slug.

        Raises:
            RoleError: the role does not allow it; the message says whose would.
        """
        if not self.may(permission, body):
            require(self.person, permission, body)

    def may(self, permission: Permission, body: str) -> bool:
        """Say whether `require` would let the person do this for `body`, a slug."""
        return (self.is_operator and permission in OPERATOR_FOR_TENANTS) or self.person.may(permission, body)

    def actor(self) -> Actor:
        """Return who acted, for an event."""
        return Actor(self.person.id, self.person.body, self.operator)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient's credential at a delivery door."""

    credential: Credential

    @property
    def body(self) -> str:
        """Return the body that the credential was issued to."""
        return self.credential.body

    def actor(self) -> Actor:
        """Return who acted, for an event."""
        return Actor(self.credential.person, self.credential.body)


def bearer_token(header: str | None) -> str:
    """Return the token of an `Authorization` header (RFC 6750).

    Raises:
        UnauthenticatedError: there is none.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("This needs a bearer token.", advice=_HOW_TO_SEND)
    return token.strip()
