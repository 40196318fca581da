"""DuckDB as the engine: reads sources, writes versions and releases, streams and sums them, all inside sealed files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
