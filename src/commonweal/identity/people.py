"""People, what their roles allow, and the scope that keeps one body's records from another's."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from commonweal.core import InputError, RefusedError

from .body import is_slug


class Role(StrEnum):
    """The part a person plays in a body; one person may play several."""

    OPERATOR = "operator"
    STEWARD = "steward"
    INFORMATION_GOVERNANCE = "information-governance"
    ASSET_OWNER = "asset-owner"
    ANALYST = "analyst"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing a role may do within its own body."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    CONFIRM_FIELDS = "confirm-fields"
    REQUEST = "request"
    DECIDE = "decide"
    AGREE = "agree"
    REVOKE = "revoke"
    READ = "read"
    ISSUE_PROFILE = "issue-profile"
    ADOPT_PACK = "adopt-pack"
    MANAGE_KEYS = "manage-keys"
    MANAGE_PEOPLE = "manage-people"
    READ_LOG = "read-log"


PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.OPERATOR: frozenset(
            {
                Permission.ADOPT_PACK,
                Permission.ISSUE_PROFILE,
                Permission.MANAGE_KEYS,
                Permission.MANAGE_PEOPLE,
                Permission.READ_LOG,
            }
        ),
        Role.STEWARD: frozenset({Permission.PUBLISH, Permission.WITHDRAW, Permission.CONFIRM_FIELDS}),
        Role.INFORMATION_GOVERNANCE: frozenset(
            {
                Permission.DECIDE,
                Permission.AGREE,
                Permission.REVOKE,
                Permission.ISSUE_PROFILE,
                Permission.ADOPT_PACK,
                Permission.MANAGE_KEYS,
                Permission.READ_LOG,
            }
        ),
        Role.ASSET_OWNER: frozenset(
            {
                Permission.MANAGE_KEYS,
                Permission.DECIDE,
                Permission.AGREE,
                Permission.REVOKE,
                Permission.WITHDRAW,
                Permission.ISSUE_PROFILE,
            }
        ),
        Role.ANALYST: frozenset({Permission.REQUEST, Permission.READ}),
        Role.AUDITOR: frozenset({Permission.READ_LOG}),
    }
)
"""What each role may do; a person may do whatever any of their roles may."""


@dataclass(frozen=True, slots=True)
class TenantScope:
    """The one body whose records a store may touch; `body` is its slug.

    Raises:
        InputError: `body` is not a slug (`identity.malformed-scope`).
    """

    body: str

    def __post_init__(self) -> None:
        if not is_slug(self.body):
            raise MalformedScopeError("A tenant scope must name its body by slug.")


@dataclass(frozen=True, slots=True)
class Person:
    """A named person of one body; `body` is its slug."""

    id: str
    name: str
    body: str
    roles: frozenset[Role]

    def may(self, permission: Permission, body: str) -> bool:
        """Return whether one of their roles allows it, in that body."""
        return self.body == body and any(permission in PERMISSIONS[role] for role in self.roles)


def require(person: Person, permission: Permission, body: str) -> None:
    """Return only if the person may do this within `body`, a slug.

    Raises:
        RoleError: they may not; `reasons` names the body they belong to or the roles that could
            (`identity.role`).
    """
    if person.may(permission, body):
        return
    could = [role.value for role in Role if permission in PERMISSIONS[role]]
    reason = f"It takes one of these roles in {body}: {', '.join(could)}."
    if person.body != body:
        reason = f"{person.id} belongs to {person.body}. {reason}"
    raise RoleError(f"{person.id} may not {permission.value} for {body}.", reasons=(reason,))


class RoleError(RefusedError):
    """A person's roles do not allow what they tried; `reasons` says whose would."""

    code = "identity.role"
    default_advice = "Ask somebody who holds one of the roles listed, or have the operator add a person who does."


class MalformedScopeError(InputError):
    """A tenant scope that names no body."""

    code = "identity.malformed-scope"
    default_advice = "Give the body's slug, such as `lambeth`."
