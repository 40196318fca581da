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
from .kinds import Classification, FieldType
from .model import (
    Access,
    DataContract,
    Dataset,
    DatasetVersion,
    Dimension,
    Field,
    Finding,
    Marking,
    QualityResult,
    VersionPart,
)
from .ports import Engine, SourceFormat, WrittenVersion
from .reading.errors import ReadingUnconfirmedError
from .reading.recipe import Column, Mend, Reading, Recipe, SetAside
from .rules import (
    choose_key,
    confirm_fields,
    describe_dataset,
    hold_publication,
    parse_marking,
    parse_name,
    pass_gate,
    publish_version,
    stop_publication,
    tell_reading,
    withdraw,
)
from .sensitivity import MOST_SENSITIVE_FIRST, class_of, most_sensitive, split_fields

if TYPE_CHECKING:
    from .contract import read_contract, write_contract
    from .quality import (
        FIRST_ROWS,
        UNIQUE,
        Check,
        CheckPlan,
        ValueShare,
        column_of,
        compile_checks,
        compile_repeats,
        compile_surplus,
        findings_from,
        typed_value,
    )
    from .reading.header import is_empty, is_total
    from .reading.learning import Learnt, learn
    from .reading.showing import describe_reading
    from .reading.suggesting import Suggestion, suggest_classification
    from .reading.tidying import PREAMBLE, Tidying, TidyRow

__all__ = [
    "FIRST_ROWS",
    "MOST_SENSITIVE_FIRST",
    "PREAMBLE",
    "UNIQUE",
    "Access",
    "Check",
    "CheckPlan",
    "Classification",
    "Column",
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
    "Learnt",
    "Marking",
    "MarkingError",
    "Mend",
    "OpenAccessError",
    "PublishError",
    "QualityResult",
    "Reading",
    "ReadingUnconfirmedError",
    "Recipe",
    "SetAside",
    "SourceError",
    "SourceFormat",
    "Suggestion",
    "TidyRow",
    "Tidying",
    "ValueShare",
    "VersionPart",
    "WithdrawnError",
    "WrittenVersion",
    "choose_key",
    "class_of",
    "column_of",
    "compile_checks",
    "compile_repeats",
    "compile_surplus",
    "confirm_fields",
    "describe_dataset",
    "describe_reading",
    "findings_from",
    "hold_publication",
    "is_empty",
    "is_total",
    "learn",
    "most_sensitive",
    "parse_marking",
    "parse_name",
    "pass_gate",
    "publish_version",
    "read_contract",
    "split_fields",
    "stop_publication",
    "suggest_classification",
    "tell_reading",
    "typed_value",
    "withdraw",
    "write_contract",
]

_HOMES = {
    "contract": {"read_contract", "write_contract"},
    "reading.header": {"is_empty", "is_total"},
    "reading.learning": {"Learnt", "learn"},
    "quality": {
        "FIRST_ROWS",
        "UNIQUE",
        "Check",
        "CheckPlan",
        "ValueShare",
        "column_of",
        "compile_checks",
        "compile_repeats",
        "compile_surplus",
        "findings_from",
        "typed_value",
    },
    "reading.showing": {"describe_reading"},
    "reading.suggesting": {"Suggestion", "suggest_classification"},
    "reading.tidying": {"PREAMBLE", "TidyRow", "Tidying"},
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
