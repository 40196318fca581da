"""Whom a release is to be sealed to: an age recipient, as the body that asks wrote it."""

from commonweal.core import InputError
from commonweal.keys import RecipientError, parse_recipient

OWN = "own"
"""The word for the receiving key that the asking body has on this node."""

_SECRET = "AGE-SECRET-KEY"  # noqa: S105  how a secret key begins


class SealToError(InputError):
    """What a release is to be sealed to is no recipient, or is a secret key; the message shows nothing of it."""

    code = "request.seal-to"
    default_advice = (
        f"Give an age recipient (`age1pq1…` or `age1…`), copied whole, or the word `{OWN}` for the body's own key here."
    )


_SHOWN = 16


def parse_seal_to(text: str) -> str:
    """Return an age recipient in its canonical form (c2sp.org/age); empty for an empty text.

    Raises:
        SealToError: `text` is no recipient that a file can be sealed to.
    """
    wanted = text.strip()
    if wanted.upper().startswith(_SECRET):
        raise SealToError(
            "That is a secret key, and a release is sealed to a public one.",
            advice="Give the `# public key` of a new identity: this one has now been shown to a node.",
        )
    try:
        return str(parse_recipient(wanted)) if wanted else ""
    except RecipientError as error:
        raise SealToError(f"The recipient to seal to cannot be used. {error}") from None


def shorten_recipient(recipient: str) -> str:
    """Return enough of an age recipient to tell it by: a post-quantum one has some 2,000 characters."""
    return recipient if len(recipient) <= 4 * _SHOWN else f"{recipient[:_SHOWN]}…{recipient[-_SHOWN:]}"
