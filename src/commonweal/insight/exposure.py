"""Exposure: what is lost if one key leaks, and what to do about it, worked out from what is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commonweal.agree import Agreement, state_at
from commonweal.core import Json
from commonweal.publish import Classification, Dataset, DatasetVersion, Field, class_of

from .containing import Step, contain
from .held_keys import PART, SET_ASIDE, WRAPPING, HeldKey, Holdings, KeyRole, Opening

_PERSONAL = frozenset({Classification.PERSONAL, Classification.SPECIAL})
_WHOLE = frozenset({"", SET_ASIDE})


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset and those of its versions that are held, newest first."""

    dataset: Dataset
    versions: Sequence[DatasetVersion]


@dataclass(frozen=True, slots=True)
class LostDataset:
    """What of one dataset lies open: versions, personal fields, and of up to how many people.

    `people` are the rows of the newest version that lies open, 0 without a personal field; `sentence` says it in words.
    """

    dataset: str
    title: str
    marking: str
    versions: tuple[int, ...]
    fields: tuple[str, ...]
    people: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a leak of one key lays open, and the ordered checklist against it.

    `falls_with` are the other keys that are lost too, `needs` what a thief would need besides, and `people` an upper
    bound: the same person may stand in several datasets, and in several rows of one.
    """

    key: str
    role: KeyRole
    body: str
    sentence: str
    files: int
    datasets: tuple[LostDataset, ...]
    agreements: tuple[str, ...]
    recipients: tuple[str, ...]
    people: int
    falls_with: tuple[str, ...]
    needs: tuple[str, ...]
    steps: tuple[Step, ...]


def expose(key: str, holdings: Holdings, published: Mapping[str, Published]) -> Exposure | None:
    """Return what a leak of every version of a key lays open, or None when there is no key of that name."""
    versions = [each for each in holdings.keys if each.key == key]
    if not versions:
        return None
    lost = _lost_keys(versions[-1], holdings)
    opened = holdings.opened_by([*versions, *lost])
    datasets = _lost_datasets(opened, published)
    agreements = _agreements([*versions, *lost], opened, holdings)
    recipients = tuple(sorted({holdings.agreements[each].recipient for each in agreements}))
    return Exposure(
        key=key,
        role=versions[-1].role,
        body=versions[-1].body,
        sentence=LOSSES[versions[-1].role],
        files=len({each.sealed_file for each in opened}),
        datasets=datasets,
        agreements=agreements,
        recipients=recipients,
        people=sum(each.people for each in datasets),
        falls_with=tuple(dict.fromkeys(each.key for each in lost if each.key != key)),
        needs=_needs(versions[-1], holdings),
        steps=contain(versions[-1], lost, opened, agreements, holdings),
    )


def _lost_keys(key: HeldKey, holdings: Holdings) -> list[HeldKey]:
    """Return the keys that fall with this one: the unlock secret takes all, a device's root its secrets."""
    inside = [each for each in holdings.keys if not (each.is_outside or each.is_gone or each.key == key.key)]
    if key.role is KeyRole.UNLOCK:
        return [each for each in inside if each.role not in {KeyRole.OPERATOR, KeyRole.TRANSPORT}]
    if key.role is KeyRole.ROOT:
        return [each for each in inside if each.role in _SECRETS]
    return []


_SECRETS = frozenset({KeyRole.LINK, KeyRole.SOURCE, KeyRole.RECORDS, KeyRole.TOKENS, KeyRole.RECEIVING})


def _lost_datasets(opened: Sequence[Opening], published: Mapping[str, Published]) -> tuple[LostDataset, ...]:
    names = sorted({each.dataset for each in opened} & set(published))
    return tuple(_lose(published[name], [each for each in opened if each.dataset == name]) for name in names)


def _lose(published: Published, opened: Sequence[Opening]) -> LostDataset:
    dataset = published.dataset
    numbers = tuple(sorted({each.number for each in opened}, reverse=True))
    fields = [each for each in dataset.contract.fields if _is_personal(each) and _lies_open(each, opened)]
    newest = next((each for each in published.versions if each.number in numbers), None)
    people = newest.rows if newest is not None and fields else 0
    return LostDataset(
        dataset.id,
        dataset.title,
        dataset.marking.value,
        numbers,
        tuple(each.name for each in fields),
        people,
        _say_people(people, newest, dataset),
    )


def _is_personal(field: Field) -> bool:
    return class_of(field) in _PERSONAL


def _lies_open(field: Field, opened: Sequence[Opening]) -> bool:
    """Say whether a field is in what was opened: all are in a whole file, those of one class in a part."""
    parts = {each.agreement for each in opened}
    return any(not each.startswith(PART) for each in parts) or f"{PART}{class_of(field).value}" in parts


def _say_people(people: int, newest: DatasetVersion | None, dataset: Dataset) -> str:
    if newest is None:
        return f"No version of {dataset.id} that it opens is held any more."
    if not people:
        return f"No field of {dataset.id} that it opens is personal."
    return f"Up to {people:,} people: the rows of version {newest.number} of {dataset.id}."


def _agreements(keys: Sequence[HeldKey], opened: Sequence[Opening], holdings: Holdings) -> tuple[str, ...]:
    """Return the agreements concerned: what they released lies open, or they live and their dataset does."""
    served = {name for key in keys for name in holdings.agreements_of(key, [e for e in opened if key.opens(e)])}
    datasets = {each.dataset for each in opened if each.is_of_version}
    served |= {each.id for each in holdings.agreements.values() if each.dataset in datasets and _lives(each, holdings)}
    if any(each.role is KeyRole.LINK for each in keys):
        served |= {each.agreement for each in holdings.openings if not each.is_of_version}
    return tuple(sorted(served & set(holdings.agreements)))


def _lives(agreement: Agreement, holdings: Holdings) -> bool:
    return state_at(agreement, holdings.at) in {"active", "pending"}


_FILES = "Every file key that it wraps, and so every sealed file that it opens, can be read by whoever has those files."
_SCHEDULES = "So can the passwords by which the body's schedules read their sources, by whoever has the database."
LOSSES = {
    KeyRole.BODY: f"{_FILES} {_SCHEDULES}",
    KeyRole.DATASET: _FILES,
    KeyRole.FIELDS: "Every field of its class, in every version that it opens, can be read by whoever has those files.",
    KeyRole.SIGNING: "No data lies open. Whoever has it can sign a false log, which only kept checkpoints give away.",
    KeyRole.LINK: "Whoever has it can make links to the releases of deliveries that were authorised within the hour.",
    KeyRole.SOURCE: "No data lies open. Whoever has it, and the database, can test whether a file was ever a source.",
    KeyRole.RECORDS: "No data lies open. Whoever has it, and may write the database, can forge agreements.",
    KeyRole.TOKENS: "Whoever has it, and the release, can try identifiers one by one until the tokens match.",
    KeyRole.RECEIVING: "Everything that was sealed to it, here or elsewhere, can be read by whoever has those files.",
    KeyRole.ROOT: "Every secret that lies in the key ledger can be read by whoever has the ledger.",
    KeyRole.UNLOCK: "Everything: every key of the node can be used, and so every file that is sealed here opened.",
    KeyRole.OPERATOR: "Whoever has it acts as the node's operator for as long as this process serves.",
    KeyRole.TRANSPORT: "Whoever has it can pose as this node. What was recorded of earlier connections stays closed.",
    KeyRole.READER: "Whoever has it can read what its agreement opens, until it is revoked or ends.",
    KeyRole.RECIPIENT: "Every release that was sealed to it can be read by whoever has those files.",
}
"""What a leak of a key of each role lays open, in one sentence."""


def _needs(key: HeldKey, holdings: Holdings) -> tuple[str, ...]:
    """Return what a thief would need besides the key, as sentences."""
    if key.role in WRAPPING | {KeyRole.RECIPIENT, KeyRole.RECEIVING}:
        copied = ("The sealed files, or a backup of them.", "The header rows of the database, or a backup of them.")
        return (*copied, *_access(holdings)) if key.role in WRAPPING else (copied[0], "The headers that go with them.")
    return _NEEDS.get(key.role, ()) or _by_unlocking(holdings)


def _access(holdings: Holdings) -> tuple[str, ...]:
    if not holdings.household.is_device:
        return ()
    return ("The device itself: the key does not leave it, so a leak means that its use was stolen.",)


def _by_unlocking(holdings: Holdings) -> tuple[str, ...]:
    where = "The device and its address." if holdings.household.is_device else "The keystore, or a backup of it."
    return (where, "The sealed files and the header rows of the database, or a backup of both.")


_NEEDS = {
    KeyRole.SIGNING: ("A way to put the false log in the place of the true one, and readers who kept no checkpoint.",),
    KeyRole.LINK: ("The identifiers of a delivery and its release, which only the log and its reader know.",),
    KeyRole.SOURCE: ("The database, and the file that is to be tested.",),
    KeyRole.RECORDS: ("Leave to write the node's database.",),
    KeyRole.TOKENS: ("The release, which its recipient has, and a list of identifiers to try.",),
    KeyRole.ROOT: ("The key ledger, or a backup of it.", "The device itself: the key does not leave it."),
    KeyRole.OPERATOR: ("A way to reach the node's address.",),
    KeyRole.TRANSPORT: ("A place on the way between a caller and the node.",),
    KeyRole.READER: ("A way to reach the node's address.",),
}


def describe_exposure(exposure: Exposure) -> dict[str, Json]:
    """Return an exposure as plain values, the same for every door."""
    return {
        "key": exposure.key,
        "body": exposure.body,
        "lost": exposure.sentence,
        "files": exposure.files,
        "people": exposure.people,
        "datasets": [
            {
                "dataset": each.dataset,
                "title": each.title,
                "marking": each.marking,
                "versions": [*each.versions],
                "personal_fields": [*each.fields],
                "people": each.people,
                "sentence": each.sentence,
            }
            for each in exposure.datasets
        ],
        "agreements": [*exposure.agreements],
        "recipients": [*exposure.recipients],
        "falls_with": [*exposure.falls_with],
        "needs": [*exposure.needs],
        "steps": [{"kind": e.kind.value, "subject": e.subject, "sentence": e.sentence} for e in exposure.steps],
    }
