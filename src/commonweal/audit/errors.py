"""How the log fails a person."""

from commonweal.core import InputError, NotFoundError, ProofError


class EventFormError(InputError):
    """An event that cannot be committed: its facts have no RFC 8785 form."""

    code = "audit.event-form"
    default_advice = "Keep facts to short text, whole numbers below 2^53, lists and objects."


class LogProofError(ProofError):
    """An event, entry, tile, checkpoint or proof of the log does not match what it must be."""

    code = "audit.unproven"


class LogForkError(LogProofError):
    """Two checkpoints of one log that cannot both be true: history was removed or rewritten."""

    code = "audit.forked"
    default_advice = "Keep both checkpoints as evidence and tell the body that holds the other one."


class EntryNotFoundError(NotFoundError):
    """The log holds no such event, tile or checkpoint."""

    code = "audit.not-found"
    default_advice = "Ask for an index or a tile below the size in /log/checkpoint."
