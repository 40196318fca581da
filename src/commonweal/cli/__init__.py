"""The command line: parse, call the node, render."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from .app import run

    sys.exit(run(sys.argv[1:]))
