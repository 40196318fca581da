"""The node as the pages see it: use cases in, views out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from commonweal.identity import PublicBody
from commonweal.insight import RegionCover, TrustCover
from commonweal.inventory import SearchQuery
from commonweal.node import Front, Node

from .dataset_view import view_dataset
from .facets import tell_facet
from .quality_view import view_quality
from .search_view import line_of, query_of, view_search
from .views import (
    AreaLine,
    BoardLine,
    DatasetView,
    HomeView,
    Link,
    MissingLine,
    PpeView,
    ScorecardView,
    SearchAsk,
    SearchView,
    SectorLine,
    Session,
    SignedIn,
    Source,
    TrustLine,
)

_NEWEST = 5


class NodePages:
    """A `PageSource` over a node."""

    def __init__(self, node: Node, front: Front) -> None:
        self._node = node
        self._front = front

    @property
    def body_name(self) -> str:
        """Return the name of the body whose node this is."""
        return self._node.parts.register.get_body(self._node.parts.settings.body).name

    @property
    def is_one_person(self) -> bool:
        """Say whether one person alone may act on the node's keys."""
        return self._node.acts.is_one_person

    @property
    def hosts(self) -> Sequence[str]:
        """Return the host names, beyond those of loopback, that a request may be addressed to."""
        return self._front.hosts

    @property
    def is_secure(self) -> bool:
        """Say whether readers reach the node by TLS."""
        return self._front.is_secure

    def open_session(self, link: str) -> Session:
        """Use up a one-time sign-in link."""
        token, life = self._node.bodies.open_session(link)
        return Session(token, int(life.total_seconds()))

    def session_person(self, token: str) -> SignedIn | None:
        """Return whose session it is, or None."""
        caller = self._node.bodies.session_caller(token)
        if caller is None:
            return None
        body = self._node.parts.register.get_body(caller.person.body)
        return SignedIn(caller.person.id, caller.person.name, body.name)

    def close_session(self, token: str) -> None:
        """End a session."""
        self._node.bodies.close_session(token)

    def home(self) -> HomeView:
        """Return what this node holds."""
        counts = self._node.insights.counts()
        newest = self._node.catalogue.search(SearchQuery(limit=_NEWEST, sort="newest"))
        return HomeView(
            body_name=self.body_name,
            bodies=counts.bodies,
            datasets=counts.datasets,
            open_datasets=counts.open_datasets,
            agreements=counts.agreements,
            newest=tuple(line_of(each) for each in newest.records),
            log_size=counts.log_size,
            as_at=self._now(),
        )

    def search(self, ask: SearchAsk) -> SearchView:
        """Return one page of the records that fit."""
        names = {each.slug: each.name for each in self._node.parts.register.bodies}
        found = self._node.catalogue.search(query_of(ask))
        return view_search(ask, found, partial(tell_facet, names))

    def dataset(self, body: str, name: str, *, url: str, token: str = "") -> DatasetView:
        """Return what a stranger, or the person of a session, may know of a dataset."""
        dataset = self._node.datasets.get(f"{body}/{name}")
        publisher = self._node.parts.register.get_body(dataset.body)
        versions = self._node.datasets.versions(dataset)
        key = self._node.publishing.tell_key(versions[0] if versions else dataset)
        found = view_dataset(dataset, versions, publisher, url=self._front.url or url, at=self._now(), key=key)
        caller = self._node.bodies.session_caller(token) if token else None
        twin = self._node.datasets.find_twin(dataset)
        return replace(
            found,
            quality=view_quality(self._node, caller, dataset, versions),
            twin=Link(twin.title, f"/datasets/{twin.id}") if twin else None,
        )

    def ppe(self, day: date | None) -> PpeView:
        """Return the PPE board."""
        insights = self._node.insights
        board = insights.ppe(day)
        contracts = " and ".join(insights.ppe_sources()) or "none held yet"
        return PpeView(
            day=board.day,
            days=insights.ppe_days(),
            regions=tuple(_region(each) for each in board.regions),
            boards=tuple(
                BoardLine(
                    name=each.area.name,
                    code=each.area.code,
                    short=each.area.short,
                    column=each.area.column,
                    row=each.area.row,
                    days=each.days,
                    reported=each.reported,
                    expected=each.expected,
                    stock=each.stock,
                    daily_use=each.daily_use,
                )
                for each in board.boards
            ),
            trusts=tuple(_trust(each) for each in board.trusts),
            missing=tuple(_missing(each) for each in board.missing),
            unplaced=tuple(_missing(each) for each in board.unplaced),
            source=Source(
                self._now(),
                f"stock returns of {len(board.trusts)} trusts for {board.day:%Y-%m-%d}, data contract {contracts}",
                "each return keeps its data contract; accuracy is not measured",
            ),
            notes=insights.ppe_notes(),
        )

    def scorecard(self) -> ScorecardView:
        """Return sharing by sector beside the survey."""
        card = self._node.insights.sharing()
        return ScorecardView(
            bodies=card.bodies,
            sectors=tuple(
                SectorLine(each.label, each.share, each.baseline, each.sharing, each.agreements)
                for each in card.measures
            ),
            source=Source(
                self._now(),
                "agreements in force and open datasets on this node; CGI and Dods Research, survey of January 2016",
                "this node's figures are counted whole; the survey's are its authors'",
            ),
        )

    def _now(self) -> datetime:
        return self._node.parts.clock.now()


def _region(cover: RegionCover) -> AreaLine:
    return AreaLine(
        name=cover.region,
        days=cover.days,
        reported=cover.reported,
        expected=cover.expected,
        stock=cover.stock,
        daily_use=cover.daily_use,
    )


def _trust(cover: TrustCover) -> TrustLine:
    return TrustLine(
        cover.code, cover.name, cover.region, cover.days, cover.scarcest, cover.as_at, cover.late, cover.source
    )


def _missing(body: PublicBody) -> MissingLine:
    return MissingLine(body.code, body.name, body.region_name)
