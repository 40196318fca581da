"""Suggests what a field may reveal, from its name and the look of its values; a steward decides."""

import re
from dataclasses import dataclass

from commonweal.publish.kinds import Classification, FieldType

from .recipe import Column

_WORDS: tuple[tuple[Classification, str, str], ...] = (
    (
        Classification.SPECIAL,
        r"ethnic|religio|faith|health|diagnos|disab|sexual|orientation|gender reassign|union member|biometric|genetic",
        "the name speaks of a special category (UK GDPR, Article 9)",
    ),
    (
        Classification.PERSONAL,
        r"nino|national insurance|nhs (no|num)|forename|surname|first name|last name|date of birth|\bdob\b|birth|"
        r"address|postcode|post code|e-?mail|phone|mobile|\buprn\b|passport|licen[cs]e no|\bname$",
        "the name speaks of a person",
    ),
)
_PLAIN = (
    r"amount|total|count|number of|budget|cost|price|invoice|department|directorate|body|organisation|council|region|"
    r"category|description|quarter|year|month|period|rate|percent|stock|item|currency|expen[sd]|service|"
    r"cost cent|contract|procure|vat|nett?|borough|ward|lsoa|trust|school|constituency|country|area code"
)
_ORGANISATION = r"(school|la|local authority|area|trust|org\w*|council|borough|ward|region|site|department|body) names?"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A classification to consider, and why; what is unknown counts as personal."""

    classification: Classification
    evidence: str


def suggest_classification(column: Column) -> Suggestion:
    """Return what a column might be classified as. It is only a suggestion: nothing is confirmed by it."""
    name = re.sub(r"[_.\s-]+", " ", column.name.casefold())
    if re.search(r"supplier|vendor|payee", name):
        evidence = "the name speaks of suppliers, who may be sole traders: look before you confirm"
        return Suggestion(Classification.PERSONAL, evidence)
    if re.fullmatch(_ORGANISATION, name):
        return Suggestion(Classification.NOT_PERSONAL, "the name speaks of organisations or places")
    for found, pattern, evidence in _WORDS:
        if re.search(pattern, name):
            return Suggestion(found, evidence)
    if re.search(_PLAIN, name) and (column.type is not FieldType.STRING or not re.search(r"person|officer", name)):
        return Suggestion(Classification.NOT_PERSONAL, "the name speaks of money, things or organisations")
    return Suggestion(Classification.PERSONAL, "nothing shows that it is not personal")
