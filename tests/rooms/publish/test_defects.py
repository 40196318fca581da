"""A defect's life: what may be said of it, by which steps it goes, and what the log keeps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commonweal.core import Actor
from commonweal.keys import KeyClass
from commonweal.publish import (
    Access,
    Classification,
    DataContract,
    Dataset,
    DatasetVersion,
    Defect,
    DefectError,
    DefectOutcome,
    DefectSettledError,
    DefectStatus,
    Field,
    FieldType,
    Marking,
    QualityResult,
    answer_defect,
    close_defect,
    raise_defect,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
READER, STEWARD = Actor("tom@lambeth", "lambeth"), Actor("ben@southwark", "southwark")
FIELDS = (Field("places", FieldType.INTEGER, classification=Classification.NOT_PERSONAL, confirmed=True),)
DATASET = Dataset(
    id="southwark/centres",
    body="southwark",
    name="centres",
    title="Rest centres",
    description="",
    contract=DataContract("c", "1", "T", "", FIELDS),
    access=Access.OPEN,
    marking=Marking.OFFICIAL,
    licence="",
    steward=STEWARD.person,
    created=AT,
    key_class=KeyClass.BODY,
)
VERSION = DatasetVersion("ver-1", DATASET.id, 3, AT, 40, 1, 1, "sf-1", "00", "11", QualityResult(40))


def raised(*, field: str = "places", row: int | None = 40, text: str = "It burnt down.") -> Defect:
    defect, _ = raise_defect(
        DATASET, VERSION, identifier="def-1", field=field, row=row, text=text, agreement="", actor=READER, at=AT
    )
    return defect


def answered(defect: Defect, outcome: str, text: str = "", version: int | None = None, newest: int = 5) -> Defect:
    later = AT + timedelta(days=1)
    return answer_defect(defect, DefectOutcome(outcome), text, version, newest=newest, actor=STEWARD, at=later)[0]


def test_the_log_keeps_where_it_is_and_not_what_was_said() -> None:
    defect, event = raise_defect(
        DATASET,
        VERSION,
        identifier="def-1",
        field="places",
        row=40,
        text=" It\r\nburnt   down. ",
        agreement="agr-1",
        actor=READER,
        at=AT,
    )
    assert (defect.text, defect.place, defect.agreement) == ("It burnt down.", "row 40, places", "agr-1")
    assert defect.is_open
    assert (event.name, event.body, event.subject) == ("defect.raised", "southwark", "def-1")
    assert "burnt" not in str(event.facts)
    _, told = answer_defect(defect, DefectOutcome.REJECTED, "It stands.", None, newest=3, actor=STEWARD, at=AT)
    assert (told.name, told.facts["status"]) == ("defect.answered", "rejected")
    assert "stands" not in str(told.facts)


@pytest.mark.parametrize(
    ("field", "row", "text", "reason"),
    [
        ("", None, "Wrong.", "Name the field, the row, or both."),
        ("hall", None, "Wrong.", "southwark/centres has no such field; use a name of its data contract."),
        ("places", 41, "Wrong.", "Version 3 has rows 1 to 40."),
        ("places", 0, "Wrong.", "Version 3 has rows 1 to 40."),
        ("places", 1, " \n ", "Say what is wrong."),
        ("places", 1, "x" * 1001, "Say it in 1,000 characters or fewer."),
        ("places", 1, "bell\x07", "The text holds characters that cannot be seen; type it again."),
        ("places", 1, "turned \u202e round", "The text holds characters that cannot be seen; type it again."),
    ],
)
def test_a_defect_must_be_found_and_understood(field: str, row: int | None, text: str, reason: str) -> None:
    with pytest.raises(DefectError) as refused:
        raised(field=field, row=row, text=text)
    assert refused.value.reasons == (reason,)


def test_a_defect_goes_from_raised_to_mended_and_closed() -> None:
    accepted = answered(raised(), "accepted", "True.")
    assert accepted.is_open
    mended, event = answer_defect(accepted, DefectOutcome.MENDED, "", 5, newest=5, actor=STEWARD, at=AT)
    assert (event.name, event.facts["mended_in"], mended.mended_in) == ("defect.mended", 5, 5)
    assert not mended.is_open
    closed, event = close_defect(mended, actor=READER, at=AT)
    assert (event.name, closed.status, closed.mended_in) == ("defect.closed", DefectStatus.CLOSED, 5)
    assert [each.status.value for each in closed.steps] == ["accepted", "mended", "closed"]


@pytest.mark.parametrize(
    ("outcome", "text", "version", "newest", "reason"),
    [
        ("rejected", "", None, 5, "Say why it is rejected."),
        ("accepted", "", 4, 5, "Name a version only where it has the defect mended."),
        ("mended", "", None, 5, "Name the version that has it mended, from 4 to 5."),
        ("mended", "", 3, 5, "Name the version that has it mended, from 4 to 5."),
        ("mended", "", 6, 5, "Name the version that has it mended, from 4 to 5."),
        ("mended", "", 3, 3, "No version after 3 is published yet; publish the mended data first."),
    ],
)
def test_an_answer_has_its_reason_and_its_version(
    outcome: str, text: str, version: int | None, newest: int, reason: str
) -> None:
    with pytest.raises(DefectError) as refused:
        answered(raised(), outcome, text, version, newest)
    assert refused.value.reasons == (reason,)


def test_what_is_settled_stays_settled() -> None:
    rejected = answered(raised(), "rejected", "It stands.")
    with pytest.raises(DefectSettledError):
        answered(rejected, "accepted")
    closed, _ = close_defect(rejected, actor=READER, at=AT)
    with pytest.raises(DefectSettledError):
        close_defect(closed, actor=READER, at=AT)
    assert replace(raised(), row=None).place == "places"
