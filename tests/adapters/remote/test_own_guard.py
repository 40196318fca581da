"""Where a person's own machine may go for them: what they name, and no private place that a public one leads to."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.adapters.remote.web import Answer, serving

from commonweal.adapters.remote import (
    AddressRefusedError,
    Limits,
    OwnGuard,
    RemoteSource,
    SourceUnreachableError,
    find_source,
)

CONTENT = b"a,b\n1,2\n"
WHERE = {"public.example": "93.184.216.34", "other.example": "1.1.1.1", "files.internal": "10.0.0.7", "db": "10.0.0.8"}


def resolve(host: str, _: int) -> Sequence[str]:
    return [WHERE.get(host, host)]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.7", "::1", "169.254.169.254", "files.internal", "public.example"]
)
def test_what_a_person_names_may_lie_anywhere(host: str) -> None:
    assert OwnGuard(resolve=resolve).require(host, 80)
    assert OwnGuard(resolve=resolve).require(host, 5432, listed=True)


@pytest.mark.parametrize(
    "hops", [("public.example", "other.example"), ("files.internal", "db"), ("db", "other.example")]
)
def test_where_it_leads_is_followed(hops: tuple[str, str]) -> None:
    guard = OwnGuard(resolve=resolve)
    for host in hops:
        guard.require(host, 443)


@pytest.mark.parametrize(
    "hops",
    [
        ("public.example", "files.internal"),
        ("public.example", "127.0.0.1"),
        ("public.example", "::ffff:10.0.0.7"),
        ("files.internal", "public.example", "files.internal"),
        ("files.internal", "169.254.169.254"),
    ],
)
def test_but_not_from_the_public_internet_into_a_private_network(hops: tuple[str, ...]) -> None:
    guard = OwnGuard(resolve=resolve)
    for host in hops[:-1]:
        guard.require(host, 443)
    with pytest.raises(AddressRefusedError, match="into a private network"):
        guard.require(hops[-1], 443)


def test_a_name_that_changes_its_address_meanwhile_is_not_followed_inside() -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])
    guard = OwnGuard(resolve=lambda *_: [next(answers)])
    guard.require("rebinding.example", 443)
    with pytest.raises(AddressRefusedError):
        guard.require("rebinding.example", 443)


def test_a_server_of_this_machine_may_redirect_within_it() -> None:
    pages: dict[str, Answer] = {
        "/moved": (302, {"Location": "/beds.csv", "Content-Length": "0"}, b""),
        "/away": (302, {"Location": "http://169.254.169.254/latest/", "Content-Length": "0"}, b""),
        "/beds.csv": (200, {"Content-Length": str(len(CONTENT))}, CONTENT),
    }
    with serving(lambda _, path, *__: pages[path]) as port:
        moved = find_source(RemoteSource(f"http://127.0.0.1:{port}/moved"))
        assert b"".join(moved.read(OwnGuard(), Limits(stall=10))) == CONTENT
        away = find_source(RemoteSource(f"http://127.0.0.1:{port}/away"))
        with pytest.raises(AddressRefusedError):
            list(away.read(OwnGuard(), Limits(stall=10)))


def test_any_file_that_is_there_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"")
    assert OwnGuard().require_file(str(tmp_path / "a.sqlite")).is_file()
    with pytest.raises(SourceUnreachableError):
        OwnGuard().require_file(str(tmp_path))
