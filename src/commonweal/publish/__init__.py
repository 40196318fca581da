"""A body publishes a source: the data contract says what it promises, the gate holds it to that."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
