"""Two people: who proposes, who confirms, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from commonweal.core import Actor, NotFoundError
from commonweal.keys import (
    PROPOSAL_LIFE,
    KeyAct,
    Proposal,
    ProposalStatus,
    SecondPersonError,
    act_alone,
    confirm,
    finish_proposal,
    propose,
    withdraw_proposal,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ANA, BEN = Actor("ana@lambeth", "lambeth"), Actor("ben@lambeth", "lambeth")


def proposed(by: Actor = ANA) -> Proposal:
    made, event = propose(
        KeyAct.ROTATE, "kek-lambeth", identifier="act-1", body="lambeth", reason="It is due.", actor=by, at=NOW
    )
    assert (event.name, event.subject, event.body) == ("keys.act-proposed", "act-1", "lambeth")
    return made


def test_another_person_confirms_and_the_log_names_both() -> None:
    done, event = confirm(proposed(), actor=BEN, at=NOW)
    assert (done.status, done.confirmed_by) == (ProposalStatus.CONFIRMED, "ben@lambeth")
    assert event.name == "keys.act-confirmed"
    assert event.facts["proposed_by"] == "ana@lambeth"
    assert event.facts["confirmed_by"] == "ben@lambeth"
    assert event.facts["one_operator"] is False


def test_nobody_confirms_their_own() -> None:
    with pytest.raises(SecondPersonError, match="somebody else"):
        confirm(proposed(), actor=ANA, at=NOW)


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        (ANA, BEN, False),
        (Actor("ana@lambeth", "lambeth", "op@lambeth"), Actor("ben@lambeth", "lambeth", "op@lambeth"), True),
        (Actor("op@lambeth", "lambeth"), Actor("ben@lambeth", "lambeth", "op@lambeth"), True),
        (Actor("ana@lambeth", "lambeth", "op@lambeth"), BEN, False),
    ],
)
def test_the_log_says_when_one_operator_lent_both_their_keyboard(first: Actor, second: Actor, one: bool) -> None:
    _, event = confirm(proposed(first), actor=second, at=NOW)
    assert event.facts["one_operator"] is one


def test_a_proposal_lives_a_week() -> None:
    late = NOW + PROPOSAL_LIFE
    assert confirm(proposed(), actor=BEN, at=late - timedelta(seconds=1))
    for act in (confirm, withdraw_proposal):
        with pytest.raises(NotFoundError, match="expired"):
            act(proposed(), actor=BEN, at=late)


def test_what_is_over_stays_over() -> None:
    gone, event = withdraw_proposal(proposed(), actor=ANA, at=NOW)
    assert (gone.status, event.name) == (ProposalStatus.WITHDRAWN, "keys.act-withdrawn")
    done, event = finish_proposal(confirm(proposed(), actor=BEN, at=NOW)[0], actor=BEN, at=NOW)
    assert (done.status, event.name) == (ProposalStatus.DONE, "keys.act-done")
    for over in (gone, done):
        with pytest.raises(NotFoundError, match="already"):
            confirm(over, actor=BEN, at=NOW)


def test_one_person_alone_is_told_apart_in_the_log() -> None:
    done, event = act_alone(proposed(), actor=ANA, at=NOW)
    assert (done.status, done.confirmed_by, event.name) == (ProposalStatus.CONFIRMED, "", "keys.act-by-one-person")
