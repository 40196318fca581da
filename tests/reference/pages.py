"""What is written from the code, and where it lies; each file is committed, and a test compares."""

from collections.abc import Callable, Mapping
from pathlib import Path

from .authority import write_policies, write_roles
from .benchmarks import write_benchmarks
from .checks import write_quality
from .commands import write_commands
from .events import write_events
from .failures import write_errors
from .law import write_law
from .life import draw_life, write_life
from .operations import write_api
from .picture import draw_architecture
from .request_form import write_request_form
from .settings import write_settings
from .source import ROOT, UnreadableCodeError
from .words import UnexplainedError

WRITTEN: Mapping[str, Callable[[], str]] = {
    "docs/explanation/architecture.svg": draw_architecture,
    "docs/reference/agreement-life.md": write_life,
    "docs/reference/agreement-life.svg": draw_life,
    "docs/reference/api.md": write_api,
    "docs/reference/benchmarks.md": write_benchmarks,
    "docs/reference/commands.md": write_commands,
    "docs/reference/errors.md": write_errors,
    "docs/reference/events.md": write_events,
    "docs/reference/law.md": write_law,
    "docs/reference/policies.md": write_policies,
    "docs/reference/quality.md": write_quality,
    "docs/reference/request-form.md": write_request_form,
    "docs/reference/roles.md": write_roles,
    "docs/reference/settings.md": write_settings,
}


def rewrite(root: Path = ROOT) -> list[str]:
    """Write every file anew; return those that changed.

    Raises:
        ExceptionGroup: some could not be written, for these reasons; the others were.
    """
    changed, failed = [], []
    for name, write in WRITTEN.items():
        try:
            if _replace(root / name, write()):
                changed.append(name)
        except (UnexplainedError, UnreadableCodeError) as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("the reference cannot be written", failed)
    return changed


def _replace(path: Path, text: str) -> bool:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True
