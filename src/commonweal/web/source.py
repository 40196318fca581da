"""What the pages ask of the node."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, cast

from starlette.requests import HTTPConnection

from .views import (
    DatasetView,
    HomeView,
    PpeView,
    ScorecardView,
    SearchAsk,
    SearchView,
    Session,
    SignedIn,
)


class PageSource(Protocol):
    """The node as the pages see it: every method returns plain values or raises a `CommonwealError`.

    The methods are called from worker threads, several at a time.
    """

    @property
    def body_name(self) -> str:
        """Return the name of the body whose node this is; the header shows it."""
        ...

    @property
    def is_one_person(self) -> bool:
        """Say whether one person alone may act on the node's keys; every page says so."""
        ...

    @property
    def hosts(self) -> Sequence[str]:
        """Return the host names, beyond those of loopback, that a request may be addressed to."""
        ...

    @property
    def is_secure(self) -> bool:
        """Say whether readers reach the node by TLS, its own or a proxy's."""
        ...

    def open_session(self, link: str) -> Session:
        """Use up a one-time sign-in link.

        Raises:
            UnauthenticatedError: the link is unknown, used or older than ten minutes.
        """
        ...

    def session_person(self, token: str) -> SignedIn | None:
        """Return whose session `token` is; None when it is unknown, ended or expired."""
        ...

    def close_session(self, token: str) -> None:
        """End a session; an unknown token is no error."""
        ...

    def home(self) -> HomeView:
        """Return what this node holds."""
        ...

    def search(self, ask: SearchAsk) -> SearchView:
        """Return one page of the records that fit."""
        ...

    def dataset(self, body: str, name: str, *, url: str, token: str = "") -> DatasetView:
        """Return what a reader may know of `body/name`, told to one who reaches the node at `url`.

        `token` is that of the reader's session, empty for a stranger.

        Raises:
            NotFoundError: there is no such dataset.
        """
        ...

    def ppe(self, day: date | None) -> PpeView:
        """Return the PPE board for `day`, or for the newest day that has returns."""
        ...

    def scorecard(self) -> ScorecardView:
        """Return sharing by sector beside the survey."""
        ...


def source_of(connection: HTTPConnection) -> PageSource:
    """Return what the application's pages are made from."""
    return cast("PageSource", connection.app.state.pages)
