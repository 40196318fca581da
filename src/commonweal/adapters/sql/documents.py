"""Values of the rooms as JSON documents in a column, and back, checked on the way in."""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from commonweal.core import StoreError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def dump(value: object) -> str:
    """Return a frozen dataclass of a room as JSON text."""
    kind: Any = type(value)
    return _adapter(kind).dump_json(value).decode()


def load(kind: type[T], text: str | bytes) -> T:
    """Return the value of `kind` that `text` holds.

    Raises:
        StoreError: the document is not of that kind: somebody or something changed the database.
    """
    try:
        wanted: Any = kind
        found: T = _adapter(wanted).validate_json(text)
    except ValueError:  # pydantic's ValidationError is one
        raise StoreError(
            f"A stored {kind.__name__} does not have the shape this node wrote.",
            advice="Run `commonweal audit verify`, then restore the home folder from a backup that verifies.",
        ) from None
    return found
