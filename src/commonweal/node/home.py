"""The composition root: a home folder becomes a node, and a node becomes use cases."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.folder import FolderLock
from commonweal.adapters.packaged import load_register
from commonweal.adapters.sql import Log, Writer, migrate, open_reading, open_writing
from commonweal.adapters.sql.partners import list_partners
from commonweal.audit import LogKey
from commonweal.core import Clock, SystemClock
from commonweal.decide import PolicyEngine

from .audit.auditing import Auditing
from .audit.closing import remove_closing, sign_closing
from .backups.making import BackingUp
from .bodies import Bodies
from .casework.asking import Asking
from .casework.documents import Documents
from .casework.duties import Duties
from .casework.emergencies import Emergencies
from .casework.living import Living
from .casework.profiles import Profiles
from .casework.reminding import Reminding
from .casework.requesting import Requesting
from .casework.security_cases import SecurityCases
from .casework.signing import Signing
from .casework.waiting import WaitingRequests
from .catalogue import Catalogue
from .custody import find_secret, open_custodian
from .deliver.changing import Changing
from .deliver.delivering import Delivering
from .deliver.receiving import Receiving
from .deliver.sealed_delivering import SealedDelivering
from .files import SealedStore
from .insights import Insights
from .keys.acts import KeyActs
from .keys.register import KeyRegister
from .keys.rotating import Rotating
from .keys.shredding import Shredding
from .known_bodies import KnownBodies
from .law.rule_packs import RulePacks
from .law_in_force import read_law
from .partners import Partners
from .parts import NODE_KEY, Parts
from .publish.classifying import Classifying
from .publish.datasets import Datasets
from .publish.defects import Defects
from .publish.drafting import Drafts
from .publish.fetching import Fetching
from .publish.onward import Onward
from .publish.publishing import Publishing
from .publish.scheduling import Scheduling
from .publish.staging import Staging
from .publish.twinning import Twinning
from .record_seals import lend_seal, seal_older
from .settings import BLOBS, DATABASE, LOG, Settings, UnlockSecret, read_settings
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

    @property
    def tally(self) -> Tally:
        """Counts of open deliveries."""
        return self.parts.tally

    @cached_property
    def bodies(self) -> Bodies:
        """Bodies, people, tokens."""
        return Bodies(self.parts)

    @cached_property
    def partners(self) -> Partners:
        """Bodies that no public register holds."""
        return Partners(self.parts)

    @cached_property
    def datasets(self) -> Datasets:
        """Datasets, their versions, and withdrawal."""
        return Datasets(self.parts, self.files)

    @cached_property
    def defects(self) -> Defects:
        """Defects that consumers raise."""
        return Defects(self.parts)

    @cached_property
    def classifying(self) -> Classifying:
        """How fields are classified, changed later."""
        return Classifying(self.parts)

    @cached_property
    def publishing(self) -> Publishing:
        """Publish."""
        return Publishing(self.parts, self.files, self.staging)

    @cached_property
    def fetching(self) -> Fetching:
        """Sources by address."""
        return Fetching(self.parts, self.staging)

    @cached_property
    def scheduling(self) -> Scheduling:
        """Publishing on a timetable."""
        return Scheduling(self.parts, self.bodies, self.fetching, self.publishing)

    @cached_property
    def twinning(self) -> Twinning:
        """Synthetic twins."""
        return Twinning(self.parts, self.files, self.staging, self.publishing)

    @cached_property
    def drafts(self) -> Drafts:
        """Publications that their stewards have still to confirm."""
        return Drafts(self.parts, self.publishing, self.staging)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Search and DCAT."""
        return Catalogue(self.parts)

    @cached_property
    def receiving(self) -> Receiving:
        """The keys by which this node's bodies receive."""
        return Receiving(self.parts)

    @cached_property
    def asking(self) -> Asking:
        """Explain, request, decide, agree, revoke."""
        return Asking(self.parts, self.receiving)

    @cached_property
    def living(self) -> Living:
        """What is done to agreements after they were signed."""
        return Living(self.parts, self.asking)

    @cached_property
    def emergencies(self) -> Emergencies:
        """Agreements on standby."""
        return Emergencies(self.parts, self.asking)

    @cached_property
    def signing(self) -> Signing:
        """The other side's signature under an offered agreement."""
        return Signing(self.parts, self.asking)

    @cached_property
    def requesting(self) -> Requesting:
        """Requests that are not sent yet."""
        return Requesting(self.parts, self.asking)

    @cached_property
    def waiting(self) -> WaitingRequests:
        """Requests that wait, and appeals."""
        return WaitingRequests(self.parts, self.asking)

    @cached_property
    def reminding(self) -> Reminding:
        """Reminders of requests that wait."""
        return Reminding(self.parts, self.waiting)

    @cached_property
    def delivering(self) -> Delivering:
        """Every delivery door."""
        return Delivering(self.parts, self.files, self.tally)

    @cached_property
    def changing(self) -> Changing:
        """Changes between versions."""
        return Changing(self.parts, self.files, self.delivering)

    @cached_property
    def sealed_delivering(self) -> SealedDelivering:
        """The doors of sealed agreements."""
        return SealedDelivering(self.parts, self.files, self.delivering)

    @cached_property
    def profiles(self) -> Profiles:
        """Profiles for recipients."""
        return Profiles(self.parts, self.bodies, self.asking)

    @cached_property
    def rule_packs(self) -> RulePacks:
        """The law that the node applies."""
        return RulePacks(self.parts)

    @cached_property
    def auditing(self) -> Auditing:
        """The log and its proofs."""
        return Auditing(self.parts)

    @cached_property
    def backups(self) -> BackingUp:
        """Backups."""
        return BackingUp(self.parts)

    @cached_property
    def insights(self) -> Insights:
        """Measures."""
        return Insights(self.parts, self.files)

    @cached_property
    def keys(self) -> KeyRegister:
        """The key register."""
        return KeyRegister(self.parts)

    @cached_property
    def security_cases(self) -> SecurityCases:
        """The security cases of agreements."""
        return SecurityCases(self.parts, self.asking, self.keys)

    @cached_property
    def duties(self) -> Duties:
        """What agreements leave to be done."""
        return Duties(self.parts, self.asking)

    @cached_property
    def onward(self) -> Onward:
        """Sharing onward."""
        return Onward(self.parts)

    @cached_property
    def documents(self) -> Documents:
        """The documents of agreements."""
        return Documents(self.parts, self.asking, self.keys, self.bodies)

    @cached_property
    def rotating(self) -> Rotating:
        """Next versions of keys."""
        return Rotating(self.parts)

    @cached_property
    def acts(self) -> KeyActs:
        """What takes two people with keys."""
        return KeyActs(self.parts, self.keys, self.rotating, Shredding(self.parts, self.rotating))

    def close(self) -> None:
        """Count what was delivered, sign what is pending, stop the writer, state what is left, let go of the folder."""
        if "scheduling" in self.__dict__:
            self.scheduling.close()
        if "reminding" in self.__dict__:
            self.reminding.close()
        self.rotating.close()
        self.tally.close()
        self.parts.log.close()
        self.parts.writer.close()
        self.parts.reading.dispose()
        sign_closing(self.parts.home, self.parts.custodian, NODE_KEY)
        self.parts.custodian.close()
        self.lock.close()


@contextmanager
def open_home(home: Path, *, clock: Clock | None = None, unlock: UnlockSecret | None = None) -> Iterator[Node]:
    """Open a home folder as a node for the length of a `with` block; nobody else may write to it meanwhile.

    Raises:
        NotFoundError: there is no node, or the unlock secret is not on this machine.
        FolderInUseError: another process has it open.
        WrongSecretError: the unlock secret is not this keystore's.
        StoreError: the database or the keystore is damaged.
        LawError: a rule pack is not the one that was released or adopted.
    """
    settings = read_settings(home)
    with ExitStack() as undoing:
        lock = FolderLock(home)
        undoing.callback(lock.close)
        parts = _assemble(home, settings, clock or SystemClock(), unlock, undoing)
        undoing.pop_all()
    node = Node(parts, lock)
    try:
        seal_older(parts)
        node.backups.start()
        node.files.sweep()
        node.rotating.resume()
        yield node
    finally:
        node.close()


def _assemble(home: Path, settings: Settings, clock: Clock, unlock: UnlockSecret | None, undoing: ExitStack) -> Parts:
    """Return the parts of a node; `undoing` lets go of those that were begun when a later one fails."""
    law = read_law(home, settings)  # before anything writes, so that a folder that is refused stays as it is
    secret = unlock or find_secret(home, settings.node, settings.custodian)
    custodian = open_custodian(home, settings.custodian, secret, clock)
    undoing.callback(custodian.close)
    url = f"sqlite:///{(home / DATABASE).resolve()}"
    remove_closing(home)
    writing = open_writing(url)
    migrate(writing)
    writer = Writer(writing, clock)
    undoing.callback(writer.close)
    reading = open_reading(url)
    undoing.callback(reading.dispose)
    key = LogKey(settings.origin, bytes.fromhex(settings.public_key))
    log = Log(writer, reading, home / LOG, key, lambda message: custodian.sign(NODE_KEY, message))
    log.start()
    undoing.callback(log.close)
    lend_seal(custodian, writing, reading)
    blobs = LocalBlobs(home / BLOBS)
    blobs.sweep()
    policy = PolicyEngine()
    tally = Tally(clock, writer, policy.digest)
    undoing.callback(tally.close)
    return Parts(
        home=home,
        settings=settings,
        unlock=secret,
        clock=clock,
        bodies=_known_bodies(reading),
        law=law,
        custodian=custodian,
        blobs=blobs,
        reading=reading,
        writer=writer,
        log=log,
        policy=policy,
        tally=tally,
    )


def _known_bodies(reading: Engine) -> KnownBodies:
    with reading.connect() as connection:
        return KnownBodies(load_register(), list_partners(connection))
