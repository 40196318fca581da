"""Every failure a person can meet: its code, what it means, how it ends and what to do."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from itertools import groupby

import commonweal
from commonweal.core import CommonwealError, Outcome
from commonweal.web.problems import _STATUS_OF_CODE  # the statuses that only the web has

from .tables import entry, page, table
from .words import explain

NOT_TO_IMPORT = (".__main__", ".migrations.")  # programs, which would run


def find_errors() -> list[type[CommonwealError]]:
    """Return every class of error, by its code; the first of each code is the one that gave it."""
    for module in pkgutil.walk_packages(commonweal.__path__, "commonweal."):
        if not any(each in f"{module.name}." for each in NOT_TO_IMPORT):
            importlib.import_module(module.name)
    return sorted(set(_descendants(CommonwealError)), key=lambda each: (each.code, len(each.__mro__), each.__name__))


def _descendants(kind: type[CommonwealError]) -> Iterator[type[CommonwealError]]:
    if kind.__module__.startswith("commonweal."):
        yield kind
    for each in kind.__subclasses__():
        yield from _descendants(each)


def write_errors() -> str:
    """Return the page of errors."""
    errors = find_errors()
    return page(
        "Errors",
        "Whatever fails says what went wrong, where, and how to mend it; no message holds a data value, a key or a "
        "token. The command line prints the message, every reason, the advice and the code, and ends with an exit "
        "code. The node answers with a problem document (RFC 9457, `application/problem+json`) that has `type`, "
        "`title`, `status`, `outcome`, `detail`, `code`, `advice` and `reasons`, and `instance` when there is an "
        "incident to look up. The advice below is given unless the failure has better.",
        "## How a failure ends",
        write_outcomes(),
        f"There are {len({each.code for each in errors})} codes. A code is stable: programs may rely on it.",
        *_sections([each for each in errors if "code" in vars(each)]),
    )


def write_outcomes() -> str:
    """Return the table of outcomes: the exit code and the HTTP status of each, and what it means."""
    meanings = explain("outcomes", [each.name for each in Outcome])
    rows = [(f"`{each.name.lower()}`", each.exit_code, each.status, meanings[each.name]) for each in Outcome]
    return table(("outcome", "exit code", "HTTP status", "what it means"), rows)


def write_exit_codes() -> str:
    """Return the table of exit codes."""
    known = {str(each.exit_code) for each in Outcome} | {"0", "130"}
    meanings = explain("exit codes", known)
    return table(("exit code", "what it means"), [(each, meanings[each]) for each in sorted(known, key=int)])


def _sections(errors: Sequence[type[CommonwealError]]) -> Iterator[str]:
    for family, kinds in groupby(errors, key=lambda each: each.code.partition(".")[0]):
        yield f"## {family}"
        for kind in kinds:
            status = _STATUS_OF_CODE.get(kind.code, kind.outcome.status)
            ends = f"`{kind.outcome.name.lower()}`: exit code {kind.outcome.exit_code}, HTTP status {status}."
            yield entry(kind.code, inspect.getdoc(kind) or "", f"Ends as {ends}", f"Advice: {kind.default_advice}")
