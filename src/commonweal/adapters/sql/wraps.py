"""Store of wraps: which header rows a key-encryption key still has to open, and their passing to its next version."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from commonweal.keys import KEK_STANZA, HeaderRow, KekReference

from .datasets import SealedFile
from .state import header_row, sealed_file


@dataclass(frozen=True, slots=True)
class Wrap:
    """One header row and the sealed file it opens."""

    file: SealedFile
    row: HeaderRow


def list_behind(connection: Connection, current: KekReference, *, after: str = "", limit: int = 100) -> list[Wrap]:
    """Return wraps under earlier versions of a key-encryption key, by sealed file, those past `after`."""
    query = (
        select(sealed_file, header_row)
        .join(header_row, header_row.c.sealed_file == sealed_file.c.id)
        .where(
            header_row.c.holder == current.kek_id,
            header_row.c.version < current.version,
            header_row.c.sealed_file > after,
        )
        .order_by(header_row.c.sealed_file)
        .limit(limit)
    )
    width = len(sealed_file.c)
    return [Wrap(SealedFile(*row[:width]), HeaderRow(*row[width:])) for row in connection.execute(query)]


def count_wraps(connection: Connection, current: KekReference) -> tuple[int, int]:
    """Return how many wraps lie under earlier versions of a key-encryption key, and how many under any."""
    versions = select(header_row.c.version, func.count()).where(header_row.c.holder == current.kek_id)
    counted = connection.execute(versions.group_by(header_row.c.version)).all()
    return sum(count for version, count in counted if version < current.version), sum(count for _, count in counted)


def list_one_of_each(connection: Connection) -> list[tuple[Wrap, int]]:
    """Return one wrap under each version of each key-encryption key, and how many lie under that version."""
    counted = (
        select(func.min(header_row.c.sealed_file).label("first"), header_row.c.holder, func.count().label("count"))
        .where(header_row.c.kind == KEK_STANZA)
        .group_by(header_row.c.holder, header_row.c.version)
        .subquery()
    )
    query = (
        select(sealed_file, header_row, counted.c.count)
        .join(header_row, header_row.c.sealed_file == sealed_file.c.id)
        .join(counted, (counted.c.first == sealed_file.c.id) & (counted.c.holder == header_row.c.holder))
    )
    width = len(sealed_file.c)
    return [(Wrap(SealedFile(*row[:width]), HeaderRow(*row[width:-1])), row[-1]) for row in connection.execute(query)]


def replace_wrap(connection: Connection, old: HeaderRow, new: HeaderRow) -> bool:
    """Put a wrap in the place of another; return False when that one is no longer there."""
    this = (
        (header_row.c.sealed_file == old.sealed_file)
        & (header_row.c.holder == old.holder)
        & (header_row.c.version == old.version)
    )
    changed = connection.execute(update(header_row).where(this).values(header=new.header, version=new.version))
    return bool(changed.rowcount)
