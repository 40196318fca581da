"""How the command line answers: JSON, or words and tables on standard output; errors and progress on standard error."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from commonweal.core import CommonwealError


def show_json(answer: object) -> None:
    """Print an answer as one JSON document."""
    say(json.dumps(answer, indent=2, default=str, ensure_ascii=False))


def say(*lines: str) -> None:
    """Print lines of words."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as a table on a terminal, and tab-separated when piped."""
    if not sys.stdout.isatty():
        say("\t".join(columns), *("\t".join(str(row.get(name, "")) for name in columns) for row in rows))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(str(row.get(name, "")) for name in columns))
    Console().print(table)


def show_error(error: CommonwealError, *, as_json: bool) -> int:
    """Print an error with every reason and what to do, and return its exit code."""
    if as_json:
        show_json(
            {
                "error": error.code,
                "detail": str(error),
                "reasons": list(error.reasons),
                "advice": error.advice(),
            }
        )
    lines = [f"{error}", *(f"  - {reason}" for reason in error.reasons), f"{error.advice()}  [{error.code}]"]
    sys.stderr.write("\n".join(lines) + "\n")
    return error.outcome.exit_code
