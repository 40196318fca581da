"""Numbers of bank accounts and of value added tax."""

from commonweal.publish.kinds import Classification

from .form import CheckSum, Mod97, Shape, Unless, Validator

_LENGTHS = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_ABROAD = "|".join(f"(?:{'|'.join(names.split())})[A-Z0-9]{{{length - 2}}}" for length, names in _LENGTHS.items())
_COUNTRIES = f"GB[0-9]{{2}}[A-Z]{{4}}[0-9]{{14}}|{_ABROAD}"

SORT_CODE = Validator(
    "sort-code",
    "sort code",
    "Pay.UK, sort codes: six digits, printed in pairs. It has no check digit of its own; those of an account number "
    "are checked by each bank's rule.",
    (Shape("[0-9]{6}", "it has not six digits"), Shape("0{6}", "its digits are all nought", unlike=True)),
    Classification.PERSONAL,
    gaps=" -",
)

IBAN = Validator(
    "iban",
    "IBAN",
    "ISO 13616 and SWIFT's IBAN registry (release 101): the country's length, and check digits by ISO/IEC 7064 "
    "MOD 97-10.",
    (
        Shape(_COUNTRIES, "it has not the form of its country's account numbers"),
        Shape("[A-Z]{2}[0-9]{2}.*", "it has no check digits in places three and four"),
        Shape("[A-Z]{2}(?:0[01]|99).*", "its check digits are 00, 01 or 99", unlike=True),
        Mod97(),
    ),
    Classification.PERSONAL,
    gaps=" ",
)

VAT_NUMBER = Validator(
    "vat-number",
    "VAT registration number",
    "HMRC Reference: VAT registration numbers: nine digits, or twelve with a branch, of which the last two of nine are "
    "check digits by modulus 97, or by the same with 55 added (“9755”); GD000 to GD499 for government departments and "
    "HA500 to HA999 for health authorities.",
    (
        Shape("[0-9]{9}|[0-9]{12}|GD[0-4][0-9]{2}|HA[5-9][0-9]{2}", "it has not nine or twelve digits"),
        Shape("0{9}(?:[0-9]{3})?", "its digits are all nought", unlike=True),
        Unless("[GH].*", CheckSum((8, 7, 6, 5, 4, 3, 2, 10, 1), 97, (0, 42))),
    ),
    Classification.NOT_PERSONAL,
    gaps=" ",
    prefix="GB|XI",
)

VALIDATORS = (SORT_CODE, IBAN, VAT_NUMBER)
