"""The whole application: the frame with its pages, and every door of the node."""

from fastapi import FastAPI

from commonweal.node import Front, Node

from . import agreement_pages, api, asking_pages, audit_pages, casework, delta, doors, uploading
from .app import build_app
from .views_of_node import NodePages

CASEWORK = (casework.router, asking_pages.router, agreement_pages.router, audit_pages.router, uploading.router)
"""The pages for people who are signed in."""


def create_app(node: Node, front: Front) -> FastAPI:
    """Return the ASGI application of a node, as the outside meets it by `front`."""
    app = build_app(node, NodePages(node, front))
    app.state.front = front
    for router in (api.public, api.router, delta.router, doors.router, *CASEWORK):
        app.include_router(router)
    return app
