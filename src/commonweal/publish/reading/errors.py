"""What can go wrong with a reading."""

from commonweal.publish.errors import PublishError

from .recipe import Reading


class ReadingUnconfirmedError(PublishError):
    """The source is not clean, and nobody has accepted how it was read; `reasons` are the reading's sentences."""

    code = "publish.reading-unconfirmed"

    def __init__(self, message: str, reading: Reading) -> None:
        super().__init__(
            message,
            advice=f"If this is how it should be read, publish it again with --accept {reading.identifier} "
            f'(in a form of the API: "accept": "{reading.identifier}"); nothing was stored.',
            reasons=reading.sentences(),
        )
        self.reading = reading
