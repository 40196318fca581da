"""Two bodies agree: terms, signatures, duties, revocation."""

from .conditions import Conditions
from .documents import (
    DISCLAIMER,
    Document,
    DocumentFacts,
    DocumentName,
    Due,
    Guard,
    NotDueError,
    Signatory,
    compose_document,
    describe_document,
    documents_of,
    is_about_people,
    terms_digest,
)
from .errors import (
    AlreadyDecidedError,
    AlreadyRevokedError,
    NotAgreeableError,
    SamePersonError,
    TermsError,
    UncodedRefusalError,
    UnexplainedRevocationError,
    UnnamedError,
)
from .model import Activation, Agreement, AgreementStatus, Signature, Standby
from .odrl import to_odrl
from .rules import AgreementState, activation_at, revoke, sign, state_at, to_facts
from .ruling import Refusal, RefusalCode, Ruling, decide_request
from .terms import Terms, terms_as_asked

__all__ = [
    "DISCLAIMER",
    "Activation",
    "Agreement",
    "AgreementState",
    "AgreementStatus",
    "AlreadyDecidedError",
    "AlreadyRevokedError",
    "Conditions",
    "Document",
    "DocumentFacts",
    "DocumentName",
    "Due",
    "Guard",
    "NotAgreeableError",
    "NotDueError",
    "Refusal",
    "RefusalCode",
    "Ruling",
    "SamePersonError",
    "Signatory",
    "Signature",
    "Standby",
    "Terms",
    "TermsError",
    "UncodedRefusalError",
    "UnexplainedRevocationError",
    "UnnamedError",
    "activation_at",
    "compose_document",
    "decide_request",
    "describe_document",
    "documents_of",
    "is_about_people",
    "revoke",
    "sign",
    "state_at",
    "terms_as_asked",
    "terms_digest",
    "to_facts",
    "to_odrl",
]
