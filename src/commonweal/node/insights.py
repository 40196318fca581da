"""Use cases of insight: figures made from what is published here, each with its source and its moment."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from threading import Lock

from commonweal.adapters.duckdb import STOCK_FIELDS, cover
from commonweal.adapters.packaged import load_board_map
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.agreements import list_agreements
from commonweal.adapters.sql.bodies import list_tenants
from commonweal.adapters.sql.datasets import list_datasets, list_versions
from commonweal.agree import state_at
from commonweal.audit import verify_checkpoint
from commonweal.identity import Kind, PublicBody
from commonweal.insight import (
    PpeBoard,
    Scorecard,
    StockReturn,
    cover_by_region,
    days_reported,
    pick_returns,
    score_sharing,
    settle_returns,
)
from commonweal.keys import KeyDestroyedError
from commonweal.publish import Access, Dataset, DatasetVersion

from .files import SealedStore
from .parts import Parts

PPE_CONTRACT = "uk.nhs.ppe-stock-return"
VERSIONS_READ = 14
"""How many of a dataset's newest versions are read: one a day for `insight.KEPT_DAYS`, and as many corrections."""

FILES_AT_ONCE = 256
"""How many sealed files one query reads."""


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
        self._sums: dict[str, tuple[StockReturn, ...]] = {}

    def ppe(self, day: date | None = None) -> PpeBoard:
        """Return days of PPE cover by region, board and trust as they stood on `day` (else on the newest day)."""
        returns = self._returns()
        chosen = day or next(iter(days_reported(returns)), self._parts.clock.now().date())
        return cover_by_region(pick_returns(returns, chosen), self._trusts(chosen), chosen, load_board_map())

    def ppe_days(self) -> tuple[date, ...]:
        """Return the days that the board can be shown for, newest first."""
        return days_reported(self._returns())

    def _trusts(self, day: date) -> list[PublicBody]:
        return [
            body
            for body in self._parts.register.find_bodies(kind=Kind.NHS_TRUST, on=day)
            if body.region not in {"", "W00"}
        ]

    def _returns(self) -> tuple[StockReturn, ...]:
        """Return what trusts have reported of themselves; a version never changes, so each is read once."""
        with self._parts.read() as connection:
            held = [
                (dataset, version)
                for dataset in list_datasets(connection, contract=PPE_CONTRACT)
                for version in list_versions(connection, dataset.id)[:VERSIONS_READ]
            ]
        with self._lock:
            unread = [each for each in held if each[1].id not in self._sums]
            read = {each.id: self._sums[each.id] for _, each in held if each.id in self._sums}
            for start in range(0, len(unread), FILES_AT_ONCE):
                read |= self._read(unread[start : start + FILES_AT_ONCE])
            self._sums = read
        return settle_returns(each for returns in read.values() for each in returns)

    def _read(self, held: list[tuple[Dataset, DatasetVersion]]) -> dict[str, tuple[StockReturn, ...]]:
        files = SealedFiles()
        with ExitStack() as opened:
            places, parts = dict[str, tuple[str, int]](), dict[str, Sequence[str]]()
            for dataset, version in held:
                with suppress(KeyDestroyedError):  # what nobody can read any more counts as not reported
                    first, *others = opened.enter_context(self._files.offering(files, version, STOCK_FIELDS))
                    places[first] = dataset.id, version.number
                    parts |= {first: others} if others else {}
            found = [each for each in cover(files, places, parts=parts) if self._is_own(each)]
        return {
            version.id: tuple(e for e in found if (e.dataset, e.version) == (dataset.id, version.number))
            for dataset, version in held
        }

    def _is_own(self, each: StockReturn) -> bool:
        """Say whether a trust speaks for itself: a return about another trust does not count."""
        body = self._parts.register.get_body(each.dataset.partition("/")[0])
        return body.code == each.trust

    def ppe_sources(self) -> tuple[str, ...]:
        """Return the data contracts under which returns are held here, each with its version."""
        with self._parts.read() as connection:
            datasets = list_datasets(connection, contract=PPE_CONTRACT)
        return tuple(sorted({f"{each.contract.id} {each.contract.version}" for each in datasets}))

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
