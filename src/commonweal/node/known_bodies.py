"""The bodies that a node knows: those of the public registers, and partners beside them."""

from collections.abc import Iterable

from commonweal.identity import PublicBody, Register


class KnownBodies:
    """Holds the register that a node goes by. Partners may join it while it runs; each reading of `now` is whole."""

    def __init__(self, register: Register, partners: Iterable[PublicBody]) -> None:
        """Begin with the public registers and the partners that are stored.

        Raises:
            RegisterError: a partner bears the identifier or slug of another body.
        """
        self._register = register.with_bodies(partners)

    @property
    def now(self) -> Register:
        """Return the register that holds now."""
        return self._register

    def add(self, body: PublicBody) -> None:
        """Know one more body from now on, for every thread; errors as at the beginning."""
        self._register = self._register.with_bodies([body])
