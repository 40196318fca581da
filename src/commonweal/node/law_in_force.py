"""The law that a node applies: the common rule pack and its body's own beside it, proved at start."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commonweal.adapters.packaged import load_common_pack_bytes
from commonweal.adapters.sql import open_reading
from commonweal.adapters.sql.agreements import list_packs
from commonweal.adapters.sql.rule_packs import LocalPack, find_last_event, list_local_packs
from commonweal.law import (
    PINNED_PACKS,
    RulePack,
    RulePackAdopted,
    UntrustedPackError,
    join_packs,
    parse_pack,
    read_pack,
)

from .settings import DATABASE, Settings

_RESTORE = "Restore the node from a backup that verifies; keep this folder as evidence."


@dataclass(frozen=True, slots=True)
class Law:
    """The rule packs of one moment: the common one, a local one if there is, and the pack that they make together."""

    common: RulePack
    pack: RulePack
    local: RulePack | None = None
    adopted: LocalPack | None = None


class LawInForce:
    """Holds the rule packs that a node applies. They may change while it runs; each reading of `now` is whole."""

    def __init__(self, law: Law) -> None:
        self._law = law
        self._lock = Lock()

    @property
    def now(self) -> Law:
        """Return the rule packs that hold now; whoever answers a question reads them once."""
        return self._law

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else change them for the length of a `with` block."""
        with self._lock:
            yield

    def change(self, law: Law) -> None:
        """Apply other packs from now on, for every thread."""
        self._law = law


def read_law(home: Path, settings: Settings) -> LawInForce:
    """Return the rule packs that a home's node applies, once each has proved itself; nothing is written.

    1. The common pack has a digest that is pinned in the release or was adopted.
    2. At most one local pack holds; its bytes have the digest that was adopted.
    3. The node's key signed that adoption.
    4. The last event of the log about it is that adoption.
    5. It stands beside the common one.

    Raises:
        UntrustedPackError: the common pack, or step 2, 3 or 4, fails (`law.pack-not-adopted`).
        LawError: the local pack does not stand beside the common one (`law.pack-malformed`).
        StoreError: the database cannot be read.
    """
    adopted, stored = _read_stored(home)
    common = parse_pack(load_common_pack_bytes(), pinned=PINNED_PACKS | adopted)  # 1
    if not stored:
        return LawInForce(Law(common, common))
    (known, event), *others = stored
    if others or event != "rule_pack.adopted":  # 2, 4
        raise _distrust(known, "the log does not say that it is in force")
    local = _prove(known, bytes.fromhex(settings.public_key))  # 2, 3
    return LawInForce(Law(common, join_packs(common, local), local, known))  # 5


def _read_stored(home: Path) -> tuple[frozenset[str], list[tuple[LocalPack, str]]]:
    database = home / DATABASE
    if not database.is_file():
        return frozenset(), []
    engine = open_reading(f"sqlite:///{database.resolve()}")
    try:
        with engine.connect() as connection:
            local = [(each, find_last_event(connection, each.digest)) for each in list_local_packs(connection)]
            return frozenset(each.digest for each in list_packs(connection)), local
    finally:
        engine.dispose()


def _prove(known: LocalPack, public_key: bytes) -> RulePack:
    if hashlib.sha256(known.content).hexdigest() != known.digest:
        raise _distrust(known, "its bytes are not those that were adopted")
    said = RulePackAdopted(
        digest=known.digest, version=known.version, at=known.adopted, body=known.body, person=known.person
    )
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(known.signature, rfc8785.dumps(said.statement()))
    except InvalidSignature:
        raise _distrust(known, "the node's key did not sign its adoption") from None
    return read_pack(known.content)


def _distrust(known: LocalPack, why: str) -> UntrustedPackError:
    return UntrustedPackError(f"The local rule pack with digest {known.digest} is refused: {why}.", advice=_RESTORE)
