"""An event: one state change or one access, as the log commits it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from .clock import to_rfc3339

Json: TypeAlias = "str | int | float | bool | list[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a named person or a recipient's credential, and the operator who lent the keyboard."""

    person: str
    body: str
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, named in the past tense (`agreement.signed`).

    `body` is the tenant whose record it is, `subject` the identifier of the thing it happened to. `facts`
    are identifiers, counts, digests and sentences; never a data value, a key or a token.
    """

    name: str
    at: datetime
    body: str
    subject: str
    actor: Actor
    facts: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Return the event as the JSON object that is canonicalised (RFC 8785) and committed."""
        return {
            "name": self.name,
            "at": to_rfc3339(self.at),
            "body": self.body,
            "subject": self.subject,
            "actor": {"person": self.actor.person, "body": self.actor.body, "operator": self.actor.operator},
            "facts": dict(self.facts),
        }
