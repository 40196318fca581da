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
from .kinds import Classification, FieldType, FileChoice, FileForm
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
    from .combining import (
        SAMPLE,
        Combination,
        Sample,
        combination_from,
        compile_combination,
        compile_sample,
        sample_from,
    )
    from .comparing import Change, Comparison, compare_contracts
    from .contract import read_contract, write_contract
    from .detecting import Detection, count_withheld, detect_field, detect_table, keep_confirmed, quasi_identifiers
    from .drafting import write_draft
    from .inferring import ContractDraft, infer_contract, wants_listing
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
    from .reading.delimiters import find_delimiter
    from .reading.encodings import ByteSurvey, Encoding, find_marked, verify_text
    from .reading.flaws import BROKEN, Flawed, find_flaw
    from .reading.header import is_empty, is_total
    from .reading.learning import Learnt, learn
    from .reading.replaying import find_differences
    from .reading.showing import describe_reading
    from .reading.suggesting import Suggestion, suggest_classification
    from .reading.tidying import PREAMBLE, Tidying, TidyRow
    from .surveying import ColumnFacts, compile_listing, compile_survey, facts_from
    from .validators.catalogue import VALIDATORS, find_validator
    from .validators.form import Fault, Valid, Validator

__all__ = [
    "BROKEN",
    "FIRST_ROWS",
    "MOST_SENSITIVE_FIRST",
    "PREAMBLE",
    "SAMPLE",
    "UNIQUE",
    "VALIDATORS",
    "Access",
    "ByteSurvey",
    "Change",
    "Check",
    "CheckPlan",
    "Classification",
    "Column",
    "ColumnFacts",
    "Combination",
    "Comparison",
    "ContractDraft",
    "ContractError",
    "DataContract",
    "Dataset",
    "DatasetNameError",
    "DatasetVersion",
    "Detection",
    "Dimension",
    "Encoding",
    "Engine",
    "Fault",
    "Field",
    "FieldType",
    "FileChoice",
    "FileForm",
    "Finding",
    "Flawed",
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
    "Sample",
    "SetAside",
    "SourceError",
    "SourceFormat",
    "Suggestion",
    "TidyRow",
    "Tidying",
    "Valid",
    "Validator",
    "ValueShare",
    "VersionPart",
    "WithdrawnError",
    "WrittenVersion",
    "choose_key",
    "class_of",
    "column_of",
    "combination_from",
    "compare_contracts",
    "compile_checks",
    "compile_combination",
    "compile_listing",
    "compile_repeats",
    "compile_sample",
    "compile_surplus",
    "compile_survey",
    "confirm_fields",
    "count_withheld",
    "describe_dataset",
    "describe_reading",
    "detect_field",
    "detect_table",
    "facts_from",
    "find_delimiter",
    "find_differences",
    "find_flaw",
    "find_marked",
    "find_validator",
    "findings_from",
    "hold_publication",
    "infer_contract",
    "is_empty",
    "is_total",
    "keep_confirmed",
    "learn",
    "most_sensitive",
    "parse_marking",
    "parse_name",
    "pass_gate",
    "publish_version",
    "quasi_identifiers",
    "read_contract",
    "sample_from",
    "split_fields",
    "stop_publication",
    "suggest_classification",
    "tell_reading",
    "typed_value",
    "verify_text",
    "wants_listing",
    "withdraw",
    "write_contract",
    "write_draft",
]

_HOMES = {
    "combining": {
        "Combination",
        "SAMPLE",
        "Sample",
        "combination_from",
        "compile_combination",
        "compile_sample",
        "sample_from",
    },
    "detecting": {"count_withheld", "Detection", "detect_field", "detect_table", "keep_confirmed", "quasi_identifiers"},
    "validators.catalogue": {"VALIDATORS", "find_validator"},
    "validators.form": {"Fault", "Valid", "Validator"},
    "comparing": {"Comparison", "Change", "compare_contracts"},
    "drafting": {"write_draft"},
    "inferring": {"ContractDraft", "infer_contract", "wants_listing"},
    "surveying": {"ColumnFacts", "compile_listing", "compile_survey", "facts_from"},
    "contract": {"read_contract", "write_contract"},
    "reading.delimiters": {"find_delimiter"},
    "reading.encodings": {"ByteSurvey", "Encoding", "find_marked", "verify_text"},
    "reading.flaws": {"BROKEN", "Flawed", "find_flaw"},
    "reading.header": {"is_empty", "is_total"},
    "reading.learning": {"Learnt", "learn"},
    "reading.replaying": {"find_differences"},
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
