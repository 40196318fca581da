"""The inventory on the wire: DCAT 3 as JSON-LD."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from commonweal.core import Json, to_rfc3339

from .model import CatalogueRecord

OGL = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"

_RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
_ACCESS_RIGHTS = {"open": f"{_RIGHTS}PUBLIC", "shared": f"{_RIGHTS}RESTRICTED", "closed": f"{_RIGHTS}NON_PUBLIC"}
_MEDIA_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_IANA = "https://www.iana.org/assignments/media-types/"
_ODCS = "https://bitol-io.github.io/open-data-contract-standard/v3.1.0/"
_CONTEXT: Mapping[str, Json] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def to_dcat(records: Iterable[CatalogueRecord], base_url: str, publisher_name: str) -> dict[str, Json]:
    """Return the inventory as one DCAT 3 `dcat:Catalog`, JSON-LD with its context embedded.

    Datasets stand in the order of their identifiers, so equal inventories give equal documents. Open datasets that
    have a version carry their distributions; the others say how to ask.

    Args:
        records: the catalogue records.
        base_url: the node's address, without a slash at its end.
        publisher_name: the official name of the body that runs the node.
    """
    ordered = sorted(records, key=lambda each: each.dataset)
    return {
        "@context": _CONTEXT,
        "@id": f"{base_url}/catalogue.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _text(f"The catalogue of {publisher_name}"),
        "dct:description": _text(f"What {publisher_name} and the bodies it serves hold, and how to get it."),
        "dct:publisher": {"@id": f"{base_url}/", "@type": "foaf:Agent", "foaf:name": _text(publisher_name)},
        "dcat:dataset": [_dataset(each, base_url) for each in ordered],
    }


def _dataset(record: CatalogueRecord, base_url: str) -> dict[str, Json]:
    address = f"{base_url}/datasets/{quote(record.dataset)}"
    told: dict[str, Json] = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": record.dataset,
        "dct:title": _text(record.title),
        "dct:description": _text(record.description or record.title),
        "dct:publisher": _agent(base_url, record.body, record.body_name),
        "dcat:keyword": [_text(each) for each in record.keywords],
        "dct:issued": _moment(to_rfc3339(record.issued)),
        "dct:modified": _moment(to_rfc3339(record.modified)),
        "dct:accessRights": {"@id": _ACCESS_RIGHTS[record.access]},
        "dct:license": _licence(record.licence),
        "dct:conformsTo": {"@id": _ODCS, "@type": "dct:Standard", "dct:title": _text(record.contract)},
        "dcat:version": str(record.version),
        "dcat:landingPage": {"@id": address},
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": _text(record.quality)},
    }
    if record.access == "open" and record.version:
        told["dcat:distribution"] = [_distribution(record, base_url, kind) for kind in _MEDIA_TYPES]
    return told


def _distribution(record: CatalogueRecord, base_url: str, kind: str) -> dict[str, Json]:
    address = f"{base_url}/open/{quote(record.dataset)}.{kind}"
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": _text(f"{record.title} ({kind})"),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": f"{_IANA}{_MEDIA_TYPES[kind]}"},
        "dct:license": _licence(record.licence),
    }


def _agent(base_url: str, slug: str, name: str) -> dict[str, Json]:
    return {"@id": f"{base_url}/bodies/{quote(slug)}", "@type": "foaf:Agent", "foaf:name": _text(name)}


def _licence(licence: str) -> dict[str, Json]:
    if licence.startswith("https://"):
        return {"@id": licence, "@type": "dct:LicenseDocument"}
    if licence.upper().startswith(("OGL", "OPEN GOVERNMENT LICENCE")):
        return {"@id": OGL, "@type": "dct:LicenseDocument"}
    return {"@type": "dct:LicenseDocument", "rdfs:label": _text(licence)}


def _text(text: str) -> dict[str, Json]:
    return {"@value": text, "@language": "en-GB"}


def _moment(text: str) -> dict[str, Json]:
    return {"@value": text, "@type": "xsd:dateTime"}
