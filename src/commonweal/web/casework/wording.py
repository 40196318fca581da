"""Words for codes: what a page says for a status, a verdict, a condition or a role."""

from collections.abc import Iterable

from commonweal.agree import RefusalCode
from commonweal.decide import Verdict
from commonweal.identity import PERMISSIONS, Permission, Role
from commonweal.request import Operator, RequestStatus, RowCondition

STATUSES = {
    RequestStatus.ASKED: ("Waits for a decision", "yellow"),
    RequestStatus.PERMITTED: ("Permitted, not signed", "blue"),
    RequestStatus.REFUSED: ("Refused", "red"),
    RequestStatus.APPEALED: ("Appealed, waits for a decision", "yellow"),
    RequestStatus.AGREED: ("Agreed", "green"),
}
"""For each status of an access request its words and the colour of its tag."""

STATES = {
    "offered": ("Waits for a signature", "yellow"),
    "standby": ("On standby", "blue"),
    "pending": ("Not begun", "blue"),
    "active": ("In force", "green"),
    "suspended": ("Suspended", "orange"),
    "expired": ("Over", "grey"),
    "superseded": ("Replaced", "grey"),
    "revoked": ("Revoked", "red"),
}
"""For each state of an agreement its words and the colour of its tag."""

VERDICTS = {
    Verdict.PERMIT: ("Agreed by law and policy", "green"),
    Verdict.CONDITIONS: ("Needs a further step", "yellow"),
    Verdict.PERSON: ("A person must decide", "yellow"),
    Verdict.REFUSE: ("Refused", "red"),
}

RUNGS = {
    "check": "A yes or no about a person, no rows",
    "aggregate": "Totals, no rows",
    "de-identified": "Rows without what identifies a person",
    "rows": "Rows as they are",
}

REFUSALS = {
    RefusalCode.BREACH_RISK: ("Risk of a breach", "The data could reach people who may not have it."),
    RefusalCode.SYSTEMS: ("Systems", "The systems on one side cannot do it."),
    RefusalCode.QUALITY: ("Quality", "The data is not good enough for this use."),
    RefusalCode.LAW: ("Law", "No power allows it, or a law forbids it."),
    RefusalCode.COST: ("Cost", "It costs more than it is worth."),
    RefusalCode.OTHER: ("Another reason", "None of those above."),
}
"""Why a person refuses, in the words of the survey, each with a hint."""

_ROLES = {
    Role.OPERATOR: "operator",
    Role.STEWARD: "steward",
    Role.INFORMATION_GOVERNANCE: "information-governance lead",
    Role.ASSET_OWNER: "asset owner",
    Role.ANALYST: "analyst",
    Role.AUDITOR: "auditor",
}

_COMPARISONS = {
    Operator.EQUALS: "is",
    Operator.NOT_EQUALS: "is not",
    Operator.LESS: "is less than",
    Operator.LESS_OR_EQUAL: "is at most",
    Operator.GREATER: "is more than",
    Operator.GREATER_OR_EQUAL: "is at least",
    Operator.IN: "is one of",
}

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def describe_condition(condition: RowCondition) -> str:
    """Return a row condition in words; it holds the condition's values, so it is for the parties."""
    return f"{condition.field} {_COMPARISONS[condition.operator]} {listed(condition.values, 'or')}"


def roles_that_may(permission: Permission) -> str:
    """Return the roles that may do something, as "an A or a B"."""
    found = [_ROLES[role] for role in Role if permission in PERMISSIONS[role]]
    return listed([f"{'an' if each[0] in 'aeiou' else 'a'} {each}" for each in found], "or")


def describe_roles(roles: Iterable[Role]) -> str:
    """Return a person's roles in words."""
    return listed([_ROLES[each] for each in Role if each in set(roles)], "and")


def listed(words: Iterable[str], last: str) -> str:
    """Return words joined as a sentence lists them."""
    *most, end = [*words] or [""]
    return f"{', '.join(most)} {last} {end}" if most else end


def describe_size(size: int) -> str:
    """Return a number of bytes in words."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{size:,} bytes" if unit == 0 else f"{value:,.1f} {_UNITS[unit]}"
