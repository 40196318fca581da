"""The commands, and how every one of them ends: with an exit code, never with a traceback."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from commonweal.core import CommonwealError

from . import journey, operating
from .rendering import show_error

app = App(
    name="commonweal",
    help="Share data between public bodies: publish, find, ask, decide, agree, deliver, prove.",
    help_format="plaintext",
    result_action="return_value",
)
journey.register(app)
operating.register(app)

_USAGE = 2
_INTERRUPTED = 130


def run(tokens: Sequence[str]) -> int:
    """Run one command and return its exit code (house table: 0 to 7; 130 when interrupted)."""
    try:
        result = app(list(tokens), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        sys.stderr.write(f"{error}\nSee `commonweal {_command(tokens)}--help`.\n")
        return _USAGE
    except CommonwealError as error:
        return show_error(error, as_json="--json" in tokens)
    except BrokenPipeError:
        return 0
    except OSError as error:
        sys.stderr.write(f"The system would not: {error.strerror or type(error).__name__}.\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return result if isinstance(result, int) else 0


def _command(tokens: Sequence[str]) -> str:
    named = tokens[0] if tokens and not tokens[0].startswith("-") else ""
    return f"{named} " if named in {name for each in app for name in app[each].name} else ""
