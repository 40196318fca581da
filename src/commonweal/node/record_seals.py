"""The seals of stored agreements and requests: the secret behind them, and the first start of a home without."""

from sqlalchemy import Engine

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.seals import RowSeal, seal_rows
from commonweal.core import Actor, Event, Json
from commonweal.keys import Custodian, UnknownKeyError

from .parts import RECORDS_SECRET, Parts


def lend_seal(custodian: Custodian, *engines: Engine) -> None:
    """Have connections seal what they write and verify what they read, by a secret that a home without one gets now."""
    try:
        secret = custodian.get_secret(RECORDS_SECRET)
    except UnknownKeyError:
        secret = custodian.new_secret(RECORDS_SECRET)
    RowSeal(secret).lend(*engines)


def seal_older(parts: Parts) -> None:
    """Seal once what a home of before there were seals holds, and say so in the log; later, a row without is refused.

    Which homes those are is told by the log, which nobody can change unseen: in a home that had the secret from the
    start it is older than the first event, and one that was sealed has the event.
    """
    if not _had_it_from_the_start(parts) and not _is_sealed(parts):
        parts.writer.submit(lambda transaction: _seal(transaction, parts))


def _had_it_from_the_start(parts: Parts) -> bool:
    events = parts.log.find_events(limit=1)
    made = next(each.created for each in parts.custodian.list_keys() if each.key_id == RECORDS_SECRET)
    return not events or made <= events[0].event.at


def _is_sealed(parts: Parts) -> bool:
    return bool(parts.log.find_events(subject=parts.settings.node, name="records.sealed", limit=1))


def _seal(transaction: Transaction, parts: Parts) -> None:
    settings, counts = parts.settings, seal_rows(transaction.connection)
    actor = Actor(settings.operator, settings.body)
    facts: dict[str, Json] = {"requests": counts["access_request"], "agreements": counts["agreement"]}
    transaction.record(Event("records.sealed", parts.clock.now(), settings.body, settings.node, actor, facts))
