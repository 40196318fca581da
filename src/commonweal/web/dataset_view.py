"""The dataset page: everything a stranger may know of a dataset."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

from commonweal.identity import PublicBody
from commonweal.inventory import OGL, record_of
from commonweal.publish import Access, Dataset, DatasetVersion, Field

from .connect import connect_open, connect_shared
from .views import DatasetView, FieldLine, Link, VersionLine

_FORMS = (
    ("csv", "CSV, for spreadsheets"),
    ("parquet", "Parquet, for analysis"),
    ("ndjson", "NDJSON, for programs"),
)
_KEPT = "Every row keeps the data contract."
_NOT_MEASURED = "Accuracy is not measured."
_REGIMES = {
    "uk-gdpr": "UK GDPR",
    "law-enforcement": "Law enforcement (Part 3 of the Data Protection Act 2018)",
}
_WITHDRAWN = "It was withdrawn by its publisher; nobody can read it."


def view_dataset(
    dataset: Dataset, versions: Sequence[DatasetVersion], publisher: PublicBody, *, url: str, at: datetime, key: str
) -> DatasetView:
    """Return what a stranger may know of a dataset.

    Args:
        dataset: the dataset, live or withdrawn.
        versions: its versions, newest first.
        publisher: the body that holds it.
        url: the node's address as the reader reaches it.
        at: now.
        key: under which key its newest version lies, in sentences.
    """
    live = dataset.status == "live"
    is_open = dataset.access is Access.OPEN and live and bool(versions)
    record = record_of(dataset, versions[0] if versions else None, publisher)
    shared = connect_shared(url, dataset.id) if live else ()
    return DatasetView(
        title=dataset.title if live else f"{dataset.title} (withdrawn)",
        dataset=dataset.id,
        description=dataset.description,
        body_name=publisher.name,
        holder=Link(publisher.name, f"/search?{urlencode({'body': dataset.body})}"),
        access=dataset.access.value,
        licence=_licence(dataset.licence),
        contract=f"{dataset.contract.title}, {dataset.contract.id} version {dataset.contract.version}",
        stored=dataset.stored,
        how_to_get=record.how_to_get if live else _WITHDRAWN,
        fields=tuple(_field(each) for each in dataset.contract.fields),
        versions=tuple(_version(each) for each in versions),
        downloads=tuple(Link(words, f"/open/{dataset.id}.{form}") for form, words in _FORMS) if is_open else (),
        connect=connect_open(url, dataset.id) if is_open else shared,
        keywords=tuple(Link(each, f"/search?{urlencode({'keyword': each})}") for each in dataset.keywords),
        as_at=at,
        attribution=dataset.attribution,
        notes=dataset.contract.notes,
        key=key,
        marking=dataset.marking.value,
        regime=_REGIMES.get(dataset.regime, dataset.regime),
        retention=dataset.retention.sentence if dataset.retention else "",
        due=tuple(_due(dataset, versions, at)),
        twin_of=Link(dataset.twin_of, f"/datasets/{dataset.twin_of}") if dataset.twin_of else None,
    )


def _due(dataset: Dataset, versions: Sequence[DatasetVersion], at: datetime) -> Iterator[str]:
    """Yield a sentence for each version whose retention has ended; nothing of it goes by itself."""
    for each in versions if dataset.retention else ():
        ended = dataset.retention.due(each.published.date()) if dataset.retention else at.date()
        if ended <= at.date():
            yield (
                f"Version {each.number} need not be kept since {ended.isoformat()}. Two people of its body shred it: "
                f"`commonweal keys shred version {dataset.id} {each.number}`."
            )


def _licence(licence: str) -> Link:
    if licence == OGL:
        return Link("Open Government Licence v3.0", OGL)
    return Link(licence or "None: it is not open data", licence if licence.startswith("https://") else "")


def _field(field: Field) -> FieldLine:
    return FieldLine(
        name=field.name,
        type=field.type.value,
        description=field.description,
        classification=field.classification.value.replace("-", " ").capitalize(),
        confirmed=field.confirmed,
        required=field.required,
    )


def _version(version: DatasetVersion) -> VersionLine:
    findings = tuple(each.sentence for each in version.quality.findings)
    told = (*(findings or (_KEPT,)), _NOT_MEASURED)
    return VersionLine(version.number, version.published, version.rows, told, version.origin.sentence)
