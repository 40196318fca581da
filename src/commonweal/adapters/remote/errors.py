"""What can go wrong between an address and the data behind it; no sentence quotes a secret or a value."""

from commonweal.core import CommonwealError, InputError, Outcome, RefusedError


class SourceAddressError(InputError):
    """What was given as a source's address is not one, or holds what does not belong in it."""

    code = "remote.address-malformed"
    default_advice = (
        "Give https://HOST/PATH, s3://BUCKET/KEY, postgresql://HOST/DATABASE, mariadb://HOST/DATABASE "
        "or sqlite:////PATH."
    )


class AddressRefusedError(RefusedError):
    """The node does not go to that address: it is a database, a folder or a private network that nobody allowed."""

    code = "remote.address-refused"
    default_advice = "The node's operator allows hosts, networks and folders by `source_hosts` in node.json."


class QueryError(InputError):
    """A query that is not one SELECT, or none where one is needed."""

    code = "remote.query"
    default_advice = "Give one table, or one SELECT that only reads."


class MissingDriverError(InputError):
    """What speaks to that kind of source is not installed."""

    code = "remote.driver-missing"
    default_advice = "Have the operator install what the sentence names, with pip."


class SourceUnreachableError(CommonwealError):
    """The source does not answer, does not let the node in, or refused what was asked of it."""

    code = "remote.unreachable"
    outcome = Outcome.UNREACHABLE
    default_advice = "Check the address, the user and the password, then try again."


class SourceBrokenOffError(CommonwealError):
    """The source ended before all of it had come; nothing of it was kept."""

    code = "remote.broken-off"
    outcome = Outcome.UNREACHABLE
    default_advice = "Try again; if it happens at the same place, the source or the way to it has a limit."


class SourceChangedError(CommonwealError):
    """The source was replaced while it was read; nothing of it was kept."""

    code = "remote.changed"
    outcome = Outcome.UNREACHABLE
    default_advice = "Try again when it is not being written."


class SourceLimitError(InputError):
    """The source is larger or slower than a node waits for; nothing of it was kept."""

    code = "remote.too-much"
    default_advice = "Publish it in parts, or ask for less with a query."
