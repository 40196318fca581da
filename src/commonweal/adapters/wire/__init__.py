"""What a node says to another process over HTTP: the client of its own API."""

from .client import AddressError, NodeClient, RemoteError, UnreachableError

__all__ = ["AddressError", "NodeClient", "RemoteError", "UnreachableError"]
