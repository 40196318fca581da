"""The error tree: every failure a person can meet has a code, a sentence and advice."""

from enum import Enum


class Outcome(Enum):
    """How a failure ends: (exit code, HTTP status). The one table both faces read."""

    FAILED = (1, 500)
    STORE_FULL = (1, 507)
    UNREADABLE = (1, 422)
    USAGE = (2, 400)
    REFUSED = (3, 403)
    UNAUTHENTICATED = (3, 401)
    CONTRACT = (4, 422)
    NOT_FOUND = (5, 404)
    AMBIGUOUS = (5, 409)
    UNPROVEN = (6, 409)
    ALTERED = (6, 500)
    UNREACHABLE = (7, 503)

    @property
    def exit_code(self) -> int:
        """Return the exit code of the command line."""
        return self.value[0]

    @property
    def status(self) -> int:
        """Return the HTTP status of the problem document (RFC 9457)."""
        return self.value[1]


class CommonwealError(Exception):
    """A failure that is explained to a person.

    The message says what went wrong and where; `advice` says how to mend it. Neither ever holds a data
    value, a key, a token or an SQL parameter. `reasons` lists every fault when there is more than one.
    """

    code = "commonweal.failed"
    outcome = Outcome.FAILED
    default_advice = "Run `commonweal doctor` and read its first finding."

    def __init__(self, message: str, *, advice: str = "", reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons
        self._advice = advice

    def advice(self) -> str:
        """Return one sentence on how to mend it."""
        return self._advice or self.default_advice


class InputError(CommonwealError):
    """An option, a date, an identifier or a body that is not of the form asked for."""

    code = "input.malformed"
    outcome = Outcome.USAGE
    default_advice = "Correct the value and try again."


class UnreadableFileError(CommonwealError):
    """A file that is not there, may not be read, or does not hold what it should."""

    code = "input.unreadable-file"
    outcome = Outcome.UNREADABLE
    default_advice = "Check the path and its permissions."


class NotFoundError(CommonwealError):
    """Nothing here has that name."""

    code = "input.not-found"
    outcome = Outcome.NOT_FOUND
    default_advice = "Check the name; `commonweal search` lists what this node holds."


class AmbiguousError(CommonwealError):
    """A name that fits more than one thing; `reasons` lists the choices."""

    code = "input.ambiguous"
    outcome = Outcome.AMBIGUOUS
    default_advice = "Use one of the names listed."


class RefusedError(CommonwealError):
    """Policy, law or role says no; `reasons` lists every one of them."""

    code = "policy.refused"
    outcome = Outcome.REFUSED
    default_advice = "Read the reasons: each says what would change the answer."


class UnauthenticatedError(CommonwealError):
    """No token, an unknown token or an expired one."""

    code = "identity.unauthenticated"
    outcome = Outcome.UNAUTHENTICATED
    default_advice = "Send a valid bearer token; the discloser can issue a new profile."


class StoreError(CommonwealError):
    """The node's store is damaged, locked or cannot be read."""

    code = "store.failed"
    outcome = Outcome.FAILED


class StoreFullError(StoreError):
    """The disk that holds the node is full; nothing of the change was kept."""

    code = "store.full"
    outcome = Outcome.STORE_FULL
    default_advice = "Free space on the disk that holds the node's home, then repeat the command."


class LogStoppedError(CommonwealError):
    """The audit log cannot be written, so nothing is answered (promise 3)."""

    code = "audit.stopped"
    outcome = Outcome.UNREACHABLE
    default_advice = "The operator must restore the log's disk; the node answers again by itself."


class ProofError(CommonwealError):
    """An event, tile, checkpoint, rule pack or sealed file does not match its proof."""

    code = "proof.failed"
    outcome = Outcome.UNPROVEN
    default_advice = "Keep the folder as evidence and restore from a backup that verifies."
