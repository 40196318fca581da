"""What the key register is composed from: versions of keys, what each opens, who there is; all of it plain values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from commonweal.agree import Agreement
from commonweal.identity import Person
from commonweal.keys import KeyState

OUTSIDE = "outside"
"""The state of a key that another body holds: this node can neither use nor destroy it."""

SET_ASIDE = "set-aside"
PART = "part/"


class KeyRole(StrEnum):
    """What a key does here; the first three wrap file keys."""

    BODY = "body"
    DATASET = "dataset"
    FIELDS = "fields"
    SIGNING = "signing"
    LINK = "link"
    SOURCE = "source"
    RECORDS = "records"
    TOKENS = "tokens"
    RECEIVING = "receiving"
    ROOT = "root"
    UNLOCK = "unlock"
    OPERATOR = "operator"
    TRANSPORT = "transport"
    READER = "reader"
    RECIPIENT = "recipient"


WRAPPING = frozenset({KeyRole.BODY, KeyRole.DATASET, KeyRole.FIELDS})
"""The key-encryption keys."""


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One version of one key, without the key.

    `body` is the slug of the body whose it is, `about` the dataset or agreement it serves (empty for the rest), `part`
    the class of fields it opens, if only one. `state` is a `KeyState`'s value or `OUTSIDE`; `created` is None where the
    node cannot know; `expires` is when the key ends by itself. `holder` is its name in header rows, empty without one.
    """

    key: str
    version: int
    role: KeyRole
    body: str
    purpose: str
    algorithm: str
    state: str
    created: datetime | None
    place: str
    protection: str
    about: str = ""
    part: str = ""
    holder: str = ""
    expires: datetime | None = None

    @property
    def is_gone(self) -> bool:
        """Say whether the key has been destroyed."""
        return self.state == KeyState.DESTROYED.value

    @property
    def is_outside(self) -> bool:
        """Say whether another body holds the key."""
        return self.state == OUTSIDE

    def opens(self, opening: "Opening") -> bool:
        """Say whether this version opens what a header row opens."""
        return (
            bool(self.holder)
            and not self.is_gone
            and opening.holder == self.holder
            and (self.role not in WRAPPING or opening.version == self.version)
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """One header row with the sealed file it opens.

    `version` is that of the key, `number` that of the dataset; `agreement` is empty for a version's own file,
    `SET_ASIDE` for its set-aside rows, `PART` and a classification for a part of a split one, else an agreement's
    identifier.
    """

    sealed_file: str
    holder: str
    kind: str
    version: int
    body: str
    dataset: str
    number: int
    agreement: str

    @property
    def is_of_version(self) -> bool:
        """Say whether the file belongs to a dataset version, not to an agreement."""
        return self.agreement in {"", SET_ASIDE} or self.agreement.startswith(PART)


@dataclass(frozen=True, slots=True)
class Household:
    """Who there is on a node: its people, its operator, and by name the bodies.

    `host` is the slug of the body that operates node `node`; `is_device` says that keys cannot be taken out of where
    they lie; `country` is where that is (ISO 3166), empty if not stated; a backup lasts `backup_days`.
    """

    node: str
    host: str
    operator: Person
    people: Sequence[Person]
    is_device: bool
    country: str
    backup_days: int
    name_body: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything on a node that a key can open or stand for, at a moment."""

    keys: Sequence[HeldKey]
    openings: Sequence[Opening]
    agreements: Mapping[str, Agreement]
    household: Household
    at: datetime
    _by_holder: Mapping[str, list[Opening]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Put the openings in order by holder, so that what one key opens is found without reading all."""
        found: dict[str, list[Opening]] = {}
        for each in self.openings:
            found.setdefault(each.holder, []).append(each)
        object.__setattr__(self, "_by_holder", found)

    def opened_by(self, keys: Iterable[HeldKey]) -> tuple[Opening, ...]:
        """Return what some versions of keys open, each header row once."""
        found = (each for key in keys for each in self._by_holder.get(key.holder, ()) if key.opens(each))
        return tuple(dict.fromkeys(found))

    def wrapped_under(self, holder: str) -> int:
        """Return how many sealed files lie under any version of a key."""
        return len({each.sealed_file for each in self._by_holder.get(holder, ())})

    def agreements_of(self, key: HeldKey, opened: Sequence[Opening]) -> tuple[str, ...]:
        """Return the agreements whose releases a key opens, or which it serves."""
        served = {each.agreement for each in opened if not each.is_of_version}
        if key.about in self.agreements:
            served.add(key.about)
        if key.holder and key.role in {KeyRole.RECIPIENT, KeyRole.RECEIVING}:
            served |= {each.id for each in self.agreements.values() if each.sealed_to == key.holder}
        return tuple(sorted(served))
