"""What a node says to another process over HTTP: the client of its own API."""

from .client import NodeClient, RemoteError, UnreachableError

__all__ = ["NodeClient", "RemoteError", "UnreachableError"]
