"""Use case of the synthetic twin: an open table of nobody beside a dataset that is not open."""

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from secrets import SystemRandom

from commonweal.adapters.duckdb import Twinner
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.datasets import get_dataset, get_newest_version
from commonweal.core import Event, InputError
from commonweal.identity import Permission
from commonweal.node.callers import Caller
from commonweal.node.files import SealedStore
from commonweal.node.parts import Parts
from commonweal.publish import (
    SUFFIX,
    Access,
    Dataset,
    DatasetVersion,
    TwinError,
    TwinPlan,
    invent_texts,
    is_counted,
    is_invented,
    make_rows,
    plan_twin,
    verify_rows,
    write_contract,
)

from .choosing import PublishCommand
from .publishing import Published, Publishing
from .staging import StagedSource, Staging

TWIN_ROWS = 1000
"""Rows of a twin, unless its steward says otherwise."""

_AT_ONCE = 500
_REASON = "The twin is synthetic: its numbers are in ranges that are issued to nobody."


class Twinning:
    """Publishes synthetic twins."""

    def __init__(self, parts: Parts, files: SealedStore, staging: Staging, publishing: Publishing) -> None:
        self._parts = parts
        self._files = files
        self._staging = staging
        self._publishing = publishing

    def publish(self, caller: Caller, dataset_id: str, rows: int = TWIN_ROWS) -> Published:
        """Publish the synthetic twin of a dataset's newest version as the open dataset `BODY/NAME-synthetic`.

        Every field is drawn by itself, those that tell of people without any value of the version. Before anything is
        published the twin is held against the version: a copy beyond chance or a rare value stops it.

        Raises:
            TwinError: it could show somebody, or a field has no value that may be shown; nothing is published.
            NotFoundError: this node holds no such dataset, or no version of it.
            RoleError: the person is not a steward of that body.
            CommonwealError: as for publishing.
        """
        self._parts.require_log()
        verify_rows(rows)
        with self._parts.read() as connection:
            dataset = get_dataset(connection, self._parts.canonical_dataset(dataset_id))
            caller.require(Permission.PUBLISH, dataset.body)
            _verify_twinnable(dataset)
            version = get_newest_version(connection, dataset.id)
        staged, plan = self._stage(caller, dataset, version, rows)
        done = self._publishing.publish(caller, _command(dataset, plan, staged))
        self._parts.record(
            Event(
                "dataset.twinned",
                self._parts.clock.now(),
                dataset.body,
                dataset.id,
                caller.actor(),
                {"version": version.id, "twin": done.dataset.id, "rows": rows},
            )
        )
        return done

    def _stage(
        self, caller: Caller, dataset: Dataset, version: DatasetVersion, rows: int
    ) -> tuple[StagedSource, TwinPlan]:
        """Make the rows, hold them against the version, and leave them staged; what fails leaves nothing."""
        files = SealedFiles()
        with ExitStack() as opened:
            places = opened.enter_context(self._files.offering(files, version, dataset.contract.field_names()))
            engine = opened.enter_context(Twinner(files, places))
            plan = _plan(engine, dataset, rows)
            staged = self._staging.receive(caller, _written(plan, rows))
            try:
                content = opened.enter_context(self._staging.open(staged))
                engine.check(files.offer("twin", content), plan).verify()
            except BaseException:
                self._staging.drop(staged.id)
                raise
        return staged, plan


def _verify_twinnable(dataset: Dataset) -> None:
    if dataset.access is Access.OPEN or dataset.twin_of:
        raise InputError(
            f"{dataset.id} is open already, so it needs no twin.", advice="Twins stand beside data that is not open."
        )
    if dataset.status != "live":
        raise TwinError(f"{dataset.id} is withdrawn.", advice="Publish a twin of a dataset that is live.")


def _plan(engine: Twinner, dataset: Dataset, rows: int) -> TwinPlan:
    random = SystemRandom()
    fields = dataset.contract.fields
    marginals = engine.count([each for each in fields if is_counted(each)])
    pools = {
        each.name: engine.find_untaken(each, list(invent_texts(each, 2 * rows, random)))
        for each in fields
        if is_invented(each, marginals.get(each.name))
    }
    return plan_twin(dataset, marginals, pools, rows=rows, random=random)


def _written(plan: TwinPlan, rows: int) -> Iterator[bytes]:
    """Yield the twin as CSV, some rows at a time."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(plan.contract.field_names())
    for number, row in enumerate(make_rows(plan, rows, SystemRandom()), start=1):
        writer.writerow(row)
        if number % _AT_ONCE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _command(dataset: Dataset, plan: TwinPlan, staged: StagedSource) -> PublishCommand:
    return PublishCommand(
        body=dataset.body,
        name=f"{dataset.name}{SUFFIX}",
        contract=write_contract(plan.contract).encode(),
        upload=staged.id,
        format="csv",
        access=Access.OPEN.value,
        title=f"{dataset.title} (synthetic twin)",
        description=f"Synthetic: no row tells of a person. {dataset.description}".strip(),
        keywords=(*(each for each in dataset.keywords if each != "synthetic"), "synthetic"),
        confirm=True,
        confirm_reason=_REASON,
        new_contract_version=True,
        regime="uk-gdpr",
        twin_of=dataset.id,
    )
