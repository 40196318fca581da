"""Emergency mode: who switches an agreement on, for how long, what ends with it, and its review; and proposed terms."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.rooms.agree.conftest import AGREEMENT

from commonweal.agree import (
    ActivationError,
    Agreement,
    AgreementStatus,
    Conditions,
    NotOfficerError,
    NotOnStandbyError,
    OwnReviewError,
    Standby,
    StandbyError,
    Terms,
    UnreviewedError,
    activate,
    deactivate,
    ends_at,
    find_overdue,
    find_unreviewed,
    make_standby,
    review_activation,
    review_due,
    start_from_proposed,
    state_at,
    to_facts,
)
from commonweal.core import Actor, CommonwealError
from commonweal.request import ProposedTerms

NOW = datetime(2026, 12, 21, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICER = Actor("zoe@lambeth", "lambeth")
DISCLOSER = AGREEMENT.discloser
OTHER = Actor("margaret@dwp", DISCLOSER)
STANDING_BY = replace(AGREEMENT, status=AgreementStatus.STANDBY, standby=Standby(("zoe@lambeth", "margaret@dwp"), 24))


def switched_on(agreement: Agreement = STANDING_BY, at: datetime = NOW, **more: Any) -> Agreement:
    told = {"actor": OFFICER, "reason": "The river rises.", "nation": "", **more}
    return activate(agreement, at=at, **told)[0]


def test_a_standby_agreement_opens_only_while_it_is_switched_on() -> None:
    on, event = activate(STANDING_BY, actor=OFFICER, reason=" The river rises. ", at=NOW, nation="", hours=2)
    states = [state_at(on, NOW + after * HOUR) for after in (0, 1, 2)]
    assert states == ["active", "active", "standby"]
    assert [to_facts(on, NOW + after * HOUR).status for after in (0, 2)] == ["signed", "standby"]
    assert (event.name, event.facts["reason"]) == ("agreement.activated", "The river rises.")
    assert event.facts["until"] == "2026-12-21T11:00:00.000000Z"
    assert ends_at(on, NOW) == NOW + 2 * HOUR
    assert ends_at(on, NOW + 2 * HOUR) == NOW + 2 * HOUR
    assert ends_at(AGREEMENT, NOW) == AGREEMENT.ends


def test_hours_are_those_agreed_and_never_beyond_the_end() -> None:
    assert switched_on().activations[0].until == NOW + 24 * HOUR
    near_the_end = replace(STANDING_BY, ends=NOW + 3 * HOUR)
    assert switched_on(near_the_end).activations[0].until == NOW + 3 * HOUR


@pytest.mark.parametrize(
    ("agreement", "more", "error"),
    [
        (AGREEMENT, {}, NotOnStandbyError),
        (replace(STANDING_BY, status=AgreementStatus.REVOKED), {}, NotOnStandbyError),
        (replace(STANDING_BY, status=AgreementStatus.OFFERED), {}, NotOnStandbyError),
        (replace(STANDING_BY, status=AgreementStatus.SUSPENDED), {}, NotOnStandbyError),
        (replace(STANDING_BY, starts=NOW + HOUR), {}, NotOnStandbyError),
        (replace(STANDING_BY, ends=NOW), {}, NotOnStandbyError),
        (switched_on(at=NOW - HOUR), {}, NotOnStandbyError),
        (STANDING_BY, {"actor": Actor("tom@lambeth", "lambeth")}, NotOfficerError),
        (STANDING_BY, {"reason": " "}, ActivationError),
        (STANDING_BY, {"reason": "x" * 2001}, ActivationError),
        (STANDING_BY, {"hours": 25}, ActivationError),
        (STANDING_BY, {"hours": -1}, ActivationError),
    ],
)
def test_nothing_else_switches_it_on(agreement: Agreement, more: dict[str, Any], error: type[CommonwealError]) -> None:
    with pytest.raises(error):
        switched_on(agreement, **more)


def test_it_is_switched_off_early_and_what_was_given_then_stays_dead() -> None:
    on = switched_on()
    with pytest.raises(ActivationError):
        deactivate(on, actor=OTHER, reason="", at=NOW + HOUR)
    off, event = deactivate(on, actor=OTHER, reason="The river falls.", at=NOW + HOUR)
    assert state_at(off, NOW + HOUR) == "standby"
    assert (event.name, event.facts["by"]) == ("agreement.deactivated", "zoe@lambeth")
    again = switched_on(off, at=NOW + 2 * HOUR)
    assert state_at(again, NOW + 3 * HOUR) == "active"
    assert ends_at(again, NOW) == NOW + HOUR
    for agreement in (off, AGREEMENT, replace(on, status=AgreementStatus.REVOKED)):
        with pytest.raises(NotOnStandbyError):
            deactivate(agreement, actor=OTHER, reason="Again.", at=NOW + HOUR)


def test_a_review_is_due_on_the_fifth_working_day_by_the_bank_holidays_of_the_nation() -> None:
    (made,) = switched_on(hours=1).activations
    assert {review_due(made, nation) for nation in ("", "E", "S", "NI")} == {date(2026, 12, 30)}
    new_year = replace(made, until=datetime(2026, 12, 28, 12, tzinfo=UTC))
    assert (review_due(new_year, "E"), review_due(new_year, "S")) == (date(2027, 1, 5), date(2027, 1, 6))


def test_no_next_activation_while_the_last_is_overdue_for_its_review() -> None:
    on = switched_on(hours=1)
    in_time, late = datetime(2026, 12, 30, 12, tzinfo=UTC), datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert find_overdue(on, in_time, "") is None
    assert len(switched_on(on, in_time).activations) == 2
    assert find_overdue(on, late, "") is on.activations[0]
    with pytest.raises(UnreviewedError):
        switched_on(on, late)
    reviewed, event = review_activation(on, actor=OTHER, finding="It was needed.", at=late)
    assert (event.name, event.facts["finding"]) == ("agreement.reviewed", "It was needed.")
    assert reviewed.activations[0].reviewed_by == "margaret@dwp"
    assert len(switched_on(reviewed, late).activations) == 2


def test_a_review_is_anothers_and_after_the_end() -> None:
    on = switched_on(hours=1)
    over = NOW + 2 * HOUR
    assert find_unreviewed(on, NOW) == ()
    with pytest.raises(NotOnStandbyError):
        review_activation(on, actor=OTHER, finding="Early.", at=NOW)
    with pytest.raises(OwnReviewError):
        review_activation(on, actor=OFFICER, finding="Of the recipient.", at=over)
    own = switched_on(actor=OTHER, hours=1)
    with pytest.raises(OwnReviewError):
        review_activation(own, actor=OTHER, finding="My own.", at=over)
    with pytest.raises(ActivationError):
        review_activation(on, actor=OTHER, finding="", at=over)
    reviewed, _ = review_activation(on, actor=OTHER, finding="It was needed.", at=over)
    with pytest.raises(NotOnStandbyError):
        review_activation(reviewed, actor=OTHER, finding="Twice.", at=over)


@pytest.mark.parametrize(
    ("officers", "hours", "faults"),
    [
        ((), 1, 1),
        (("zoe", "zoe"), 1, 1),
        (("nobody",), 1, 1),
        (("tom",), 1, 1),
        (("zoe",), 0, 1),
        (("zoe",), 721, 1),
        (("tom", "nobody"), 0, 3),
    ],
)
def test_officers_are_people_of_either_body_with_a_fit_role(officers: tuple[str, ...], hours: int, faults: int) -> None:
    with pytest.raises(StandbyError) as refused:
        make_standby(officers, hours, {"zoe": True, "tom": False})
    assert len(refused.value.reasons) == faults
    assert make_standby(("zoe",), 720, {"zoe": True}) == Standby(("zoe",), 720)


TERMS = Terms(("nino", "postcode"), (), "debt-recovery", NOW, NOW + timedelta(days=365))
PROPOSED = ProposedTerms(
    days=180, review_days=90, keep_days=30, tokenise=("nino", "unasked"), bars_onward=True, deliveries_per_day=4
)


def test_a_ruling_starts_from_the_proposed_terms_and_says_which() -> None:
    started, told = start_from_proposed(TERMS, PROPOSED)
    assert started.ends == NOW + timedelta(days=180)
    assert started.tokenised == ("nino",)
    assert started.conditions == Conditions(
        bars_onward=True, deliveries_per_day=4, keep_days=30, review=date(2027, 3, 21)
    )
    assert [each.partition(":")[0] for each in told] == [
        "Ends",
        "Only as tokens",
        "Onward sharing",
        "Deliveries in 24 hours",
        "Copies",
        "Review",
    ]


def test_what_the_person_said_stands_and_an_end_is_never_moved_later() -> None:
    said = Conditions(deliveries_per_day=9, keep_days=60, review=date(2027, 1, 4), bars_onward=True)
    own = replace(TERMS, tokenised=("postcode",), conditions=said)
    started, told = start_from_proposed(own, PROPOSED, end_is_said=True)
    assert (started, told) == (own, ())
    short = replace(TERMS, ends=NOW + HOUR)
    started, _ = start_from_proposed(short, PROPOSED)
    assert (started.ends, started.conditions.review) == (NOW + HOUR, None)
    assert start_from_proposed(TERMS, None) == (TERMS, ())
    assert start_from_proposed(TERMS, ProposedTerms()) == (TERMS, ())
