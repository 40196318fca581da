"""Sources in other forms than clean CSV and Parquet: each becomes one table of text, or is refused in words."""

from .opening import Rewriting, Table, opened_table
from .sealed_copy import rewriting_in_a_temporary_file
from .telling import Taken

__all__ = ["Rewriting", "Table", "Taken", "opened_table", "rewriting_in_a_temporary_file"]
