"""Two bodies agree: terms, signatures, duties, revocation."""

from .errors import (
    AlreadyDecidedError,
    AlreadyRevokedError,
    NotAgreeableError,
    TermsError,
    UncodedRefusalError,
    UnexplainedRevocationError,
    UnnamedError,
)
from .model import Agreement, AgreementStatus, Signature
from .odrl import to_odrl
from .rules import AgreementState, revoke, sign, state_at, to_facts
from .ruling import Refusal, RefusalCode, Ruling, decide_request
from .terms import Terms, terms_as_asked

__all__ = [
    "Agreement",
    "AgreementState",
    "AgreementStatus",
    "AlreadyDecidedError",
    "AlreadyRevokedError",
    "NotAgreeableError",
    "Refusal",
    "RefusalCode",
    "Ruling",
    "Signature",
    "Terms",
    "TermsError",
    "UncodedRefusalError",
    "UnexplainedRevocationError",
    "UnnamedError",
    "decide_request",
    "revoke",
    "sign",
    "state_at",
    "terms_as_asked",
    "to_facts",
    "to_odrl",
]
