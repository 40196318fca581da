"""The whole application: the frame with its pages, and every door of the node."""

from fastapi import FastAPI

from commonweal.node import Front, Node

from . import api, delta, doors
from .app import build_app
from .views_of_node import NodePages


def create_app(node: Node, front: Front) -> FastAPI:
    """Return the ASGI application of a node, as the outside meets it by `front`."""
    app = build_app(node, NodePages(node, front))
    app.state.front = front
    for router in (api.public, api.router, delta.router, doors.router):
        app.include_router(router)
    return app
