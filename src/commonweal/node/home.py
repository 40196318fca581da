"""The composition root: a home folder becomes a node, and a node becomes use cases."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import rfc8785

from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.folder import FolderLock
from commonweal.adapters.keystore import FileCustodian
from commonweal.adapters.packaged import load_common_pack_bytes, load_register
from commonweal.adapters.sql import Log, Transaction, Writer, migrate, open_reading, open_writing
from commonweal.adapters.sql.agreements import PackAdoption, add_pack, list_packs
from commonweal.audit import LogKey
from commonweal.core import Actor, Clock, InputError, SystemClock, new_identifier
from commonweal.decide import PolicyEngine
from commonweal.identity import Person, Role
from commonweal.law import PINNED_PACKS, adopt_pack, parse_pack

from .asking import Asking
from .auditing import Auditing
from .bodies import Bodies
from .catalogue import Catalogue
from .closing import remove_closing, sign_closing
from .delivering import Delivering
from .files import SealedStore
from .insights import Insights
from .key_register import KeyRegister
from .parts import LINK_SECRET, NODE_KEY, SOURCE_SECRET, Parts
from .profiles import Profiles
from .publishing import Publishing
from .settings import (
    BLOBS,
    DATABASE,
    KEYSTORE,
    LOG,
    Settings,
    UnlockSecret,
    find_unlock_secret,
    make_unlock_secret,
    read_settings,
    write_settings,
)
from .staging import Staging
from .tally import Tally


@dataclass(frozen=True)
class Node:
    """A running node: its parts and its use cases. Close it to sign what is pending and let go of the folder."""

    parts: Parts
    lock: FolderLock

    @cached_property
    def files(self) -> SealedStore:
        """Sealed files."""
        return SealedStore(self.parts)

    @cached_property
    def staging(self) -> Staging:
        """Sources on their way in."""
        return Staging(self.parts)

    @cached_property
    def tally(self) -> Tally:
        """Counts of open deliveries."""
        return Tally(self.parts.clock, self.parts.writer)

    @cached_property
    def bodies(self) -> Bodies:
        """Bodies, people, tokens."""
        return Bodies(self.parts)

    @cached_property
    def publishing(self) -> Publishing:
        """Publish and withdraw."""
        return Publishing(self.parts, self.files, self.staging)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Search and DCAT."""
        return Catalogue(self.parts)

    @cached_property
    def asking(self) -> Asking:
        """Explain, request, decide, agree, revoke."""
        return Asking(self.parts)

    @cached_property
    def delivering(self) -> Delivering:
        """Every delivery door."""
        return Delivering(self.parts, self.files, self.tally)

    @cached_property
    def profiles(self) -> Profiles:
        """Profiles for recipients."""
        return Profiles(self.parts, self.bodies, self.asking)

    @cached_property
    def auditing(self) -> Auditing:
        """The log and its proofs."""
        return Auditing(self.parts)

    @cached_property
    def insights(self) -> Insights:
        """Measures."""
        return Insights(self.parts, self.files)

    @cached_property
    def keys(self) -> KeyRegister:
        """The key register."""
        return KeyRegister(self.parts)

    def close(self) -> None:
        """Count what was delivered, sign what is pending, stop the writer, state what is left, let go of the folder."""
        if "tally" in self.__dict__:
            self.tally.close()
        self.parts.log.close()
        self.parts.writer.close()
        self.parts.reading.dispose()
        sign_closing(self.parts.home, self.parts.custodian, NODE_KEY)
        self.lock.close()


def create_home(
    home: Path,
    *,
    body: str,
    operator: str,
    port: int,
    demo: bool = False,
    clock: Clock | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Make a node's home folder for a public body, with its first keys, its operator and the adopted rule pack.

    Args:
        home: the folder; it must be empty or not exist.
        body: any name of the public body whose node it is.
        operator: the full name of the person who runs it, who holds every role of that body at first.
        port: where `serve` will listen.
        demo: whether the folder may be thrown away by the next demonstration.
        clock: the source of time.
        environment: where an unlock secret may be given.

    Raises:
        InputError: the folder holds something already.
        UnknownBodyError: no register knows that body.
    """
    if home.exists() and not (home.is_dir() and not any(home.iterdir())):
        raise InputError(f"{home} is not an empty folder.", advice="Name a new folder with --home.")
    founder = load_register().resolve(body)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = new_identifier("node")
    unlock = make_unlock_secret(home, name, environment) if environment is not None else make_unlock_secret(home, name)
    custodian = FileCustodian.create(
        home / KEYSTORE, unlock.value, clock=clock or SystemClock(), protection=unlock.place
    )
    public_key = custodian.new_signing_key(NODE_KEY)
    for secret in (LINK_SECRET, SOURCE_SECRET):
        custodian.new_secret(secret)
    settings = Settings(
        node=name,
        origin=f"commonweal/{name}",
        body=founder.slug,
        operator="",
        public_key=public_key.hex(),
        port=port,
        demo=demo,
    )
    write_settings(home, settings)
    with open_home(home, clock=clock, unlock=unlock) as node:
        actor = Actor(operator, founder.slug)
        node.bodies.found(founder, actor)
        person = node.bodies.admit(founder.slug, operator, [role.value for role in Role], actor)
        _adopt(node.parts, person)
    settings = replace(settings, operator=person.id)
    write_settings(home, settings)
    return settings


def _adopt(parts: Parts, person: Person) -> None:
    adopted = adopt_pack(parts.pack, body=person.body, person=person, at=parts.clock.now())
    signature = parts.custodian.sign(NODE_KEY, rfc8785.dumps(adopted.statement()))
    row = PackAdoption(adopted.digest, adopted.body, adopted.person, adopted.at, signature)

    def work(transaction: Transaction) -> None:
        add_pack(transaction.connection, row)
        transaction.record(adopted.event(signature=b64encode(signature).decode()))

    parts.writer.submit(work)


@contextmanager
def open_home(home: Path, *, clock: Clock | None = None, unlock: UnlockSecret | None = None) -> Iterator[Node]:
    """Open a home folder as a node for the length of a `with` block; nobody else may write to it meanwhile.

    Raises:
        NotFoundError: there is no node, or the unlock secret is not on this machine.
        FolderInUseError: another process has it open.
        WrongSecretError: the unlock secret is not this keystore's.
        StoreError: the database or the keystore is damaged.
    """
    settings = read_settings(home)
    lock = FolderLock(home)
    try:
        node = _assemble(home, settings, clock or SystemClock(), unlock, lock)
    except BaseException:
        lock.close()
        raise
    try:
        node.files.sweep()
        yield node
    finally:
        node.close()


def _assemble(home: Path, settings: Settings, clock: Clock, unlock: UnlockSecret | None, lock: FolderLock) -> Node:
    secret = unlock or find_unlock_secret(home, settings.node)
    custodian = FileCustodian.open(home / KEYSTORE, secret.value, clock=clock, protection=secret.place)
    url = f"sqlite:///{(home / DATABASE).resolve()}"
    remove_closing(home)
    writing = open_writing(url)
    migrate(writing)
    writer = Writer(writing, clock)
    reading = open_reading(url)
    key = LogKey(settings.origin, bytes.fromhex(settings.public_key))
    log = Log(writer, reading, home / LOG, key, lambda message: custodian.sign(NODE_KEY, message))
    log.start()
    with reading.connect() as connection:
        adopted = {each.digest for each in list_packs(connection)}
    pack = parse_pack(load_common_pack_bytes(), pinned=PINNED_PACKS | adopted)
    blobs = LocalBlobs(home / BLOBS)
    blobs.sweep()
    parts = Parts(
        home=home,
        settings=settings,
        unlock=secret,
        clock=clock,
        register=load_register(),
        pack=pack,
        custodian=custodian,
        blobs=blobs,
        reading=reading,
        writer=writer,
        log=log,
        policy=PolicyEngine(),
    )
    return Node(parts, lock)
