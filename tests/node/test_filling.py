"""A public body that asks a charity or a supplier about people states its public task, and it is signed."""

from datetime import UTC, datetime, timedelta

import pytest

from commonweal.agree import sign, terms_as_asked
from commonweal.core import Actor
from commonweal.decide import Decision, Verdict
from commonweal.node.casework.filling import FilledForm
from commonweal.request import FormFacts, PublicTaskError, Reply, RequestKind, ask

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
STATED = Reply("public-task", ("Finding homes for people who have none, Housing Act 1996 Part 7.",))


def form(*replies: Reply, public_task: bool = True) -> FilledForm:
    return FilledForm(FormFacts(personal=True, public_task=public_task), replies, RequestKind.PERSONAL, "E")


def test_a_request_without_its_public_task_is_not_sent() -> None:
    with pytest.raises(PublicTaskError):
        form().require_public_task()
    form(STATED).require_public_task()
    form(public_task=False).require_public_task()


def test_the_public_task_stands_in_the_agreement_and_in_the_event_of_its_signature() -> None:
    request, asked = ask(
        identifier="req-1",
        dataset="a-shelter/guests",
        discloser="a-shelter",
        recipient="lambeth",
        purpose="homelessness",
        gateway="",
        fields=("name",),
        rows=(),
        actor=Actor("sam@lambeth", "lambeth"),
        at=NOW,
        answers=(STATED,),
        unanswered=("readers",),
    )
    assert (asked.facts["answers"], asked.facts["unanswered"]) == (1, 1)
    terms = terms_as_asked(request, starts=NOW, ends=NOW + timedelta(days=30))
    decision = Decision(Verdict.PERSON, (), proposed_rung="rows", policies="p", pack="k")
    actor = Actor("eve@a-shelter", "a-shelter")
    agreement, signed = sign(request, decision, terms, identifier="agr-1", actor=actor, at=NOW, decided_by=actor.person)
    assert agreement.public_task == signed.facts["public_task"] == STATED.values[0]
