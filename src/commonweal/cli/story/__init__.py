"""The story that `commonweal demo` tells on real input; each step is verified by reading back."""

from .telling import tell

__all__ = ["tell"]
