"""Use cases of defects: a consumer raises one, the steward answers, both see what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import list_agreements
from commonweal.adapters.sql.datasets import get_dataset, list_versions
from commonweal.adapters.sql.defects import count_open, get_defect, list_defects, save_defect
from commonweal.agree import Agreement, state_at
from commonweal.core import Event, InputError, NotFoundError, RefusedError, new_identifier
from commonweal.identity import Permission, TenantScope
from commonweal.node.callers import Caller
from commonweal.node.locks import KeyedLocks
from commonweal.node.parts import Parts
from commonweal.publish import (
    Access,
    Dataset,
    DatasetVersion,
    Defect,
    DefectOutcome,
    FieldProfile,
    answer_defect,
    close_defect,
    raise_defect,
)

MOST_OPEN = 100
"""How many defects one body may have waiting on one dataset."""


class NotAConsumerError(RefusedError):
    """Only who may read a dataset can raise a defect on it."""

    code = "publish.not-a-consumer"
    default_advice = "Ask for the dataset first; what is told of its quality stands on its page."


class TooManyDefectsError(RefusedError):
    """One body has so many defects waiting on one dataset that another would not help."""

    code = "publish.too-many-defects"
    default_advice = "Wait for the steward's answers, or close those that have settled themselves."


@dataclass(frozen=True, slots=True)
class DefectReport:
    """What a consumer says: which dataset, `field` or `row`, and what is wrong; `version` None is the newest."""

    dataset: str
    text: str
    field: str = ""
    row: int | None = None
    version: int | None = None


class Defects:
    """Raises, answers, closes and lists defects."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._locks = KeyedLocks()

    def report(self, caller: Caller, report: DefectReport) -> Defect:
        """Raise a defect on a field or a row of a version, for the caller's body.

        Raises:
            NotAConsumerError: the dataset is not open and the body has no agreement on it.
            DefectError: the report names no place, or says nothing.
            TooManyDefectsError: too many of the body's already wait there.
            NotFoundError: there is no such dataset or version.
        """
        with self._parts.read() as connection:
            dataset = get_dataset(connection, self._parts.canonical_dataset(report.dataset))
            versions = list_versions(connection, dataset.id)
            waiting = count_open(connection, dataset.id, caller.person.body)
        agreement = self._standing(caller, dataset)
        if waiting >= MOST_OPEN:
            raise TooManyDefectsError(f"{waiting} defects of {caller.person.body} wait on {dataset.id} already.")
        return self._store(
            lambda: raise_defect(
                dataset,
                _version(dataset, versions, report.version),
                identifier=new_identifier("def"),
                field=report.field.strip(),
                row=report.row,
                text=report.text,
                agreement=agreement,
                actor=caller.actor(),
                at=self._parts.clock.now(),
            )
        )

    def answer(self, caller: Caller, defect_id: str, outcome: str, text: str, version: int | None = None) -> Defect:
        """Give the steward's answer: accepted, rejected with a reason, or mended in a version.

        Raises:
            RoleError: the person is not a steward of the body that holds the dataset.
            DefectSettledError: it was rejected, mended or closed already.
            DefectError: the answer lacks its reason or its version.
        """
        with self._locks.hold(defect_id):
            found = self.get(caller, defect_id)
            caller.require(Permission.PUBLISH, found.discloser)
            chosen = _outcome(outcome)
            with self._parts.read() as connection:
                newest = max((each.number for each in list_versions(connection, found.dataset)), default=0)
            now, actor = self._parts.clock.now(), caller.actor()
            return self._store(lambda: answer_defect(found, chosen, text, version, newest=newest, actor=actor, at=now))

    def close(self, caller: Caller, defect_id: str) -> Defect:
        """Close a defect, as anybody of the body that raised it.

        Raises:
            RefusedError: another body raised it.
            DefectSettledError: it is closed already.
        """
        with self._locks.hold(defect_id):
            found = self.get(caller, defect_id)
            if caller.person.body != found.raiser:
                raise RefusedError(f"{found.raiser} raised defect {defect_id}, so only its people close it.")
            return self._store(lambda: close_defect(found, actor=caller.actor(), at=self._parts.clock.now()))

    def view(self, caller: Caller, defect_id: str) -> Defect:
        """Return a defect to show to a party; the access is recorded."""
        found = self.get(caller, defect_id)
        self._view("defect.viewed", found.discloser, found.id, caller)
        return found

    def list_all(self, caller: Caller, dataset: str = "") -> list[Defect]:
        """Return the defects that the caller's body raised or is asked to mend, oldest first; recorded."""
        wanted = self._parts.canonical_dataset(dataset) if dataset else ""
        with self._parts.read() as connection:
            found = list_defects(connection, TenantScope(caller.person.body), dataset=wanted)
        self._view("defects.listed", caller.person.body, wanted or caller.person.id, caller)
        return found

    def count(self, caller: Caller, dataset: Dataset) -> int:
        """Return how many defects of a dataset are open: all for its steward, else those of the caller's own body."""
        with self._parts.read() as connection:
            if not caller.may(Permission.PUBLISH, dataset.body):
                return count_open(connection, dataset.id, caller.person.body)
            found = list_defects(connection, TenantScope(dataset.body), dataset=dataset.id)
        return sum(each.is_open for each in found)

    def get(self, caller: Caller, defect_id: str) -> Defect:
        """Return a defect to which the caller's body is a party.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
        """
        with self._parts.read() as connection:
            return get_defect(connection, TenantScope(caller.person.body), defect_id)

    def may_report(self, caller: Caller, dataset: Dataset) -> bool:
        """Say whether the caller may raise a defect on a dataset: it is open, their own body's, or agreed on."""
        return _is_free(caller, dataset) or self._agreement(caller, dataset) is not None

    def may_see_values(self, caller: Caller, dataset: Dataset) -> bool:
        """Say whether the caller's body may read the dataset now, and so see the values in its profile."""
        return _is_free(caller, dataset) or self._agreement(caller, dataset, active=True) is not None

    def profile_of(
        self, caller: Caller | None, dataset: Dataset, version: DatasetVersion
    ) -> Mapping[str, FieldProfile]:
        """Return a version's profile: its values too for those who may read the data, else counts and lengths."""
        is_open = dataset.access is Access.OPEN and dataset.status == "live"
        if is_open or (caller is not None and self.may_see_values(caller, dataset)):
            return version.profile
        return {name: each.without_values() for name, each in version.profile.items()}

    def _standing(self, caller: Caller, dataset: Dataset) -> str:
        """Return the agreement under which the caller's body reads the dataset, empty where it needs none."""
        if _is_free(caller, dataset):
            return ""
        agreement = self._agreement(caller, dataset)
        if agreement is None:
            raise NotAConsumerError(f"{caller.person.body} has no agreement on {dataset.id}.")
        return agreement.id

    def _agreement(self, caller: Caller, dataset: Dataset, *, active: bool = False) -> Agreement | None:
        """Return the caller's body's newest agreement on a dataset; a past one counts too, unless it must be active."""
        with self._parts.read() as connection:
            found = list_agreements(connection, TenantScope(caller.person.body))
        now = self._parts.clock.now()
        fits = [
            each
            for each in found
            if (each.dataset, each.recipient) == (dataset.id, caller.person.body)
            and (not active or state_at(each, now) == "active")
        ]
        return fits[-1] if fits else None

    def _store(self, decide: Callable[[], tuple[Defect, Event]]) -> Defect:
        defect, event = decide()

        def work(transaction: Transaction) -> Defect:
            save_defect(transaction.connection, defect)
            transaction.record(event)
            return defect

        return self._parts.writer.submit(work)

    def _view(self, name: str, body: str, subject: str, caller: Caller) -> None:
        self._parts.record(Event(name, self._parts.clock.now(), body, subject, caller.actor()))


def _is_free(caller: Caller, dataset: Dataset) -> bool:
    return caller.person.body == dataset.body or (dataset.access is Access.OPEN and dataset.status == "live")


def _version(dataset: Dataset, versions: list[DatasetVersion], number: int | None) -> DatasetVersion:
    if not versions:
        raise NotFoundError(f"{dataset.id} has no published version.")
    found = versions[0] if number is None else next((each for each in versions if each.number == number), None)
    if found is None:
        raise NotFoundError(f"{dataset.id} has no version {number}.", advice="Its page lists the versions it has.")
    return found


def _outcome(word: str) -> DefectOutcome:
    try:
        return DefectOutcome(word)
    except ValueError:
        raise InputError("An answer is accepted, rejected or mended.", advice="Use one of the three words.") from None
