"""A defect that a consumer found in published data: raised, answered, mended in a later version, closed."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from commonweal.core import Actor, Event, InputError, Json, RefusedError

from .model import Dataset, DatasetVersion

LONGEST_TEXT = 1000
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


class DefectError(InputError):
    """A defect that says too little to be found, or too much."""

    code = "publish.defect-malformed"
    default_advice = "Name a field or a row of a published version, and say in plain words what is wrong with it."


class DefectSettledError(RefusedError):
    """What was tried does not fit how far the defect has come."""

    code = "publish.defect-settled"
    default_advice = "Raise another defect if the data is still wrong."


class DefectStatus(StrEnum):
    """How far a defect has come."""

    RAISED = "raised"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MENDED = "mended"
    CLOSED = "closed"


OPEN_DEFECTS = frozenset({DefectStatus.RAISED, DefectStatus.ACCEPTED})
"""A defect of one of these waits for its steward."""


class DefectOutcome(StrEnum):
    """What a steward answers: it is wrong and will be mended, it is right as it is, or a version has it mended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MENDED = "mended"


@dataclass(frozen=True, slots=True)
class DefectStep:
    """One step in a defect's life after it was raised: to what, who said it, when, and what they said."""

    status: DefectStatus
    person: str
    body: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect on a field or a row of one version of a dataset.

    `discloser` holds the dataset and `raiser` is the body that found the defect. `row` is 1-based, and counted in what
    the `agreement` opens where there is one. `mended_in` is the number of the version that carries the fix, or 0.
    """

    id: str
    dataset: str
    discloser: str
    raiser: str
    raised_by: str
    raised: datetime
    version: int
    text: str
    field: str = ""
    row: int | None = None
    agreement: str = ""
    status: DefectStatus = DefectStatus.RAISED
    steps: tuple[DefectStep, ...] = ()
    mended_in: int = 0

    @property
    def is_open(self) -> bool:
        """Say whether it waits for its steward."""
        return self.status in OPEN_DEFECTS

    @property
    def place(self) -> str:
        """Return where in the version it is, in words."""
        row = "" if self.row is None else f"row {self.row:,}"
        return ", ".join(each for each in (row, self.field) if each)


def raise_defect(
    dataset: Dataset,
    version: DatasetVersion,
    *,
    identifier: str,
    field: str,
    row: int | None,
    text: str,
    agreement: str,
    actor: Actor,
    at: datetime,
) -> tuple[Defect, Event]:
    """Return a defect and `defect.raised`, which tells where it is and not what was said of it.

    Raises:
        DefectError: it names neither a field nor a row of the version, or its text is none; `reasons` list each fault.
    """
    faults = [*_place_faults(dataset, version, field, row), *_text_faults(text, "Say what is wrong.")]
    if faults:
        raise DefectError("This defect cannot be raised as it stands.", reasons=tuple(faults))
    raised = Defect(
        id=identifier,
        dataset=dataset.id,
        discloser=dataset.body,
        raiser=actor.body,
        raised_by=actor.person,
        raised=at,
        version=version.number,
        text=one_line(text),
        field=field,
        row=row,
        agreement=agreement,
    )
    return raised, _event("defect.raised", raised, actor, at)


def answer_defect(
    defect: Defect, outcome: DefectOutcome, text: str, version: int | None, *, newest: int, actor: Actor, at: datetime
) -> tuple[Defect, Event]:
    """Return the defect with its steward's answer, and `defect.answered` or `defect.mended`.

    Args:
        defect: the defect as it stands.
        outcome: what the steward says of it.
        text: why it is rejected; else anything more, or nothing.
        version: the number of the version that has it mended.
        newest: the number of the dataset's newest version.
        actor: the steward.
        at: now.

    Raises:
        DefectSettledError: it was rejected, mended or closed already.
        DefectError: a rejection says no reason, or the version that has it mended is none after it.
    """
    if not defect.is_open:
        raise DefectSettledError(f"Defect {defect.id} is {defect.status.value} and takes no further answer.")
    faults = _text_faults(text, "Say why it is rejected.") if text or outcome is DefectOutcome.REJECTED else []
    if outcome is DefectOutcome.MENDED:
        faults += _mending_faults(defect, version, newest)
    elif version is not None:
        faults.append("Name a version only where it has the defect mended.")
    if faults:
        raise DefectError("This answer cannot be given as it stands.", reasons=tuple(faults))
    answered = _step(defect, DefectStatus(outcome.value), text, actor, at)
    if outcome is not DefectOutcome.MENDED or version is None:
        return answered, _event("defect.answered", answered, actor, at)
    mended = replace(answered, mended_in=version)
    return mended, _event("defect.mended", mended, actor, at)


def close_defect(defect: Defect, *, actor: Actor, at: datetime) -> tuple[Defect, Event]:
    """Return the defect as closed by the body that raised it, content or mistaken, and `defect.closed`.

    Raises:
        DefectSettledError: it is closed already.
    """
    if defect.status is DefectStatus.CLOSED:
        raise DefectSettledError(f"Defect {defect.id} is closed already.")
    closed = _step(defect, DefectStatus.CLOSED, "", actor, at)
    return closed, _event("defect.closed", closed, actor, at)


def one_line(text: str) -> str:
    """Return text with every run of white space as one space."""
    return " ".join(text.split())


def _step(defect: Defect, status: DefectStatus, text: str, actor: Actor, at: datetime) -> Defect:
    step = DefectStep(status, actor.person, actor.body, at, one_line(text))
    return replace(defect, status=status, steps=(*defect.steps, step))


def _place_faults(dataset: Dataset, version: DatasetVersion, field: str, row: int | None) -> list[str]:
    faults = []
    if not field and row is None:
        faults.append("Name the field, the row, or both.")
    if field and field not in dataset.contract.field_names():
        faults.append(f"{dataset.id} has no such field; use a name of its data contract.")
    if row is not None and not 1 <= row <= version.rows:
        faults.append(f"Version {version.number} has rows 1 to {version.rows:,}.")
    return faults


def _text_faults(text: str, missing: str) -> list[str]:
    line = one_line(text)
    if not line:
        return [missing]
    if len(line) > LONGEST_TEXT:
        return [f"Say it in {LONGEST_TEXT:,} characters or fewer."]
    if any(unicodedata.category(each) in _UNSEEN for each in line):
        return ["The text holds characters that cannot be seen; type it again."]
    return []


def _mending_faults(defect: Defect, version: int | None, newest: int) -> list[str]:
    if version is not None and defect.version < version <= newest:
        return []
    if newest <= defect.version:
        return [f"No version after {defect.version} is published yet; publish the mended data first."]
    return [f"Name the version that has it mended, from {defect.version + 1} to {newest}."]


def _event(name: str, defect: Defect, actor: Actor, at: datetime) -> Event:
    facts: dict[str, Json] = {
        "dataset": defect.dataset,
        "version": defect.version,
        "field": defect.field,
        "row": defect.row,
        "raiser": defect.raiser,
        "status": defect.status.value,
    }
    if defect.mended_in:
        facts["mended_in"] = defect.mended_in
    return Event(name, at, defect.discloser, defect.id, actor, facts)
