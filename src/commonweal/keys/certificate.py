"""The certificate of a shredding: what was destroyed, what lives on and until when, and what cannot be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from commonweal.core import Actor, Event, Json, from_rfc3339, to_rfc3339

from .acts import KeyAct

SHREDDED = "shredding.certified"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a shredding did, as the log proves it.

    `what` was shredded, of `body`. `files` sealed files lost their `wraps`; `keys` are those destroyed with them, and
    `at_once` says that no backup can bring any of it back, since every key that opened it is gone from the one device
    that held it. `backups_until` is the day on which the last backup that may
    hold a wrap expires, None when none was ever made. `openings` counts, for each recipient, the deliveries
    authorised before: copies that nobody can take back. `people` proposed and confirmed it.
    """

    act: KeyAct
    what: str
    body: str
    at: datetime
    reason: str
    people: tuple[str, ...]
    files: int
    wraps: int
    keys: tuple[str, ...]
    at_once: bool
    backups_until: datetime | None
    openings: tuple[tuple[str, int], ...]

    def event(self, actor: Actor, subject: str) -> Event:
        """Return `shredding.certified`, whose facts are the certificate."""
        facts: dict[str, Json] = {
            "act": self.act.value,
            "what": self.what,
            "reason": self.reason,
            "people": list(self.people),
            "files": self.files,
            "wraps": self.wraps,
            "keys": list(self.keys),
            "at_once": self.at_once,
            "backups_until": to_rfc3339(self.backups_until) if self.backups_until else "",
            "openings": dict(self.openings),
        }
        return Event(SHREDDED, self.at, self.body, subject, actor, facts)

    def sentences(self) -> tuple[str, ...]:
        """Return the certificate in plain words."""
        return (
            f"Of {self.what}: sealed files deleted, {self.files}; wraps deleted that opened them here, {self.wraps}. "
            "The wraps were overwritten in the database and its journal.",
            self._of_keys(),
            self._of_backups(),
            self._of_copies(),
        )

    def _of_keys(self) -> str:
        if not self.keys:
            return "No key was destroyed: the key-encryption key serves other files too."
        return f"Keys destroyed: {', '.join(self.keys)}."

    def _of_backups(self) -> str:
        if self.at_once:
            return (
                "A backup of a wrap is worth nothing from now on: its key is destroyed in the only device that held it."
            )
        if self.backups_until is None:
            return "This node never made a backup, so no wrap is known to be left anywhere."
        return (
            f"An earlier backup may still hold a wrap; the last one expires on {to_rfc3339(self.backups_until)}. "
            "Until then, who holds such a backup and the secret that unlocks the keys could open it."
        )

    def _of_copies(self) -> str:
        told = [f"{recipient} ({count})" for recipient, count in self.openings if count]
        if not told:
            return "Nothing of it was ever delivered."
        return f"What was delivered cannot be taken back; deliveries authorised before: {', '.join(told)}."


def read_certificate(event: Event) -> Certificate:
    """Return the certificate that a `shredding.certified` event holds."""
    facts = event.facts
    people, keys, openings, until = facts["people"], facts["keys"], facts["openings"], str(facts["backups_until"])
    return Certificate(
        act=KeyAct(str(facts["act"])),
        what=str(facts["what"]),
        body=event.body,
        at=event.at,
        reason=str(facts["reason"]),
        people=tuple(str(each) for each in people) if isinstance(people, list) else (),
        files=int(str(facts["files"])),
        wraps=int(str(facts["wraps"])),
        keys=tuple(str(each) for each in keys) if isinstance(keys, list) else (),
        at_once=facts["at_once"] is True,
        backups_until=from_rfc3339(until) if until else None,
        openings=tuple((name, int(str(count))) for name, count in openings.items())
        if isinstance(openings, Mapping)
        else (),
    )
