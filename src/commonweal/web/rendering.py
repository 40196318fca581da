"""Pages from templates: everything is escaped, every page has the same frame."""

import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from .sessions import find_person
from .source import source_of
from .views import SignedIn

_HERE = Path(__file__).parent
_CODE = re.compile(r"`([^`]+)`")
ASSETS = _HERE / "static" / "build"


def render(request: Request, template: str, *, status_code: int = 200, **values: object) -> HTMLResponse:
    """Return `template` rendered with `values` in the node's frame, which names the person who is signed in."""
    return render_for(find_person(request), request, template, status_code=status_code, **values)


def render_for(
    person: SignedIn | None, request: Request, template: str, *, status_code: int = 200, **values: object
) -> HTMLResponse:
    """Return `template` rendered for `person` without asking the node who that is, as an error page must be."""
    source = source_of(request)
    frame = {
        "body_name": source.body_name,
        "is_one_person": source.is_one_person,
        "person": person,
        "path": request.url.path,
    }
    page = _environment().get_template(template).render(frame | values)
    return HTMLResponse(page, status_code=status_code)


def render_text(template: str, **values: object) -> str:
    """Return `template` rendered with `values`, escaped, without the node's frame."""
    return _environment().get_template(template).render(values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = _asset
    environment.filters.update(coded=_coded, day=_day, moment=_moment, number=_number)
    return environment


def _asset(name: str) -> str:
    return f"/static/{name}?v={_assets_version()}"


@lru_cache(maxsize=1)
def _assets_version() -> str:
    stamp = ASSETS / "stamp.txt"
    return stamp.read_text()[:12] if stamp.is_file() else "unbuilt"


def _coded(text: str) -> Markup:
    """Return text for a page, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  escaped above


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _moment(value: datetime) -> str:
    return f"{value.day} {value:%B %Y, %H:%M:%S} UTC"


def _number(value: float) -> str:
    return f"{value:,.0f}"
