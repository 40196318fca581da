"""Sealed files and the keys that open them: age v1, key-encryption keys, custody, grants, the key register."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
