"""DuckDB as the engine: reads sources, writes versions and releases, streams and sums them, all inside sealed files."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .aggregate import cover
    from .conditions import verify_rows
    from .engine import EngineError, EngineMemoryError, Limits, connect
    from .exporter import Exporter
    from .publisher import Publisher
    from .releaser import Releaser

__all__ = [
    "EngineError",
    "EngineMemoryError",
    "Exporter",
    "Limits",
    "Publisher",
    "Releaser",
    "connect",
    "cover",
    "verify_rows",
]

_HOMES = {
    "EngineError": "engine",
    "EngineMemoryError": "engine",
    "Exporter": "exporter",
    "Limits": "engine",
    "Publisher": "publisher",
    "Releaser": "releaser",
    "connect": "engine",
    "cover": "aggregate",
    "verify_rows": "conditions",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
