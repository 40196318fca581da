"""The parts a node is made of: each room's ports, met by the adapters that the settings name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, Engine

from commonweal.adapters.sql import Log, Transaction, Writer
from commonweal.core import Clock, Event, LogStoppedError, NotFoundError, StoreFullError
from commonweal.decide import PolicyEngine
from commonweal.identity import Register
from commonweal.keys import BlobStore, Custodian
from commonweal.law import RulePack

from .known_bodies import KnownBodies
from .law_in_force import LawInForce
from .settings import Settings, UnlockSecret

if TYPE_CHECKING:
    from .tally import Tally

NODE_KEY = "node-signing"
LINK_SECRET = "link"  # noqa: S105  the secret's name, not the secret
SOURCE_SECRET = "source"  # noqa: S105
RECORDS_SECRET = "records"  # noqa: S105


T = TypeVar("T")


def receiving_key(body: str) -> str:
    """Return the name of the key by which a body of this node receives what is sealed to it."""
    return f"receiving-{body}"


def token_secret(agreement: str) -> str:
    """Return the name of an agreement's token key in the key register."""
    return f"token-{agreement}"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the use cases lean on. One object for the life of a process."""

    home: Path
    settings: Settings
    unlock: UnlockSecret
    clock: Clock
    bodies: KnownBodies
    law: LawInForce
    custodian: Custodian
    blobs: BlobStore
    reading: Engine
    writer: Writer
    log: Log
    policy: PolicyEngine
    tally: "Tally"

    @property
    def register(self) -> Register:
        """Return the register of bodies that holds now."""
        return self.bodies.now

    @property
    def pack(self) -> RulePack:
        """Return the rule pack that holds now; whoever needs it twice for one answer reads it once."""
        return self.law.now.pack

    def read(self) -> Connection:
        """Return a connection for reading committed state; use it in a `with` block."""
        return self.reading.connect()

    def canonical_dataset(self, name: str) -> str:
        """Return the identifier of the dataset that `BODY/NAME` means, with any name of the body.

        Raises:
            NotFoundError: no body has that name, or it is not of that form.
        """
        body, _, short = name.strip("/").partition("/")
        if not short:
            raise NotFoundError(f"A dataset is named BODY/NAME, and {name[:100]!r} is not.")
        return f"{self.register.resolve(body).slug}/{short}"

    def record(self, event: Event) -> None:
        """Make an access durable in the log, before its answer leaves (promise 1).

        Raises:
            LogStoppedError: it cannot be written; whatever the cause, the answer must not leave.
        """
        self.record_access(lambda transaction: transaction.record(event))

    def record_access(self, work: Callable[[Transaction], T]) -> T:
        """Run the unit of work that makes an access durable in the log, and return its result; errors as `record`."""
        try:
            return self.writer.submit(work)
        except StoreFullError:
            raise LogStoppedError("The disk that holds the audit log is full, so nothing is answered.") from None

    def require_log(self) -> None:
        """Fail closed while the log cannot be written (promise 3).

        Raises:
            LogStoppedError: the last commit failed and none has succeeded since.
        """
        if self.writer.stopped:
            raise LogStoppedError("The audit log cannot be written, so nothing is answered until it can.")
