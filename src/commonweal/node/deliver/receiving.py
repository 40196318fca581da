"""Use cases of receiving: the key by which a body of this node opens what is sealed to it."""

import hashlib
from collections.abc import Iterator

from commonweal.adapters.sql.bodies import find_tenant
from commonweal.core import Actor, Event, InputError, Json, NotFoundError
from commonweal.identity import Permission, PublicBody, TenantScope
from commonweal.keys import (
    HybridIdentity,
    KeyNameError,
    KeyPurpose,
    KeyState,
    UnknownKeyError,
    parse_header,
    unwrap_header,
)
from commonweal.node.callers import Caller
from commonweal.node.locks import KeyedLocks
from commonweal.node.parts import Parts, receiving_key


class NoReceivingKeyError(NotFoundError):
    """A body without a tenancy here has no key on this node to seal to."""

    code = "keys.no-receiving-key"
    default_advice = "Name an age recipient of theirs, or have the operator give the body a tenancy."


class Receiving:
    """Names a body's own age recipient, and opens headers with its identity, which never leaves the custodian's node.

    The identity is `mlkem768x25519`: post-quantum and classical at once. Its secret is the X-Wing seed that the
    custodian keeps for the body.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._locks = KeyedLocks()

    def recipient_of(self, body: str, actor: Actor) -> str:
        """Return the recipient, `age1pq1…`, of a body with a tenancy here, by its slug; made at first use.

        Raises:
            NoReceivingKeyError: the body has no tenancy on this node.
        """
        with self._parts.read() as connection:
            if find_tenant(connection, TenantScope(body)) is None:
                raise NoReceivingKeyError(f"{body} has no tenancy on this node, so no key to seal to.")
        return str(self._identity(body, actor).recipient)

    def show(self, caller: Caller, name: str = "") -> tuple[PublicBody, str]:
        """Return a body of this node, the caller's own when none is named, and the recipient to seal to; recorded.

        Any signed-in person may ask: a recipient is a public key. Errors as `recipient_of`.
        """
        body = self._parts.register.resolve(name or caller.person.body)
        recipient = self.recipient_of(body.slug, caller.actor())
        now, key = self._parts.clock.now(), receiving_key(body.slug)
        self._parts.record(Event("recipient.shown", now, body.slug, key, caller.actor(), {"public_key": recipient}))
        return body, recipient

    def open_header(self, caller: Caller, header: bytes) -> bytes:
        """Return the 16-byte file key of an age header that is sealed to the caller's body; recorded before it leaves.

        Raises:
            RoleError: the caller may not read for their body.
            NotARecipientError: the header is sealed to somebody else.
            SealedFileError: it is no header, or was changed.
        """
        body = caller.person.body
        caller.require(Permission.READ, body)
        parsed = parse_header(header)
        if parsed.size != len(header):
            raise InputError("Bytes follow the header.", advice="Send the header alone.")
        file_key = unwrap_header(parsed, self._identities(body, caller.actor()))
        facts = {"header_digest": hashlib.sha256(header).hexdigest()}
        now = self._parts.clock.now()
        self._parts.record(Event("header.opened", now, body, receiving_key(body), caller.actor(), facts))
        return file_key

    def _identities(self, body: str, actor: Actor) -> Iterator[HybridIdentity]:
        """Yield the current identity of a body, then those it had before, which open what was sealed to them."""
        yield self._identity(body, actor)
        key, custodian = receiving_key(body), self._parts.custodian
        for each in reversed(custodian.list_keys()):
            if each.key_id == key and each.state is KeyState.RETIRED:
                yield HybridIdentity(custodian.get_secret(key, KeyPurpose.RECEIVING, each.version))

    def _identity(self, body: str, actor: Actor) -> HybridIdentity:
        key = receiving_key(body)
        with self._locks.hold(key):
            try:
                return HybridIdentity(self._parts.custodian.get_secret(key, KeyPurpose.RECEIVING))
            except UnknownKeyError as unknown:
                return HybridIdentity(self._make(key, body, actor, unknown))

    def _make(self, key: str, body: str, actor: Actor, unknown: UnknownKeyError) -> bytes:
        """Make the key of a body that joined before there were any; a key that was destroyed stays so."""
        try:
            seed = self._parts.custodian.new_secret(key, KeyPurpose.RECEIVING)
        except KeyNameError:
            raise unknown from None
        facts: dict[str, Json] = {"key": key, "purpose": KeyPurpose.RECEIVING.value, "version": 1}
        self._parts.record(Event("key.made", self._parts.clock.now(), body, key, actor, facts))
        return seed
