"""A body's adoption of a rule pack: who took it as the law to apply, and when; and its end."""

from dataclasses import dataclass
from datetime import datetime

from commonweal.core import Actor, Event, Json, RefusedError, to_rfc3339
from commonweal.identity import Permission, Person, require

from .rule_pack import RulePack


class PackNotNewerError(RefusedError):
    """A local rule pack whose version is not after that of the one it would take the place of."""

    code = "law.pack-not-newer"
    default_advice = "Give the pack a later version, or withdraw the one in force first."


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePackAdopted:
    """A body has adopted a pack; the node signs `statement()` with the body's Ed25519 key."""

    digest: str
    version: str
    at: datetime
    body: str
    person: str

    def statement(self) -> dict[str, Json]:
        """Return what is signed, in RFC 8785 JSON: the pack, the body, the person and the moment."""
        return {
            "statement": "rule_pack.adopted",
            "digest": self.digest,
            "version": self.version,
            "at": to_rfc3339(self.at),
            "body": self.body,
            "person": self.person,
        }

    def event(self, *, signature: str, operator: str = "", in_force: str = "") -> Event:
        """Return the event that records it.

        Args:
            signature: over `statement()`, in base64.
            operator: who acted for the person, if somebody did.
            in_force: of a local pack, the digest of the common one with it beside.
        """
        return Event(
            name="rule_pack.adopted",
            at=self.at,
            body=self.body,
            subject=self.digest,
            actor=Actor(person=self.person, body=self.body, operator=operator),
            facts={"version": self.version, "signature": signature} | ({"in_force": in_force} if in_force else {}),
        )


def adopt_pack(pack: RulePack, *, body: str, person: Person, at: datetime) -> RulePackAdopted:
    """Return the adoption of `pack` by `body`, a slug.

    Raises:
        RoleError: the person's roles do not allow it in that body (`identity.role`).
    """
    require(person, Permission.ADOPT_PACK, body)
    return RulePackAdopted(digest=pack.digest, version=pack.version, at=at, body=body, person=person.id)


def verify_newer(pack: RulePack, known: RulePack | None) -> None:
    """Check that a local pack may take the place of the one that a node applies, if there is one.

    Raises:
        PackNotNewerError: its version is the same or an older one (`law.pack-not-newer`).
    """
    if known is not None and _order(pack) <= _order(known):
        raise PackNotNewerError(f"Local rule pack {known.version} is in force, and {pack.version} is not after it.")


def _order(pack: RulePack) -> tuple[int, ...]:
    return tuple(int(part) for part in pack.version.split("."))


def withdraw_pack(pack: RulePack, *, actor: Actor, at: datetime, superseded_by: str = "") -> Event:
    """Return the event that a local pack is no longer applied; `superseded_by` is the digest of the one after it."""
    facts = {"version": pack.version} | ({"superseded_by": superseded_by} if superseded_by else {})
    return Event(name="rule_pack.withdrawn", at=at, body=actor.body, subject=pack.digest, actor=actor, facts=facts)
