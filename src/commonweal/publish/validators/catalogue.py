"""Every validator by its code."""

from datetime import date

from . import bodies, money, people, places
from .form import Validator

VALIDATORS: dict[str, Validator] = {
    each.code: each
    for each in (
        *people.VALIDATORS,
        *places.VALIDATORS,
        *bodies.VALIDATORS,
        bodies.nhs_trust(),
        *money.VALIDATORS,
    )
}


def find_validator(code: str, on: date | None = None) -> Validator | None:
    """Return the validator by its code, or None; `on` is the day of the register, for the one that reads a register."""
    return bodies.nhs_trust(on) if code == bodies.NHS_TRUST else VALIDATORS.get(code)
