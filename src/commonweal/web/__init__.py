"""The web face: pages and protocols over one node; named by import string (`commonweal.web:create_app`)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .assembly import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from .assembly import create_app

        return create_app
    raise AttributeError(name)
