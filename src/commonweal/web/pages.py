"""The pages: parse, ask the node, render."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .charts import Bars, bar_chart
from .rendering import render
from .sessions import drop_session, get_person, session_token, set_session
from .source import PageSource, source_of
from .views import PpeView, ScorecardView

__all__ = ["PageSource", "router"]

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request) -> Response:
    """Show what this node holds."""
    return render(request, "home.html", view=source_of(request).home())


@router.get("/search")
def search(
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    body: Annotated[str, Query(max_length=200)] = "",
    sector: Annotated[str, Query(max_length=50)] = "",
    access: Annotated[str, Query(max_length=50)] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Show the datasets that fit the words and facets."""
    view = source_of(request).search(q, body=body, sector=sector, access=access, offset=offset)
    return render(request, "search.html", view=view)


@router.get("/datasets/{body}/{name}")
def dataset(request: Request, body: str, name: str) -> Response:
    """Show one dataset: description, contract, quality, versions, where it is and how to get it."""
    return render(request, "dataset.html", view=source_of(request).dataset(body, name))


@router.get("/requests/{identifier}")
def decision(request: Request, identifier: str) -> Response:
    """Show an access request and its answer to a signed-in person of a party to it."""
    person = get_person(request)
    return render(request, "decision.html", view=source_of(request).decision(identifier, person.person))


@router.get("/ppe")
def ppe(request: Request, day: date | None = None) -> Response:
    """Show days of PPE cover by region, by trust, and who has not reported."""
    view = source_of(request).ppe(day)
    return render(request, "ppe.html", view=view, chart=ppe_chart(view))


@router.get("/scorecard")
def scorecard(request: Request) -> Response:
    """Show sharing by sector against the survey."""
    view = source_of(request).scorecard()
    return render(request, "scorecard.html", view=view, chart=scorecard_chart(view))


@router.get("/sign-in")
def sign_in(request: Request, link: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Open a session by a one-time link and go home."""
    session = source_of(request).open_session(link)
    answer = RedirectResponse("/", status_code=303)
    set_session(request, answer, session)
    return answer


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session and go home."""
    source_of(request).close_session(session_token(request))
    answer = RedirectResponse("/", status_code=303)
    drop_session(request, answer)
    return answer


def ppe_chart(view: PpeView) -> str:
    """Return the chart of days of cover by region, for regions with at least one return."""
    bars = [Bars(each.region, ((each.days, f"{each.days:.1f} days"),)) for each in view.regions if each.reported]
    description = "Days that reported stock lasts at today's use, by region, shortest first."
    return bar_chart("cover", "Days of PPE cover by region", description, bars)


def scorecard_chart(view: ScorecardView) -> str:
    """Return the chart of sharing by sector, each beside the survey's per cent."""
    bars = [
        Bars(each.label, ((each.share, f"{each.share:.0f}%"), (each.baseline, f"{each.baseline:.0f}%")))
        for each in view.sectors
    ]
    description = "Per cent of bodies that share with each sector: this node first, the survey second."
    return bar_chart("sharing", "Sharing by sector against the survey", description, bars)
