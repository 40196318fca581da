"""Values of the rooms as JSON documents in a column, and back, checked on the way in."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from commonweal.core import StoreError

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401  a type, which mypy does not count as hashable
    return TypeAdapter(kind)


def dump(value: object) -> str:
    """Return a frozen dataclass of a room as JSON text."""
    return _adapter(type(value)).dump_json(value).decode()


def load(kind: type[T], text: str) -> T:
    """Return the value of `kind` that `text` holds.

    Raises:
        StoreError: the document is not of that kind: somebody or something changed the database.
    """
    try:
        found: T = _adapter(kind).validate_json(text)
    except ValidationError:
        raise StoreError(
            f"A stored {kind.__name__} does not have the shape this node wrote.",
            advice="Run `commonweal audit verify`, then restore the home folder from a backup that verifies.",
        ) from None
    return found
