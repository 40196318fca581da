"""The other side's signature: who may put it under an offered agreement, and what it puts in force."""

from dataclasses import dataclass, replace
from datetime import datetime

from commonweal.core import Actor, Event, Json, to_rfc3339
from commonweal.identity import PERMISSIONS, Permission, Person, Role

from .digest import terms_digest
from .errors import LapsedOfferError, NotOfferedError, SignedAlreadyError
from .model import Agreement, AgreementStatus, Signature, SignatureAct


@dataclass(frozen=True, slots=True)
class Signer:
    """A person who signs for `body`: by which role they may, when they last proved who they are, and how."""

    person: str
    body: str
    capacity: str = ""
    proved: datetime | None = None
    proved_by: str = ""

    def sign(self, act: SignatureAct, digest: str, at: datetime) -> Signature:
        """Return the signature of this person under terms of this digest."""
        return Signature(
            self.person,
            self.body,
            at,
            act=act,
            digest=digest,
            capacity=self.capacity,
            proved=self.proved,
            proved_by=self.proved_by,
        )


def capacity_of(person: Person, body: str) -> str:
    """Return the role by which a person may sign for `body`, a slug; empty when none lets them."""
    roles = (each for each in Role if each in person.roles and Permission.AGREE in PERMISSIONS[each])
    return next((each.value for each in roles), "") if person.body == body else ""


def offered_by(agreement: Agreement) -> Signature | None:
    """Return the signature by which an agreement was offered or agreed; None for one of before acts were kept."""
    return next((each for each in agreement.signatures if each.act is SignatureAct.SIGNED), None)


def awaited_body(agreement: Agreement) -> str:
    """Return the body whose signature an offered agreement waits for; empty when it waits for none."""
    offer = offered_by(agreement)
    if agreement.status is not AgreementStatus.OFFERED or offer is None:
        return ""
    return agreement.recipient if offer.body == agreement.discloser else agreement.discloser


def made_status(agreement: Agreement) -> AgreementStatus:
    """Return the status of an agreement that both sides have signed: one for an emergency stands by."""
    return AgreementStatus.SIGNED if agreement.standby is None else AgreementStatus.STANDBY


def countersign(agreement: Agreement, signer: Signer, *, actor: Actor, at: datetime) -> tuple[Agreement, Event]:
    """Return an offered agreement signed by the other side too, and its event `agreement.countersigned`.

    Raises:
        NotOfferedError: it waits for no signature, or its terms are not those that were offered.
        LapsedOfferError: its end has passed.
        SignedAlreadyError: the signer's side, or the signer, has signed it.
    """
    offer = _verify_offer(agreement, at)
    _verify_other(agreement, offer, signer)
    signature = signer.sign(SignatureAct.COUNTERSIGNED, offer.digest, at)
    signed = replace(agreement, signatures=(*agreement.signatures, signature), status=made_status(agreement))
    facts: dict[str, Json] = {
        "dataset": agreement.dataset,
        "recipient": agreement.recipient,
        "offered_by": offer.person,
        **signature_facts(signature),
    }
    return signed, Event("agreement.countersigned", at, agreement.discloser, agreement.id, actor, facts)


def signature_facts(signature: Signature) -> dict[str, Json]:
    """Return what an event says of a signature."""
    return {
        "digest": signature.digest,
        "signed_for": signature.body,
        "capacity": signature.capacity,
        "proved": None if signature.proved is None else to_rfc3339(signature.proved),
        "proved_by": signature.proved_by,
    }


_DID = {
    SignatureAct.ASKED: "Asked for it",
    SignatureAct.DECIDED: "Permitted it",
    SignatureAct.SIGNED: "Signed it",
    SignatureAct.COUNTERSIGNED: "Signed it for the other side",
}
_PROVED = {"token": ", by a token that was checked then", "sign-in-link": ", signed in by a one-time link at {at}"}


def describe_signature(signature: Signature) -> str:
    """Return in words what a person did, as what, and how they had proved who they are."""
    if signature.act is None or signature.by_default:
        return "Signed it"
    did = _DID[signature.act]
    if not signature.binds:
        return f"{did}, not as a signatory"
    capacity = f", as {signature.capacity.replace('-', ' ')}" if signature.capacity else ""
    at = "" if signature.proved is None else to_rfc3339(signature.proved)
    return did + capacity + _PROVED.get(signature.proved_by, "").format(at=at)


def _verify_offer(agreement: Agreement, at: datetime) -> Signature:
    offer = offered_by(agreement)
    if agreement.status is not AgreementStatus.OFFERED or offer is None:
        raise NotOfferedError(f"Agreement {agreement.id} waits for no signature: it is {agreement.status.value}.")
    if at >= agreement.ends:
        raise LapsedOfferError(
            f"The offer of agreement {agreement.id} lapsed with its end, {to_rfc3339(agreement.ends)}."
        )
    if offer.digest != terms_digest(agreement):
        raise NotOfferedError(f"The terms of agreement {agreement.id} are not those that were offered.")
    return offer


def _verify_other(agreement: Agreement, offer: Signature, signer: Signer) -> None:
    if signer.person == offer.person:
        raise SignedAlreadyError(f"{signer.person} signed agreement {agreement.id} for {offer.body} already.")
    if signer.body != awaited_body(agreement):
        raise SignedAlreadyError(f"{signer.body} has signed agreement {agreement.id} already.")
