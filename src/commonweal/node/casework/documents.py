"""Use case of documents: every document that an agreement gives rise to, composed from what is on record."""

from collections import Counter

from commonweal.adapters.sql.agreements import StoredRequest, get_request
from commonweal.adapters.sql.datasets import find_newest_version, get_dataset
from commonweal.adapters.sql.defects import list_defects
from commonweal.adapters.typesetting import typeset
from commonweal.agree import (
    Agreement,
    Document,
    DocumentFacts,
    DocumentName,
    Due,
    Guard,
    Signatory,
    SignatureAct,
    compose_document,
    describe_document,
    describe_signature,
    documents_of,
    is_about_people,
)
from commonweal.agree import Signature as Signed
from commonweal.core import Event, NotFoundError
from commonweal.identity import TenantScope
from commonweal.insight import make_case
from commonweal.law import GatewayFit, Told
from commonweal.node.bodies import Bodies
from commonweal.node.callers import Caller
from commonweal.node.keys.register import KeyRegister
from commonweal.node.parts import Parts
from commonweal.publish import Dataset, DatasetVersion

from .asking import Asking

_EVENTS = {
    SignatureAct.ASKED: "request.asked",
    SignatureAct.DECIDED: "request.decided",
    SignatureAct.SIGNED: "agreement.signed",
    SignatureAct.COUNTERSIGNED: "agreement.countersigned",
}
"""The event by which each act of a signature is recorded."""


class Documents:
    """Makes the documents of an agreement; nothing in them is typed in."""

    def __init__(self, parts: Parts, asking: Asking, register: KeyRegister, bodies: Bodies) -> None:
        self._parts = parts
        self._asking = asking
        self._register = register
        self._bodies = bodies

    def list(self, agreement: Agreement) -> tuple[Due, ...]:
        """Return every document of an agreement that the caller was shown, and why one is not due."""
        with self._parts.read() as connection:
            dataset = get_dataset(connection, agreement.dataset)
            stored = get_request(connection, TenantScope(agreement.discloser), agreement.request)
        replies = {each.question: each for each in stored.request.answers}
        return documents_of(agreement, dataset, self._parts.pack, replies)

    def read(self, caller: Caller, agreement_id: str, name: DocumentName, *, form: str, is_secure: bool) -> Document:
        """Return one document, for people of the agreement's parties and the node's operator; recorded.

        `form` is the form in which it leaves, for the record; `is_secure` says whether callers reach the node by TLS.

        Raises:
            NotFoundError: there is no such agreement, or it is between other bodies.
            NotDueError: the agreement does not give rise to that document.
        """
        agreement = self._asking.get_agreement(caller, agreement_id)
        stored = self._asking.get_request(caller, agreement.request)
        document = compose_document(name, self._facts(agreement, stored, is_secure=is_secure))
        facts = {"document": name.value, "format": form}
        now = self._parts.clock.now()
        self._parts.record(Event("document.viewed", now, agreement.discloser, agreement.id, caller.actor(), facts))
        return document

    def typeset(self, document: Document) -> bytes:
        """Return a document as an accessible PDF (PDF/UA-1).

        Raises:
            TypesettingError: it cannot be typeset.
        """
        return typeset(describe_document(document), made=document.provenance.made)

    def _facts(self, agreement: Agreement, stored: StoredRequest, *, is_secure: bool) -> DocumentFacts:
        parts = self._parts
        with parts.read() as connection:
            dataset = get_dataset(connection, agreement.dataset)
            version = find_newest_version(connection, agreement.dataset)
            defects = list_defects(connection, TenantScope(dataset.body), dataset=dataset.id)
        counts = parts.log.count_events(subject=agreement.id)
        return DocumentFacts(
            agreement=agreement,
            discloser=parts.register.get_body(agreement.discloser),
            recipient=parts.register.get_body(agreement.recipient),
            host=parts.register.get_body(parts.settings.body),
            dataset=dataset,
            version=version,
            decision=stored.decision,
            replies={each.question: each for each in stored.request.answers},
            pack=parts.pack,
            fit=self._fit(agreement, dataset),
            signatories=tuple(self._signatory(each, agreement) for each in agreement.signatures),
            guards=self._guards(agreement, dataset, version, is_secure=is_secure),
            defects=Counter(each.status for each in defects),
            people={each: self._name(each) for each in (agreement.decided_by, agreement.revoked_by) if each},
            deliveries=counts.get("delivery.authorised", (0, 0))[0],
            backup_days=parts.settings.backup_days,
            is_secure=is_secure,
            at=parts.clock.now(),
        )

    def _fit(self, agreement: Agreement, dataset: Dataset) -> GatewayFit | None:
        """Return what the pack finds of the gateway today; None where there is none to ask about."""
        parts, pack = self._parts, self._parts.pack
        gateway, purpose = pack.gateways.get(agreement.gateway), pack.purposes.get(agreement.purpose)
        if gateway is None or purpose is None:
            return None
        discloser = parts.register.get_body(agreement.discloser)
        recipient = parts.register.get_body(agreement.recipient)
        personal = {"personal": "personal"} if is_about_people(dataset, agreement) else None
        return pack.assess(gateway, discloser, recipient, purpose, Told(data=personal, on=parts.clock.now().date()))

    def _signatory(self, signed: Signed, agreement: Agreement) -> Signatory:
        """Return who stands under an agreement, with the event of what they did."""
        name, subject = self._event_of(signed, agreement)
        found = self._parts.log.find_events(name=name, subject=subject, limit=1)
        index = found[0].index if found else None
        entry = "" if index is None else self._parts.log.event_at(index).entry.hex()
        body = self._parts.register.get_body(signed.body).name
        person = "" if signed.by_default else self._name(signed.person)
        return Signatory(person, body, signed.at, index, entry, describe_signature(signed), signed.digest)

    @staticmethod
    def _event_of(signed: Signed, agreement: Agreement) -> tuple[str, str]:
        """Return the name and subject of the event of a signature; of before acts were kept, the recipient's asking."""
        before = SignatureAct.ASKED if signed.body == agreement.recipient else SignatureAct.SIGNED
        name = _EVENTS[signed.act or before]
        return name, agreement.request if name.startswith("request.") else agreement.id

    def _guards(
        self, agreement: Agreement, dataset: Dataset, version: DatasetVersion | None, *, is_secure: bool
    ) -> tuple[Guard, ...]:
        register, holdings = self._register.register_for(agreement.discloser)
        case = make_case(
            agreement,
            dataset,
            version,
            register=register,
            holdings=holdings,
            counts={},
            events=(),
            is_secure=is_secure,
        )
        return tuple(
            Guard(f"{each.key}, version {each.version}", each.use, each.place, each.country, each.users)
            for each in case.keys
        )

    def _name(self, person: str) -> str:
        try:
            return self._bodies.get_person(person).name
        except NotFoundError:
            return person
