"""The whole application: the frame with its pages, and every door of the node."""

from fastapi import FastAPI

from commonweal.node import Front, Node

from .app import build_app
from .casework import agreements, asking, record, requests, uploading
from .doors import api, delta, key_register, plain
from .views_of_node import NodePages

CASEWORK = (requests.router, asking.router, agreements.router, record.router, uploading.router)
"""The pages for people who are signed in."""


def create_app(node: Node, front: Front) -> FastAPI:
    """Return the ASGI application of a node, as the outside meets it by `front`."""
    app = build_app(node, NodePages(node, front))
    app.state.front = front
    for router in (api.public, api.router, key_register.router, delta.router, plain.router, *CASEWORK):
        app.include_router(router)
    return app
