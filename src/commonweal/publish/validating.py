"""Validators in a data contract: the rule of type custom that names one, read, found and written."""

from collections.abc import Iterator
from datetime import date

from open_data_contract_standard.model import DataQuality

from .limits import ENGINE, LIMITS, fault, read_limit, write_limit
from .model import Field
from .promises import Limit
from .validators.catalogue import VALIDATORS, find_validator
from .validators.form import Validator

_TERMS = {"validator", "on", *LIMITS}


def read_validator(rule: DataQuality, place: str) -> tuple[str, date | None, Limit]:
    """Return the code of the validator that a rule of our engine names, the day of its register or None, the limit.

    Raises:
        ContractError: it names none that is known, or a day where there is no register; `reasons` name the place.
    """
    terms = rule.implementation
    if not isinstance(terms, dict) or "validator" not in terms or set(terms) - _TERMS:
        raise fault(
            f"{place}.implementation must hold `validator`, `on` if it goes by a day, a limit, and nothing else."
        )
    code = terms["validator"]
    if not isinstance(code, str) or code not in VALIDATORS:
        raise fault(f"{place}.implementation.validator must be one of: {', '.join(sorted(VALIDATORS))}.")
    day = _read_day(terms["on"], code, f"{place}.implementation.on") if "on" in terms else None
    return code, day, read_limit(rule, f"{place}.implementation", terms)


def validator_of(field: Field) -> Validator | None:
    """Return the validator that a field's values must keep, or None."""
    return find_validator(field.validator, field.valid_on) if field.validator else None


def write_validator(field: Field) -> Iterator[DataQuality]:
    """Yield the rule that `read_validator` reads back, if the field has a validator."""
    if field.validator:
        day = {"on": field.valid_on.isoformat()} if field.valid_on else {}
        operator, more = write_limit(field.validator_limit)
        named = {"validator": field.validator, **day, **operator}
        terms = {"type": "custom", "engine": ENGINE, "implementation": named, "dimension": "conformity"}
        yield DataQuality.model_validate(terms | more)


def _read_day(text: object, code: str, place: str) -> date:
    if not VALIDATORS[code].by_day:
        raise fault(f"{place}: {code} reads no register, so it goes by no day.")
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise fault(f"{place} must be a day written YYYY-MM-DD.") from None
