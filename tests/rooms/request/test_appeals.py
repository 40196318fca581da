"""An appeal: once, against a person's refusal, and answered by somebody else."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from commonweal.agree import Refusal, SamePersonError, decide_request
from commonweal.core import Actor
from commonweal.decide import Decision, Verdict
from commonweal.request import (
    AccessRequest,
    NotAppealableError,
    RequestKind,
    RequestStatus,
    UnexplainedAppealError,
    appeal,
    ask,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 10, tzinfo=UTC)
ASKER, LEAD, OWNER = Actor("sam@lambeth", "lambeth"), Actor("eve@dwp", "dwp"), Actor("zoe@dwp", "dwp")
NO = Refusal("cost", "It costs too much.", "A smaller extract.")


def asked(**change: Any) -> AccessRequest:
    request, _ = ask(
        identifier="req-1",
        dataset="dwp/claimants",
        discloser="dwp",
        recipient="lambeth",
        purpose="council-tax-reduction",
        gateway="",
        fields=("nino",),
        rows=(),
        actor=ASKER,
        at=NOW,
    )
    return replace(request, **change)


def appealed(request: AccessRequest, reason: str = "The extract is small.", refused_by: str = LEAD.person) -> Any:
    return appeal(request, refused_by=refused_by, reason=reason, actor=ASKER, at=LATER, nation="")


@pytest.fixture
def decision() -> Decision:
    return Decision(Verdict.PERSON, (), proposed_rung="rows", policies="p", pack="k")


def test_a_refused_request_waits_for_another_person_with_a_clock_of_its_own(decision: Decision) -> None:
    first, _ = decide_request(asked(), decision, NO, actor=LEAD, at=NOW)
    request, event = appealed(first.request)
    assert request.status is RequestStatus.APPEALED
    assert request.status.waits
    assert (asked().due, request.appeal.due, request.begun) == (date(2026, 3, 30), date(2026, 4, 2), LATER)
    assert (event.name, event.body) == ("request.appealed", "dwp")
    assert "small" not in str(event)
    with pytest.raises(SamePersonError):
        decide_request(request, decision, NO, actor=LEAD, at=LATER, first=first)
    second, told = decide_request(request, decision, NO, actor=OWNER, at=LATER, first=first)
    assert (second.first, second.decided_by) == (first, OWNER.person)
    assert told.facts["appealed"] is True
    with pytest.raises(NotAppealableError):
        appealed(second.request, refused_by=OWNER.person)


@pytest.mark.parametrize("status", [each for each in RequestStatus if each is not RequestStatus.REFUSED])
def test_only_a_refusal_is_appealed(status: RequestStatus) -> None:
    with pytest.raises(NotAppealableError):
        appealed(asked(status=status))


def test_a_refusal_by_law_and_policy_is_not_appealed_to_a_person() -> None:
    with pytest.raises(NotAppealableError):
        appealed(asked(status=RequestStatus.REFUSED), refused_by="")


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 2001])
def test_an_appeal_says_why(reason: str) -> None:
    with pytest.raises(UnexplainedAppealError):
        appealed(asked(status=RequestStatus.REFUSED), reason)


def test_an_urgent_request_is_urgent_on_appeal_too() -> None:
    request, _ = appealed(asked(status=RequestStatus.REFUSED, kind=RequestKind.URGENT))
    assert request.appeal.due == date(2026, 3, 6)
