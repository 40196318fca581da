"""The security case of an agreement: what is sealed for whom, under which keys, and what cannot be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.agree import Agreement, AgreementState, state_at
from commonweal.audit import LogEvent
from commonweal.core import Json, to_rfc3339
from commonweal.publish import Dataset, DatasetVersion

from .held_keys import WRAPPING, HeldKey, Holdings, Household, KeyRole
from .key_register import RegisterEntry

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class CaseField:
    """A field that the agreement releases; `tokenised` when only as keyed tokens."""

    name: str
    classification: str
    tokenised: bool


@dataclass(frozen=True, slots=True)
class CaseKey:
    """A key that stands between the data and a reader: where it lies, who could use it, what its leak would expose."""

    key: str
    version: int
    use: str
    place: str
    protection: str
    country: str
    users: tuple[str, ...]
    breach: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event of the agreement's history, by its index in the log."""

    index: int
    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SecurityCase:
    """Everything a risk owner asks about one agreement; the sentences are for a person.

    `version` is the newest of the dataset that is held, None when none is. `completed` counts deliveries by the log.
    """

    agreement: Agreement
    state: AgreementState
    title: str
    marking: str
    version: int | None
    rows: int
    fields: tuple[CaseField, ...]
    keys: tuple[CaseKey, ...]
    way: tuple[str, ...]
    retention: tuple[str, ...]
    on_revocation: tuple[str, ...]
    beyond_recall: tuple[str, ...]
    completed: int
    authorised: int
    evidence: tuple[Evidence, ...]


def make_case(
    agreement: Agreement,
    dataset: Dataset,
    version: DatasetVersion | None,
    *,
    register: Sequence[RegisterEntry],
    holdings: Holdings,
    counts: Mapping[str, tuple[int, int]],
    events: Sequence[LogEvent],
    is_secure: bool,
) -> SecurityCase:
    """Return the security case.

    Args:
        agreement: the agreement.
        dataset: its dataset.
        version: the newest version held, if any.
        register: the key register of the whole node.
        holdings: what the register was made from.
        counts: for each name of event of the agreement how many, and how many bytes.
        events: the agreement's newest events.
        is_secure: whether callers reach the node by TLS.
    """
    authorised, completed = (counts.get(f"delivery.{each}", (0, 0))[0] for each in ("authorised", "completed"))
    return SecurityCase(
        agreement=agreement,
        state=state_at(agreement, holdings.at),
        title=dataset.title,
        marking=dataset.marking.value,
        version=version.number if version else None,
        rows=version.rows if version else 0,
        fields=_fields(agreement, dataset),
        keys=tuple(_key(each, agreement, holdings) for each in register if _stands_for(each.held, agreement, holdings)),
        way=_way(agreement, is_secure=is_secure),
        retention=_retention(agreement),
        on_revocation=_on_revocation(agreement),
        beyond_recall=_beyond_recall(agreement, authorised, completed, holdings),
        completed=completed,
        authorised=authorised,
        evidence=tuple(Evidence(each.index, each.event.name, each.event.at) for each in events[:_SHOWN]),
    )


def _fields(agreement: Agreement, dataset: Dataset) -> tuple[CaseField, ...]:
    known = {each.name: each for each in dataset.contract.fields}
    return tuple(
        CaseField(name, _classify(known[name].classification.value, known[name].confirmed), name in agreement.tokenised)
        for name in agreement.fields
        if name in known
    )


def _classify(classification: str, confirmed: bool) -> str:  # noqa: FBT001  two values of one field
    words = classification.replace("-", " ")
    return words if confirmed else f"{words}, not confirmed by a steward"


def _stands_for(key: HeldKey, agreement: Agreement, holdings: Holdings) -> bool:
    """Say whether a key opens the agreement's dataset or release, or makes its tokens, or unlocks those that do."""
    if key.is_gone:
        return False
    if key.role in {KeyRole.UNLOCK, KeyRole.ROOT}:
        return True
    if agreement.id == key.about or (key.holder and key.holder == agreement.sealed_to):
        return True
    return key.role in WRAPPING and any(
        key.opens(each) and (each.dataset == agreement.dataset or each.agreement == agreement.id)
        for each in holdings.openings
    )


def _key(entry: RegisterEntry, agreement: Agreement, holdings: Holdings) -> CaseKey:
    held = entry.held
    return CaseKey(
        held.key,
        held.version,
        entry.use,
        held.place,
        held.protection,
        entry.country_in_words,
        tuple(f"{each.who}: {each.how}" for each in entry.users),
        _breach(entry, agreement, holdings),
    )


def _breach(entry: RegisterEntry, agreement: Agreement, holdings: Holdings) -> str:
    held = entry.held
    name = holdings.household.name_body
    if held.role in WRAPPING:
        whose = f"{entry.files:,} sealed files of {name(held.body)}, those of this agreement among them"
        return f"With the files themselves, it opens {whose}."
    return {
        KeyRole.TOKENS: "With the release and a list of identifiers, it tells which token stands for whom.",
        KeyRole.READER: "It reads what the agreement opens, until the agreement is revoked or ends.",
        KeyRole.RECIPIENT: "It opens what was sealed to it under this agreement.",
        KeyRole.RECEIVING: "It opens what was sealed to it, under this agreement and others.",
        KeyRole.ROOT: "With the key ledger, it opens the node's secrets, the keys of tokens among them.",
        KeyRole.UNLOCK: f"With the node's folder, it opens everything that {name(agreement.discloser)} keeps here.",
    }.get(held.role, "It opens no data.")


def _way(agreement: Agreement, *, is_secure: bool) -> tuple[str, ...]:
    lines = ["Callers reach the node by TLS." if is_secure else _NO_TLS]
    if agreement.sealed_to:
        lines.append("The release is sealed to the recipient's own key before it is kept: what travels is ciphertext.")
    else:
        lines.append("The release is opened by the node as it is read: inside TLS, what travels is the data itself.")
    return (*lines, "Every reading takes a token of this agreement, and is asked of policy again at every hit.")


_NO_TLS = "The node itself speaks no TLS here: it is reached from its own machine, or by a proxy that adds TLS."


def _retention(agreement: Agreement) -> tuple[str, ...]:
    return (
        f"It begins on {_day(agreement.starts)} and ends on {_day(agreement.ends)}; nothing is read after that.",
        "A release stays on the node as a sealed file until the agreement is revoked.",
        "The log keeps who read how much, and never a value of the data.",
    )


def _on_revocation(agreement: Agreement) -> tuple[str, ...]:
    lines = [
        "The next reading is refused and open streams are cut.",
        "Its releases are deleted with their header rows.",
    ]
    if agreement.tokenised:
        lines.append("Its token key is destroyed, so that its tokens match nothing made later.")
    return tuple(lines)


def _beyond_recall(agreement: Agreement, authorised: int, completed: int, holdings: Holdings) -> tuple[str, ...]:
    name = holdings.household.name_body(agreement.recipient)
    kept = _kept_in_backups(agreement, holdings.household)
    if not authorised:
        return (f"Nothing has left: no delivery to {name} has been authorised.", kept)
    opened = "opened" if agreement.sealed_to else "read"
    return (
        f"A copy that {name} has {opened} stays with {name}: {_times(authorised)} authorised and {completed:,} counted "
        "as completed by the log.",
        "No act on this node deletes that copy, or shows whether it was deleted.",
        kept,
    )


def _kept_in_backups(agreement: Agreement, household: Household) -> str:
    what = "its sealed releases and its token key, sealed," if agreement.tokenised else "its sealed releases"
    return f"A backup that was made before it is revoked holds {what} for up to {household.backup_days} days."


def _times(number: int) -> str:
    return "1 delivery was" if number == 1 else f"{number:,} deliveries were"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def describe_case(case: SecurityCase) -> dict[str, Json]:
    """Return a security case as plain values, the same for every door."""
    agreement = case.agreement
    return {
        "agreement": agreement.id,
        "state": case.state,
        "dataset": agreement.dataset,
        "title": case.title,
        "marking": case.marking,
        "version": case.version,
        "rows": case.rows,
        "discloser": agreement.discloser,
        "recipient": agreement.recipient,
        "purpose": agreement.purpose,
        "sealed_to": agreement.sealed_to,
        "fields": [
            {"field": e.name, "classification": e.classification, "tokenised": e.tokenised} for e in case.fields
        ],
        "keys": [_describe_key(each) for each in case.keys],
        "on_the_way": [*case.way],
        "retention": [*case.retention],
        "on_revocation": [*case.on_revocation],
        "beyond_recall": [*case.beyond_recall],
        "deliveries": {"authorised": case.authorised, "completed": case.completed},
        "evidence": [{"index": e.index, "event": e.event, "at": to_rfc3339(e.at)} for e in case.evidence],
    }


def _describe_key(key: CaseKey) -> dict[str, Json]:
    return {
        "key": key.key,
        "version": key.version,
        "use": key.use,
        "place": key.place,
        "protection": key.protection,
        "country": key.country,
        "holders": [*key.users],
        "breach": key.breach,
    }
