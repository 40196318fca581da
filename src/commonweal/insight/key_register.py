"""The key register: of every version of every key what it is for, whose, where, until when, and what it opens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from commonweal.audit import LogEvent
from commonweal.core import Json, to_rfc3339
from commonweal.keys import KeyState

from .exposure import LOSSES
from .held_keys import SET_ASIDE, HeldKey, Holdings, KeyRole, Opening
from .key_users import KeyUser, name_users
from .last_use import LastUse, find_last_uses

FILES_LIFE = timedelta(days=365)
"""A key that many files come to lie under is changed every year, so that one that leaks opens a bounded number of
them (NIST SP 800-57 part 1, 5.3.6, sets at most two years for a symmetric key that wraps keys)."""

SECRET_LIFE = timedelta(days=365)
"""Secrets that sign links and know sources again: changing them costs nothing, so they share the yearly round."""

SIGNING_LIFE = timedelta(days=730)
"""A signing key opens nothing, and changing it means that every reader of the log has to learn a new one."""

_LIVES = {
    KeyRole.BODY: FILES_LIFE,
    KeyRole.DATASET: FILES_LIFE,
    KeyRole.FIELDS: FILES_LIFE,
    KeyRole.RECEIVING: FILES_LIFE,
    KeyRole.LINK: SECRET_LIFE,
    KeyRole.SOURCE: SECRET_LIFE,
    KeyRole.SIGNING: SIGNING_LIFE,
    KeyRole.ROOT: SIGNING_LIFE,
}
_USES = {
    KeyRole.BODY: "Opens the sealed files of {body}",
    KeyRole.DATASET: "Opens the sealed files of {about} alone",
    KeyRole.FIELDS: "Opens the {part} fields of {about} alone",
    KeyRole.SIGNING: "Signs the checkpoints of the log",
    KeyRole.LINK: "Signs the links to files, each good for an hour",
    KeyRole.SOURCE: "Knows a source again when it is sent twice",
    KeyRole.RECORDS: "Seals stored agreements and requests, so that an edited one is not read",
    KeyRole.TOKENS: "Makes the tokens that stand for identifiers under {about}",
    KeyRole.RECEIVING: "Opens what others seal to {body}",
    KeyRole.ROOT: "Seals the node's secrets, which lie outside the device",
    KeyRole.UNLOCK: "Unlocks every other key of the node",
    KeyRole.OPERATOR: "Lets the operator's command line speak to the node while it serves",
    KeyRole.TRANSPORT: "Proves to callers that they speak to this node (TLS)",
    KeyRole.READER: "Lets {body} read under {about}",
    KeyRole.RECIPIENT: "Opens what is sealed to it for {body}",
}


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One version of one key.

    `use` says what it is for. `rotated` is when the next version was made, `due` when an active key ought to be changed
    (`overdue` when that has passed), and `last_used` the newest event that used it, None if none did. `files` and
    `agreements` count what it opens, and `loss` says what a leak would lay open.
    """

    held: HeldKey
    use: str
    country: str
    rotated: datetime | None
    due: datetime | None
    overdue: bool
    last_used: LastUse | None
    files: int
    agreements: int
    users: tuple[KeyUser, ...]
    loss: str

    @property
    def country_in_words(self) -> str:
        """Return where the key lies as ISO 3166 says it, or why that cannot be said."""
        return "not known to the node" if self.held.is_outside else self.country or "not stated"


@dataclass(frozen=True, slots=True)
class OpenedVersion:
    """A dataset version that a key opens; `part` is empty for the whole of it."""

    dataset: str
    number: int
    sealed_file: str
    part: str


@dataclass(frozen=True, slots=True)
class OpenedRelease:
    """A release that a key opens, and to whom its agreement gives it."""

    agreement: str
    recipient: str
    dataset: str
    number: int
    sealed_file: str


@dataclass(frozen=True, slots=True)
class KeyDetail:
    """Everything that is known of one key: its versions, oldest first, and what they open together."""

    key: str
    entries: tuple[RegisterEntry, ...]
    versions: tuple[OpenedVersion, ...]
    releases: tuple[OpenedRelease, ...]
    agreements: tuple[str, ...]


def build_register(holdings: Holdings, events: Iterable[LogEvent]) -> tuple[RegisterEntry, ...]:
    """Return the register, in the order of `holdings.keys`; `events` are those among which last uses are sought."""
    uses = find_last_uses(holdings, events)
    return tuple(_enter(each, holdings, uses.get((each.key, each.version))) for each in holdings.keys)


def detail_key(key: str, holdings: Holdings, events: Iterable[LogEvent]) -> KeyDetail | None:
    """Return everything that is known of a key, or None when there is none of that name."""
    keys = [each for each in holdings.keys if each.key == key]
    if not keys:
        return None
    opened = holdings.opened_by(keys)
    entries = tuple(each for each in build_register(holdings, events) if each.held.key == key)
    return KeyDetail(
        key,
        entries,
        tuple(_version(each) for each in opened if each.is_of_version),
        tuple(_release(each, holdings) for each in opened if not each.is_of_version),
        tuple(sorted({each for key in keys for each in holdings.agreements_of(key, opened)})),
    )


def _enter(key: HeldKey, holdings: Holdings, use: LastUse | None) -> RegisterEntry:
    opened = holdings.opened_by([key])
    agreements = holdings.agreements_of(key, opened)
    due = _due(key, holdings)
    return RegisterEntry(
        held=key,
        use=_USES[key.role].format(
            body=holdings.household.name_body(key.body), about=key.about, part=key.part.replace("-", " ")
        ),
        country="" if key.is_outside else holdings.household.country,
        rotated=_successor_made(key, holdings.keys),
        due=due,
        overdue=due is not None and due < holdings.at,
        last_used=use,
        files=len({each.sealed_file for each in opened}),
        agreements=len(agreements),
        users=() if key.is_gone else name_users(key, holdings, agreements),
        loss="" if key.is_gone else LOSSES[key.role],
    )


def _due(key: HeldKey, holdings: Holdings) -> datetime | None:
    """Return when an active key ought to be changed; an agreement's key ends with it, since others match no tokens."""
    if key.state != KeyState.ACTIVE.value:
        return key.expires if key.is_outside else None
    if key.role is KeyRole.TOKENS:
        agreement = holdings.agreements.get(key.about)
        return agreement.ends if agreement else None
    life = _LIVES.get(key.role)
    return key.created + life if life and key.created else key.expires


def _successor_made(key: HeldKey, keys: Sequence[HeldKey]) -> datetime | None:
    return next((each.created for each in keys if (each.key, each.version) == (key.key, key.version + 1)), None)


def _version(opening: Opening) -> OpenedVersion:
    part = "rows set aside" if opening.agreement == SET_ASIDE else opening.agreement.partition("/")[2]
    return OpenedVersion(opening.dataset, opening.number, opening.sealed_file, part)


def _release(opening: Opening, holdings: Holdings) -> OpenedRelease:
    agreement = holdings.agreements.get(opening.agreement)
    recipient = agreement.recipient if agreement else ""
    return OpenedRelease(opening.agreement, recipient, opening.dataset, opening.number, opening.sealed_file)


def describe_entry(entry: RegisterEntry) -> dict[str, Json]:
    """Return a line of the register as plain values, the same for every door and for CSV; moments are RFC 3339."""
    held, used = entry.held, entry.last_used
    return {
        "key": held.key,
        "version": held.version,
        "purpose": held.purpose,
        "use": entry.use,
        "body": held.body,
        "state": held.state,
        "algorithm": held.algorithm,
        "created": _moment(held.created),
        "rotated": _moment(entry.rotated),
        "due": _moment(entry.due),
        "overdue": entry.overdue,
        "last_used": _moment(used.at if used else None),
        "last_used_by": used.event if used else "",
        "last_used_event": used.index if used else None,
        "opens": entry.files,
        "agreements": entry.agreements,
        "place": held.place,
        "protection": held.protection,
        "country": entry.country_in_words,
        "if_leaked": entry.loss,
        "holders": [f"{each.who}: {each.how}" for each in entry.users],
    }


def describe_detail(detail: KeyDetail) -> dict[str, Json]:
    """Return everything that is known of a key as plain values."""
    return {
        "key": detail.key,
        "versions": [describe_entry(each) for each in detail.entries],
        "opens_versions": [
            {"dataset": e.dataset, "version": e.number, "part": e.part, "sealed_file": e.sealed_file}
            for e in detail.versions
        ],
        "opens_releases": [
            {
                "agreement": e.agreement,
                "recipient": e.recipient,
                "dataset": e.dataset,
                "version": e.number,
                "sealed_file": e.sealed_file,
            }
            for e in detail.releases
        ],
        "agreements": [*detail.agreements],
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else to_rfc3339(value)
