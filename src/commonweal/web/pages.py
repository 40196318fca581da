"""The pages: parse, ask the node, render."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .facets import FACET_LABELS
from .figures.inventory import count_figures, dataset_figures
from .figures.ppe import board_map, count_bands, ppe_figures, region_chart, trust_chart
from .figures.quality import (
    counted_dimensions,
    profile_rows,
    quality_figures,
    trend_charts,
    trend_rows,
    value_figures,
)
from .figures.scorecard import scorecard_figures, sharing_chart
from .figures.tables import answer_csv
from .rendering import render
from .sessions import drop_session, session_token, set_session
from .source import PageSource, source_of
from .views import DatasetView, SearchAsk

__all__ = ["PageSource", "router"]

router = APIRouter(include_in_schema=False)

_Chosen = Annotated[str, Field(max_length=200)]


class SearchForm(BaseModel):
    """What the search form and its filters send; empty means any."""

    q: _Chosen = ""
    body: _Chosen = ""
    sector: _Chosen = ""
    access: _Chosen = ""
    licence: _Chosen = ""
    contract: _Chosen = ""
    keyword: _Chosen = ""
    freshness: _Chosen = ""
    quality: _Chosen = ""
    sort: Literal["relevance", "newest"] = "relevance"
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    def ask(self) -> SearchAsk:
        """Return what somebody looks for."""
        chosen = {facet: value for facet in FACET_LABELS if (value := getattr(self, facet))}
        return SearchAsk(self.q, chosen, self.sort, self.offset)


@router.get("/")
def home(request: Request) -> Response:
    """Show what this node holds."""
    return render(request, "home.html", view=source_of(request).home())


@router.get("/holdings.csv")
def holdings(request: Request) -> Response:
    """Give how much this node holds as CSV."""
    return answer_csv(count_figures(source_of(request).home()))


@router.get("/search")
def search(request: Request, form: Annotated[SearchForm, Query()]) -> Response:
    """Show the datasets that fit the words and facets."""
    return render(request, "search.html", view=source_of(request).search(form.ask()))


@router.get("/datasets/{body}/{name}")
def dataset(request: Request, body: str, name: str) -> Response:
    """Show one dataset: description, contract, quality, versions, where it is and how to get it."""
    view = _dataset(request, body, name)
    quality = view.quality
    return render(
        request,
        "dataset.html",
        view=view,
        quality=quality,
        values=value_figures(quality.profile),
        profile=profile_rows(quality.profile),
        trend=trend_charts(quality.trend),
        trend_rows=trend_rows(quality.trend),
        dimensions=counted_dimensions(),
    )


@router.get("/datasets/{body}/{name}/{figures}.csv")
def dataset_table(
    request: Request, body: str, name: str, figures: Literal["fields", "versions", "profile", "trend"]
) -> Response:
    """Give the data contract's fields, the versions, the newest one's profile or the trend of a dataset as CSV."""
    view = _dataset(request, body, name)
    made = quality_figures if figures in {"profile", "trend"} else dataset_figures
    return answer_csv(made(view, figures))


def _dataset(request: Request, body: str, name: str) -> DatasetView:
    url = str(request.base_url).rstrip("/")
    return source_of(request).dataset(body, name, url=url, token=session_token(request))


@router.get("/ppe")
def ppe(request: Request, day: date | None = None) -> Response:
    """Show days of PPE cover by region, board and trust, and who has not reported."""
    view = source_of(request).ppe(day)
    return render(
        request,
        "ppe.html",
        view=view,
        regions=region_chart(view),
        boards=board_map(view),
        bands=count_bands(view.boards),
        trusts=trust_chart(view),
    )


@router.get("/ppe/{figures}.csv")
def ppe_table(
    request: Request, figures: Literal["regions", "boards", "trusts", "missing"], day: date | None = None
) -> Response:
    """Give one table of the PPE board as CSV."""
    return answer_csv(ppe_figures(source_of(request).ppe(day), figures))


@router.get("/scorecard")
def scorecard(request: Request) -> Response:
    """Show sharing by sector against the survey."""
    view = source_of(request).scorecard()
    return render(request, "scorecard.html", view=view, chart=sharing_chart(view))


@router.get("/scorecard.csv")
def scorecard_table(request: Request) -> Response:
    """Give sharing by sector as CSV."""
    return answer_csv(scorecard_figures(source_of(request).scorecard()))


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
