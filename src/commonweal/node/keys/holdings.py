"""What keys there are on a node and what they open, gathered from where each is kept; nothing of it is typed in."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from commonweal.adapters.sql.agreements import list_agreements
from commonweal.adapters.sql.bodies import Tenant, list_credentials, list_people, list_tenants
from commonweal.adapters.sql.datasets import list_openings
from commonweal.agree import Agreement
from commonweal.core import NotFoundError
from commonweal.identity import Credential, Person, TenantScope
from commonweal.insight import OUTSIDE, HeldKey, Holdings, Household, KeyRole, Opening
from commonweal.keys import (
    KEK_STANZA,
    HybridIdentity,
    KeyPurpose,
    KeyRecord,
    KeyState,
    UnknownKeyError,
    parse_recipient,
)
from commonweal.node.custody import FILE, KMS
from commonweal.node.parts import LINK_SECRET, RECORDS_SECRET, SOURCE_SECRET, Parts, receiving_key, token_secret
from commonweal.node.settings import KEY_LEDGER, operator_token_file, secret_folder

UNLOCK_KEY = "unlock-secret"
OPERATOR_KEY = "operator-token"
TRANSPORT_KEY = "tls-key"

_ANNOUNCEMENT = "serve.json"
_KEK = "kek-"
_ELSEWHERE = "held by the recipient"
_PRIVATE_FILE = "software, same machine (a 0600 file in the user's configuration folder)"


@dataclass(frozen=True, slots=True)
class _Known:
    """What the names of keys are read against."""

    host: str
    tenants: Mapping[str, str]
    agreements: Mapping[str, Agreement]
    openings: Sequence[Opening]


class KeyHoldings:
    """Gathers every key: the custodian's and its own, what unlocks it, tokens given out, recipients' keys.

    Sign-in links and browser sessions are left out: they let one person in for minutes or hours and open nothing.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def gather(self) -> Holdings:
        """Return every key that this node holds, is unlocked by, gave out or seals to, and what each opens."""
        now = self._parts.clock.now()
        with self._parts.read() as connection:
            tenants = list_tenants(connection)
            agreements = {each.id: each for each in list_agreements(connection)}
            openings = list_openings(connection)
            credentials = list_credentials(connection, now)
            people = _people(connection, tenants)
        known = _Known(self._parts.settings.body, {e.kek: e.body for e in tenants}, agreements, openings)
        keys = [*self._custodians(known), *self._unlocking(), *map(_credential, credentials)]
        keys += _recipients(known, {each.holder for each in keys})
        return Holdings(keys, openings, agreements, self._household(people), now)

    def _household(self, people: Sequence[Person]) -> Household:
        settings = self._parts.settings
        operator = next(each for each in people if each.id == settings.operator)
        is_device = self._parts.custodian.destroys_at_once
        return Household(
            settings.node,
            settings.body,
            operator,
            people,
            is_device,
            settings.country,
            settings.backup_days,
            self._name_body,
        )

    def _name_body(self, slug: str) -> str:
        try:
            return self._parts.register.get_body(slug).name
        except NotFoundError:
            return slug

    def _custodians(self, known: _Known) -> Iterator[HeldKey]:
        custodian = self._parts.custodian
        for record in custodian.list_own_keys():
            yield _held(record, KeyRole.ROOT, known.host)
        for record in custodian.list_keys():
            yield self._where(_name(record, known), record, known)

    def _where(self, key: HeldKey, record: KeyRecord, known: _Known) -> HeldKey:
        """Return a key with its true place: a device keeps secrets outside itself, under a key of its own."""
        if key.role is KeyRole.RECEIVING and not key.is_gone:
            key = replace(key, holder=self._recipient_of(key, known))
        if not self._parts.custodian.destroys_at_once or record.purpose not in {
            KeyPurpose.TOKENS,
            KeyPurpose.RECEIVING,
        }:
            return key
        sealed = f"software, in the node's memory when used; sealed by a key in {record.place}"
        return replace(key, place=f"file:{self._parts.home / KEY_LEDGER}", protection=sealed)

    def _recipient_of(self, key: HeldKey, known: _Known) -> str:
        """Return the public half of a receiving key, if anything here is sealed to such a key at all."""
        if not _sealed_to(known):
            return ""
        try:
            seed = self._parts.custodian.get_secret(key.key, KeyPurpose.RECEIVING)
        except UnknownKeyError:  # destroyed since it was listed
            return ""
        return str(HybridIdentity(seed).recipient)

    def _unlocking(self) -> Iterator[HeldKey]:
        """Yield what opens all the rest, and what lets callers in: where each lies, never its value."""
        settings = self._parts.settings
        yield self._own(UNLOCK_KEY, KeyRole.UNLOCK, "unlock", _kind_of_secret(settings.custodian), self._unlock_place())
        token = operator_token_file(settings.node)
        if token.exists():
            yield replace(
                self._own(OPERATOR_KEY, KeyRole.OPERATOR, "access", "bearer token", f"file:{token}"),
                protection=_PRIVATE_FILE,
            )
        if _serves_tls(self._parts.home / _ANNOUNCEMENT):
            place = "the file that `serve --tls-key` named"
            made = self._own(TRANSPORT_KEY, KeyRole.TRANSPORT, "transport", "TLS 1.3", place)
            yield replace(made, protection="not known to the node")

    def _own(self, key: str, role: KeyRole, purpose: str, algorithm: str, place: str) -> HeldKey:
        active = KeyState.ACTIVE.value
        host, guarded = self._parts.settings.body, self._parts.unlock.place
        return HeldKey(key, 1, role, host, purpose, algorithm, active, None, place, guarded)

    def _unlock_place(self) -> str:
        settings = self._parts.settings
        if settings.custodian.startswith(KMS):
            return settings.custodian
        path = secret_folder(settings.node) / "unlock"
        return f"file:{path}" if path.exists() else "outside the node; given at each start"


def _people(connection: Connection, tenants: Iterable[Tenant]) -> list[Person]:
    return [person for each in tenants for person in list_people(connection, TenantScope(each.body))]


def _kind_of_secret(custodian: str) -> str:
    kinds = {FILE: "passphrase (Argon2id)", KMS: "passphrase (Argon2id), sealed by AWS KMS", "pkcs11:": "user PIN"}
    return next((kind for url, kind in kinds.items() if custodian.startswith(url)), "bearer token")


def _serves_tls(announcement: Path) -> bool:
    try:
        return str(json.loads(announcement.read_bytes())["url"]).startswith("https:")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _held(record: KeyRecord, role: KeyRole, body: str, *, about: str = "", part: str = "", holder: str = "") -> HeldKey:
    return HeldKey(
        key=record.key_id,
        version=record.version,
        role=role,
        body=body,
        purpose=record.purpose.value,
        algorithm=record.algorithm,
        state=record.state.value,
        created=record.created,
        place=record.place,
        protection=record.protection,
        about=about,
        part=part,
        holder=holder,
    )


def _name(record: KeyRecord, known: _Known) -> HeldKey:
    """Return a key of the custodian with what its name says of it."""
    if record.purpose is KeyPurpose.KEY_ENCRYPTION:
        return _name_kek(record, known)
    if record.purpose is KeyPurpose.RECEIVING:
        return _held(record, KeyRole.RECEIVING, record.key_id.removeprefix(receiving_key("")))
    if record.purpose is KeyPurpose.SIGNING:
        return _held(record, KeyRole.SIGNING, known.host)
    secrets = {LINK_SECRET: KeyRole.LINK, SOURCE_SECRET: KeyRole.SOURCE, RECORDS_SECRET: KeyRole.RECORDS}
    if record.key_id in secrets:
        return _held(record, secrets[record.key_id], known.host)
    about = record.key_id.removeprefix(token_secret(""))
    agreement = known.agreements.get(about)
    return _held(record, KeyRole.TOKENS, agreement.discloser if agreement else known.host, about=about)


def _name_kek(record: KeyRecord, known: _Known) -> HeldKey:
    holder = record.key_id
    if holder in known.tenants:
        return _held(record, KeyRole.BODY, known.tenants[holder], holder=holder)
    body, _, rest = holder.removeprefix(_KEK).partition("/")
    name, _, part = rest.partition("/")
    role = KeyRole.FIELDS if part else KeyRole.DATASET if name else KeyRole.BODY
    return _held(record, role, body, about=f"{body}/{name}" if name else "", part=part, holder=holder)


def _credential(credential: Credential) -> HeldKey:
    """Return a token that was given out, under a name made from its digest."""
    name = f"bearer-{hashlib.sha256(credential.digest).hexdigest()[:16]}"
    guarded = "the node keeps only its SHA-256"
    made = HeldKey(
        name, 1, KeyRole.READER, credential.body, "access", "bearer token", OUTSIDE, None, _ELSEWHERE, guarded
    )
    return replace(made, about=credential.agreement, expires=credential.expires)


def _sealed_to(known: _Known) -> dict[str, str]:
    """Return every recipient that something is sealed to, or will be, with the body that holds its key."""
    wanted = {each.sealed_to: each.recipient for each in known.agreements.values() if each.sealed_to}
    for each in known.openings:
        if each.kind != KEK_STANZA and each.holder not in wanted:
            agreement = known.agreements.get(each.agreement)
            wanted[each.holder] = agreement.recipient if agreement else each.body
    return wanted


def _recipients(known: _Known, own: set[str]) -> list[HeldKey]:
    """Return the recipients' keys that lie elsewhere."""
    return [
        HeldKey(
            key=f"recipient-{hashlib.sha256(holder.encode()).hexdigest()[:16]}",
            version=1,
            role=KeyRole.RECIPIENT,
            body=body,
            purpose=KeyPurpose.RECEIVING.value,
            algorithm=parse_recipient(holder).kind,
            state=OUTSIDE,
            created=None,
            place=_ELSEWHERE,
            protection="not known to this node",
            holder=holder,
        )
        for holder, body in sorted(_sealed_to(known).items())
        if holder not in own
    ]
