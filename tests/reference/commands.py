"""Every command and its options, as the command line describes itself."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cyclopts import App
from cyclopts.docs.markdown import generate_markdown_docs

from commonweal.cli.app import build_app

from .failures import write_exit_codes
from .tables import page

USAGE = re.compile(r"```console\n(.*?)\n```", re.DOTALL)


def write_commands() -> str:
    """Return the page of commands."""
    with _called("commonweal"):
        overview, *commands = [_told(*each) for each in find_commands(["commonweal"], [build_app()])]
    return page(
        "Commands",
        overview.partition("\n")[2].replace("Usage: `commonweal COMMAND`\n\n", ""),
        *commands,
        "## Exit codes",
        "Every command ends with one of these, never with a traceback. `explain` ends with 0 whatever the answer is; a "
        "command that was told to act and is refused ends with 3. [Errors](errors.md) has every code.",
        write_exit_codes(),
    )


def find_commands(names: list[str], chain: list[App]) -> Iterator[tuple[list[str], list[App]]]:
    """Yield a command and all below it, each by the names and as the chain that leads to it."""
    yield names, chain
    for name in chain[-1]:
        if not name.startswith("-"):
            yield from find_commands([*names, name], [*chain, chain[-1][name]])


def _told(names: list[str], chain: list[App]) -> str:
    """Return what one command says of itself, with what it inherits from those above it, and without those below it."""
    with chain[-1].app_stack(chain):
        told = generate_markdown_docs(
            chain[-1],
            recursive=False,
            heading_level=len(names),
            command_chain=names if len(names) > 1 else None,
            generate_toc=False,
        )
    told = USAGE.sub(
        lambda found: f"Usage: `{' '.join(found[1].split())}`", told.partition(f"\n{'#' * len(names)}# ")[0]
    )
    return re.sub(r"\n{3,}", "\n\n", told).replace("**What**", "**Arguments**").replace("**Parameters**", "**Options**")


@contextmanager
def _called(name: str) -> Iterator[None]:
    """Let the program be called `name`, which cyclopts takes for the command's, whoever runs the generator."""
    former, sys.argv = sys.argv, [name]
    try:
        yield
    finally:
        sys.argv = former
