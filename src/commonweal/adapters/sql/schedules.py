"""Store of schedules: which are due, who is at work on one and until when, and what of each lies sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from commonweal.core import NotFoundError, to_rfc3339
from commonweal.identity import TenantScope
from commonweal.keys import KekReference, KekWrap
from commonweal.publish import Schedule, ScheduleStatus

from .documents import dump, load
from .state import schedule

_NONCE = 12


@dataclass(frozen=True, slots=True)
class SealedSource:
    """What is needed to read a schedule's address, under a version of its body's key-encryption key."""

    schedule: str
    kek: KekReference
    wrap: KekWrap


def add_schedule(connection: Connection, scope: TenantScope, value: Schedule, sealed: SealedSource) -> None:
    """Store a new schedule of the scope's body."""
    row = {"id": value.id, "body": scope.body, **_row(value), **_sealed_row(sealed)}
    connection.execute(insert(schedule).values(row))


def save_schedule(connection: Connection, value: Schedule) -> None:
    """Store a schedule that changed."""
    connection.execute(update(schedule).where(schedule.c.id == value.id).values(_row(value)))


def remove_schedule(connection: Connection, schedule_id: str) -> None:
    """Forget a schedule, and what of it lies sealed."""
    connection.execute(delete(schedule).where(schedule.c.id == schedule_id))


def get_schedule(connection: Connection, schedule_id: str) -> Schedule:
    """Return a schedule by identifier.

    Raises:
        NotFoundError: there is none.
    """
    query = select(schedule.c.document).where(schedule.c.id == schedule_id)
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        raise NotFoundError(
            f"There is no schedule {schedule_id[:100]!r}.", advice="`commonweal schedule list` says which there are."
        )
    return load(Schedule, text)


def list_schedules(connection: Connection, scope: TenantScope) -> list[Schedule]:
    """Return a body's schedules by dataset."""
    query = select(schedule.c.document).where(schedule.c.body == scope.body)
    found = [load(Schedule, text) for text in connection.execute(query).scalars()]
    return sorted(found, key=lambda each: (each.dataset, each.made, each.id))


def list_due(connection: Connection, now: datetime, *, holder: str) -> list[str]:
    """Return the active schedules that are due and that nobody but `holder` holds, the longest due first."""
    is_due = (schedule.c.status == ScheduleStatus.ACTIVE.value) & (schedule.c.due <= to_rfc3339(now))
    query = select(schedule.c.id).where(is_due, _is_free(holder, now)).order_by(schedule.c.due)
    return list(connection.execute(query).scalars())


def _is_free(holder: str, now: datetime) -> ColumnElement[bool]:
    return (schedule.c.held_until < to_rfc3339(now)) | (schedule.c.holder == holder)


def take_schedule(connection: Connection, schedule_id: str, *, holder: str, now: datetime, until: datetime) -> bool:
    """Take the lease of a schedule that nobody else holds, and say whether that was so."""
    this = update(schedule).where(schedule.c.id == schedule_id, _is_free(holder, now))
    taken = this.values(holder=holder, held_until=to_rfc3339(until))
    return bool(connection.execute(taken).rowcount)


def release_schedule(connection: Connection, schedule_id: str, *, holder: str) -> bool:
    """Give back a lease, and say whether it was still held."""
    own = (schedule.c.id == schedule_id) & (schedule.c.holder == holder)
    return bool(connection.execute(update(schedule).where(own).values(holder="", held_until="")).rowcount)


def list_held(connection: Connection) -> list[str]:
    """Return the schedules that somebody holds, or held when they were killed."""
    return list(connection.execute(select(schedule.c.id).where(schedule.c.holder != "")).scalars())


def release_all(connection: Connection) -> None:
    """Give back every lease: for whoever knows that no other process is at work."""
    connection.execute(update(schedule).values(holder="", held_until=""))


def get_sealed(connection: Connection, schedule_id: str) -> SealedSource:
    """Return what of a schedule lies sealed; errors as `get_schedule`."""
    get_schedule(connection, schedule_id)
    columns = (schedule.c.id, schedule.c.kek, schedule.c.kek_version, schedule.c.sealed)
    return _sealed(connection.execute(select(*columns).where(schedule.c.id == schedule_id)).one())


def list_sealed_behind(connection: Connection, current: KekReference) -> list[SealedSource]:
    """Return what lies sealed under earlier versions of a key-encryption key."""
    behind = (schedule.c.kek == current.kek_id) & (schedule.c.kek_version < current.version)
    columns = (schedule.c.id, schedule.c.kek, schedule.c.kek_version, schedule.c.sealed)
    return [_sealed(row) for row in connection.execute(select(*columns).where(behind))]


def replace_sealed(connection: Connection, old: SealedSource, new: SealedSource) -> bool:
    """Put what lies sealed under another version in its place; return False when it is no longer there."""
    this = (schedule.c.id == old.schedule) & (schedule.c.kek_version == old.kek.version)
    return bool(connection.execute(update(schedule).where(this).values(_sealed_row(new))).rowcount)


def _row(value: Schedule) -> dict[str, str]:
    return {"status": value.status.value, "due": to_rfc3339(value.due), "document": dump(value)}


def _sealed_row(sealed: SealedSource) -> dict[str, object]:
    return {
        "kek": sealed.kek.kek_id,
        "kek_version": sealed.kek.version,
        "sealed": sealed.wrap.nonce + sealed.wrap.ciphertext,
    }


def _sealed(row: Row[Any, Any, Any, Any]) -> SealedSource:
    schedule_id, kek, version, sealed = row
    return SealedSource(schedule_id, KekReference(kek, version), KekWrap(sealed[:_NONCE], sealed[_NONCE:]))
