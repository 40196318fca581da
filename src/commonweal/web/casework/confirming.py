"""The step of publishing in which a steward confirms each field: what the contract says beside what was found."""

from collections.abc import Collection
from dataclasses import dataclass

from commonweal.node import Draft
from commonweal.publish import MOST_SENSITIVE_FIRST, Classification, Detection, Field


@dataclass(frozen=True, slots=True)
class FieldQuestion:
    """One field to confirm: as the contract has it, as it was found with the evidence, and where the two disagree.

    `disagreement` is empty where they agree; a `strong` one needs a reason. `ticked` says how its box stands.
    """

    name: str
    stated: str
    found: str
    evidence: str
    disagreement: str
    strong: bool
    ticked: bool


def view_fields(draft: Draft, chosen: Collection[str] | None) -> tuple[FieldQuestion, ...]:
    """Return the questions of a draft; `chosen` are the boxes that were ticked, None where the page is new.

    On a new page those are ticked that the steward confirmed with the form, unless what was found says otherwise.
    """
    return tuple(_question(found, field, chosen) for found, field in draft.detected)


def _question(found: Detection, field: Field, chosen: Collection[str] | None) -> FieldQuestion:
    strong = found.is_strong and field.classification is Classification.NOT_PERSONAL
    return FieldQuestion(
        name=field.name,
        stated=_stated(field),
        found=_words(found.classification),
        evidence=found.evidence,
        disagreement=_disagreement(found, field, strong=strong),
        strong=strong,
        ticked=(field.confirmed and not strong) if chosen is None else field.name in chosen,
    )


def _stated(field: Field) -> str:
    since = f" (as its steward classified it; the contract says {_words(field.stated).lower()})" if field.stated else ""
    return f"{_words(field.classification)}{since}"


def _disagreement(found: Detection, field: Field, *, strong: bool) -> str:
    stated, likely = (MOST_SENSITIVE_FIRST.index(each) for each in (field.classification, found.classification))
    if stated == likely:
        return ""
    if stated < likely:
        return "The contract protects it more than the evidence asks for."
    if strong:
        return "The evidence is strong that it is personal. To confirm the contract, give a reason below."
    return "The evidence suggests that it needs more protection than the contract says."


def _words(classification: Classification) -> str:
    return classification.value.replace("-", " ").capitalize()
