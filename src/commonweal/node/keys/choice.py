"""Under which key-encryption key a sealed file lies: its body's, or one of the dataset's own."""

from collections.abc import Collection, Sequence

from commonweal.adapters.sql import Transaction
from commonweal.core import Actor, Event, Json
from commonweal.keys import KeyClass, KeyNameError, KeyPurpose, KeySpentError, KeyState, UnknownKeyError
from commonweal.node.parts import Parts
from commonweal.publish import Classification, Dataset, DatasetVersion, class_of, most_sensitive, split_fields

BODY_KEY = ""
"""In a key's place: the key of the body that the file belongs to."""


def kek_of_dataset(dataset_id: str, classification: Classification | None = None) -> str:
    """Return the name of a dataset's own key, or of that of one class of its fields."""
    return f"kek-{dataset_id}" if classification is None else f"kek-{dataset_id}/{classification.value}"


def keks_of(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of a dataset's own keys for its next version; none if that lies under its body's."""
    if dataset.key_class is KeyClass.BODY:
        return ()
    return tuple(kek_of_dataset(dataset.id, each) for each in classes_of(dataset))


def classes_of(dataset: Dataset) -> tuple[Classification | None, ...]:
    """Return the classes of fields that get a file each, the most sensitive first; None stands for one of them all."""
    return tuple(split_fields(dataset.contract.fields)) if dataset.is_split else (None,)


def choose_for_part(dataset: Dataset, classification: Classification | None) -> str:
    """Return the key of a new version's file that holds the fields of a class, or with None all of them."""
    return BODY_KEY if dataset.key_class is KeyClass.BODY else kek_of_dataset(dataset.id, classification)


def choose_for_set_aside(dataset: Dataset) -> str:
    """Return the key of what a new version sets aside: it may hold any field, so it lies with the most sensitive."""
    fields = dataset.contract.fields
    return choose_for_part(dataset, most_sensitive(map(class_of, fields)) if dataset.is_split else None)


def choose_for_release(version: DatasetVersion, fields: Collection[str]) -> str:
    """Return the key of a release made from `fields` of a version, those included that its rows are chosen by."""
    if version.key_class is KeyClass.BODY:
        return BODY_KEY
    parts = version.parts_with(fields)
    return kek_of_dataset(version.dataset, most_sensitive(each.classification for each in parts) if parts else None)


class DatasetKeys:
    """The keys that datasets have of their own: made at their first use, never again once destroyed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def verify_unspent(self, keks: Sequence[str]) -> None:
        """Check that none of these keys was destroyed: a key of that name can never be made again.

        Raises:
            KeySpentError: one was.
        """
        spent = self._known(keks, KeyState.DESTROYED) - self._known(keks, KeyState.ACTIVE)
        if spent:
            raise KeySpentError(f"{' and '.join(sorted(spent))} was destroyed: a key's name is spent with it for good.")

    def _known(self, keks: Sequence[str], state: KeyState) -> set[str]:
        return {each.key_id for each in self._parts.custodian.list_keys() if each.state is state} & set(keks)

    def make(self, keks: Sequence[str], body: str, actor: Actor) -> None:
        """Make those of a body's keys that are not held yet.

        Raises:
            KeySpentError: one was destroyed.
        """
        for each in keks:
            try:
                self._parts.custodian.current_kek(each)
            except UnknownKeyError:
                self._make(each, body, actor)

    def _make(self, kek_id: str, body: str, actor: Actor) -> None:
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            version = self._create(kek_id)
            facts: dict[str, Json] = {"key": kek_id, "purpose": KeyPurpose.KEY_ENCRYPTION.value, "version": version}
            transaction.record(Event("key.made", now, body, kek_id, actor, facts))

        self._parts.writer.submit(work)

    def _create(self, kek_id: str) -> int:
        try:
            return self._parts.custodian.create_kek(kek_id).version
        except KeyNameError:
            self.verify_unspent([kek_id])
            raise

    def tell(self, key_class: KeyClass, *, is_split: bool) -> str:
        """Return the sentences that say under which key data of a key class lies, and what destroying that key does."""
        if key_class is KeyClass.BODY:
            return "It lies under its body's key, as all else of its body does."
        whose = "Each class of its fields lies under a key of its own" if is_split else "It lies under a key of its own"
        if self._parts.custodian.destroys_at_once:
            return f"{whose}, which can be destroyed at once in the device that holds it."
        return f"{whose}. {self.warn()}"

    def warn(self) -> str:
        """Return what a steward must know of destroying keys where they lie in a file; empty where none does."""
        if self._parts.custodian.destroys_at_once:
            return ""
        days = self._parts.settings.backup_days
        return f"A key destroyed in a keystore file lives on in backups until they expire, here after {days} days."
