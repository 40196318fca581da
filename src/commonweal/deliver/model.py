"""A release is the one file an agreement opens; a delivery is one authorised use of it."""

from dataclasses import dataclass
from datetime import datetime

from commonweal.request import RowCondition


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What the engine must write: these fields, in this order, these rows, these fields as tokens."""

    fields: tuple[str, ...]
    rows: tuple[RowCondition, ...]
    tokenised: frozenset[str]

    def reads(self) -> frozenset[str]:
        """Return the fields that the engine must read: those released, and those that the rows are chosen by."""
        return frozenset(self.fields) | {each.field for each in self.rows}


@dataclass(frozen=True, slots=True)
class Release:
    """One agreement × dataset version × fields, written once as its own sealed Parquet file.

    `size` is the length of the Parquet file in bytes, `payload_size` and `digest` (SHA-256) are of the sealed
    payload; `row_count` counts rows. One with `changes_from` holds, instead of the version's rows, those that
    lead to it from the version of that number.
    """

    id: str
    agreement: str
    dataset: str
    version: str
    version_number: int
    fields: tuple[str, ...]
    sealed_file: str
    size: int
    payload_size: int
    digest: str
    row_count: int
    created: datetime
    changes_from: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One authorised use of a release: it covers every hit of its URL until `expires`.

    `person` is who the token was issued to, and `rows` counts what the release holds.
    """

    id: str
    agreement: str
    release: str
    recipient: str
    door: str
    fields: tuple[str, ...]
    purpose: str
    authorised: datetime
    expires: datetime
    person: str = ""
    rows: int = 0
