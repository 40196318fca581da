"""The life of an agreement: from which status each act begins, where it leads, and that terms only ever narrow."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.rooms.agree.conftest import AGREEMENT, DWP, LAMBETH, NOW

from commonweal.agree import (
    BEGINNINGS,
    TRANSITIONS,
    Act,
    Agreement,
    AgreementStatus,
    AlreadyRevokedError,
    Conditions,
    Narrowing,
    NarrowingError,
    NotAgreeableError,
    NotInItsPlaceError,
    RenewalError,
    Signature,
    Signer,
    Standby,
    UnexplainedError,
    UnexplainedRevocationError,
    UnnamedError,
    WrongStatusError,
    acts_from,
    as_signed,
    countersign,
    describe_terms,
    first_terms,
    narrow,
    note_change,
    relinquish,
    renew,
    resume,
    revoke,
    sign,
    state_at,
    supersede,
    suspend,
    terms_digest,
    terms_of,
)
from commonweal.core import Actor, Event
from commonweal.decide import Decision, Reason, Verdict
from commonweal.request import AccessRequest, Operator, RowCondition

MARGARET = Actor("margaret@dwp", DWP)
TOM = Actor("tom@lambeth", LAMBETH)
NOBODY = Actor("", DWP)
LATER = AGREEMENT.ends + timedelta(days=90)
PERSON = Decision(Verdict.PERSON, (Reason("consider.personal", "Fields are personal."),), policies="p", pack="k")
REFUSED = Decision(Verdict.REFUSE, (Reason("a", "The dataset is withdrawn."), Reason("b", "The power ended.")))
STANDBY = Standby(("margaret@dwp",), 24)
NEWER = replace(AGREEMENT, id="agr-2", signatures=(Signature("tom@lambeth", LAMBETH, NOW + timedelta(hours=1)),))
CANARY = RowCondition("award", Operator.GREATER_OR_EQUAL, ("6137",))

Doing = Callable[[Agreement, Actor, str], tuple[Agreement, Event]]

DOINGS: dict[Act, Doing] = {
    Act.NARROW: lambda it, by, why: narrow(it, Narrowing(fields=("award",)), actor=by, reason=why, at=NOW),
    Act.SUSPEND: lambda it, by, why: suspend(it, actor=by, reason=why, at=NOW),
    Act.RESUME: lambda it, by, why: resume(it, actor=by, reason=why, at=NOW),
    Act.RENEW: lambda it, by, why: renew(it, PERSON, ends=LATER, actor=by, reason=why, at=NOW),
    Act.SUPERSEDE: lambda it, by, why: supersede(it, NEWER, actor=by, reason=why, at=NOW + timedelta(hours=2)),
    Act.RELINQUISH: lambda it, by, why: relinquish(it, actor=by, reason=why, at=NOW),
    Act.REVOKE: lambda it, by, why: revoke(it, actor=by, reason=why, at=NOW),
}
EVERY = [(act, status) for act in Act for status in AgreementStatus]


def standing(status: AgreementStatus) -> Agreement:
    """Return the agreement in a status; one on standby is made for emergencies."""
    return replace(AGREEMENT, status=status, standby=STANDBY if status is AgreementStatus.STANDBY else None)


@pytest.mark.parametrize(("act", "status"), EVERY, ids=[f"{act.value}-{status.value}" for act, status in EVERY])
def test_an_act_does_what_the_table_says_and_nothing_else(act: Act, status: AgreementStatus) -> None:
    before, found = standing(status), TRANSITIONS[act]
    if status not in found.starts:
        with pytest.raises(AlreadyRevokedError if status is AgreementStatus.REVOKED else WrongStatusError):
            DOINGS[act](before, MARGARET, "A reason.")
        assert act not in acts_from(status)
        return
    after, event = DOINGS[act](before, MARGARET, "A reason.")
    assert after.status in (found.ends or (status,))
    assert after.edition == before.edition + found.new_edition
    assert (event.name, event.body, event.subject) == (found.event, DWP, AGREEMENT.id)
    assert event.facts["reason"] == "A reason."
    assert act in acts_from(status)


@pytest.mark.parametrize("act", Act)
def test_an_act_needs_a_named_person_and_a_reason(act: Act) -> None:
    before = standing(TRANSITIONS[act].starts[0])
    with pytest.raises(UnnamedError):
        DOINGS[act](before, NOBODY, "A reason.")
    with pytest.raises((UnexplainedError, UnexplainedRevocationError)):
        DOINGS[act](before, MARGARET, " ")


def test_one_for_emergencies_is_resumed_on_standby_and_any_other_signed() -> None:
    for made, status in ((STANDBY, AgreementStatus.STANDBY), (None, AgreementStatus.SIGNED)):
        suspended, _ = suspend(replace(AGREEMENT, standby=made, status=status), actor=MARGARET, reason="Why.", at=NOW)
        assert (suspended.suspended, suspended.suspended_by) == (NOW, "margaret@dwp")
        assert state_at(suspended, NOW) == "suspended"
        resumed, _ = resume(suspended, actor=MARGARET, reason="Mended.", at=NOW)
        assert resumed == replace(AGREEMENT, standby=made, status=status)


def test_narrowing_keeps_the_order_and_what_is_not_named() -> None:
    narrowing = Narrowing(
        fields=("award", "nino"),
        rows=(CANARY,),
        tokenise=("award",),
        ends=AGREEMENT.ends - timedelta(days=30),
        conditions=Conditions(deliveries_per_day=5, keep_days=0),
    )
    found, event = narrow(AGREEMENT, narrowing, actor=MARGARET, reason="Less is enough.", at=NOW)
    assert found.fields == found.tokenised == ("nino", "award")
    assert found.rows == (*AGREEMENT.rows, CANARY)
    assert found.ends == AGREEMENT.ends - timedelta(days=30)
    assert found.conditions == Conditions(deliveries_per_day=5, keep_days=0)
    assert found.edition == 2
    assert found.signatures == AGREEMENT.signatures
    assert "6137" not in str(event.facts)
    assert {"field": "award", "operator": ">="} in event.facts["rows"]  # type: ignore[operator]  # a list of JSON


TIGHT = replace(
    AGREEMENT,
    conditions=Conditions(
        ("role:analyst",), ("csv",), deliveries_per_day=5, rows_per_day=10, keep_days=30, review=date(2027, 1, 1)
    ),
)
FAULTS = {
    "a field that the agreement lacks": (Narrowing(fields=("nino", "zebra")), "no such field: zebra"),
    "a token of a field that it lacks": (Narrowing(tokenise=("zebra",)), "no such field: zebra"),
    "a field twice": (Narrowing(fields=("nino", "nino")), "named twice"),
    "a token of a field that goes": (Narrowing(fields=("nino",), tokenise=("award",)), "not among the fields"),
    "a filter without a value": (Narrowing(rows=(RowCondition("award", Operator.IN, ()),)), "it is no filter"),
    "a filter that is there": (Narrowing(rows=AGREEMENT.rows), "is agreed already"),
    "a filter twice": (Narrowing(rows=(CANARY, CANARY)), "given twice"),
    "a later end": (Narrowing(ends=LATER), "that takes a renewal"),
    "dates reversed": (Narrowing(ends=AGREEMENT.starts), "must come after the start"),
    "an end that has passed": (Narrowing(ends=NOW - timedelta(hours=1)), "revoke it"),
    "other readers": (Narrowing(conditions=Conditions(readers=("tom@lambeth",))), "Only these may read"),
    "another door": (Narrowing(conditions=Conditions(doors=("csv", "ndjson"))), "Only these doors"),
    "more deliveries": (Narrowing(conditions=Conditions(deliveries_per_day=6)), "5 deliveries"),
    "more rows": (Narrowing(conditions=Conditions(rows_per_day=11)), "10 rows"),
    "kept for longer": (Narrowing(conditions=Conditions(keep_days=31)), "30 days"),
    "a later review": (Narrowing(conditions=Conditions(review=date(2027, 1, 2))), "2027-01-01"),
    "a number below nothing": (Narrowing(conditions=Conditions(rows_per_day=-1)), "rows a day"),
    "nothing": (Narrowing(), "Nothing would change"),
    "what stands already": (Narrowing(fields=AGREEMENT.fields, tokenise=("nino",)), "Nothing would change"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_narrowing_never_widens_and_says_why_not(name: str) -> None:
    narrowing, words = FAULTS[name]
    with pytest.raises(NarrowingError) as refused:
        narrow(TIGHT, narrowing, actor=MARGARET, reason="Why.", at=NOW)
    assert any(words in each for each in refused.value.reasons), refused.value.reasons
    assert "6137" not in str(refused.value.reasons)


def test_every_fault_of_a_narrowing_is_said_at_once() -> None:
    narrowing = Narrowing(fields=("zebra",), rows=AGREEMENT.rows, ends=LATER, conditions=Conditions(rows_per_day=11))
    with pytest.raises(NarrowingError) as refused:
        narrow(TIGHT, narrowing, actor=MARGARET, reason="Why.", at=NOW)
    assert len(refused.value.reasons) == 4


def test_a_renewal_needs_a_later_end_and_todays_yes() -> None:
    found, event = renew(AGREEMENT, PERSON, ends=LATER, actor=MARGARET, reason="Again.", at=NOW)
    assert (found.ends, found.edition) == (LATER, 2)
    assert (event.facts["verdict"], event.facts["policies"], event.facts["pack"]) == ("person", "p", "k")
    with pytest.raises(NotAgreeableError) as refused:
        renew(AGREEMENT, REFUSED, ends=LATER, actor=MARGARET, reason="Again.", at=NOW)
    assert refused.value.reasons == ("The dataset is withdrawn.", "The power ended.")
    over = LATER + timedelta(days=1)
    for ends, at, faults in ((AGREEMENT.ends, NOW, 1), (LATER, over, 1), (AGREEMENT.ends, over, 2)):
        with pytest.raises(RenewalError) as wrong:
            renew(AGREEMENT, PERSON, ends=ends, actor=MARGARET, reason="Again.", at=at)
        assert len(wrong.value.reasons) == faults


def test_one_that_is_over_is_renewed_and_reads_again() -> None:
    over = AGREEMENT.ends + timedelta(days=1)
    assert state_at(AGREEMENT, over) == "expired"
    found, _ = renew(AGREEMENT, PERSON, ends=LATER, actor=MARGARET, reason="Again.", at=over)
    assert state_at(found, over) == "active"


PLACES: dict[str, tuple[Agreement, int]] = {
    "itself": (AGREEMENT, 1),
    "of other bodies": (replace(NEWER, recipient="southwark"), 1),
    "on another dataset": (replace(NEWER, dataset=f"{DWP}/other"), 1),
    "suspended": (replace(NEWER, status=AgreementStatus.SUSPENDED), 1),
    "not begun": (replace(NEWER, starts=LATER), 1),
    "signed before": (replace(NEWER, signatures=AGREEMENT.signatures), 1),
    "all of these": (replace(AGREEMENT, id="agr-3", discloser="x", dataset="x/y", status=AgreementStatus.OFFERED), 4),
}


@pytest.mark.parametrize("name", PLACES)
def test_only_a_newer_agreement_of_the_same_takes_the_place(name: str) -> None:
    newer, faults = PLACES[name]
    with pytest.raises(NotInItsPlaceError) as refused:
        supersede(AGREEMENT, newer, actor=MARGARET, reason="Why.", at=NOW + timedelta(hours=2))
    assert len(refused.value.reasons) == faults


def test_the_recipient_gives_up_what_then_stands_as_revoked() -> None:
    found, event = relinquish(AGREEMENT, actor=TOM, reason="Not needed.", at=NOW)
    assert state_at(found, NOW) == "revoked"
    assert (found.revoked_by, event.actor.body, event.body) == ("tom@lambeth", LAMBETH, DWP)


def test_a_change_tells_the_terms_before_and_after() -> None:
    narrowing = Narrowing(("award",), (CANARY,), ("award",), LATER - timedelta(days=120), Conditions(rows_per_day=9))
    after, event = narrow(TIGHT, narrowing, actor=MARGARET, reason="Less.", at=NOW)
    change = note_change(Act.NARROW, TIGHT, after, event, "Less.")
    assert change.describe() == (
        "No longer given: nino, postcode.",
        "Given only as tokens: award.",
        "Only rows with award>=6137.",
        "The end moved from 1 April 2027, 00:00:00 UTC to 2 March 2027, 00:00:00 UTC.",
        "Rows in 24 hours: 9 at most, before that 10 at most.",
    )
    assert first_terms(after, [change]) == terms_of(TIGHT)
    assert dict(describe_terms(change.before))["Rows"] == "council in E09000022,E09000028"
    suspended, stopped = suspend(after, actor=MARGARET, reason="Wait.", at=NOW)
    assert note_change(Act.SUSPEND, after, suspended, stopped, "Wait.").describe() == ()


def test_only_the_discloser_changes_an_agreement_and_the_recipient_gives_it_up() -> None:
    sides = {act: found.body(AGREEMENT) for act, found in TRANSITIONS.items()}
    assert sides == {act: LAMBETH if act is Act.RELINQUISH else DWP for act in Act}


REQUEST = AccessRequest(
    id="req-1",
    dataset=AGREEMENT.dataset,
    discloser=DWP,
    recipient=LAMBETH,
    purpose=AGREEMENT.purpose,
    gateway=AGREEMENT.gateway,
    fields=AGREEMENT.fields,
    rows=AGREEMENT.rows,
    asked_by="tom@lambeth",
    asked=NOW,
)
MADE = [(countersigned, standby) for countersigned in (False, True) for standby in (None, STANDBY)]


def test_the_beginnings_of_the_table_are_those_of_signing() -> None:
    """Sign in every way that there is, and countersign what was offered: the table has those ends and no others."""
    seen: dict[str, set[AgreementStatus]] = {"agreement.signed": set(), "agreement.countersigned": set()}
    for countersigned, standby in MADE:
        terms = replace(terms_of(AGREEMENT), countersigned=countersigned, standby=standby)
        signer = Signer("margaret@dwp", DWP)
        agreement, event = sign(
            REQUEST, PERSON, terms, identifier="agr-1", actor=MARGARET, at=NOW, decided_by="margaret@dwp", signer=signer
        )
        seen[event.name].add(agreement.status)
        if agreement.status is AgreementStatus.OFFERED:
            agreement, event = countersign(agreement, Signer("tom@lambeth", LAMBETH), actor=TOM, at=NOW)
            seen[event.name].add(agreement.status)
    assert seen == {each.event: set(each.ends) for each in BEGINNINGS}


def test_what_was_signed_can_be_told_from_what_was_kept() -> None:
    before = replace(AGREEMENT, conditions=Conditions(rows_per_day=9))
    narrowed, event = narrow(before, Narrowing(("award",), (CANARY,)), actor=MARGARET, reason="Less.", at=NOW)
    first = note_change(Act.NARROW, before, narrowed, event, "Less.")
    renewed, event = renew(narrowed, PERSON, ends=LATER, actor=MARGARET, reason="More.", at=NOW)
    second = note_change(Act.RENEW, narrowed, renewed, event, "More.")
    assert as_signed(renewed, [first, second]) == before
    assert terms_digest(renewed) != terms_digest(before)
    assert as_signed(before, []) == before


def test_no_act_leaves_what_is_over() -> None:
    assert acts_from(AgreementStatus.REVOKED) == ()
    assert acts_from(AgreementStatus.SUPERSEDED) == (Act.REVOKE,)
