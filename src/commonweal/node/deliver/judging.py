"""The question behind every read: who reads what by which door, and what the agreement has given of late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from commonweal.adapters.sql.agreements import find_agreement
from commonweal.adapters.sql.bodies import find_person
from commonweal.adapters.sql.datasets import get_dataset
from commonweal.adapters.sql.deliveries import Given, count_given
from commonweal.agree import ROLE, Agreement
from commonweal.core import NotFoundError
from commonweal.decide import Decision, DeliveryFacts
from commonweal.deliver import Delivery, ask_to_read, door_agreed
from commonweal.identity import TenantScope
from commonweal.node.callers import Recipient
from commonweal.node.parts import Parts
from commonweal.publish import Dataset

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody of a recipient wants at a door; no `fields` or `purpose` means the agreement's.

    `rows` is how many rows would leave, 0 while that is not known, and None where only the agreement's terms are shown.
    """

    body: str
    person: str
    door: str
    fields: Sequence[str] = ()
    purpose: str = ""
    rows: int | None = None


def reading_of(
    recipient: Recipient, door: str, fields: Sequence[str], purpose: str, *, rows: int | None = None
) -> Reading:
    """Return what the holder of a recipient's token wants."""
    return Reading(recipient.body, recipient.credential.person, door, fields, purpose, rows)


class Judging:
    """Puts the question of a read to the policies, on a connection that the caller holds."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def begin(self, connection: Connection, wanted: Reading, agreement: Agreement, dataset: Dataset) -> Decision:
        """Decide whether a read may begin.

        On the connection of the transaction that authorises it, what others were given before is counted exactly, so
        that no two readers are given the same last row.
        """
        given = self._given(connection, wanted, agreement)
        return self._decide(connection, wanted, agreement, dataset, given)

    def begin_again(self, connection: Connection, wanted: Reading, agreement_id: str) -> Decision:
        """Decide as `begin`, by the agreement and the dataset as this connection finds them.

        Raises:
            NotFoundError: there is no such agreement of the reader's body.
        """
        agreement = find_agreement(connection, TenantScope(wanted.body), agreement_id)
        if agreement is None:
            raise NotFoundError(f"{wanted.body} has no agreement {agreement_id}.")
        return self.begin(connection, wanted, agreement, get_dataset(connection, agreement.dataset))

    def go_on(self, connection: Connection, delivery: Delivery, agreement: Agreement, dataset: Dataset) -> Decision:
        """Decide whether a delivery that runs may go on; neither itself nor what came after it counts against it."""
        wanted = Reading(
            delivery.recipient, delivery.person, delivery.door, delivery.fields, delivery.purpose, delivery.rows
        )
        return self._decide(connection, wanted, agreement, dataset, Given(0, 0))

    def _given(self, connection: Connection, wanted: Reading, agreement: Agreement) -> Given:
        demanded = agreement.conditions
        if wanted.rows is None or not (demanded.deliveries_per_day or demanded.rows_per_day):
            return Given(0, 0)
        return count_given(connection, agreement.id, self._parts.clock.now() - DAY)

    def _decide(
        self, connection: Connection, wanted: Reading, agreement: Agreement, dataset: Dataset, given: Given
    ) -> Decision:
        delivery = None
        if wanted.rows is not None:
            delivery = DeliveryFacts(door_agreed(wanted.door), given.deliveries, given.rows, wanted.rows)
        question = ask_to_read(
            agreement,
            dataset,
            recipient=wanted.body,
            fields=wanted.fields or agreement.fields,
            purpose=wanted.purpose or agreement.purpose,
            at=self._parts.clock.now(),
            reader=_names_of(connection, wanted, agreement),
            delivery=delivery,
        )
        return self._parts.policy.decide_read(question)


def _names_of(connection: Connection, wanted: Reading, agreement: Agreement) -> frozenset[str]:
    """Return the names by which an agreement may call who reads; the roles are those of today, at the recipient."""
    own = frozenset({wanted.person} - {""})
    if not agreement.conditions.readers:
        return own
    found = find_person(connection, wanted.person)
    if found is None or found.body != agreement.recipient:
        return own
    return own | {f"{ROLE}{role.value}" for role in found.roles}
