"""Bearer tokens and sign-in links: made once, kept only as digests, good until a moment."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from commonweal.core import UnauthenticatedError

CredentialKind: TypeAlias = Literal["operator", "person", "recipient"]

SIGN_IN_PERIOD = timedelta(minutes=10)
"""How long a sign-in link works."""

_TOKEN = re.compile(r"cw_[A-Za-z0-9_-]{43}")


class TokenError(UnauthenticatedError):
    """A bearer token that is malformed, unknown or expired."""

    code = "identity.token"


class SignInLinkError(UnauthenticatedError):
    """A sign-in link that is unknown, used or older than ten minutes."""

    code = "identity.sign-in-link"
    default_advice = "Ask the operator for another with `commonweal serve link`."


def new_token() -> str:
    """Return a fresh bearer token: `cw_` and 256 random bits in base64url (43 characters)."""
    return "cw_" + secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Return the SHA-256 a token is stored and looked up by, 32 bytes.

    Raises:
        TokenError: `token` is not of the form that `new_token` makes, so no look-up is owed to it
            (`identity.token`).
    """
    if not _TOKEN.fullmatch(token):
        raise TokenError("The bearer token is not one that a Commonweal node issues.")
    return hashlib.sha256(token.encode("ascii")).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a node keeps of a bearer token; `body` is the slug of the body that may use it.

    `person` is empty for a recipient's credential, `agreement` for any other.
    """

    digest: bytes = field(repr=False)
    kind: CredentialKind
    body: str
    expires: datetime
    person: str = ""
    agreement: str = ""


def verify_credential(credential: Credential, token: str, *, now: datetime) -> None:
    """Return only if `token` is this credential's and has not expired at `now`.

    Raises:
        TokenError: it is malformed, another's, or has expired (`identity.token`).
    """
    if not hmac.compare_digest(credential.digest, token_digest(token)):
        raise TokenError("The bearer token is not known here.")
    if now >= credential.expires:
        raise TokenError("The bearer token has expired.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """What a node keeps of a sign-in link: one use, ten minutes."""

    digest: bytes = field(repr=False)
    person: str
    expires: datetime
    used: bool = False

    def open(self, token: str, *, now: datetime) -> "SignInLink":
        """Return the link as it must be stored after `token` has opened it: used.

        Raises:
            TokenError: `token` is malformed (`identity.token`).
            SignInLinkError: it is another link's, was used before or is too old (`identity.sign-in-link`).
        """
        if not hmac.compare_digest(self.digest, token_digest(token)):
            raise SignInLinkError("This sign-in link is not known here.")
        if self.used or now >= self.expires:
            raise SignInLinkError("This sign-in link has been used or is more than ten minutes old.")
        return replace(self, used=True)


def new_sign_in_link(person: str, *, now: datetime) -> tuple[str, SignInLink]:
    """Return a token to show once, inside a link, and what to keep of it; `person` is an identifier."""
    token = new_token()
    return token, SignInLink(digest=token_digest(token), person=person, expires=now + SIGN_IN_PERIOD)
