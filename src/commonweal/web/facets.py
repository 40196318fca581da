"""The facets of the search and their values, in words."""

from collections.abc import Mapping

from commonweal.inventory import OGL

FACET_LABELS: Mapping[str, str] = {
    "body": "Held by",
    "sector": "Sector",
    "access": "Access",
    "licence": "Licence",
    "contract": "Data contract",
    "keyword": "Keyword",
    "freshness": "Updated",
    "quality": "Quality",
}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "sector": {
        "whitehall": "Central government",
        "devolved": "Devolved government",
        "local": "Local government",
        "health": "Health",
        "police": "Police",
        "education": "Education",
        "third": "Third sector",
        "private": "Private sector",
    },
    "access": {"open": "Open", "shared": "Shared", "closed": "Closed"},
    "licence": {OGL: "Open Government Licence v3.0", "none": "No licence to reuse"},
    "freshness": {
        "week": "In the last 7 days",
        "month": "8 to 31 days ago",
        "year": "32 days to a year ago",
        "older": "More than a year ago",
    },
    "quality": {"clean": "Without warnings", "warnings": "With warnings", "unknown": "Not counted"},
}


def tell_facet(names: Mapping[str, str], facet: str, value: str) -> str:
    """Return a facet's value in words: a body by its name, a code by what it means, anything else as it is.

    `names` are the bodies' names by slug.
    """
    return (names if facet == "body" else _VALUES.get(facet, {})).get(value, value)
