"""A body's adoption of a rule pack: who took it as the law to apply, and when."""

from dataclasses import dataclass
from datetime import datetime

from commonweal.core import Actor, Event, Json, to_rfc3339
from commonweal.identity import Permission, Person, require

from .rule_pack import RulePack


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

    def event(self, *, signature: str, operator: str = "") -> Event:
        """Return the event that records it; `signature` is over `statement()`, in base64."""
        return Event(
            name="rule_pack.adopted",
            at=self.at,
            body=self.body,
            subject=self.digest,
            actor=Actor(person=self.person, body=self.body, operator=operator),
            facts={"version": self.version, "signature": signature},
        )


def adopt_pack(pack: RulePack, *, body: str, person: Person, at: datetime) -> RulePackAdopted:
    """Return the adoption of `pack` by `body`, a slug.

    Raises:
        RoleError: the person's roles do not allow it in that body (`identity.role`).
    """
    require(person, Permission.ADOPT_PACK, body)
    return RulePackAdopted(digest=pack.digest, version=pack.version, at=at, body=body, person=person.id)
