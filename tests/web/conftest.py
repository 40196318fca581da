"""A literal node behind the real server, and routes that go wrong on purpose."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest
from fastapi import APIRouter, Request

from commonweal.adapters.http_server import background
from commonweal.core import InputError, LogStoppedError, RefusedError
from commonweal.web.app import build_app

from .views import LiteralNode

SECRET = "QQ123456C"
Serve = Callable[..., AbstractContextManager[httpx.Client]]

faults = APIRouter(prefix="/faults")


@faults.get("/refused")
def refuse() -> None:
    raise RefusedError("The agreement does not cover that.", reasons=("The purpose is another.", "A field is unknown."))


@faults.get("/malformed")
async def malform() -> None:
    raise InputError("That is not a date.")


@faults.get("/stopped")
def stop() -> None:
    raise LogStoppedError("The audit log cannot be written.")


@faults.get("/unknown")
def fail() -> None:
    raise ValueError(SECRET)


@faults.get("/number")
def take_number(number: int) -> int:
    return number


@faults.post("/body")
async def take_body(request: Request) -> int:
    return len(await request.body())


@faults.post("/json")
async def take_json(values: dict[str, str]) -> int:
    return len(values)


@pytest.fixture
def serve() -> Serve:
    @contextmanager
    def serving(node: LiteralNode | None = None, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Client]:
        app = build_app(None, node or LiteralNode())
        app.include_router(faults)
        with background(app) as address, httpx.Client(base_url=address.url, headers=headers) as client:
            yield client

    return serving


@pytest.fixture
def client(serve: Serve) -> Iterator[httpx.Client]:
    with serve() as client:
        yield client
