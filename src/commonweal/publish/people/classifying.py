"""What a steward says of fields: confirmed one by one, with a reason against strong evidence, and changed later."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from commonweal.core import Actor, Event, InputError, Json
from commonweal.publish.errors import ReasonNeededError, WithdrawnError
from commonweal.publish.kinds import Classification
from commonweal.publish.model import Access, DataContract, Dataset, Dimension, Field, Finding, QualityResult

from .detecting import Detection

CONFIRMED_AGAINST = "confirmed-against"
"""The name of the finding that a field was confirmed as not personal against strong evidence."""

_COUNTED = re.compile(r"(?:all )?[\d,]+(?: of [\d,]+)? sampled values")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A field confirmed as not personal whose values keep the check of a number of people; `evidence` has no value."""

    field: str
    evidence: str

    @property
    def sentence(self) -> str:
        """Say it in words."""
        return f"{self.field} is confirmed as not personal, but {self.evidence}."


def carry_confirmations(dataset: Dataset, known: Dataset, *, confirms: bool = True) -> tuple[Dataset, tuple[str, ...]]:
    """Return the dataset with what stewards have said of its fields before, and the fields for which that decides.

    A field is carried when the new data contract gives it the type that it has, and the classification that it has or
    that the contract stated before: anything else is newer than what was said. A carried field keeps its confirmation,
    and the classification that a steward gave it since. What is confirmed with the new contract counts beside that.

    What was carried never opens data: where a dataset that is not open is to be, nothing is carried of a field that
    counts as not personal, so that its steward confirms it anew.

    Args:
        dataset: the dataset as it is to be, with what its steward confirms now.
        known: the dataset as it stands.
        confirms: False where the steward was asked of each field, so that what they confirm now is all.
    """
    before = {each.name: each for each in known.contract.fields}
    opens = dataset.access is Access.OPEN and known.access is not Access.OPEN
    fields = tuple(
        _carry(each, before[each.name], confirms=confirms)
        if each.name in before and not (opens and before[each.name].is_plain)
        else each
        for each in dataset.contract.fields
    )
    carried = tuple(each.name for each, said in zip(fields, dataset.contract.fields, strict=True) if each != said)
    return replace(dataset, contract=replace(dataset.contract, fields=fields)), carried


def _carry(said: Field, known: Field, *, confirms: bool) -> Field:
    if said.type is not known.type or said.classification not in {known.classification, known.stated}:
        return said
    return replace(
        said,
        classification=known.classification,
        stated=None if said.classification is known.classification else known.stated,
        confirmed=said.confirmed or (confirms and known.confirmed),
    )


def plain_fields(contract: DataContract) -> tuple[str, ...]:
    """Return the fields that are confirmed as not personal."""
    return tuple(each.name for each in contract.fields if each.is_plain)


def find_contradictions(fields: Collection[str], found: Sequence[Detection]) -> tuple[Contradiction, ...]:
    """Return where strong detections contradict that `fields` are not personal."""
    return tuple(Contradiction(each.field, each.evidence) for each in found if each.field in fields and each.is_strong)


def find_unanswered(contradictions: Sequence[Contradiction], before: QualityResult | None) -> tuple[Contradiction, ...]:
    """Return those for which no reason is known: none was given with the version before against such evidence."""
    return tuple(each for each in contradictions if _answer(each, before) is None)


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


def tell_contradictions(
    quality: QualityResult, contradictions: Sequence[Contradiction], reason: str, before: QualityResult | None = None
) -> QualityResult:
    """Return the quality result with what was confirmed against strong evidence, and why; it travels with the data.

    Without a reason given now, what was given with the version `before` is told again.
    """
    told = tuple(_tell(each, reason) if reason.strip() else _answer(each, before) for each in contradictions)
    return replace(quality, findings=(*quality.findings, *filter(None, told)))


def _tell(contradiction: Contradiction, reason: str) -> Finding:
    sentence = f"{contradiction.sentence} Its steward's reason: {reason.strip()}"
    return Finding(CONFIRMED_AGAINST, contradiction.field, Dimension.CONSISTENCY, 0, (), sentence, stops=False)


def _answer(contradiction: Contradiction, before: QualityResult | None) -> Finding | None:
    """Return what was told of a field with the version before, if its evidence differs from that in numbers alone."""
    wanted = _COUNTED.sub("", contradiction.sentence)
    told = before.findings if before else ()
    return next(
        (
            each
            for each in told
            if each.check == CONFIRMED_AGAINST and _COUNTED.sub("", each.sentence).startswith(wanted)
        ),
        None,
    )


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

    What is said here lasts until the data contract states something newer: see `carry_confirmations`.

    An open dataset with a field that is no longer plain becomes shared at once.

    Raises:
        InputError: there is no such field, none is named, or no reason is given.
        WithdrawnError: the dataset is withdrawn.
    """
    _verify_classifying(dataset, names, reason)
    fields = tuple(
        _classified(each, classification or each.classification) if each.name in names else each
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


def _classified(field: Field, classification: Classification) -> Field:
    stated = field.stated or field.classification
    kept = None if stated is classification else stated
    return replace(field, confirmed=True, classification=classification, stated=kept)


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
