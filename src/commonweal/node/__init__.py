"""The node: where ports meet adapters, and every use case of the journey is one method."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
