"""Codes that stand for an organisation: companies, charities, schools, providers, the NHS."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from commonweal.publish.kinds import Classification

from .form import OneOf, Shape, Validator
from .sic import read_codes

if TYPE_CHECKING:
    from commonweal.identity import PublicBody

_PLAIN = Classification.NOT_PERSONAL
_PREFIXES = (
    "AC|CE|CS|EN|ES|FC|FE|GE|GN|GS|IC|LP|NA|NC|NF|NI|NL|NO|NP|NV|NZ|OC|OE|PC|R0|RC|SA|SC|SE|SF|SG|SI|SL|SO|SR|SZ|ZC"
)
NHS_TRUST = "nhs-trust"
"""The validator that reads a register, and so takes a date."""

URN = Validator(
    "urn",
    "URN of a school",
    "Department for Education, Get Information about Schools: six digits, the first not nought. Whether the school is "
    "open is a matter of its register.",
    (Shape("[1-9][0-9]{5}", "it has not six digits"),),
    _PLAIN,
)

UKPRN = Validator(
    "ukprn",
    "UK Provider Reference Number",
    "UK Register of Learning Providers: eight digits that begin with 1.",
    (Shape("1[0-9]{7}", "it has not eight digits that begin with 1"),),
    _PLAIN,
)

ODS_CODE = Validator(
    "ods-code",
    "ODS code",
    "NHS information standard DCB0090: three to six or eight capitals and digits; since 2020 new codes are letter, "
    "digit, letter, digit, letter, and say nothing of the kind of organisation. Whether it is a trust, "
    "nhs-trust says by its register.",
    (Shape("[A-Z0-9]{3,6}|[A-Z0-9]{8}", "it has not three to six or eight capitals and digits"),),
    _PLAIN,
)

COMPANY_NUMBER = Validator(
    "company-number",
    "company number",
    "Companies Act 2006, section 1066, and the prefixes that Companies House publishes: eight digits, or two letters "
    "and six digits; a registered society's may end in letters.",
    (
        Shape(
            f"[0-9]{{8}}|(?:{_PREFIXES})[0-9]{{6}}|(?:IP|SP|RS)[0-9]{{3}}[A-Z0-9]{{3}}|(?:SL|NI)[0-9]{{5}}A"
            "|OC[0-9]{5}[A-Z]",
            "it has not eight digits, or a prefix that Companies House uses and six",
        ),
        Shape("0{8}", "its digits are all nought", unlike=True),
    ),
    _PLAIN,
    mends=lambda text: (text.zfill(8), text[:2] + text[2:].zfill(6)),
)

CHARITY_NUMBER = Validator(
    "charity-number",
    "charity number",
    "Charity Commission for England and Wales: six or seven digits, with a hyphen and one to three for a linked "
    "charity; Scottish Charity Regulator: SC0 and five digits; Charity Commission for Northern Ireland: NIC and six "
    "digits that begin with 1.",
    (
        Shape(
            "(?:[2-9][0-9]{5}|1[0-9]{6})(?:-[0-9]{1,3})?|SC0[0-9]{5}|NIC1[0-9]{5}",
            "it has not the form of any of the three registers",
        ),
    ),
    _PLAIN,
    mends=lambda text: (text.replace(" ", ""),),
)

SIC_CODE = Validator(
    "sic-2007",
    "SIC 2007 code",
    "Office for National Statistics, UK Standard Industrial Classification 2007, as condensed by Companies House: five "
    "digits from a list of 731.",
    (
        Shape("[0-9]{5}", "it has not five digits"),
        OneOf(read_codes(), "it is not in the list"),
    ),
    _PLAIN,
    mends=lambda text: (text.zfill(5),),
)


@cache
def nhs_trust(on: date | None = None) -> Validator:
    """Return the validator of codes of NHS trusts that were open on a day; without one, of all in the register."""
    codes = frozenset(each.id.removeprefix("ods:").upper() for each in _trusts() if on is None or _is_open(each, on))
    when = "" if on is None else f" that was open on {on.isoformat()}"
    return Validator(
        NHS_TRUST,
        "code of an NHS trust",
        "Organisation Data Service, NHS trusts: by register and, where the data contract gives a day, by the days on "
        "which each opened and closed. A form such as R and two more is wrong since 2026.",
        (OneOf(codes, f"it is not the code of an NHS trust{when}"),),
        _PLAIN,
        by_day=True,
    )


@cache
def _trusts() -> "tuple[PublicBody, ...]":
    from commonweal.identity import parse_bodies  # noqa: PLC0415  few data contracts name the register

    text = (files("commonweal.identity") / "registers" / "nhs-trusts.csv").read_text(encoding="utf-8")
    return tuple(parse_bodies(text))


def _is_open(trust: "PublicBody", on: date) -> bool:
    return (trust.opened is None or trust.opened <= on) and (trust.closed is None or on <= trust.closed)


VALIDATORS = (URN, UKPRN, ODS_CODE, COMPANY_NUMBER, CHARITY_NUMBER, SIC_CODE)
