"""The node as the pages see it: use cases in, views out."""

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlencode

from commonweal.agree import Refusal
from commonweal.core import UnauthenticatedError
from commonweal.decide import Decision
from commonweal.inventory import CatalogueRecord, SearchQuery
from commonweal.node import Caller, Front, Node
from commonweal.publish import Access, Dataset, DatasetVersion, QualityResult

from .views import (
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

_PAGE = 20
_FORMS = ("csv", "parquet", "ndjson")


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
        found = self._node.catalogue.search(SearchQuery(limit=8))
        newest = sorted(found.records, key=lambda each: each.modified, reverse=True)
        return HomeView(
            body_name=self.body_name,
            bodies=counts.bodies,
            datasets=counts.datasets,
            open_datasets=counts.open_datasets,
            agreements=counts.agreements,
            newest=tuple(_line(each) for each in newest),
            log_size=counts.log_size,
            as_at=self._now(),
        )

    def search(self, words: str, *, body: str, sector: str, access: str, offset: int) -> SearchView:
        """Return one page of the records that fit."""
        chosen = {"body": body, "sector": sector, "access": access}
        found = self._node.catalogue.search(SearchQuery(words, body, sector, access, limit=_PAGE, offset=offset))
        facets = tuple(
            Facet(
                name.capitalize(),
                tuple(
                    FacetValue(label, count, _search_path(words, {**chosen, name: label}), chosen.get(name) == label)
                    for label, count in sorted(values.items(), key=lambda item: (-item[1], item[0]))[:12]
                ),
            )
            for name, values in found.facets.items()
        )
        return SearchView(
            words=words,
            total=found.total,
            results=tuple(_line(each) for each in found.records),
            facets=facets,
            previous=_search_path(words, chosen, max(offset - _PAGE, 0)) if offset else "",
            next=_search_path(words, chosen, offset + _PAGE) if offset + _PAGE < found.total else "",
        )

    def dataset(self, body: str, name: str) -> DatasetView:
        """Return what a stranger may know of a dataset."""
        dataset = self._node.publishing.get(f"{body}/{name}")
        record = self._node.catalogue.record(dataset)
        versions = self._node.publishing.versions(dataset)
        publisher = self._node.parts.register.get_body(dataset.body)
        is_open = dataset.access is Access.OPEN and dataset.status == "live"
        return DatasetView(
            title=dataset.title if dataset.status == "live" else f"{dataset.title} (withdrawn)",
            dataset=dataset.id,
            description=dataset.description,
            body_name=publisher.name,
            access=dataset.access.value,
            licence=dataset.licence or "None stated: it is not open data",
            contract=f"{dataset.contract.title}, {dataset.contract.id} version {dataset.contract.version}",
            stored=dataset.stored,
            how_to_get=record.how_to_get if record else "",
            held_by=(publisher.name,),
            quality=_quality(versions),
            fields=tuple(
                FieldLine(
                    each.name,
                    each.type.value,
                    each.description,
                    _classified(each.classification.value, confirmed=each.confirmed),
                )
                for each in dataset.contract.fields
            ),
            versions=tuple(
                VersionLine(each.number, each.published, each.rows, _in_words(each.quality)) for each in versions
            ),
            downloads=tuple(Link(form.upper(), f"/open/{dataset.id}.{form}") for form in _FORMS) if is_open else (),
            connect=_connect(dataset, self._front.url or self._node.parts.settings.url, is_open=is_open),
            attribution=dataset.attribution,
            notes=dataset.contract.notes,
        )

    def decision(self, request: str, person: str) -> DecisionView:
        """Return an access request and its answer, as a person may see it."""
        caller = self._caller(person)
        stored = self._node.asking.view_request(caller, request)
        dataset = self._node.publishing.get(stored.request.dataset)
        ruling = stored.ruling
        answer = None if ruling is None else ruling.answer
        outcome, fields, reasons = stored.decision.verdict.value, stored.request.fields, _reasons(stored.decision)
        if isinstance(answer, Refusal):
            outcome = "refuse"
            reasons = (*reasons, ReasonLine(answer.code, answer.sentence, would_change=answer.would_change))
        elif answer is not None:
            outcome = "permit"
            fields = tuple(f"{each} (as a token)" if each in answer.tokenised else each for each in answer.fields)
        return DecisionView(
            request=request,
            outcome=outcome,
            dataset_title=dataset.title,
            dataset_path=f"/datasets/{dataset.id}",
            discloser=self._name(stored.request.discloser),
            recipient=self._name(stored.request.recipient),
            purpose=self._node.parts.pack.purpose(stored.request.purpose).title,
            gateway=stored.request.gateway,
            fields=fields,
            reasons=reasons,
            rung=stored.decision.proposed_rung,
            asked_at=stored.request.asked,
            decided_at=ruling.at if ruling else stored.request.asked,
            decided_by=self._node.bodies.get_person(ruling.decided_by).name if ruling else "",
            pack=stored.decision.pack,
            agreement=self._node.asking.find_agreement_of(stored.request),
        )

    def ppe(self, day: date | None) -> PpeView:
        """Return the PPE board."""
        board = self._node.insights.ppe(day)
        return PpeView(
            day=board.day,
            regions=tuple(RegionLine(e.region, e.days, e.reported, e.expected) for e in board.regions),
            trusts=tuple(
                TrustLine(e.code, e.name, e.region, e.days, e.scarcest, e.as_at, e.late) for e in board.trusts
            ),
            missing=tuple(MissingLine(e.code, e.name, e.region_name) for e in board.missing),
            source=Source(
                self._now(),
                f"newest version of each of {len(board.trusts)} trusts' returns",
                "each return passed its data contract",
            ),
            notes=self._node.insights.ppe_notes(),
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
                "agreements active on this node",
                "counted from the node's own records; the survey is of 4,400 civil servants, January 2016",
            ),
        )

    def _caller(self, person: str) -> Caller:
        found = self._node.bodies.caller_of(person)
        if found is None:
            raise UnauthenticatedError("This page is for people who are signed in.")
        return found

    def _name(self, slug: str) -> str:
        return self._node.parts.register.get_body(slug).name

    def _now(self) -> datetime:
        return self._node.parts.clock.now()


def _reasons(decision: Decision) -> tuple[ReasonLine, ...]:
    return tuple(ReasonLine(e.policy, e.sentence, e.citation, e.would_change) for e in decision.reasons)


def _line(record: CatalogueRecord) -> DatasetLine:
    summary = record.description if len(record.description) <= 200 else f"{record.description[:197]}…"
    return DatasetLine(
        f"/datasets/{record.dataset}", record.title, record.body_name, record.access, summary, record.modified
    )


def _search_path(words: str, chosen: dict[str, str], offset: int = 0) -> str:
    query = {"q": words, **chosen, "offset": offset or ""}
    return "/search?" + urlencode({name: value for name, value in query.items() if value})


def _in_words(quality: QualityResult) -> str:
    if not quality.findings:
        return "Keeps its data contract"
    return f"Keeps its data contract, with {len(quality.findings)} warnings"


def _quality(versions: Sequence[DatasetVersion]) -> tuple[str, ...]:
    if not versions:
        return ()
    newest = versions[0].quality
    return tuple(each.sentence for each in newest.findings) or (
        f"All {newest.rows:,} rows keep the data contract. Accuracy is not measured.",
    )


def _classified(classification: str, *, confirmed: bool) -> str:
    words = classification.replace("-", " ")
    return words if confirmed else f"{words}, not confirmed by a steward yet"


def _connect(dataset: Dataset, url: str, *, is_open: bool) -> tuple[ConnectText, ...]:
    if is_open:
        address = f"{url}/open/{dataset.id}"
        return (
            ConnectText("curl", f"curl -O {address}.csv"),
            ConnectText("pandas", f'pandas.read_parquet("{address}.parquet")'),
            ConnectText("R", f'read.csv("{address}.csv")'),
        )
    return (
        ConnectText("commonweal", f"commonweal request {dataset.id} --for YOUR-BODY --purpose PURPOSE"),
        ConnectText("pandas", 'delta_sharing.load_as_pandas("agreement.share#SHARE.SCHEMA.TABLE")'),
        ConnectText("curl", f'curl -H "Authorization: Bearer $TOKEN" {url}/api/v1/agreements/AGREEMENT/data.csv'),
    )
