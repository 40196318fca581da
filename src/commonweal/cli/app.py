"""The commands, and how every one of them ends: with an exit code, never with a traceback."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from cyclopts import App, CycloptsError, Group, Parameter

from commonweal.core import CommonwealError, InputError, new_identifier

from .rendering import show_error

_INTERRUPTED = 130

COMMANDS = {
    "The node": {
        "demo": "operating",
        "init": "operating",
        "serve": "operating",
        "join": "operating",
        "people": "operating",
        "partners": "partners",
        "audit": "operating",
        "backup": "backups",
        "restore": "backups",
        "doctor": "operating",
    },
    "The journey": {
        "inspect": "inspecting",
        "contract": "contracts",
        "publish": "publishing",
        "schedule": "schedules",
        "search": "journey",
        "law": "law",
        "explain": "journey",
        "request": "journey",
        "requests": "requests",
        "templates": "templates",
        "decide": "journey",
        "appeal": "requests",
        "agree": "journey",
        "sign": "journey",
        "agreements": "agreements",
        "activate": "emergencies",
        "deactivate": "emergencies",
        "review-emergency": "emergencies",
        "documents": "documents",
        "profile": "journey",
        "read": "journey",
        "revoke": "journey",
        "certify-deletion": "duties",
        "consent-onward": "duties",
        "classify": "publishing",
        "twin": "publishing",
        "withdraw": "publishing",
        "reinstate": "publishing",
        "defect": "defects",
    },
    "Keys": {"keys": "custody", "shred": "custody"},
    "Sealed files": {"keygen": "sealing", "seal": "sealing", "open": "sealing"},
}
"""Every command under its heading in the help, in the order told there, and the module that registers it."""

_WHAT, _OPTIONS = Group("What", sort_key=0), Group("Options", sort_key=1)

_ALONE = "--version"
"""What is answered without any command."""


def build_app(asked: str = "") -> App:
    """Return the command line: every command, or those alone that the module of the command asked for registers.

    To load and describe the others would take most of a short command's time.
    """
    app = App(
        name="commonweal",
        help="Share data between public bodies: publish, find, ask, decide, agree, deliver, prove.",
        help_format="plaintext",
        default_parameter=Parameter(negative=(), show_default=_worth_showing),
        result_action="return_value",
    )
    if asked != _ALONE:
        for module in _modules_of(asked):
            import_module(f".{module}", __package__).register(app)
    _arrange(app)
    _title(app)
    return app


def _modules_of(asked: str) -> list[str]:
    modules = {name: module for each in COMMANDS.values() for name, module in each.items()}
    return [modules[asked]] if asked in modules else list(dict.fromkeys(modules.values()))


def _arrange(app: App) -> None:
    headings = {**COMMANDS, "About": ("--help", "--version")}
    for heading, names in headings.items():
        group = Group.create_ordered(heading)
        for place, name in enumerate(each for each in names if each in app):
            app[name].group, app[name].sort_key = (group,), place


def _title(app: App) -> None:
    """Give the help of a command and of all below it the same headings; cyclopts hands them down one step only."""
    app.group_arguments, app.group_parameters = _WHAT, _OPTIONS
    for name in app:
        if not name.startswith("-"):
            _title(app[name])


def _worth_showing(default: object) -> str | None:
    return None if default in {None, False, ""} else str(default)


class SystemRefusalError(CommonwealError):
    """The operating system would not read, write or connect."""

    code = "cli.system"
    default_advice = "Check the path, its permissions and the free space, then run the command again."


class FaultError(CommonwealError):
    """A failure that nobody foresaw; it says where it arose and never what it held."""

    code = "cli.fault"


def run(tokens: Sequence[str]) -> int:
    """Run one command and return its exit code (house table: 0 to 7; 130 when interrupted)."""
    try:
        app = build_app(next(iter(tokens), ""))
        result = app(list(tokens), exit_on_error=False, print_error=False)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0
    except Exception as error:  # noqa: BLE001  the last line before the person: no traceback passes it
        return show_error(_explain(error, tokens), as_json="--json" in tokens)
    return result if isinstance(result, int) else 0


def _explain(error: Exception, tokens: Sequence[str]) -> CommonwealError:
    if isinstance(error, CommonwealError):
        return error
    if isinstance(error, CycloptsError):
        return InputError(str(error), advice=f"See `commonweal {_command(tokens)}--help`.")
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return SystemRefusalError(f"{place}{error.strerror or type(error).__name__}.")
    return FaultError(
        f"Commonweal met a fault of its own: {type(error).__name__} at {_place(error)}.",
        advice=f"Report incident {new_identifier('inc')} with this line; it holds none of your data.",
    )


def _command(tokens: Sequence[str]) -> str:
    named = tokens[0] if tokens and not tokens[0].startswith("-") else ""
    return f"{named} " if any(named in each for each in COMMANDS.values()) else ""


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "an unknown place" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere: whoever read the output has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
