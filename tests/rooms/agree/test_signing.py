"""The other side's signature: over the same digest, by another person, for the other side, while it is offered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commonweal.agree import (
    Agreement,
    AgreementStatus,
    Conditions,
    LapsedOfferError,
    NotOfferedError,
    Ruling,
    SignatureAct,
    SignedAlreadyError,
    Signer,
    Standby,
    awaited_body,
    capacity_of,
    countersign,
    describe_signature,
    sign,
    state_at,
    terms_digest,
)
from commonweal.core import Actor, CommonwealError, Event
from commonweal.identity import Person, Role

from .test_agreement import DAY, LEAD, NOW, PERSON, REQUEST, TERMS

THEIRS = Signer("Ada Obi", "lambeth", "asset-owner", NOW, "token")
OURS = Signer("Bryn Rees", "dwp", "information-governance", NOW - timedelta(minutes=9), "sign-in-link")
ADA = Actor("Ada Obi", "lambeth")
RULING = Ruling(REQUEST, TERMS, "Bryn Rees", NOW - timedelta(hours=1), decided_as="asset-owner")


def offered(signer: Signer = OURS, **terms: object) -> tuple[Agreement, Event]:
    demanded = replace(TERMS, countersigned=True, **terms)  # type: ignore[arg-type]  # parts of several types
    return sign(
        REQUEST,
        PERSON,
        demanded,
        identifier="agr-1",
        actor=LEAD,
        at=NOW,
        decided_by="Bryn Rees",
        signer=signer,
        ruling=RULING,
    )


OFFER, OFFERED = offered()


def test_an_offer_opens_nothing_until_the_other_side_signs() -> None:
    assert (OFFER.status, state_at(OFFER, NOW), awaited_body(OFFER)) == (AgreementStatus.OFFERED, "offered", "lambeth")
    signed, event = countersign(OFFER, THEIRS, actor=ADA, at=NOW + DAY)
    assert (signed.status, state_at(signed, NOW + DAY), awaited_body(signed)) == (AgreementStatus.SIGNED, "active", "")
    assert replace(signed, signatures=OFFER.signatures, status=OFFER.status) == OFFER
    assert (event.name, event.subject, event.body) == ("agreement.countersigned", "agr-1", "dwp")


def test_both_sides_sign_the_same_digest_and_each_event_has_it() -> None:
    signed, event = countersign(OFFER, THEIRS, actor=ADA, at=NOW + DAY)
    digest = terms_digest(signed)
    assert [each.digest for each in signed.signatures] == ["", digest, digest]
    assert OFFERED.facts["digest"] == event.facts["digest"] == digest
    assert (OFFERED.facts["capacity"], OFFERED.facts["proved_by"]) == ("information-governance", "sign-in-link")
    assert (event.facts["capacity"], event.facts["proved_by"], event.facts["signed_for"]) == (
        "asset-owner",
        "token",
        "lambeth",
    )


def test_who_asked_without_authority_is_no_signatory() -> None:
    asked, signed = OFFER.signatures
    assert (asked.act, asked.binds, signed.act, signed.binds) == (
        SignatureAct.ASKED,
        False,
        SignatureAct.SIGNED,
        True,
    )
    assert describe_signature(asked) == "Asked for it, not as a signatory"
    able = replace(asked, capacity="asset-owner")
    assert (able.binds, describe_signature(able)) == (True, "Asked for it, as asset owner")


def test_the_recipients_signature_stands_beside_the_ruling() -> None:
    agreement, _ = sign(
        REQUEST,
        PERSON,
        TERMS,
        identifier="agr-1",
        actor=ADA,
        at=NOW,
        decided_by="Bryn Rees",
        signer=THEIRS,
        ruling=RULING,
    )
    acts = [(each.body, each.act, each.binds) for each in agreement.signatures]
    assert acts == [
        ("lambeth", SignatureAct.ASKED, False),
        ("dwp", SignatureAct.DECIDED, True),
        ("lambeth", SignatureAct.SIGNED, True),
    ]
    assert state_at(agreement, NOW) == "active"


@pytest.mark.parametrize(
    ("agreement", "signer", "later", "error"),
    [
        (OFFER, OURS, DAY, SignedAlreadyError),
        (OFFER, replace(OURS, person="Cy Pugh"), DAY, SignedAlreadyError),
        (OFFER, replace(THEIRS, person="Bryn Rees"), DAY, SignedAlreadyError),
        (OFFER, THEIRS, 7 * DAY, LapsedOfferError),
        (replace(OFFER, fields=("nino",)), THEIRS, DAY, NotOfferedError),
        (replace(OFFER, conditions=Conditions(bars_onward=True)), THEIRS, DAY, NotOfferedError),
        (replace(OFFER, status=AgreementStatus.SIGNED), THEIRS, DAY, NotOfferedError),
        (replace(OFFER, status=AgreementStatus.REVOKED), THEIRS, DAY, NotOfferedError),
        (offered(THEIRS)[0], THEIRS, DAY, SignedAlreadyError),
    ],
)
def test_no_second_signature(
    agreement: Agreement, signer: Signer, later: timedelta, error: type[CommonwealError]
) -> None:
    with pytest.raises(error) as caught:
        countersign(agreement, signer, actor=ADA, at=NOW + later)
    assert caught.value.advice()


def test_an_offer_lapses_at_its_end() -> None:
    assert state_at(OFFER, OFFER.ends - timedelta(microseconds=1)) == "offered"
    assert state_at(OFFER, OFFER.ends) == "expired"


def test_the_other_side_of_the_recipient_is_the_discloser() -> None:
    offer, _ = offered(THEIRS)
    assert awaited_body(offer) == "dwp"
    signed, _ = countersign(offer, OURS, actor=LEAD, at=NOW)
    assert signed.signatures[-1].body == "dwp"


def test_one_for_an_emergency_stands_by_once_both_have_signed() -> None:
    offer, _ = offered(standby=Standby(("Ada Obi",), 4))
    assert countersign(offer, THEIRS, actor=ADA, at=NOW)[0].status is AgreementStatus.STANDBY


@pytest.mark.parametrize(
    ("roles", "body", "capacity"),
    [
        ({Role.ANALYST}, "lambeth", ""),
        ({Role.ANALYST, Role.ASSET_OWNER}, "lambeth", "asset-owner"),
        ({Role.ASSET_OWNER, Role.INFORMATION_GOVERNANCE}, "lambeth", "information-governance"),
        ({Role.ASSET_OWNER}, "dwp", ""),
        ({Role.OPERATOR, Role.STEWARD, Role.AUDITOR}, "lambeth", ""),
    ],
)
def test_the_capacity_is_the_role_that_lets_them_sign(roles: set[Role], body: str, capacity: str) -> None:
    assert capacity_of(Person("ada@lambeth", "Ada Obi", "lambeth", frozenset(roles)), body) == capacity
