"""The page for who signs in a session that began too long ago: how to sign in again, and the way back."""

from starlette.requests import Request
from starlette.responses import Response

from commonweal.node import Caller, StaleSignInError
from commonweal.web.rendering import render


def render_stale(request: Request, error: StaleSignInError, back: str, caller: Caller) -> Response:
    """Show that a signature needs a fresh sign-in, how to get one, and the address to come back to."""
    status, person = error.outcome.status, caller.person.id
    return render(request, "stale_sign_in.html", status_code=status, sentence=str(error), back=back, who=person)
