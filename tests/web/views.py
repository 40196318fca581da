"""Literal views and a node made of them: what each page needs, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from commonweal.core import NotFoundError, UnauthenticatedError
from commonweal.web.connect import connect_open
from commonweal.web.views import (
    AreaLine,
    BoardLine,
    DatasetLine,
    DatasetView,
    Facet,
    FacetValue,
    FieldLine,
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
    VersionLine,
)

NOW = datetime(2020, 4, 3, 10, 5, 7, tzinfo=UTC)
SOURCE = Source(NOW, "57 returns, contract uk.nhs.ppe-stock-return 1.0.0", "all checks passed; synthesised stock")
LINES = (
    DatasetLine(
        "/datasets/lambeth-council/payments-2011-01",
        "Payments over £500, January 2011",
        "London Borough of Lambeth",
        "open",
        "Every payment to a supplier, as the transparency code asks.",
        NOW,
    ),
    DatasetLine(
        "/datasets/dwp/council-tax-support",
        "Council tax support claimants <live>",
        "Department for Work and Pensions",
        "shared",
        "",
        NOW,
    ),
)
HOME = HomeView("London Borough of Lambeth", 57, 59, 1, 2, LINES, 12345, NOW)
SEARCH = SearchView(
    SearchAsk("payments & “more”", {"sector": "local"}, offset=20),
    42,
    LINES,
    (
        Facet(
            "Sector",
            (
                FacetValue("Local government", 12, "/search?q=payments", selected=True),
                FacetValue("Central government", 30, "/search?sector=whitehall"),
            ),
            (FacetValue("Police <force>", 1, "/search?sector=police"),),
        ),
    ),
    (Link("Sector: Local government", "/search?q=payments"),),
    (Link("Most relevant", "/search?q=payments", selected=True), Link("Newest", "/search?q=payments&sort=newest")),
    previous="/search?q=payments",
    next="/search?offset=40",
)
DATASET = DatasetView(
    title="Payments over £500, January 2011",
    dataset="lambeth-council/payments-2011-01",
    description="Every payment to a supplier above £500 in January 2011.",
    body_name="London Borough of Lambeth",
    holder=Link("London Borough of Lambeth", "/search?body=lambeth-council"),
    access="open",
    licence=Link("Open Government Licence v3.0", "https://licence.example/"),
    contract="uk.local.spend-500 1.0.0",
    stored="Sealed on this node's disk in London",
    how_to_get="Download it; no token is needed.",
    fields=(
        FieldLine("payment_date", "date", "The day the payment left", "Not personal", confirmed=True, required=True),
        FieldLine("amount", "number", "=Pounds", "Personal", confirmed=False, required=False),
    ),
    versions=(
        VersionLine(2, NOW, 2523, ("amount is empty in 3 rows.", "Accuracy is not measured.")),
        VersionLine(1, NOW, 9, ("Every row keeps the data contract.", "It is <short>.")),
    ),
    downloads=(Link("CSV, for spreadsheets", "/open/lambeth-council/payments-2011-01.csv"),),
    connect=connect_open("http://127.0.0.1:8400", "lambeth-council/payments-2011-01"),
    keywords=(Link("spend", "/search?keyword=spend"),),
    as_at=NOW,
    attribution="Contains public sector information licensed under the Open Government Licence v3.0.",
    notes=("Supplier names of sole traders were removed by the publisher.",),
)


def region(name: str, days: float, reported: int, expected: int) -> AreaLine:
    return AreaLine(
        name=name, days=days, reported=reported, expected=expected, stock=days * reported, daily_use=reported
    )


def board(code: str, days: float, reported: int, column: int = 1, row: int = 1) -> BoardLine:
    return BoardLine(
        code=code,
        name=f"NHS {code} & area",
        short=code[1:],
        column=column,
        row=row,
        days=days,
        reported=reported,
        expected=9,
        stock=days * reported,
        daily_use=reported,
    )


PPE = PpeView(
    day=date(2020, 4, 3),
    days=(date(2020, 4, 3), date(2020, 4, 1)),
    regions=(
        region("London", 3.2, 9, 36),
        region("North East and Yorkshire", 6.9, 8, 34),
        region("Midlands", 12.4, 11, 41),
        region("South West", 0.0, 0, 24),
    ),
    boards=(board("QHM", 6.96, 2, 2, 3), board("QWE", 6.94, 1), board("QKK", 14.0, 3, 3), board("QT6", 0.0, 0, 4)),
    trusts=(
        TrustLine(
            "RJZ",
            "King's College Hospital NHS Foundation Trust",
            "London",
            1.5,
            "FFP3 masks",
            date(2020, 4, 3),
            late=False,
            source="rjz/ppe-stock version 2",
        ),
        TrustLine(
            "RRF",
            "Wrightington, Wigan and Leigh NHS Foundation Trust",
            "Midlands",
            8.0,
            "Gowns",
            date(2020, 4, 1),
            late=True,
            source="rrf/ppe-stock version 1",
        ),
    ),
    missing=(MissingLine("RH8", "Royal Devon and Exeter NHS Foundation Trust", "South West"),),
    unplaced=(MissingLine("R0C", "Project Nightingale NHS Trust", "London"),),
    source=SOURCE,
    notes=("Stock is synthesised.",),
)
SCORECARD = ScorecardView(
    bodies=57,
    sectors=(
        SectorLine("with other departments", 96.0, 71, 55, 55),
        SectorLine("with local government", 2.0, 31, 1, 2),
        SectorLine("with the third sector", 0.0, 29, 0, 0),
        SectorLine("with the private sector", 0.0, 26, 0, 0),
        SectorLine("openly, with everybody", 4.0, 8, 2, 2),
    ),
    source=SOURCE,
)
PERSON = SignedIn("per-1", "Ada Example", "London Borough of Lambeth")


class LiteralNode:
    """A node whose every page is one of the views above; one sign-in link, one session."""

    body_name = "London Borough of Lambeth"
    is_one_person = False

    def __init__(self, *, hosts: Sequence[str] = (), is_secure: bool = False) -> None:
        self.hosts = hosts
        self.is_secure = is_secure
        self.sessions: dict[str, SignedIn] = {}
        self.links = {"good-link"}
        self.asked: tuple[object, ...] = ()

    def open_session(self, link: str) -> Session:
        if link not in self.links:
            raise UnauthenticatedError("That sign-in link is unknown, used or too old.", advice="Ask for another.")
        self.links.remove(link)
        self.sessions["session-token"] = PERSON
        return Session("session-token", 3600)

    def session_person(self, token: str) -> SignedIn | None:
        return self.sessions.get(token)

    def close_session(self, token: str) -> None:
        self.sessions.pop(token, None)

    def home(self) -> HomeView:
        return HOME

    def search(self, ask: SearchAsk) -> SearchView:
        self.asked = (ask,)
        return SEARCH if ask.words != "nothing" else SearchView(ask, 0, (), (), (), ())

    def dataset(self, body: str, name: str, *, url: str, token: str = "") -> DatasetView:  # noqa: ARG002  a literal
        self.asked = (url,)
        if f"{body}/{name}" != DATASET.dataset:
            raise NotFoundError(f"There is no dataset {body}/{name} here.")
        return DATASET

    def ppe(self, day: date | None) -> PpeView:
        self.asked = (day,)
        return PPE

    def scorecard(self) -> ScorecardView:
        return SCORECARD
