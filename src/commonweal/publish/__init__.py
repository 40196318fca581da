"""A body publishes a source: the data contract says what it promises, the gate holds it to that."""

from typing import TYPE_CHECKING

from .errors import (
    ContractError,
    DatasetNameError,
    GateError,
    MarkingError,
    OpenAccessError,
    PublishError,
    SourceError,
    WithdrawnError,
)
from .model import (
    Access,
    Classification,
    DataContract,
    Dataset,
    DatasetVersion,
    Dimension,
    Field,
    FieldType,
    Finding,
    Marking,
    QualityResult,
)
from .ports import Engine, SourceFormat, WrittenVersion
from .rules import (
    confirm_fields,
    describe_dataset,
    parse_marking,
    parse_name,
    pass_gate,
    publish_version,
    stop_publication,
    withdraw,
)

if TYPE_CHECKING:
    from .contract import read_contract, write_contract
    from .quality import Check, CheckPlan, column_of, compile_checks, compile_repeats, findings_from, typed_value

__all__ = [
    "Access",
    "Check",
    "CheckPlan",
    "Classification",
    "ContractError",
    "DataContract",
    "Dataset",
    "DatasetNameError",
    "DatasetVersion",
    "Dimension",
    "Engine",
    "Field",
    "FieldType",
    "Finding",
    "GateError",
    "Marking",
    "MarkingError",
    "OpenAccessError",
    "PublishError",
    "QualityResult",
    "SourceError",
    "SourceFormat",
    "WithdrawnError",
    "WrittenVersion",
    "column_of",
    "compile_checks",
    "compile_repeats",
    "confirm_fields",
    "describe_dataset",
    "findings_from",
    "parse_marking",
    "parse_name",
    "pass_gate",
    "publish_version",
    "read_contract",
    "stop_publication",
    "typed_value",
    "withdraw",
    "write_contract",
]

_CONTRACT = {"read_contract", "write_contract"}
_QUALITY = {"Check", "CheckPlan", "column_of", "compile_checks", "compile_repeats", "findings_from", "typed_value"}


def __getattr__(name: str) -> object:
    if name in _CONTRACT:
        from . import contract

        return getattr(contract, name)
    if name in _QUALITY:
        from . import quality

        return getattr(quality, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
