"""A ruling: the answer of a named person to an access request, narrowed or refused with a coded reason."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from commonweal.core import Actor, Event, Json
from commonweal.decide import Decision, Verdict
from commonweal.request import AccessRequest, RequestStatus, describe_rows

from .errors import AlreadyDecidedError, NotAgreeableError, SamePersonError, UncodedRefusalError, UnnamedError
from .terms import Terms, verify_terms


class RefusalCode(StrEnum):
    """Why a person refuses, in the survey's own list, so that refusals can be counted."""

    BREACH_RISK = "breach-risk"
    SYSTEMS = "systems"
    QUALITY = "quality"
    LAW = "law"
    COST = "cost"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A person's no: `code` is a `RefusalCode`, `sentence` says why, `would_change` what would turn it round."""

    code: str
    sentence: str
    would_change: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a named person answered. `request` carries its new status; `answer` is the terms or the refusal.

    `first` is the refusal that was appealed, where this answers the appeal. `decided_as` is the role by which the
    person may also sign for the discloser, empty for one of before roles were kept. `from_template` says which
    terms came from the request's template, a phrase each.
    """

    request: AccessRequest
    answer: Terms | Refusal
    decided_by: str
    at: datetime
    first: "Ruling | None" = None
    decided_as: str = ""
    from_template: tuple[str, ...] = ()

    @property
    def permitted(self) -> bool:
        """Say whether the person said yes."""
        return isinstance(self.answer, Terms)


def decide_request(
    request: AccessRequest,
    decision: Decision,
    answer: Terms | Refusal,
    *,
    actor: Actor,
    at: datetime,
    first: Ruling | None = None,
    decided_as: str = "",
    from_template: tuple[str, ...] = (),
) -> tuple[Ruling, Event]:
    """Return the named person's ruling on a request and its event `request.decided`.

    A person may refuse whatever the policies say, but cannot permit what they refuse. An appeal is answered by another
    person than who refused; `first` is that refusal, which the ruling keeps beside it.

    Raises:
        SamePersonError: Who refused answers the appeal.
        AlreadyDecidedError: The request has had its answer.
        UnnamedError: `actor` names no person.
        UncodedRefusalError: A refusal lacks a known code, a sentence or what would change it.
        NotAgreeableError: The person permits, but `decision` is a refusal.
        TermsError: The terms are wider than the request.
    """
    _verify_open(request)
    if not actor.person.strip():
        raise UnnamedError("An access request is decided by a named person.")
    if request.appeal and actor.person == request.appeal.refused_by:
        raise SamePersonError(f"{actor.person} refused request {request.id}, so another person answers the appeal.")
    if isinstance(answer, Refusal):
        _verify_refusal(answer)
    else:
        verify_agreeable(decision)
        verify_terms(answer, request)
    status = RequestStatus.REFUSED if isinstance(answer, Refusal) else RequestStatus.PERMITTED
    ruling = Ruling(replace(request, status=status), answer, actor.person, at, first, decided_as, from_template)
    return ruling, Event("request.decided", at, request.discloser, request.id, actor, dict(_facts(ruling, decision)))


def verify_agreeable(decision: Decision) -> None:
    """Return when the policies leave room for an agreement.

    Raises:
        NotAgreeableError: `decision` is a refusal.
    """
    if decision.verdict is Verdict.REFUSE:
        raise NotAgreeableError(
            "The policies refuse this request, so nobody can agree to it.", reasons=decision.sentences()
        )


def _verify_open(request: AccessRequest) -> None:
    if not request.status.waits:
        raise AlreadyDecidedError(f"Access request {request.id} is already {request.status.value}.")


def _verify_refusal(refusal: Refusal) -> None:
    if refusal.code not in set(RefusalCode):
        raise UncodedRefusalError("A refusal needs one of the codes " + ", ".join(RefusalCode) + ".")
    if not (refusal.sentence.strip() and refusal.would_change.strip()):
        raise UncodedRefusalError("A refusal needs a sentence that says why, and what would change it.")


def _facts(ruling: Ruling, decision: Decision) -> Iterator[tuple[str, Json]]:
    yield "dataset", ruling.request.dataset
    yield "recipient", ruling.request.recipient
    yield "decided_by", ruling.decided_by
    yield "verdict", decision.verdict.value
    yield "policies", decision.policies
    yield "pack", decision.pack
    yield "status", ruling.request.status.value
    yield "appealed", ruling.request.appeal is not None
    if isinstance(ruling.answer, Refusal):
        yield "code", ruling.answer.code
        yield "reason", ruling.answer.sentence
        yield "would_change", ruling.answer.would_change
    else:
        yield "fields", [*ruling.answer.fields]
        yield "rows", describe_rows(ruling.answer.rows)
        yield "tokenised", [*ruling.answer.tokenised]
        yield "sealed_to", ruling.answer.sealed_to
        yield "conditions", ruling.answer.conditions.as_json()
        yield "countersigned", ruling.answer.countersigned
        yield "from_template", [*ruling.from_template]
