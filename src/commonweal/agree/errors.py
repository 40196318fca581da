"""What can be wrong with terms, a ruling or a revocation."""

from commonweal.core import InputError, RefusedError


class TermsError(InputError):
    """Terms that ask more than the access request did, or that contradict themselves; `reasons` lists each fault."""

    code = "agree.terms"
    default_advice = "Terms may only narrow what was asked: fewer fields, further row conditions, an earlier end."


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
