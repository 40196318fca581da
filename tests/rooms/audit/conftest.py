"""A small signed log, held in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonweal.audit import (
    Frontier,
    LogKey,
    LogReport,
    LogRow,
    Tile,
    canonical_json,
    commit,
    sign_checkpoint,
    verify_log,
)
from commonweal.core import Actor, Event

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = LogKey("node.example/log", PRIVATE_KEY.public_key().public_bytes_raw())
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def make_row(index: int, subject: str = "agr-1") -> LogRow:
    event = canonical_json(Event("agreement.signed", AT, "dwp", f"{subject}-{index}", Actor("ada", "dwp")))
    salt = index.to_bytes(32, "big")
    return LogRow(index, salt, event, commit(salt, event))


@dataclass
class SmallLog:
    """Rows, the tiles of the first `signed`, and the note over them."""

    rows: list[LogRow]
    tiles: dict[Tile, bytes] = field(default_factory=dict)
    note: bytes = b""

    @classmethod
    def of(cls, count: int, *, signed: int, subject: str = "agr-1") -> "SmallLog":
        log = cls([make_row(index, subject) for index in range(count)])
        frontier = Frontier()
        for row in log.rows[:signed]:
            log.tiles.update(frontier.append(row.entry))
        log.tiles.update(frontier.partial_tiles())
        log.note = sign_checkpoint(PRIVATE_KEY.sign, KEY, signed, frontier.root())
        return log

    def verify(self, *against: bytes) -> LogReport:
        return verify_log(self.rows, self.tiles, self.note, KEY, against=against)


@pytest.fixture
def log_of() -> Callable[..., SmallLog]:
    return SmallLog.of


@pytest.fixture
def key() -> LogKey:
    return KEY


@pytest.fixture
def sign() -> Callable[[bytes], bytes]:
    return PRIVATE_KEY.sign
