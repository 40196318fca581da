"""A link: a file URL that is good until it expires, and only for the delivery it was made for."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256

from commonweal.core import RefusedError


class LinkError(RefusedError):
    """A file URL whose signature is wrong or whose time is over."""

    code = "deliver.link"
    default_advice = "Query the table again: each query answers with fresh links."


def sign_link(key: bytes, delivery: str, release: str, expires: datetime) -> str:
    """Return the signature of a link as 64 hex digits: HMAC-SHA-256 over delivery, release and expiry."""
    message = f"{delivery}\n{release}\n{int(expires.timestamp())}".encode()
    return hmac.new(key, message, sha256).hexdigest()


def verify_link(key: bytes, delivery: str, release: str, *, expires: int, signature: str) -> None:
    """Check a link's signature; whether its time is over is the delivery's to say.

    Args:
        key: the node's link key.
        delivery: the delivery the link was made for.
        release: the release it opens.
        expires: seconds since 1970 that the link says it is good until.
        signature: what the link carries.

    Raises:
        LinkError: the signature does not match.
    """
    moment = datetime.fromtimestamp(min(max(expires, 0), 1 << 36), UTC)
    expected = sign_link(key, delivery, release, moment)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise LinkError("This link's signature does not match it.")
