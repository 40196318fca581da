"""Changes between two versions, as an agreement lets its recipient see them."""

from collections.abc import Collection, Sequence

from commonweal.agree import Agreement
from commonweal.core import InputError
from commonweal.publish import DataContract, DatasetVersion, keys_of

CHANGE_FIELDS = ("_change_type", "_commit_version", "_commit_timestamp")
"""What a row of changes has beside the agreement's fields, by the names of Delta's change data feed."""


def choose_pair(
    versions: Sequence[DatasetVersion], newest: int, start: int, end: int
) -> tuple[DatasetVersion, DatasetVersion] | str:
    """Return the versions between which changes are asked for, or why one of them cannot be had.

    Args:
        versions: those that are held.
        newest: the highest number that was ever given.
        start: the version to start from.
        end: the version to end with; 0 for the newest that is held.

    Raises:
        InputError: there never was such a version, or the end is before the start.
    """
    held = {each.number: each for each in versions}
    last = end or max(held)
    for number in (start, last):
        if not 1 <= number <= newest:
            raise InputError(f"There is no version {number}.", advice=f"The newest is version {max(held)}.")
    if last < start:
        raise InputError("The changes end before they start.", advice="Give the older version first.")
    for number in (start, last):
        if number not in held:
            return (
                f"Version {number} was shredded: nobody can read any more what it held, so nothing tells what changed."
            )
    return held[start], held[last]


def find_hidden_start(agreement: Agreement, versions: Sequence[DatasetVersion], start: DatasetVersion) -> str:
    """Return why changes from a version are not for this agreement, empty when they are.

    They show rows that are gone since. A recipient may see those that it could have read: the start is a version that
    was the newest at some moment since the agreement began.
    """
    after = [each.published for each in versions if each.number > start.number]
    if not after or min(after) > agreement.starts:
        return ""
    return (
        f"Version {start.number} had been followed by another before agreement {agreement.id} began, and changes from "
        "it would show rows that the agreement never opened."
    )


def choose_feed_key(contract: DataContract, version: DatasetVersion, fields: Collection[str]) -> tuple[str, ...]:
    """Return the key by which a row that went and one that came are one row; empty when no key lies within `fields`.

    It is the key that the version was made by, or else the first that the data contract promises.
    """
    candidates = (version.origin.key, *keys_of(contract))
    return next((key for key in candidates if key and set(key) <= set(fields)), ())


def verify_names(fields: Collection[str]) -> None:
    """Accept fields none of which has the name of a column of changes.

    Raises:
        InputError: one has.
    """
    taken = sorted(name for name in fields if name.lower() in CHANGE_FIELDS)
    if taken:
        raise InputError(
            f"The field {taken[0]} has a name that changes need for themselves.", advice="Ask for the other fields."
        )
