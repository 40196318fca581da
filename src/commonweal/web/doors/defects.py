"""The REST API of what is known of a version's quality, and of the defects that its consumers raise."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from pydantic import Field

from commonweal.core import NotFoundError
from commonweal.node import DefectReport
from commonweal.publish import Defect
from commonweal.web.state import TheNode, ThePerson

from .forms import Form
from .quality import profile_answer

router = APIRouter(prefix="/api/v1", tags=["publish"])

Answer = dict[str, Any]
_MOST = 1 << 53
Number = Annotated[int, PathParameter(ge=1, le=_MOST)]


class DefectForm(Form):
    """What is wrong with a field or a row of a version (by default the newest); never needs a value of the data."""

    text: str = Field(min_length=1, max_length=4000)
    field: str = Field("", max_length=1000)
    row: int | None = Field(None, ge=1, le=_MOST)
    version: int | None = Field(None, ge=1, le=_MOST)


class DefectAnswerForm(Form):
    """A steward's answer: accepted, rejected with the reason, or mended in the version of that number."""

    outcome: Literal["accepted", "rejected", "mended"]
    text: str = Field("", max_length=4000)
    version: int | None = Field(None, ge=1, le=_MOST)


@router.post("/datasets/{body}/{name}/defects", operation_id="raiseDefect", status_code=201)
def raise_defect(node: TheNode, caller: ThePerson, body: str, name: str, form: DefectForm) -> Answer:
    """Raise a defect on a dataset that is open, or that the caller's body has an agreement on."""
    return defect_answer(node.defects.report(caller, DefectReport(f"{body}/{name}", **form.model_dump())))


@router.get("/defects", operation_id="listDefects")
def list_defects(node: TheNode, caller: ThePerson, dataset: Annotated[str, Query(max_length=300)] = "") -> Answer:
    """List the defects that the caller's body raised or is asked to mend, oldest first."""
    return {"defects": [defect_answer(each) for each in node.defects.list_all(caller, dataset)]}


@router.get("/defects/{defect}", operation_id="getDefect")
def get_defect(node: TheNode, caller: ThePerson, defect: str) -> Answer:
    """Return a defect with its answers, to the two bodies that it is between."""
    return defect_answer(node.defects.view(caller, defect))


@router.post("/defects/{defect}/answer", operation_id="answerDefect")
def answer_defect(node: TheNode, caller: ThePerson, defect: str, form: DefectAnswerForm) -> Answer:
    """Give the steward's answer to a defect."""
    return defect_answer(node.defects.answer(caller, defect, form.outcome, form.text, form.version))


@router.post("/defects/{defect}/closing", operation_id="closeDefect")
def close_defect(node: TheNode, caller: ThePerson, defect: str) -> Answer:
    """Close a defect, for the body that raised it."""
    return defect_answer(node.defects.close(caller, defect))


@router.get("/datasets/{body}/{name}/versions/{number}/profile", operation_id="getProfile")
def get_profile(node: TheNode, caller: ThePerson, body: str, name: str, number: Number) -> Answer:
    """Return a version's profile; with values of plain fields where the caller's body may read the data."""
    dataset = node.datasets.get(f"{body}/{name}")
    version = next((each for each in node.datasets.versions(dataset) if each.number == number), None)
    if version is None:
        raise NotFoundError(f"{dataset.id} has no version {number}.")
    return {"dataset": dataset.id, "version": number, **profile_answer(node, caller, dataset, version)}


def defect_answer(defect: Defect) -> Answer:
    """Return a defect as JSON."""
    return {
        "defect": defect.id,
        "dataset": defect.dataset,
        "version": defect.version,
        "field": defect.field,
        "row": defect.row,
        "agreement": defect.agreement,
        "text": defect.text,
        "status": defect.status.value,
        "discloser": defect.discloser,
        "raiser": defect.raiser,
        "raised_by": defect.raised_by,
        "raised": defect.raised,
        "mended_in": defect.mended_in or None,
        "steps": [
            {"status": e.status.value, "person": e.person, "body": e.body, "at": e.at, "text": e.text}
            for e in defect.steps
        ],
    }
