"""Use cases of insight: figures made from what is published here, each with its source and its moment."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from threading import Lock

from commonweal.adapters.duckdb import cover
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.agreements import list_agreements
from commonweal.adapters.sql.bodies import list_tenants
from commonweal.adapters.sql.datasets import get_newest_version, list_datasets
from commonweal.agree import state_at
from commonweal.audit import verify_checkpoint
from commonweal.identity import Kind, PublicBody
from commonweal.insight import PpeBoard, Scorecard, StockReturn, cover_by_region, score_sharing
from commonweal.publish import Access, Dataset, DatasetVersion

from .files import SealedStore
from .parts import Parts

PPE_CONTRACT = "uk.nhs.ppe-stock-return"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a node holds: tenants, live datasets, open ones, active agreements, events in the log."""

    bodies: int
    datasets: int
    open_datasets: int
    agreements: int
    log_size: int


class Insights:
    """Measures over the node's own holdings."""

    def __init__(self, parts: Parts, files: SealedStore) -> None:
        self._parts = parts
        self._files = files
        self._lock = Lock()
        self._returns: dict[frozenset[str], tuple[StockReturn, ...]] = {}

    def ppe(self, day: date | None = None) -> PpeBoard:
        """Return days of PPE cover by region and trust on `day` (else the newest day any trust reported)."""
        returns = self._newest_returns()
        chosen = day or max((each.as_at for each in returns), default=self._parts.clock.now().date())
        return cover_by_region(returns, self._trusts(chosen), chosen)

    def _trusts(self, day: date) -> list[PublicBody]:
        return [
            body
            for body in self._parts.register.find_bodies(kind=Kind.NHS_TRUST, on=day)
            if body.region not in {"", "W00"}
        ]

    def _newest_returns(self) -> tuple[StockReturn, ...]:
        with self._parts.read() as connection:
            held = [
                (each, get_newest_version(connection, each.id))
                for each in list_datasets(connection, contract=PPE_CONTRACT)
            ]
        key = frozenset(version.id for _, version in held)
        with self._lock:
            if key not in self._returns:
                self._returns = {key: self._read(held)}
            return self._returns[key]

    def _read(self, held: list[tuple[Dataset, DatasetVersion]]) -> tuple[StockReturn, ...]:
        files = SealedFiles()
        with ExitStack() as opened:
            returns = {}
            with self._parts.read() as connection:
                for dataset, version in held:
                    content = opened.enter_context(self._files.open(connection, version.sealed_file))
                    returns[files.offer(version.id, content)] = dataset.id, version.number
            return tuple(each for each in cover(files, returns) if self._is_own(each))

    def _is_own(self, each: StockReturn) -> bool:
        """Say whether a trust speaks for itself: a return about another trust does not count."""
        body = self._parts.register.get_body(each.dataset.partition("/")[0])
        return body.code == each.trust

    def ppe_notes(self) -> tuple[str, ...]:
        """Return what the returns' data contract wants shown beside the figures, such as that they are synthesised."""
        with self._parts.read() as connection:
            datasets = list_datasets(connection, contract=PPE_CONTRACT)
        return tuple(dict.fromkeys(note for each in datasets for note in each.contract.notes))

    def sharing(self) -> Scorecard:
        """Return sharing by sector beside the 2016 survey."""
        now = self._parts.clock.now()
        with self._parts.read() as connection:
            datasets = list_datasets(connection)
            agreements = list_agreements(connection)
        active = [
            (each.discloser, self._parts.register.get_body(each.recipient).sector)
            for each in agreements
            if state_at(each, now) == "active"
        ]
        publishers = {each.body for each in datasets}
        opened = {each.body for each in datasets if each.access is Access.OPEN}
        return score_sharing(publishers, opened, active)

    def counts(self) -> Counts:
        """Return how much this node holds."""
        now = self._parts.clock.now()
        with self._parts.read() as connection:
            datasets = list_datasets(connection)
            return Counts(
                bodies=len(list_tenants(connection)),
                datasets=len(datasets),
                open_datasets=sum(each.access is Access.OPEN for each in datasets),
                agreements=sum(state_at(each, now) == "active" for each in list_agreements(connection)),
                log_size=verify_checkpoint(self._parts.log.checkpoint(), self._parts.log.key).size,
            )
