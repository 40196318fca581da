"""What a steward has said before and says now: confirmations held against what is found, contracts against the last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from commonweal.adapters.duckdb import detect_first
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.agreements import list_agreements
from commonweal.agree import state_at
from commonweal.node.parts import Parts
from commonweal.publish import (
    Access,
    Comparison,
    DataContract,
    Dataset,
    DatasetVersion,
    Detection,
    QualityResult,
    SourceFormat,
    carry_confirmations,
    compare_with,
    confirm_fields,
    find_contradictions,
    find_unanswered,
    parse_marking,
    parse_name,
    parse_regime,
    parse_retention,
    plain_fields,
    read_contract,
    tell_agreements,
    tell_changes,
    tell_contradictions,
    verify_reason,
    verify_succession,
    verify_wording,
)

from .choosing import PublishCommand, parse_access
from .onward import Onward

OPEN_LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"

Offered: TypeAlias = tuple[SealedFiles, str, SourceFormat]
"""A source as an engine is offered it."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the check found of the version before, what changes in the contract, and why evidence is confirmed against.

    `carried` are the fields for which what was said before decides.
    """

    before: QualityResult | None
    comparison: Comparison | None
    reason: str
    carried: tuple[str, ...] = ()


def dataset_as_told(command: PublishCommand, body: str, *, steward: str, at: datetime, host: str) -> Dataset:
    """Return the dataset of a body, a slug, as a command describes it; `host` is the name of who runs the node.

    Raises:
        InputError: a part of the command or the data contract is malformed.
    """
    contract = confirmed(read_contract(command.contract), command)
    access = parse_access(command.access or "shared")
    dataset = Dataset(
        id=f"{body}/{parse_name(command.name)}",
        body=body,
        name=command.name,
        title=command.title or contract.title,
        description=command.description or contract.description,
        contract=contract,
        access=access,
        marking=parse_marking(command.marking or "OFFICIAL"),
        licence=command.licence or (OPEN_LICENCE if access is Access.OPEN else ""),
        steward=steward,
        created=at,
        attribution=command.attribution,
        stored=command.stored or f"Sealed (age v1) on the node of {host}",
        keywords=tuple(command.keywords),
        regime=parse_regime(command.regime or "uk-gdpr"),
        retention=parse_retention(command.retain),
        twin_of=command.twin_of,
        derived_from=tuple(dict.fromkeys(command.derived_from)),
    )
    verify_wording(dataset)
    return dataset


def confirmed(contract: DataContract, command: PublishCommand) -> DataContract:
    """Return a data contract with what its steward confirms: all fields, those named, or none.

    Raises:
        InputError: a field is named that the data contract does not have.
    """
    if command.confirm:
        return confirm_fields(contract)
    return confirm_fields(contract, command.confirm_fields) if command.confirm_fields else contract


def kept_as(dataset: Dataset, known: Dataset | None, command: PublishCommand) -> tuple[Dataset, tuple[str, ...]]:
    """Return a dataset with what was said of the version before and is not said anew, and the fields it decides.

    Kept are the access, the marking, the licence, the attribution, the keywords, the regime, the retention, what it was
    made from, and how fields were classified and confirmed (`carry_confirmations`).
    """
    if known is None:
        return dataset, ()
    kept = replace(
        dataset,
        access=dataset.access if command.access else known.access,
        marking=dataset.marking if command.marking else known.marking,
        licence=command.licence or known.licence or dataset.licence,
        attribution=dataset.attribution or known.attribution,
        keywords=dataset.keywords or known.keywords,
        regime=dataset.regime if command.regime else known.regime,
        retention=dataset.retention if command.retain else known.retention,
        derived_from=tuple(dict.fromkeys((*known.derived_from, *dataset.derived_from))),
        created=known.created,
        status=known.status,
    )
    return carry_confirmations(kept, known, confirms=command.carry)


class Stewarding:
    """Holds what a steward says against what is known."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._onward = Onward(parts)

    def compare(self, known: Dataset | None, dataset: Dataset) -> tuple[Comparison | None, tuple[str, ...]]:
        """Return what changed in the data contract, and of how many live agreements a field would vanish.

        Raises:
            OriginError: what it is said to be made from is no agreement of its body.
            OnwardOpenError: it is to be open, and an agreement behind it bars sharing onward.
        """
        self._onward.verify_origins(dataset)
        found = compare_with(known, dataset)
        return found, tell_agreements(found, self._opened(dataset)) if found else ()

    def hear(
        self,
        known: Dataset | None,
        dataset: Dataset,
        command: PublishCommand,
        *,
        former: DatasetVersion | None = None,
        carried: tuple[str, ...] = (),
    ) -> Word:
        """Return what was said before and what changed in the data contract, which may follow the one before.

        Raises:
            ContractChangedError: it may not.
            OriginError, OnwardOpenError: as `compare`.
        """
        self._onward.verify_origins(dataset)
        found = compare_with(known, dataset)
        if found is not None:
            verify_succession(found, dataset.id, self._opened(dataset), said=command.new_contract_version)
        return Word(former.quality if former else None, found, command.confirm_reason, carried)

    def verify_said(
        self,
        known: Dataset | None,
        dataset: Dataset,
        command: PublishCommand,
        found: Sequence[Detection],
        former: DatasetVersion | None,
    ) -> None:
        """Return when what a steward says suffices for what was found in a source.

        Raises:
            ReasonNeededError: a field is confirmed as not personal against strong evidence, without a reason.
            ContractChangedError: the data contract may not follow the one before.
        """
        word = self.hear(known, dataset, command, former=former)
        contradictions = find_contradictions(plain_fields(dataset.contract), found)
        verify_reason(find_unanswered(contradictions, word.before), word.reason)

    def hold_confirmed(self, quality: QualityResult, dataset: Dataset, source: Offered, word: Word) -> QualityResult:
        """Return the quality result with what changed in the contract, and what was confirmed against strong evidence.

        Every field confirmed as not personal is looked at, whenever that was; a reason that was given with the version
        before against such evidence is told again.

        Raises:
            ReasonNeededError: a field is confirmed so against strong evidence, and no reason is given.
        """
        fields = plain_fields(dataset.contract)
        found = find_contradictions(fields, detect_first(*source, fields)) if fields else ()
        verify_reason(find_unanswered(found, word.before), word.reason)
        told = tell_contradictions(quality, found, word.reason, word.before)
        return tell_changes(told, word.comparison) if word.comparison else told

    def _opened(self, dataset: Dataset) -> list[Collection[str]]:
        """Return the fields that each live agreement on a dataset opens."""
        now = self._parts.clock.now()
        with self._parts.read() as connection:
            agreements = list_agreements(connection)
        return [each.fields for each in agreements if each.dataset == dataset.id and state_at(each, now) == "active"]
