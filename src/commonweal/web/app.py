"""The web application's frame: what every address shares, and the pages."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from commonweal.core import CommonwealError

from .middleware import AllowedHosts, BodyLimit, Incidents, SameSite, SecurityHeaders
from .pages import router as page_router
from .problems import answer_error, error_of_http, error_of_validation
from .rendering import ASSETS
from .source import PageSource

BODY_BYTES = 1024 * 1024
LARGER_BODIES = {"/api/v1/uploads": 16 << 30, "/publish": 16 << 30, "/publish/": BODY_BYTES}
"""Bytes that a body may have under a path prefix, where that is more than `BODY_BYTES`."""


def build_app(node: object, pages: PageSource) -> FastAPI:
    """Return the ASGI application that answers for `node`, whose pages come from `pages`; the doors are added to it.

    Routes find the two as `app.state.node` and `app.state.pages`. Whatever fails is answered in the one shape of
    `answer_error`; the OpenAPI 3.1 document is at `/openapi.json`.
    """
    app = FastAPI(
        title="Commonweal",
        summary="A data-sharing node for public bodies.",
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(SecurityHeaders, is_secure=pages.is_secure),
            Middleware(Incidents),
            Middleware(AllowedHosts, hosts=pages.hosts),
            Middleware(SameSite),
            Middleware(BodyLimit, limit=BODY_BYTES, larger=LARGER_BODIES),
        ],
    )
    app.state.node = node
    app.state.pages = pages
    for failure in (CommonwealError, HTTPException, RequestValidationError):
        app.add_exception_handler(failure, _answer)
    app.include_router(page_router)
    app.mount("/static", StaticFiles(directory=ASSETS, check_dir=False), name="static")
    return app


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return answer_error(request, error_of_http(error), headers=error.headers)
    if isinstance(error, RequestValidationError):
        return answer_error(request, error_of_validation(error))
    if isinstance(error, CommonwealError):
        return answer_error(request, error)
    raise error
