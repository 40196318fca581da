"""Compiles a data contract into one query over a source, and its answer into sentences."""

from .across import relation_of
from .bits import BITS, compile_bits, compile_span, may_take_bits
from .checks import FIRST_ROWS, UNIQUE, Check
from .plan import CheckPlan, ValueShare, compile_checks, compile_faults, compile_repeats, compile_surplus
from .sound import (
    WRITTEN,
    compile_rest,
    compile_sound,
    compile_written_bits,
    compile_written_span,
    compile_written_surplus,
    is_strict,
)
from .spark import to_spark
from .telling import findings_from
from .values import SOURCE, column_of, typed_value

__all__ = [
    "BITS",
    "FIRST_ROWS",
    "SOURCE",
    "UNIQUE",
    "WRITTEN",
    "Check",
    "CheckPlan",
    "ValueShare",
    "column_of",
    "compile_bits",
    "compile_checks",
    "compile_faults",
    "compile_repeats",
    "compile_rest",
    "compile_sound",
    "compile_span",
    "compile_surplus",
    "compile_written_bits",
    "compile_written_span",
    "compile_written_surplus",
    "findings_from",
    "is_strict",
    "may_take_bits",
    "relation_of",
    "to_spark",
    "typed_value",
]
