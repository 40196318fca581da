"""The REST API of publishing: uploads, datasets and their versions."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from starlette.responses import Response, StreamingResponse

from commonweal.node import PublishCommand
from commonweal.publish import FileChoice, FileForm, Origin, VersionPart, describe_detected, describe_reading
from commonweal.web.state import TheNode, ThePerson

from .api import LAST_EVENT
from .forms import ClassifyForm, PublishForm, ReasonForm, TwinForm, record_answer
from .quality import quality_answer
from .receiving import pieces_of, receive_upload

router = APIRouter(prefix="/api/v1")

Answer = dict[str, Any]
VersionNumber = Annotated[int, PathParameter(ge=1, le=LAST_EVENT)]


@router.post("/uploads", tags=["publish"], operation_id="upload", status_code=201)
async def upload(request: Request, node: TheNode, caller: ThePerson) -> Answer:
    """Send a source's bytes as the request's body; they are sealed as they arrive. Publish them within the hour."""
    return await receive_upload(request, node, caller)


@router.get("/uploads/{upload}/progress", tags=["publish"], operation_id="followUpload")
def follow_upload(node: TheNode, caller: ThePerson, upload: str) -> Answer:
    """Say to its sender how far an upload has been read while it is published; it is unknown as soon as that ends.

    `read` of `size` bytes are read in the pass that runs, which are about `rows` rows, or null where that is not known.
    """
    return asdict(node.staging.follow(caller, upload))


@router.post("/uploads/{upload}/reading", tags=["publish"], operation_id="readUpload")
def read_upload(
    node: TheNode,
    caller: ThePerson,
    upload: str,
    *,
    form: Annotated[FileForm, Query(alias="format")] = FileForm.AUTO,
    member: Annotated[str, Query(max_length=1000)] = "",
    sheet: Annotated[str, Query(max_length=300)] = "",
    element: Annotated[str, Query(max_length=1000)] = "",
    layout: Annotated[str, Query(max_length=50_000)] = "",
) -> Answer:
    """Say how an upload reads: what was understood, mended and set aside. `reading` is what to accept.

    Each of `fields` has its type, the classification that its name and values suggest, and the evidence for both.
    """
    choice = FileChoice(form, member=member, sheet=sheet, element=element, layout=layout)
    found = node.publishing.examine(caller, upload, choice)
    answer = describe_reading(found.reading)
    return {**describe_detected(answer, found.reading, found.detected.fields, found.detected.note)}


@router.get("/datasets/{body}/{name}/versions/{number}/set-aside.csv", tags=["publish"], operation_id="readSetAside")
def read_set_aside(node: TheNode, caller: ThePerson, body: str, name: str, number: VersionNumber) -> Response:
    """Return the rows that a version set aside, for its steward: row, reason and the cells as they were found."""
    content = node.datasets.open_set_aside(caller, f"{body}/{name}", number)
    return StreamingResponse(pieces_of(content), media_type="text/csv; charset=utf-8")


@router.post("/datasets", tags=["publish"], operation_id="publish", status_code=201)
def publish(node: TheNode, caller: ThePerson, form: PublishForm) -> Answer:
    """Publish an upload: checked against its data contract, sealed, in the catalogue."""
    command = PublishCommand(**{**form.model_dump(), "contract": form.contract.encode()})
    done = node.publishing.publish(caller, command)
    return {
        "dataset": done.dataset.id,
        "version": done.version.number,
        "rows": done.version.rows,
        "access": done.dataset.access.value,
        "again": done.again,
        "carried": list(done.carried),
        "findings": [each.sentence for each in done.version.quality.findings],
        "reading": None if done.version.reading is None else describe_reading(done.version.reading),
        "sealed_file": done.version.sealed_file,
        "digest": done.version.digest,
        "parts": [_part(each) for each in done.version.parts],
        "origin": _origin(done.version.origin),
        "key_class": done.version.key_class.value,
        "key": done.key,
    }


def _origin(origin: Origin) -> Answer:
    return {**asdict(origin), "sentence": origin.sentence}


def _part(part: VersionPart) -> Answer:
    return {
        "classification": part.classification.value,
        "fields": list(part.fields),
        "sealed_file": part.sealed_file,
        "digest": part.digest,
    }


@router.get("/datasets/{body}/{name}", tags=["inventory"], operation_id="getDataset")
def get_dataset(node: TheNode, body: str, name: str) -> Answer:
    """Return one dataset: its record, fields, quality and versions; anybody may."""
    dataset = node.datasets.get(f"{body}/{name}")
    record = node.catalogue.record(dataset)
    versions = node.datasets.versions(dataset)
    return {
        "dataset": dataset.id,
        "status": dataset.status,
        "marking": dataset.marking.value,
        "regime": dataset.regime,
        "retention": None if dataset.retention is None else dataset.retention.sentence,
        "twin_of": dataset.twin_of,
        "key_class": dataset.key_class.value,
        "split": dataset.is_split,
        "record": None if record is None else record_answer(record),
        "fields": [
            {
                "name": each.name,
                "type": each.type.value,
                "description": each.description,
                "classification": each.classification.value,
                "confirmed": each.confirmed,
            }
            for each in dataset.contract.fields
        ],
        "versions": [
            {
                "number": each.number,
                "published": each.published,
                "rows": each.rows,
                "kept_until": None if dataset.retention is None else dataset.retention.due(each.published.date()),
                "digest": each.digest,
                "parts": [_part(part) for part in each.parts],
                "origin": _origin(each.origin),
                "key_class": each.key_class.value,
                "findings": [finding.sentence for finding in each.quality.findings],
                "reading": None if each.reading is None else describe_reading(each.reading),
            }
            for each in versions
        ],
        "quality": quality_answer(node, None, dataset, versions),
    }


@router.post("/datasets/{body}/{name}/classification", tags=["publish"], operation_id="classify")
def classify(node: TheNode, caller: ThePerson, body: str, name: str, form: ClassifyForm) -> Answer:
    """Confirm how fields are classified, or classify them otherwise; without a new upload."""
    changed = node.classifying.classify(
        caller, f"{body}/{name}", form.fields, classification=form.classification, reason=form.reason
    )
    named = [each for each in changed.contract.fields if each.name in form.fields]
    return {
        "dataset": changed.id,
        "access": changed.access.value,
        "fields": [
            {"name": each.name, "classification": each.classification.value, "confirmed": each.confirmed}
            for each in named
        ],
    }


@router.post("/datasets/{body}/{name}/twin", tags=["publish"], operation_id="publishTwin", status_code=201)
def publish_twin(node: TheNode, caller: ThePerson, body: str, name: str, form: TwinForm) -> Answer:
    """Publish the synthetic twin of a dataset beside it: open, under the same fields, with no row of a person."""
    done = node.twinning.publish(caller, f"{body}/{name}", form.rows)
    return {
        "dataset": done.dataset.id,
        "twin_of": done.dataset.twin_of,
        "version": done.version.number,
        "rows": done.version.rows,
        "notes": list(done.dataset.contract.notes),
    }


@router.post("/datasets/{body}/{name}/withdrawal", tags=["publish"], operation_id="withdraw")
def withdraw(node: TheNode, caller: ThePerson, body: str, name: str, form: ReasonForm) -> Answer:
    """Withdraw a dataset, with a reason."""
    gone = node.datasets.withdraw(caller, f"{body}/{name}", form.reason)
    return {"dataset": gone.id, "status": gone.status}


@router.post("/datasets/{body}/{name}/reinstatement", tags=["publish"], operation_id="reinstate")
def reinstate(node: TheNode, caller: ThePerson, body: str, name: str, form: ReasonForm) -> Answer:
    """Put a withdrawn dataset back into the catalogue, with a reason."""
    back = node.datasets.reinstate(caller, f"{body}/{name}", form.reason)
    return {"dataset": back.id, "status": back.status}
