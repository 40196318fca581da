"""Who is signed in: a session cookie that no script and no other site can use."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from commonweal.core import UnauthenticatedError
from commonweal.node import Caller, Node

from .source import source_of
from .views import Session, SignedIn


def cookie_name(*, is_secure: bool) -> str:
    """Return the cookie's name; under TLS the prefix makes browsers hold it to this host and path."""
    return "__Host-commonweal-session" if is_secure else "commonweal-session"


def session_token(request: Request) -> str:
    """Return the session token that the request carries; empty when it has none."""
    return request.cookies.get(cookie_name(is_secure=source_of(request).is_secure), "")


def find_person(request: Request) -> SignedIn | None:
    """Return who is signed in, or None."""
    token = session_token(request)
    return source_of(request).session_person(token) if token else None


def get_signed_in(request: Request) -> Caller:
    """Return who is signed in, as the caller whose roles must allow what they do.

    Raises:
        UnauthenticatedError: nobody is.
    """
    node: Node = request.app.state.node
    token = session_token(request)
    caller = node.bodies.session_caller(token) if token else None
    if caller is None:
        raise UnauthenticatedError(
            "This page is for people who are signed in.",
            advice="Use the sign-in link that the node printed when it started; `commonweal serve link` makes another, "
            "and with `--as PERSON` one for somebody else of the node.",
        )
    return caller


def set_session(request: Request, response: Response, session: Session) -> None:
    """Give the session to the browser."""
    is_secure = source_of(request).is_secure
    response.set_cookie(
        cookie_name(is_secure=is_secure),
        session.token,
        max_age=session.seconds,
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="strict",
    )


def drop_session(request: Request, response: Response) -> None:
    """Take the session back from the browser."""
    is_secure = source_of(request).is_secure
    response.delete_cookie(
        cookie_name(is_secure=is_secure), path="/", secure=is_secure, httponly=True, samesite="strict"
    )


TheSignedIn = Annotated[Caller, Depends(get_signed_in)]
