"""Validators in a data contract: the rule of type custom that names one, read, found and written."""

from collections.abc import Iterator
from datetime import date

from open_data_contract_standard.model import DataQuality

from .errors import ContractError
from .model import Field
from .validators.catalogue import VALIDATORS, find_validator
from .validators.form import Validator

ENGINE = "commonweal"
"""The engine that a rule names to have its values held to one of our validators."""

_TERMS = {"validator", "on"}


def read_validator(rule: DataQuality, place: str) -> tuple[str, date | None]:
    """Return the code of the validator that a rule of our engine names, and the day of its register or None.

    Raises:
        ContractError: it names none that is known, or a day where there is no register; `reasons` name the place.
    """
    terms = rule.implementation
    if not isinstance(terms, dict) or "validator" not in terms or set(terms) - _TERMS:
        raise _fault(f"{place}.implementation must hold `validator`, `on` if it goes by a day, and nothing else.")
    code = terms["validator"]
    if not isinstance(code, str) or code not in VALIDATORS:
        raise _fault(f"{place}.implementation.validator must be one of: {', '.join(sorted(VALIDATORS))}.")
    return code, _read_day(terms["on"], code, f"{place}.implementation.on") if "on" in terms else None


def validator_of(field: Field) -> Validator | None:
    """Return the validator that a field's values must keep, or None."""
    return find_validator(field.validator, field.valid_on) if field.validator else None


def write_validator(field: Field) -> Iterator[DataQuality]:
    """Yield the rule that `read_validator` reads back, if the field has a validator."""
    if field.validator:
        day = {"on": field.valid_on.isoformat()} if field.valid_on else {}
        terms = {"type": "custom", "engine": ENGINE, "implementation": {"validator": field.validator, **day}}
        yield DataQuality.model_validate(terms | {"dimension": "conformity"})


def _read_day(text: object, code: str, place: str) -> date:
    if not VALIDATORS[code].by_day:
        raise _fault(f"{place}: {code} reads no register, so it goes by no day.")
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise _fault(f"{place} must be a day written YYYY-MM-DD.") from None


def _fault(sentence: str) -> ContractError:
    return ContractError("The data contract cannot be enforced as it stands.", reasons=(sentence,))
