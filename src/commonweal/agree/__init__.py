"""Two bodies agree: terms, signatures, duties, revocation."""

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
from .model import Agreement, AgreementStatus, Signature
from .odrl import to_odrl
from .rules import AgreementState, revoke, sign, state_at, to_facts
from .ruling import Refusal, RefusalCode, Ruling, decide_request
from .terms import Terms, terms_as_asked

__all__ = [
    "DISCLAIMER",
    "Agreement",
    "AgreementState",
    "AgreementStatus",
    "AlreadyDecidedError",
    "AlreadyRevokedError",
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
    "Terms",
    "TermsError",
    "UncodedRefusalError",
    "UnexplainedRevocationError",
    "UnnamedError",
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
