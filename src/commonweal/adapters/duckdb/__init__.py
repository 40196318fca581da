"""DuckDB as the engine: reads sources, writes versions and releases, streams and sums them, all inside sealed files."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .aggregate import STOCK_FIELDS, cover
    from .conditions import verify_rows
    from .detector import Detected, detect, detect_first
    from .differ import Commit, Differ
    from .engine import EngineError, EngineMemoryError, Limits, connect
    from .exporter import Exporter
    from .merger import Former, Merged
    from .onto import Onto
    from .publisher import Publisher
    from .releaser import Releaser
    from .source_text import MAX_COLUMNS, MAX_HEADER, ByteStream, TextScan, verify_unpacked
    from .surveyor import Surveyor
    from .twinner import Twinner

__all__ = [
    "MAX_COLUMNS",
    "MAX_HEADER",
    "STOCK_FIELDS",
    "ByteStream",
    "Commit",
    "Detected",
    "Differ",
    "EngineError",
    "EngineMemoryError",
    "Exporter",
    "Former",
    "Limits",
    "Merged",
    "Onto",
    "Publisher",
    "Releaser",
    "Surveyor",
    "TextScan",
    "Twinner",
    "connect",
    "cover",
    "detect",
    "detect_first",
    "verify_rows",
    "verify_unpacked",
]

_HOMES = {
    "Commit": "differ",
    "Detected": "detector",
    "Differ": "differ",
    "detect": "detector",
    "detect_first": "detector",
    "ByteStream": "source_text",
    "EngineError": "engine",
    "EngineMemoryError": "engine",
    "Exporter": "exporter",
    "Limits": "engine",
    "MAX_COLUMNS": "source_text",
    "MAX_HEADER": "source_text",
    "Former": "merger",
    "Merged": "merger",
    "Onto": "onto",
    "Publisher": "publisher",
    "Releaser": "releaser",
    "STOCK_FIELDS": "aggregate",
    "Surveyor": "surveyor",
    "TextScan": "source_text",
    "Twinner": "twinner",
    "connect": "engine",
    "cover": "aggregate",
    "verify_rows": "conditions",
    "verify_unpacked": "source_text",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
