"""What a body publishes: a dataset, its data contract, its versions and what the gate found."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from commonweal.keys import KeyClass

from .kinds import Classification, FieldType
from .origin import AS_SENT, Origin
from .profile import FieldProfile
from .promises import NONE_MAY, FieldRule, Limit, Promises
from .reading.recipe import Reading
from .retention import Retention


class Access(StrEnum):
    """Who may have a dataset before anyone asks."""

    OPEN = "open"
    SHARED = "shared"
    CLOSED = "closed"


class Marking(StrEnum):
    """Government Security Classifications; a node refuses anything above OFFICIAL."""

    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"


class Dimension(StrEnum):
    """The six data quality dimensions of the UK Government Data Quality Framework."""

    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    VALIDITY = "validity"
    ACCURACY = "accuracy"


@dataclass(frozen=True, slots=True)
class Field:
    """One field (column) of a table as the data contract promises it.

    `minimum` and `maximum` are inclusive and in the field's own unit; `pattern` is an RE2 expression that the
    whole text must match; `allowed` is empty when any value may stand. `validator` is the code of a published rule that
    the text must keep, and `valid_on` the day of the register that it goes by. `confirmed` is true once a steward has
    confirmed the classification. `rules` are further promises, each with a limit; `validator_limit` is the validator's.
    `stated` is what the data contract states where a steward has classified the field otherwise since, None elsewhere.
    """

    name: str
    type: FieldType
    description: str = ""
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    allowed: tuple[str, ...] = ()
    validator: str = ""
    valid_on: date | None = None
    classification: Classification = Classification.PERSONAL
    confirmed: bool = False
    rules: tuple[FieldRule, ...] = ()
    validator_limit: Limit = NONE_MAY
    stated: Classification | None = None

    def patterns(self) -> tuple[str, ...]:
        """Return every expression that its values are held to."""
        return tuple(each for each in (self.pattern, *(rule.pattern for rule in self.rules)) if each)

    @property
    def is_plain(self) -> bool:
        """Say whether a steward has confirmed that the field holds nothing that needs protecting."""
        return self.confirmed and self.classification is Classification.NOT_PERSONAL


NOTHING_MORE = Promises()


@dataclass(frozen=True, slots=True)
class DataContract:
    """The parts of an ODCS 3.1 data contract that the node enforces.

    `notes` are sentences the contract wants shown beside the data (say, that figures are synthesised). `promises` are
    those about several fields, other datasets, time and the versions before.
    """

    id: str
    version: str
    title: str
    description: str
    fields: tuple[Field, ...]
    minimum_rows: int = 1
    notes: tuple[str, ...] = ()
    promises: Promises = NOTHING_MORE

    def field_names(self) -> tuple[str, ...]:
        """Return the fields' names in the contract's order."""
        return tuple(each.name for each in self.fields)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault that a check found, as a sentence a steward can act on.

    `rows` are the first few row numbers of the data (1-based, header not counted); never values.
    """

    check: str
    field: str
    dimension: Dimension
    count: int
    rows: tuple[int, ...]
    sentence: str
    stops: bool = True


@dataclass(frozen=True, slots=True)
class DimensionResult:
    """What a check found of one quality dimension.

    `measured` is false where the data contract promises nothing that shows it: then it is neither good nor bad.
    `rows` are those checked; `failed` is the sum of what its checks counted, within a limit too, so that a row which
    breaks two promises counts twice. `warns` is true where a finding travels with the version, and `stops` where one
    stops it.
    """

    dimension: Dimension
    measured: bool = False
    rows: int = 0
    failed: int = 0
    stops: bool = False
    warns: bool = False


@dataclass(frozen=True, slots=True)
class QualityResult:
    """What one pass over a source found: `rows` read, and every finding, worst first.

    `dimensions` has one entry for each of the six; it is empty in the result of a version published before they were
    kept. `references` says against which versions of other datasets the source was held, as `BODY/NAME` and number.
    """

    rows: int
    findings: tuple[Finding, ...] = ()
    dimensions: tuple[DimensionResult, ...] = ()
    references: tuple[tuple[str, int], ...] = ()

    @property
    def passed(self) -> bool:
        """Say whether the gate lets this source through."""
        return not any(each.stops for each in self.findings)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset in a body's catalogue. `id` is `BODY-SLUG/NAME`; `body` the publisher's slug.

    `access` is the steward's wish, `marking` the security classification, `regime` the data-protection regime
    (`uk-gdpr` or `law-enforcement`), `stored` where the data lies in words, `status` `live` or `withdrawn`.
    `key_class` says under which key-encryption key the next version lies; `is_split`, that each class of its fields has
    one of its own. `retention` says how long each version is kept. `twin_of` names the dataset of which it is the
    synthetic twin, and `derived_from` the agreements under which its body received what it was made from.
    """

    id: str
    body: str
    name: str
    title: str
    description: str
    contract: DataContract
    access: Access
    marking: Marking
    licence: str
    steward: str
    created: datetime
    regime: str = "uk-gdpr"
    attribution: str = ""
    stored: str = ""
    keywords: tuple[str, ...] = ()
    status: str = "live"
    key_class: KeyClass = KeyClass.BODY
    is_split: bool = False
    retention: Retention | None = None
    twin_of: str = ""
    derived_from: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Say whether every field is confirmed as holding nothing that needs protecting."""
        return all(each.is_plain for each in self.contract.fields)


@dataclass(frozen=True, slots=True)
class VersionPart:
    """The fields of one class of a split version, in a sealed Parquet file of their own; rows as in its other parts.

    `sealed_file`, `digest`, `payload_size` and `size` are as in `DatasetVersion`.
    """

    classification: Classification
    sealed_file: str
    fields: tuple[str, ...]
    size: int
    payload_size: int
    digest: str


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One immutable version of a dataset: a sealed Parquet file and what was checked about it.

    `sealed_file` names the payload blob, `digest` is its SHA-256 (of ciphertext), `payload_size` its length and
    `size` the length of the Parquet file inside, in bytes. `source_mac` is a keyed digest of the source's bytes.
    `reading` is how a source that was not clean was read, as its steward accepted it, and `set_aside_file` names the
    sealed file that keeps the rows it set aside; a clean source has neither. `key_class` is the dataset's when the
    version was written. A split version has `parts`, the most sensitive first, its sizes are their sums, and
    `sealed_file` and `digest` are empty. `origin` says what the version was made from.
    """

    id: str
    dataset: str
    number: int
    published: datetime
    rows: int
    size: int
    payload_size: int
    sealed_file: str
    digest: str
    source_mac: str
    quality: QualityResult
    profile: Mapping[str, FieldProfile] = field(default_factory=dict)
    reading: Reading | None = None
    set_aside_file: str = ""
    key_class: KeyClass = KeyClass.BODY
    parts: tuple[VersionPart, ...] = ()
    origin: Origin = AS_SENT

    def files(self) -> tuple[str, ...]:
        """Return every sealed file of the version: its own or those of its parts, and the rows it set aside."""
        own = tuple(each.sealed_file for each in self.parts) or (self.sealed_file,)
        return (*own, self.set_aside_file) if self.set_aside_file else own

    def files_with(self, fields: Collection[str]) -> tuple[str, ...]:
        """Return the sealed files that hold `fields` of the version's rows: its own, or of its parts only those."""
        parts = self.parts_with(fields)
        return tuple(each.sealed_file for each in parts) if self.parts else (self.sealed_file,)

    def parts_with(self, fields: Collection[str]) -> tuple[VersionPart, ...]:
        """Return the parts that hold any of `fields`; none of a version that is not split."""
        return tuple(each for each in self.parts if not set(fields).isdisjoint(each.fields))
