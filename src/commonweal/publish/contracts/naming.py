"""What the name of a field speaks of, and the question that its steward should answer about it."""

import re
from enum import StrEnum

from commonweal.publish.kinds import Classification, FieldType
from commonweal.publish.model import Field
from commonweal.publish.reading.recipe import Column
from commonweal.publish.reading.suggesting import suggest_classification


class Role(StrEnum):
    """What a field is for, as its name suggests."""

    COUNT = "count"
    PERCENT = "percentage"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    MONEY = "sum of money"
    IDENTIFIER = "identifier"
    UNKNOWN = ""


_SIGNED = r"change|growth|differ|diff|variance|net|balance|deviation|delta|adjust|score"
_ROLES = (
    (Role.LATITUDE, r"lat|latitude"),
    (Role.LONGITUDE, r"lon|lng|long|longitude"),
    (Role.PERCENT, r"percent|percentage|pct|%"),
    (
        Role.MONEY,
        r"amount|amt|cost|costs|price|gbp|£|pounds|pence|budget|spend|expenditure|gross|vat|salary|fee|fees|balance|"
        r"payment|income|value",
    ),
    (
        Role.COUNT,
        r"count|counts|number of|no of|num|qty|quantity|population|headcount|pupils|beds|stock|households|claimants|"
        r"patients|deaths|cases|tests|visits|staff|children|places|seats|units|attendances|admissions|breaches|births|"
        r"requests|no (?:fe)?male",
    ),
    (Role.IDENTIFIER, r"id|identifier|ref|reference|urn|uprn|usrn|ukprn|key|guid|uuid|code|number|no|nino"),
)
_PEOPLE = (
    r"names?|person|persons|people|officer|gender|sex|age|marital|nationality|employee|tenant|child|patient|contact|"
    r"manager|correspondent|councillor|member|owner|applicant|resident|customer|client|pupil|student|born|death|language|title"
)
_THINGS = (
    r"type|types|status|state|stage|category|class|classification|kind|sector|subtype|sub type|band|tier|level|grade|"
    r"unit|format|method|mode|priority|frequency|quarter|season|outcome|result|reason|currency|tenure|function|phase"
)
ASKED_OF_PEOPLE = "Whom does this tell of, why is it held, and who may see it?"
_NOTHING = suggest_classification(Column("", FieldType.STRING))
_ASKED_OF_TYPE = {
    FieldType.DATE: "What happens on this date, and who records it when?",
    FieldType.TIMESTAMP: "What happens at this time, and which clock records it?",
    FieldType.BOOLEAN: "What does true mean, and what does an empty cell mean?",
    FieldType.INTEGER: "What is counted or numbered here, and in which unit?",
    FieldType.NUMBER: "What is measured here, in which unit, and how exactly?",
    FieldType.STRING: "What is written here, by whom, and may it name people?",
}
_ASKED_OF_ROLE = {
    Role.COUNT: "What is counted, over which time, and are small numbers withheld?",
    Role.PERCENT: "Of which whole is this the percentage, and how is it rounded?",
    Role.LATITUDE: "Whose place is this, in which coordinate system, and how exact is it?",
    Role.LONGITUDE: "Whose place is this, in which coordinate system, and how exact is it?",
    Role.MONEY: "Which money is this: what currency, with or without VAT, and recorded when?",
    Role.IDENTIFIER: "What does this identify, who issues it, and does it stay the same in every extract?",
}


def role_of(name: str) -> Role:
    """Return what a field is for, by the words of its name; what may be below zero is no count and no percentage."""
    words = _words(name)
    for role, pattern in _ROLES:
        if _speaks_of(words, pattern):
            signed = role in {Role.COUNT, Role.PERCENT} and _speaks_of(words, _SIGNED)
            return Role.UNKNOWN if signed else role
    return Role.UNKNOWN


def looks_personal(name: str) -> bool:
    """Say whether a name speaks of people, so that values under it should stand in no document."""
    suggested = suggest_classification(Column(name, FieldType.STRING))
    if suggested.classification is Classification.NOT_PERSONAL:
        return False
    return suggested != _NOTHING or _speaks_of(_words(name), _PEOPLE)


def speaks_of_things(name: str) -> bool:
    """Say whether a name speaks of things, kinds or organisations, so that its values may stand in a document.

    A name that says nothing may be that of people: a column `allocated to` holds first names.
    """
    words = _words(name)
    if looks_personal(name):
        return False
    suggested = suggest_classification(Column(name, FieldType.STRING))
    return suggested.classification is Classification.NOT_PERSONAL or _speaks_of(words, _THINGS)


def question_about(field: Field, role: Role) -> str:
    """Return what a steward should answer to describe a field."""
    if looks_personal(field.name):
        return ASKED_OF_PEOPLE
    if field.allowed:
        return "What does each value mean, who keeps the list, and when does it change?"
    if field.pattern and not field.unique:
        return "Which list of codes is this from, who keeps it, and as of which year?"
    if field.type in {FieldType.DATE, FieldType.TIMESTAMP, FieldType.BOOLEAN}:
        return _ASKED_OF_TYPE[field.type]
    return _ASKED_OF_ROLE.get(role, _ASKED_OF_TYPE[field.type])


def _words(name: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r"[^a-z0-9£%]+", " ", parted.casefold()).strip()


def _speaks_of(words: str, pattern: str) -> bool:
    return re.search(rf"(?:^|(?<= ))(?:{pattern})(?= |$)", words) is not None
