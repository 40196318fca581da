"""Use case of classifying: a steward changes how fields of a published dataset are classified, without a new upload."""

from collections.abc import Collection

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import find_newest_version, get_dataset, save_dataset
from commonweal.adapters.sql.search import index_record
from commonweal.core import InputError
from commonweal.identity import Permission, TenantScope
from commonweal.inventory import record_of
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.publish import Classification, Dataset, classify_fields


class Classifying:
    """Changes how fields are classified."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def classify(
        self, caller: Caller, dataset_id: str, fields: Collection[str], *, classification: str = "", reason: str
    ) -> Dataset:
        """Confirm how fields are classified, or classify them otherwise; open data with one not plain becomes shared.

        Args:
            caller: a steward of the dataset's body.
            dataset_id: the dataset.
            fields: the names of the fields.
            classification: what they are from now on; empty confirms what the data contract says.
            reason: why, in a sentence.

        Raises:
            InputError: there is no such field or classification, or no reason.
            NotFoundError: this node holds no such dataset.
            RoleError: the person may not confirm fields of that body.
            WithdrawnError: the dataset is withdrawn.
        """
        chosen = _classification(classification)
        canonical = self._parts.canonical_dataset(dataset_id)
        with self._parts.read() as connection:
            caller.require(Permission.CONFIRM_FIELDS, get_dataset(connection, canonical).body)
        now, actor = self._parts.clock.now(), caller.actor()

        def work(transaction: Transaction) -> Dataset:
            dataset = get_dataset(transaction.connection, canonical)
            changed, event = classify_fields(dataset, fields, classification=chosen, reason=reason, at=now, actor=actor)
            newest = find_newest_version(transaction.connection, canonical)
            save_dataset(transaction.connection, TenantScope(changed.body), changed)
            index_record(
                transaction.connection, record_of(changed, newest, self._parts.register.get_body(changed.body))
            )
            transaction.record(event)
            return changed

        return self._parts.writer.submit(work)


def _classification(text: str) -> Classification | None:
    try:
        return Classification(text) if text else None
    except ValueError:
        listed = ", ".join(Classification)
        raise InputError("There is no such classification.", advice=f"Use one of {listed}.") from None
