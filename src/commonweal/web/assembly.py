"""The whole application: the frame with its pages, and every door of the node."""

from fastapi import FastAPI

from commonweal.node import Front, Node

from .app import build_app
from .casework import acts, agreements, asking, keys, record, requests, uploading, waiting
from .casework import defects as defect_pages
from .casework import documents as document_pages
from .casework import drafts as draft_pages
from .casework import duties as duty_pages
from .casework import emergencies as emergency_pages
from .casework import law as law_pages
from .casework import living as life_pages
from .casework import signing as signing_pages
from .casework import templates as template_pages
from .doors import agreements as agreement_doors
from .doors import (
    api,
    backups,
    datasets,
    defects,
    delta,
    documents,
    duties,
    emergencies,
    key_acts,
    key_register,
    law,
    partners,
    plain,
    receiving_keys,
    request_forms,
    schedules,
    sealed,
    templates,
)
from .views_of_node import NodePages

CASEWORK = (
    requests.router,
    waiting.router,
    asking.router,
    draft_pages.router,
    agreements.router,
    signing_pages.router,
    emergency_pages.router,
    life_pages.router,
    duty_pages.router,
    document_pages.router,
    record.router,
    keys.router,
    acts.router,
    uploading.router,
    defect_pages.router,
    law_pages.router,
    template_pages.router,
)
"""The pages for people who are signed in, and those of the law and of templates, which are for anybody."""


def create_app(node: Node, front: Front) -> FastAPI:
    """Return the ASGI application of a node, as the outside meets it by `front`."""
    app = build_app(node, NodePages(node, front))
    app.state.front = front
    doors = (
        api.public,
        schedules.router,
        datasets.router,
        defects.router,
        request_forms.router,
        api.router,
        agreement_doors.router,
        duties.router,
        emergencies.router,
        templates.router,
        key_acts.router,
        key_register.router,
        documents.router,
        receiving_keys.router,
        law.router,
        partners.router,
        delta.router,
    )
    # `data.age` stands before the other forms of `data`, which would take it for one of theirs.
    for router in (*doors, backups.router, sealed.router, plain.router, *CASEWORK):
        app.include_router(router)
    return app
