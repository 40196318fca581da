"""Literal views and a node made of them: what each page needs, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from commonweal.core import NotFoundError, UnauthenticatedError
from commonweal.web.views import (
    ConnectText,
    DatasetLine,
    DatasetView,
    DecisionView,
    Facet,
    FacetValue,
    FieldLine,
    HomeView,
    Link,
    MissingLine,
    PpeView,
    ReasonLine,
    RegionLine,
    ScorecardView,
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
    "payments & “more”",
    42,
    LINES,
    (
        Facet(
            "Sector",
            (
                FacetValue("Local government", 12, "/search?sector=local", selected=True),
                FacetValue("Whitehall", 30, "/search?sector=whitehall"),
            ),
        ),
    ),
    previous="",
    next="/search?offset=20",
)
DATASET = DatasetView(
    title="Payments over £500, January 2011",
    dataset="lambeth-council/payments-2011-01",
    description="Every payment to a supplier above £500 in January 2011.",
    body_name="London Borough of Lambeth",
    access="open",
    licence="Open Government Licence v3.0",
    contract="uk.local.spend-500 1.0.0",
    stored="Sealed on this node's disk in London",
    how_to_get="Download it; no token is needed.",
    held_by=("London Borough of Lambeth",),
    quality=("2,523 rows read, 2,523 kept, none set aside.", "Every field is confirmed as not personal."),
    fields=(
        FieldLine("payment_date", "date", "The day the payment left", "not personal"),
        FieldLine("amount", "decimal", "Pounds, without VAT that is recovered", "not personal"),
    ),
    versions=(VersionLine(1, NOW, 2523, "passed"),),
    downloads=(Link("CSV (310 kB)", "/open/lambeth-council/payments-2011-01.csv"),),
    connect=(
        ConnectText(
            "pandas", 'import pandas\npandas.read_csv("http://127.0.0.1:8400/open/lambeth-council/payments.csv")'
        ),
        ConnectText("R", 'read.csv("http://127.0.0.1:8400/open/lambeth-council/payments-2011-01.csv")'),
    ),
    attribution="Contains public sector information licensed under the Open Government Licence v3.0.",
    notes=("Supplier names of sole traders were removed by the publisher.",),
)
DECISION = DecisionView(
    request="req-4z0k8w1n5q7x3c2v",
    outcome="person",
    dataset_title="Council tax support claimants",
    dataset_path="/datasets/dwp/council-tax-support",
    discloser="Department for Work and Pensions",
    recipient="London Borough of Lambeth",
    purpose="Council tax reduction: find those entitled who have not claimed",
    gateway="Welfare Reform Act 2012, section 131",
    fields=("token_nino", "postcode", "award"),
    reasons=(
        ReasonLine(
            "personal-data-ends-with-a-person",
            "The answer on personal data ends with a named person.",
            "UK GDPR Article 5(2)",
            "An information-governance lead of the discloser decides.",
        ),
        ReasonLine(
            "gateway-fits", "The gateway allows this disclosure to a council for this purpose.", "WRA 2012 s.131"
        ),
    ),
    rung="de-identified rows",
    asked_at=NOW,
    decided_at=NOW,
    decided_by="",
    pack="3f2a9c0de1b4a7786655443322110ffeeddccbbaa99887766554433221100ff0",
)
PPE = PpeView(
    day=date(2020, 4, 3),
    regions=(
        RegionLine("London", 3.2, 9, 36),
        RegionLine("North East and Yorkshire", 6.9, 8, 34),
        RegionLine("Midlands", 12.4, 11, 41),
        RegionLine("South West", 0.0, 0, 24),
    ),
    trusts=(
        TrustLine(
            "RJZ",
            "King's College Hospital NHS Foundation Trust",
            "London",
            1.5,
            "FFP3 masks",
            date(2020, 4, 3),
            late=False,
        ),
        TrustLine(
            "RRF",
            "Wrightington, Wigan and Leigh NHS Foundation Trust",
            "Midlands",
            8.0,
            "Gowns",
            date(2020, 4, 1),
            late=True,
        ),
    ),
    missing=(MissingLine("RH8", "Royal Devon and Exeter NHS Foundation Trust", "South West"),),
    source=SOURCE,
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

    def search(self, words: str, *, body: str, sector: str, access: str, offset: int) -> SearchView:
        self.asked = (words, body, sector, access, offset)
        return SEARCH if words != "nothing" else SearchView(words, 0, (), ())

    def dataset(self, body: str, name: str) -> DatasetView:
        if f"{body}/{name}" != DATASET.dataset:
            raise NotFoundError(f"There is no dataset {body}/{name} here.")
        return DATASET

    def decision(self, request: str, person: str) -> DecisionView:
        self.asked = (request, person)
        return DECISION

    def ppe(self, day: date | None) -> PpeView:
        self.asked = (day,)
        return PPE

    def scorecard(self) -> ScorecardView:
        return SCORECARD
