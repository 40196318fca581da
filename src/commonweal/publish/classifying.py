"""What a steward says of fields: confirmed one by one, with a reason against strong evidence, and changed later."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from commonweal.core import Actor, Event, InputError, Json

from .detecting import Detection
from .errors import ReasonNeededError, WithdrawnError
from .kinds import Classification
from .model import Access, DataContract, Dataset, Dimension, Finding, QualityResult

CONFIRMED_AGAINST = "confirmed-against"
"""The name of the finding that a field was confirmed as not personal against strong evidence."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A field confirmed as not personal whose values keep the check of a number of people; `evidence` has no value."""

    field: str
    evidence: str

    @property
    def sentence(self) -> str:
        """Say it in words."""
        return f"{self.field} is confirmed as not personal, but {self.evidence}."


def newly_plain(contract: DataContract, known: DataContract | None) -> tuple[str, ...]:
    """Return the fields confirmed as not personal that were not so in the contract `known` of the version before."""
    before = {each.name for each in known.fields if each.is_plain} if known else set()
    return tuple(each.name for each in contract.fields if each.is_plain and each.name not in before)


def find_contradictions(fields: Collection[str], found: Sequence[Detection]) -> tuple[Contradiction, ...]:
    """Return where strong detections contradict that `fields` are not personal."""
    return tuple(Contradiction(each.field, each.evidence) for each in found if each.field in fields and each.is_strong)


def verify_reason(contradictions: Sequence[Contradiction], reason: str) -> None:
    """Return when nothing is contradicted, or the steward says why they confirm it all the same.

    Raises:
        ReasonNeededError: they do not; `reasons` are the contradictions.
    """
    if contradictions and not reason.strip():
        raise ReasonNeededError(
            "A field is confirmed as not personal against strong evidence.",
            reasons=tuple(each.sentence for each in contradictions),
        )


def tell_contradictions(quality: QualityResult, contradictions: Sequence[Contradiction], reason: str) -> QualityResult:
    """Return the quality result with what was confirmed against strong evidence, and why; it travels with the data."""
    told = tuple(
        Finding(
            CONFIRMED_AGAINST,
            each.field,
            Dimension.CONSISTENCY,
            0,
            (),
            f"{each.sentence} Its steward's reason: {reason.strip()}",
            stops=False,
        )
        for each in contradictions
    )
    return replace(quality, findings=(*quality.findings, *told)) if told else quality


def told_contradictions(quality: QualityResult) -> tuple[str, ...]:
    """Return what was confirmed against strong evidence, and why, as `tell_contradictions` told it."""
    return tuple(each.sentence for each in quality.findings if each.check == CONFIRMED_AGAINST)


def classify_fields(
    dataset: Dataset,
    names: Collection[str],
    *,
    classification: Classification | None = None,
    reason: str,
    at: datetime,
    actor: Actor,
) -> tuple[Dataset, Event]:
    """Return the dataset with fields confirmed, as `classification` if one is given, and `dataset.classified`.

    An open dataset with a field that is no longer plain becomes shared at once.

    Raises:
        InputError: there is no such field, none is named, or no reason is given.
        WithdrawnError: the dataset is withdrawn.
    """
    _verify_classifying(dataset, names, reason)
    fields = tuple(
        replace(each, confirmed=True, classification=classification or each.classification)
        if each.name in names
        else each
        for each in dataset.contract.fields
    )
    changed = replace(dataset, contract=replace(dataset.contract, fields=fields))
    if changed.access is Access.OPEN and not changed.is_plain:
        changed = replace(changed, access=Access.SHARED)
    facts: dict[str, Json] = {
        "fields": [each.name for each in fields if each.name in names],
        "before": _states(dataset, names),
        "after": _states(changed, names),
        "access": changed.access.value,
        "reason": reason.strip(),
    }
    return changed, Event("dataset.classified", at, dataset.body, dataset.id, actor, facts)


def _verify_classifying(dataset: Dataset, names: Collection[str], reason: str) -> None:
    if dataset.status == "withdrawn":
        raise WithdrawnError(f"{dataset.id} is withdrawn.")
    if not reason.strip():
        raise InputError("A classification needs a reason.", advice="Say in a sentence why the fields are so.")
    unknown = sorted(set(names) - set(dataset.contract.field_names()))
    if unknown or not names:
        raise InputError(
            "The dataset has no such field." if names else "No field is named.",
            advice="Use the names that the data contract gives its fields.",
            reasons=tuple(f"{name} is not a field of {dataset.contract.id}." for name in unknown),
        )


def _states(dataset: Dataset, names: Collection[str]) -> list[Json]:
    named = [each for each in dataset.contract.fields if each.name in names]
    return [each.classification.value + ("" if each.confirmed else ", not confirmed") for each in named]
