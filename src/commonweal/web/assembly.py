"""The whole application: the frame with its pages, and every door of the node."""

from fastapi import FastAPI

from commonweal.node import Front, Node

from .app import build_app
from .casework import acts, agreements, asking, keys, record, requests, uploading
from .doors import api, backups, datasets, delta, key_acts, key_register, plain, receiving_keys, sealed
from .views_of_node import NodePages

CASEWORK = (
    requests.router,
    asking.router,
    agreements.router,
    record.router,
    keys.router,
    acts.router,
    uploading.router,
)
"""The pages for people who are signed in."""


def create_app(node: Node, front: Front) -> FastAPI:
    """Return the ASGI application of a node, as the outside meets it by `front`."""
    app = build_app(node, NodePages(node, front))
    app.state.front = front
    doors = (
        api.public,
        datasets.router,
        api.router,
        key_acts.router,
        key_register.router,
        receiving_keys.router,
        delta.router,
    )
    # `data.age` stands before the other forms of `data`, which would take it for one of theirs.
    for router in (*doors, backups.router, sealed.router, plain.router, *CASEWORK):
        app.include_router(router)
    return app
