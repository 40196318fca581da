"""Use cases of who there is: bodies join, people get roles, tokens and sign-in links are given out."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.bodies import (
    SignIn,
    Tenant,
    add_credential,
    add_person,
    add_sign_in,
    add_tenant,
    find_credential,
    find_person,
    find_sign_in,
    find_tenant,
    list_people,
    list_tenants,
    remove_sign_in,
    take_sign_in,
)
from commonweal.core import Actor, Event, InputError, Json, NotFoundError, new_identifier
from commonweal.identity import (
    SIGN_IN_PERIOD,
    Credential,
    Permission,
    Person,
    PublicBody,
    Role,
    SignInLinkError,
    TenantScope,
    TokenError,
    new_token,
    token_digest,
    verify_credential,
)
from commonweal.keys import KekReference, KeyNameError, KeyPurpose, UnknownKeyError

from .callers import Caller, Recipient
from .locks import KeyedLocks
from .parts import Parts, receiving_key

OPERATOR_LIFE = timedelta(days=30)
SESSION_LIFE = timedelta(hours=8)


class Bodies:
    """Bodies, people and what lets them in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lent: dict[bytes, Credential] = {}
        self._locks = KeyedLocks()

    def join(self, caller: Caller, name: str) -> PublicBody:
        """Give a public body a tenancy on this node, with its own key-encryption key; joining twice changes nothing."""
        caller.require(Permission.MANAGE_PEOPLE, self._parts.settings.body)
        body = self._parts.register.resolve(name)
        with self._locks.hold(body.slug):
            with self._parts.read() as connection:
                is_here = find_tenant(connection, TenantScope(body.slug)) is not None
            if not is_here:
                self.found(body, caller.actor())
        return body

    def found(self, body: PublicBody, actor: Actor) -> None:
        """Make a body's first key-encryption key, the key it receives by, and its tenancy."""
        now = self._parts.clock.now()
        kek = self._make_kek(f"kek-{body.slug}")
        self._make_receiving(receiving_key(body.slug))
        row = Tenant(body.slug, now, kek.kek_id)

        def work(transaction: Transaction) -> None:
            add_tenant(transaction.connection, row)
            facts: dict[str, Json] = {"register": body.id, "kek": kek.kek_id, "kek_version": kek.version}
            transaction.record(Event("body.joined", now, body.slug, body.slug, actor, facts))

        self._parts.writer.submit(work)

    def _make_kek(self, kek_id: str) -> KekReference:
        custodian = self._parts.custodian
        try:
            return custodian.current_kek(kek_id)  # left by an attempt that could not be recorded
        except UnknownKeyError:
            return custodian.create_kek(kek_id)

    def _make_receiving(self, key_id: str) -> None:
        with suppress(KeyNameError):  # left by an attempt that could not be recorded
            self._parts.custodian.new_secret(key_id, KeyPurpose.RECEIVING)

    def add_person(self, caller: Caller, *, body: str, name: str, roles: Sequence[str]) -> Person:
        """Add a named person with roles to a body that has a tenancy here."""
        found = self._parts.register.resolve(body)
        caller.require(Permission.MANAGE_PEOPLE, self._parts.settings.body)
        return self.admit(found.slug, name, roles, caller.actor())

    def admit(self, slug: str, name: str, roles: Sequence[str], actor: Actor) -> Person:
        """Store a person; the same name with the same roles twice is one person."""
        wanted = frozenset(_role(each) for each in roles)
        person = Person(_person_identifier(name, slug), name, slug, wanted)
        with self._locks.hold(person.id):
            return self._known(person) or self._add(person, actor)

    def _known(self, person: Person) -> Person | None:
        slug = person.body
        with self._parts.read() as connection:
            if find_tenant(connection, TenantScope(slug)) is None:
                raise NotFoundError(f"{slug} has no tenancy on this node.", advice=f"Run `commonweal join {slug}`.")
            known = find_person(connection, person.id)
        if known is not None and known != person:
            raise InputError(f"{person.id} is already here with other roles.", advice="Use another name.")
        return known

    def _add(self, person: Person, actor: Actor) -> Person:
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            add_person(transaction.connection, TenantScope(person.body), person)
            facts: dict[str, Json] = {"roles": [*sorted(role.value for role in person.roles)]}
            transaction.record(Event("person.added", now, person.body, person.id, actor, facts))

        self._parts.writer.submit(work)
        return person

    def list(self, caller: Caller) -> list[tuple[PublicBody, list[Person]]]:
        """Return the caller's body with its people; every tenant for the operator. The access is recorded."""
        own = caller.person.body
        event = Event("people.listed", self._parts.clock.now(), own, caller.person.id, caller.actor())
        self._parts.record(event)
        with self._parts.read() as connection:
            return [
                (self._parts.register.get_body(each.body), list_people(connection, TenantScope(each.body)))
                for each in list_tenants(connection)
                if caller.is_operator or each.body == own
            ]

    def get_person(self, person_id: str) -> Person:
        """Return a person of this node.

        Raises:
            NotFoundError: nobody here has that identifier.
        """
        with self._parts.read() as connection:
            found = find_person(connection, person_id)
        if found is None:
            raise NotFoundError(
                f"Nobody here is called {person_id}.", advice="`commonweal people list` says who may act on this node."
            )
        return found

    def lend_operator_token(self) -> str:
        """Return a fresh token of the local operator, kept in memory only: it dies with this process."""
        operator = self.get_person(self._parts.settings.operator)
        expires = self._parts.clock.now() + OPERATOR_LIFE
        token = new_token()
        digest = token_digest(token)
        self._lent[digest] = Credential(
            digest=digest, kind="operator", body=operator.body, expires=expires, person=operator.id
        )
        return token

    def issue_recipient_token(self, body: str, *, agreement: str, person: str, life: timedelta) -> str:
        """Return a fresh token with which a recipient reads under one agreement."""
        expires = self._parts.clock.now() + life
        return self._issue(
            lambda digest: Credential(
                digest=digest, kind="recipient", body=body, expires=expires, person=person, agreement=agreement
            )
        )

    def _issue(self, make: Callable[[bytes], Credential]) -> str:
        token = new_token()
        credential = make(token_digest(token))
        scope = TenantScope(credential.body)
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            add_credential(transaction.connection, scope, credential)
            facts = {"kind": credential.kind, "agreement": credential.agreement}
            actor = Actor(credential.person, credential.body)
            transaction.record(Event("credential.issued", now, scope.body, credential.person, actor, facts))

        self._parts.writer.submit(work)
        return token

    def identify(self, token: str, acting_as: str = "") -> Caller | Recipient:
        """Return who holds a token; an operator may name the person for whom they act, with any name of the body.

        Raises:
            TokenError: the token is malformed, unknown or expired.
            NotFoundError: nobody here is called `acting_as`.
        """
        digest = token_digest(token)
        with self._parts.read() as connection:
            credential = self._lent.get(digest) or find_credential(connection, digest)
        if credential is None:
            raise TokenError("The bearer token is not known here.")
        verify_credential(credential, token, now=self._parts.clock.now())
        if credential.kind == "recipient":
            return Recipient(credential)
        person = self.get_person(credential.person)
        named = self.get_person(self._canonical_person(acting_as)) if acting_as else person
        return self._as_caller(person) if named == person else Caller(named, operator=person.id)

    def _canonical_person(self, text: str) -> str:
        name, at, body = text.rpartition("@")
        return f"{name}@{self._parts.register.resolve(body).slug}" if at else text

    def _as_caller(self, person: Person) -> Caller:
        return Caller(person, is_operator=person.id == self._parts.settings.operator)

    def make_sign_in_link(self, caller: Caller) -> str:
        """Return the secret of a fresh sign-in link: one use, ten minutes.

        It signs in the local operator, or the person for whom the operator asks for it. Nothing but the operator's word
        says who then sits there, so the session acts as that person by that operator, and the log names both.
        """
        if not caller.operator:
            caller.require(Permission.MANAGE_PEOPLE, self._parts.settings.body)
        return self._open_sign_in("link", SignIn(caller.person.id, caller.operator), SIGN_IN_PERIOD)

    def open_session(self, link: str) -> tuple[str, timedelta]:
        """Use up a sign-in link and return the secret of a new session and how long it lasts.

        Raises:
            SignInLinkError: the link is unknown, used or older than ten minutes.
        """
        now = self._parts.clock.now()
        digest = _digest_of_link(link)

        def work(transaction: Transaction) -> SignIn:
            found = take_sign_in(transaction.connection, digest=digest, now=now)
            person = find_person(transaction.connection, found.person)
            slug = person.body if person is not None else self._parts.settings.body
            actor = Actor(found.person, slug, found.operator)
            transaction.record(Event("person.signed-in", now, slug, found.person, actor))
            return found

        return self._open_sign_in("session", self._parts.writer.submit(work), SESSION_LIFE), SESSION_LIFE

    def _open_sign_in(self, kind: str, wanted: SignIn, life: timedelta) -> str:
        secret = new_token()
        now = self._parts.clock.now()
        person = self.get_person(wanted.person)

        def work(transaction: Transaction) -> None:
            add_sign_in(transaction.connection, wanted, digest=token_digest(secret), kind=kind, expires=now + life)
            actor = Actor(person.id, person.body, wanted.operator)
            transaction.record(Event(f"{kind}.issued", now, person.body, new_identifier(kind), actor))

        self._parts.writer.submit(work)
        return secret

    def close_session(self, session: str) -> None:
        """End a session; an unknown one is no error."""
        caller = self.session_caller(session)
        if caller is None:
            return
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            remove_sign_in(transaction.connection, token_digest(session))
            person = caller.person
            transaction.record(Event("person.signed-out", now, person.body, person.id, caller.actor()))

        self._parts.writer.submit(work)

    def session_caller(self, session: str) -> Caller | None:
        """Return who a session belongs to, or None when it is unknown or over."""
        try:
            digest = token_digest(session)
        except TokenError:
            return None
        with self._parts.read() as connection:
            found = find_sign_in(connection, digest=digest, kind="session", now=self._parts.clock.now())
        if found is None:
            return None
        person = self.get_person(found.person)
        caller = Caller(person, operator=found.operator) if found.operator else self._as_caller(person)
        return caller if found.expires is None else replace(caller, session_began=found.expires - SESSION_LIFE)


def _digest_of_link(link: str) -> bytes:
    try:
        return token_digest(link)
    except TokenError:
        raise SignInLinkError("That is not a sign-in link of this node.") from None


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        choices = ", ".join(each.value for each in Role)
        raise InputError(f"{text} is not a role.", advice=f"Choose from {choices}.") from None


def _person_identifier(name: str, slug: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.casefold())
    if not words or len(name) > 80 or not name.isprintable():
        raise InputError("A person needs a name of 1 to 80 printable characters.", advice="Give the full name.")
    return f"{'.'.join(words)}@{slug}"
