"""What can be wrong with terms, a ruling or a revocation."""

from commonweal.core import InputError, RefusedError


class TermsError(InputError):
    """Terms that ask more than the access request did, or that contradict themselves; `reasons` lists each fault."""

    code = "agree.terms"
    default_advice = "Terms may only narrow what was asked: fewer fields, further row conditions, an earlier end."


class ConditionsError(TermsError):
    """Conditions that name a person, a role or a door that there is not; `reasons` lists each fault."""

    code = "agree.conditions"
    default_advice = "`commonweal people list` names people and their roles."


class UnnamedError(InputError):
    """A decision or a revocation that no named person answers for."""

    code = "agree.unnamed"
    default_advice = "Give the name of the person who answers for it."


class UncodedRefusalError(InputError):
    """A refusal that does not say why and what would change it."""

    code = "agree.uncoded-refusal"
    default_advice = (
        "Give a code (breach-risk, systems, quality, law, cost, other), a sentence, and what would change it."
    )


class UnexplainedRevocationError(InputError):
    """A revocation that gives no reason."""

    code = "agree.unexplained-revocation"
    default_advice = "Say in a sentence why the agreement is revoked; the recipient reads it."


class NotAgreeableError(RefusedError):
    """The decision refuses, so nobody can agree; `reasons` are the decision's."""

    code = "agree.refused"


class AlreadyDecidedError(RefusedError):
    """The access request has had its answer."""

    code = "agree.already-decided"
    default_advice = "Make a new access request."


class SamePersonError(RefusedError):
    """The person who refused a request answers the appeal against that refusal."""

    code = "agree.same-person"
    default_advice = "Have another asset owner or information-governance lead of the body answer it."


class AlreadyRevokedError(RefusedError):
    """The agreement is revoked; that is for ever."""

    code = "agree.already-revoked"
    default_advice = "Nothing more is needed: a revoked agreement opens nothing."


class NotOfferedError(RefusedError):
    """The agreement waits for no signature: it is in force, or over, or its terms are not those that were offered."""

    code = "agree.not-offered"
    default_advice = "See how the agreement stands; a signature is due only while it is offered."


class LapsedOfferError(RefusedError):
    """The offer's end has passed before the other side signed."""

    code = "agree.lapsed"
    default_advice = "Make a new access request."


class SignedAlreadyError(RefusedError):
    """A side, or a person, that has signed signs again."""

    code = "agree.signed-already"
    default_advice = "Have another person, with authority at the other body, sign it."


class UnexplainedError(InputError):
    """A change of an agreement's life that gives no reason."""

    code = "agree.unexplained"
    default_advice = "Say in a sentence why; both bodies read it."


class NarrowingError(InputError):
    """A narrowing that would widen the terms, or that changes nothing; `reasons` lists each fault."""

    code = "agree.narrowing"
    default_advice = "Only take away: fewer fields, more of them as tokens, further row conditions, an earlier end."


class RenewalError(InputError):
    """A renewal that does not move the end to a later day that is still to come."""

    code = "agree.renewal"
    default_advice = "Give a last day that is after the agreed one and still to come."


class ReviewDayError(InputError):
    """A review names a day for the next one that has come, or that lies after the agreement's end."""

    code = "agree.review-day"
    default_advice = "Give a day to come that is not after the end, or none where no further review is due."


class WrongStatusError(RefusedError):
    """The agreement's status does not allow this act."""

    code = "agree.wrong-status"
    default_advice = "See `commonweal agreements show AGREEMENT` for what may be done now."


class NotInItsPlaceError(RefusedError):
    """The agreement that is to take another's place cannot; `reasons` lists each fault."""

    code = "agree.not-in-its-place"
    default_advice = (
        "Name an agreement between the same two bodies on the same dataset that was signed later and is in force."
    )


class NotOverError(RefusedError):
    """A certificate of deletion is given for an agreement that has not ended."""

    code = "agree.not-over"
    default_advice = "Certify it once the agreement has ended and the copies are deleted."
