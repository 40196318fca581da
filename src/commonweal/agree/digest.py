"""What people sign: the SHA-256 of an agreement's terms, the same for both sides."""

import hashlib
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum

import rfc8785

from commonweal.core import Json, to_rfc3339

from .model import Agreement

_HOW_IT_STANDS = frozenset(
    {
        "signatures",
        "status",
        "revoked",
        "revoked_by",
        "revocation_reason",
        "suspended",
        "suspended_by",
        "suspension_reason",
        "superseded_by",
        "activations",
    }
)
"""What may change without the terms changing; every other part of an agreement is signed."""


def terms_digest(agreement: Agreement) -> str:
    """Return the SHA-256, in hexadecimal, of an agreement's terms as RFC 8785 JSON.

    Signatures and how the agreement stands are left out, so that both sides sign the same and a revocation does not
    change it. It covers the values of row conditions.
    """
    terms = {name: _plain(value) for name, value in asdict(agreement).items() if name not in _HOW_IT_STANDS}
    return hashlib.sha256(rfc8785.dumps(terms)).hexdigest()


def _plain(value: object) -> Json:
    match value:
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case Enum():
            return str(value.value)
        case datetime():
            return to_rfc3339(value)
        case date():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
    raise TypeError(f"a term of the type {type(value).__name__} cannot be signed")
