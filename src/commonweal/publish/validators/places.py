"""Codes that stand for a place: postcodes, property numbers, statistical areas."""

from collections.abc import Iterator
from itertools import product

from commonweal.publish.kinds import Classification

from .form import Shape, Validator

_SWAPS = {"O": "O0", "0": "0O", "I": "I1", "1": "1I"}


def _postcode(letters: dict[str, str], digit: str, district: str, gap: str) -> str:
    """Return the pattern of a postcode from the characters that may stand at each place."""
    number = f"(?:{digit}|{district}{digit})"
    first, second = letters["first"], letters["second"]
    plain = f"{first}{number}|{first}{second}{number}"
    lettered = f"{first}{digit}{letters['third']}|{first}{second}{digit}{letters['fourth']}"
    return f"(?:{plain}|{lettered}){gap}{digit}{letters['inward']}{{2}}"


_LETTERS = {
    "first": "[A-PR-UWYZ]",
    "second": "[A-HK-Y]",
    "third": "[A-HJKPSTUW]",
    "fourth": "[ABEHMNPRVWXY]",
    "inward": "[ABD-HJLNP-UW-Z]",
}
_SEEN_AS_LETTERS = {**_LETTERS, "first": "[A-PR-UWYZ01]", "second": "[A-HK-Y0]"}
_SHAPE = _postcode(_LETTERS, "[0-9]", "[1-9]", " ?")


def _as_meant(text: str) -> Iterator[str]:
    """Yield the text with O and 0, and I and 1, in each other's places, in every way; none of a long text."""
    choices = [_SWAPS.get(each, each) for each in text]
    if len(text) <= 8:
        yield from ("".join(each) for each in product(*choices))


POSTCODE = Validator(
    "postcode",
    "postcode",
    "BS 7666 and the Royal Mail's Programmers' Guide: six forms of outward code, letters that are not used at each "
    "place, and an inward code without C, I, K, M, O and V; and GIR 0AA. Whether it is in use only the ONS Postcode "
    "Directory can tell.",
    (Shape(f"{_SHAPE}|GIR ?0AA", "it has not the form of a postcode"),),
    Classification.PERSONAL,
    mends=_as_meant,
    confusable=_postcode(_SEEN_AS_LETTERS, "[0-9OI]", "[1-9I]", " ?"),
)

UPRN = Validator(
    "uprn",
    "Unique Property Reference Number",
    "GeoPlace and Ordnance Survey, UPRN: a whole number of up to twelve digits, sometimes with noughts before it; a "
    "spreadsheet turns the long ones into something like 2.00E+11.",
    (
        Shape("[0-9]{1,12}", "it has not one to twelve digits; a spreadsheet may have rounded it"),
        Shape("0+", "it is nought", unlike=True),
    ),
    Classification.PERSONAL,
)

GSS_CODE = Validator(
    "gss-code",
    "GSS code",
    "Office for National Statistics, Coding and Naming policy for UK statistical geographies: a letter for the "
    "country, two digits for the kind of area, six for the area. Codes are retired: whether one is in use is a "
    "matter of date.",
    (Shape("[EWSNKJLM][0-9]{8}", "it has not a letter E, W, S, N, K, J, L or M and eight digits"),),
    Classification.NOT_PERSONAL,
)

VALIDATORS = (POSTCODE, UPRN, GSS_CODE)
