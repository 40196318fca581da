"""Every failure in one shape: a problem document (RFC 9457), or the error page for a person with a browser."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from commonweal.core import CommonwealError, InputError, NotFoundError, Outcome, new_identifier
from commonweal.publish import GateError, ShownFinding

from .doors.quality import shown_answer
from .ranges import RangeError
from .rendering import render_for

PROBLEM_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)

_TITLES: Mapping[Outcome, str] = {
    Outcome.FAILED: "The node failed",
    Outcome.STORE_FULL: "The node's disk is full",
    Outcome.UNREADABLE: "The file cannot be read",
    Outcome.USAGE: "The request is malformed",
    Outcome.REFUSED: "Refused",
    Outcome.UNAUTHENTICATED: "Not signed in",
    Outcome.CONTRACT: "The data fails its contract",
    Outcome.NOT_FOUND: "Not found",
    Outcome.AMBIGUOUS: "The name fits more than one thing",
    Outcome.UNPROVEN: "A proof failed",
    Outcome.ALTERED: "A stored record was altered",
    Outcome.UNREACHABLE: "The node cannot answer now",
}


class BodyTooLargeError(InputError):
    """The body of the request is larger than this address takes."""

    code = "web.body-too-large"
    default_advice = "Send less at once; large files go through `commonweal publish`."


class HostRefusedError(InputError):
    """The request is addressed to a host name that is not this node's."""

    code = "web.host-refused"
    default_advice = "Use an address the node was started for; the operator adds names with --allow-host."


class MethodRefusedError(InputError):
    """The address exists and does not take this method."""

    code = "web.method-refused"
    default_advice = "See /openapi.json for the methods of each address."


class CrossSiteError(CommonwealError):
    """A signed-in browser was sent here by another site."""

    code = "web.cross-site"
    outcome = Outcome.REFUSED
    default_advice = "Open the page on this node and send the form from there."


_STATUS_OF_CODE: Mapping[str, int] = {BodyTooLargeError.code: 413, MethodRefusedError.code: 405, RangeError.code: 416}


def answer_error(
    request: Request, error: CommonwealError, *, headers: Mapping[str, str] | None = None, incident: str = ""
) -> Response:
    """Return the answer for `error`: the error page where `Accept` prefers HTML, else a problem document.

    The document has `type`, `title`, `status`, `outcome` (which tells apart what shares a status), `detail`, `code`,
    `advice` and `reasons`, `findings` where the gate stopped a source, and `instance` when there is an incident to look
    up in the log.
    """
    status = _STATUS_OF_CODE.get(error.code, error.outcome.status)
    problem: dict[str, object] = {
        "type": f"urn:commonweal:error:{error.code}",
        "title": _TITLES[error.outcome],
        "status": status,
        "outcome": error.outcome.name.lower(),
        "detail": str(error),
        "code": error.code,
        "advice": error.advice(),
        "reasons": list(error.reasons),
    }
    if isinstance(error, GateError):
        problem["findings"] = [shown_answer(each) for each in error.shown if isinstance(each, ShownFinding)]
    if incident:
        problem["instance"] = f"urn:commonweal:incident:{incident}"
    if prefers_html(request.headers.get("accept", "")):
        answer: Response = render_for(
            None, request, "error.html", status_code=status, problem=problem, incident=incident
        )
    else:
        answer = JSONResponse(problem, status_code=status, media_type=PROBLEM_TYPE)
    answer.headers.update(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="commonweal"'
    return answer


def answer_unknown(request: Request, error: Exception) -> Response:
    """Return the answer for a failure nobody foresaw; the log gets where it arose, never what it said."""
    incident = new_identifier("inc")
    _log.error("incident %s: %s at %s", incident, type(error).__name__, _place(error))
    failure = CommonwealError(
        "The node met a fault that is its own.",
        advice=f"Give the operator the incident {incident}; nothing of your request was kept.",
    )
    return answer_error(request, failure, incident=incident)


def error_of_http(error: HTTPException) -> CommonwealError:
    """Return our error for one that the framework raised by its status."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFoundError("There is nothing at this address.", advice="Start from the home page or /openapi.json.")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodRefusedError("This address does not take that method.")
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BodyTooLargeError("The body is larger than this address takes.")
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return InputError("The request could not be understood.")
    return CommonwealError("The node could not answer.")


def error_of_validation(error: RequestValidationError) -> CommonwealError:
    """Return our error for a request that is not of the documented form, one reason a field and never its value."""
    reasons = tuple(f"{'.'.join(str(part) for part in each['loc'])}: {_fault(each)}" for each in error.errors())
    return InputError("The request is not of the form that /openapi.json gives.", reasons=reasons)


def prefers_html(accept: str) -> bool:
    """Say whether an `Accept` header (RFC 9110 section 12.5.1) would rather have a page than a document."""
    weights = {"text/html": 0.0, "application/json": 0.0, PROBLEM_TYPE: 0.0}
    for item in accept.lower().split(","):
        kind, _, parameters = item.partition(";")
        if kind.strip() in weights:
            weights[kind.strip()] = _quality(parameters)
    page = weights.pop("text/html")
    return page > 0 and page >= max(weights.values())


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _fault(found: Mapping[str, object]) -> str:
    # The message of a validator of our own may hold the value; the type never does.
    kind = str(found["type"])
    return kind if kind in {"value_error", "assertion_error"} else str(found["msg"])


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
