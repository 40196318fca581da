"""Sources by address: web addresses, databases and stores of objects, read as streams of bytes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
