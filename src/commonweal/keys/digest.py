"""The digest of a payload, taken as it passes."""

import hashlib

from .writer import Sink


class DigestSink:
    """A `Sink` that passes sealed bytes on to another and takes their SHA-256, which the log commits to."""

    def __init__(self, raw: Sink) -> None:
        self._raw = raw
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 in lower-case hexadecimal of what was passed on so far."""
        return self._hash.hexdigest()

    def write(self, data: memoryview, /) -> int | None:
        """Pass `data` on; what the other sink did not take all of is not hashed either."""
        taken = self._raw.write(data)
        if taken == len(data):
            self._hash.update(data)
        return taken
