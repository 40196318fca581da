"""What the inventory says about a dataset."""

from commonweal.identity import PublicBody
from commonweal.publish import Access, Dataset, DatasetVersion, QualityResult

from .model import CatalogueRecord

_HOW = {
    Access.OPEN: "Anyone may download it; no token is needed.",
    Access.SHARED: "A public body may ask for it with an access request; the answer comes with its reasons.",
    Access.CLOSED: "It is not offered; a public body may still ask, and a named person decides.",
}


def record_of(dataset: Dataset, version: DatasetVersion | None, body: PublicBody) -> CatalogueRecord:
    """Return the catalogue record of a dataset whose newest version is `version` (None before the first).

    The record says that the dataset exists and how to get it; it holds no row and no count below the whole.

    Args:
        dataset: the dataset.
        version: its newest version.
        body: the publisher, whose name and sector the record shows.
    """
    contract = dataset.contract
    return CatalogueRecord(
        dataset=dataset.id,
        body=dataset.body,
        body_name=body.name,
        sector=body.sector.value,
        title=dataset.title,
        description=dataset.description,
        keywords=dataset.keywords,
        fields=contract.field_names(),
        access=dataset.access.value,
        licence=dataset.licence,
        contract=f"{contract.id} {contract.version}",
        stored=dataset.stored,
        how_to_get=_HOW[dataset.access],
        issued=dataset.created,
        modified=version.published if version else dataset.created,
        version=version.number if version else 0,
        rows=version.rows if version else 0,
        quality=_tell(version.quality) if version else "Nothing is published yet.",
        attribution=dataset.attribution,
        notes=contract.notes,
        warnings=len(version.quality.findings) if version else 0,
    )


def _tell(quality: QualityResult) -> str:
    if quality.findings:
        return " ".join(each.sentence for each in quality.findings)
    return "Every check of the data contract passed. Accuracy was not measured."
