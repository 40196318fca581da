"""Limits of promises in ODCS 3.1: operator, unit and severity of a quality rule, read and written."""

import math
from collections.abc import Mapping
from typing import Any

from open_data_contract_standard.model import DataQuality

from .errors import ContractError
from .promises import Limit

ENGINE = "commonweal"
"""The engine that a rule of type custom names to be checked by a node."""

SEVERITY = "commonweal.severity"
LIMITS = ("mustBe", "mustBeLessThan", "mustBeLessOrEqualTo")


def read_limit(rule: DataQuality, place: str, terms: Mapping[str, Any] | None = None) -> Limit:
    """Return the limit that a rule states in its operator, unit and severity; without an operator no row may break it.

    Args:
        rule: the rule.
        place: where it stands, for the error.
        terms: where its operator stands, for a rule of type custom: its implementation.

    Raises:
        ContractError: the operator is none that limits a count, or the severity none that we know.
    """
    stated = rule.model_dump(exclude_none=True) if terms is None else terms
    named = [key for key in stated if key.startswith("must")]
    if any(key not in LIMITS for key in named) or len(named) > 1 or ("mustBe" in named and stated["mustBe"] != 0):
        raise fault(f"{place} must say `mustBe: 0`, or one of: {', '.join(LIMITS[1:])}.")
    stops, percent = stops_at(rule.severity, f"{place}.severity"), _is_percent(rule.unit, f"{place}.unit")
    key = named[0] if named else "mustBe"
    most = read_amount(stated.get(key, 0), f"{place}.{key}")
    if key == "mustBeLessThan" and most <= 0:
        raise fault(f"{place}.{key} must be more than 0.")
    if key == "mustBeLessThan" and not percent:
        return Limit(math.ceil(most) - 1, stops=stops)
    return Limit(most, percent=percent and most > 0, below=key == "mustBeLessThan", stops=stops)


def write_limit(limit: Limit) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the operator of a limit, and its unit and severity, as terms of a rule."""
    operator = {("mustBeLessThan" if limit.below else "mustBeLessOrEqualTo"): limit.most} if limit.most else {}
    unit = {"unit": "percent"} if limit.percent else {}
    return operator, unit | ({} if limit.stops else {"severity": "warning"})


def fault(sentence: str) -> ContractError:
    """Return the error that names one place of a data contract."""
    return ContractError("The data contract cannot be enforced as it stands.", reasons=(sentence,))


def is_finite(value: float) -> bool:
    """Say whether a number can be reckoned with."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def stops_at(severity: object, place: str) -> bool:
    """Say whether a severity stops a source; a warning travels with it. None is an error, as in the standard."""
    if severity not in {None, "error", "warning", "info"}:
        raise fault(f"{place} must be error or warning.")
    return severity in {None, "error"}


def read_amount(value: object, place: str) -> float:
    """Return a number of 0 or more, or raise the fault that names its place."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value) or value < 0:
        raise fault(f"{place} must be a number of 0 or more.")
    return float(value)


def _is_percent(unit: str | None, place: str) -> bool:
    if unit not in {None, "rows", "percent"}:
        raise fault(f"{place} must be rows or percent.")
    return unit == "percent"
