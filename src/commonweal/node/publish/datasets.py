"""Use cases of what is published already: a dataset and its versions, and its withdrawal."""

from sqlalchemy import Connection

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import (
    find_dataset,
    find_newest_version,
    get_dataset,
    list_versions,
    save_dataset,
)
from commonweal.adapters.sql.search import index_record, remove_record
from commonweal.agree import NotAgreeableError
from commonweal.core import Event, Json, NotFoundError
from commonweal.identity import Permission, TenantScope
from commonweal.inventory import record_of
from commonweal.node.callers import Caller
from commonweal.node.files import SealedContent, SealedStore
from commonweal.node.parts import Parts
from commonweal.publish import SUFFIX, Access, Dataset, DatasetVersion, reinstate, withdraw


class Datasets:
    """Gives datasets and their versions, and withdraws datasets."""

    def __init__(self, parts: Parts, files: SealedStore) -> None:
        self._parts = parts
        self._files = files

    def open_set_aside(self, caller: Caller, dataset_id: str, number: int) -> SealedContent:
        """Return the rows that a version set aside, as CSV, for a steward of its body; recorded as an access.

        Raises:
            NotFoundError: there is no such version, or it set nothing aside.
            RoleError: the person is not a steward of that body.
        """
        dataset = self.get(dataset_id)
        caller.require(Permission.PUBLISH, dataset.body)
        version = next((each for each in self.versions(dataset) if each.number == number), None)
        if version is None or not version.set_aside_file:
            raise NotFoundError(f"{dataset.id} has no version {number} that set rows aside.")
        facts: dict[str, Json] = {"version": version.id, "sealed_file": version.set_aside_file}
        now, actor = self._parts.clock.now(), caller.actor()
        self._parts.record(Event("dataset.set-aside-read", now, dataset.body, dataset.id, actor, facts))
        with self._parts.read() as connection:
            return self._files.open(connection, version.set_aside_file)

    def withdraw(self, caller: Caller, dataset_id: str, reason: str) -> Dataset:
        """Withdraw a dataset: it leaves the catalogue and every read of it is refused, with the reason kept."""
        dataset = self.get(dataset_id)
        caller.require(Permission.WITHDRAW, dataset.body)

        def work(transaction: Transaction) -> Dataset:
            held = get_dataset(transaction.connection, dataset.id)
            gone, event = withdraw(held, reason=reason, at=self._parts.clock.now(), actor=caller.actor())
            save_dataset(transaction.connection, TenantScope(dataset.body), gone)
            remove_record(transaction.connection, gone.id)
            transaction.record(event)
            return gone

        return self._parts.writer.submit(work)

    def reinstate(self, caller: Caller, dataset_id: str, reason: str) -> Dataset:
        """Put a withdrawn dataset back into the catalogue; agreements on it that still run read again.

        Raises:
            InputError: it is not withdrawn, or no reason is given.
            RoleError: the person may not withdraw it either.
        """
        caller.require(Permission.WITHDRAW, self.get(dataset_id).body)

        def work(transaction: Transaction) -> Dataset:
            held = get_dataset(transaction.connection, self._parts.canonical_dataset(dataset_id))
            back, event = reinstate(held, reason=reason, at=self._parts.clock.now(), actor=caller.actor())
            save_dataset(transaction.connection, TenantScope(back.body), back)
            version = find_newest_version(transaction.connection, back.id)
            if version is not None:
                index_record(transaction.connection, record_of(back, version, self._parts.register.get_body(back.body)))
            transaction.record(event)
            return back

        return self._parts.writer.submit(work)

    def get(self, dataset_id: str) -> Dataset:
        """Return a dataset; the body part may be any name the register knows (`dwp/claimants`).

        Raises:
            NotFoundError: this node holds no such dataset.
        """
        with self._parts.read() as connection:
            return get_dataset(connection, self._parts.canonical_dataset(dataset_id))

    def find_twin(self, dataset: Dataset) -> Dataset | None:
        """Return the live dataset that is the synthetic twin of a dataset, or None where there is none."""
        with self._parts.read() as connection:
            found = find_dataset(connection, f"{dataset.id}{SUFFIX}")
        return found if found and found.status == "live" and found.twin_of == dataset.id else None

    def get_open(self, dataset_id: str) -> Dataset:
        """Return a dataset that anybody may download.

        Raises:
            NotFoundError: there is no such dataset, it is withdrawn, or it is not open.
        """
        return require_open(self.get(dataset_id))

    def versions(self, dataset: Dataset) -> list[DatasetVersion]:
        """Return the versions of a dataset, newest first."""
        with self._parts.read() as connection:
            return list_versions(connection, dataset.id)


def require_open(dataset: Dataset) -> Dataset:
    """Return a dataset that anybody may download.

    Raises:
        NotFoundError: it is withdrawn, or it is not open.
    """
    if dataset.access is not Access.OPEN or dataset.status != "live" or not dataset.is_plain:
        raise NotFoundError(f"{dataset.id} is not open data.", advice=f"Ask for it: commonweal request {dataset.id}")
    return dataset


def require_live(connection: Connection, dataset_id: str) -> None:
    """Check, in the transaction that signs an agreement, that its dataset was not withdrawn since it was decided.

    Raises:
        NotAgreeableError: it was.
    """
    dataset = get_dataset(connection, dataset_id)
    if dataset.status != "live":
        raise NotAgreeableError(
            f"Nothing is agreed on {dataset.id}.",
            reasons=(f"The dataset {dataset.id} is not live: its status is {dataset.status}.",),
            advice="Ask the discloser whether the dataset will be published again.",
        )
