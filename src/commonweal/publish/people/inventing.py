"""Invents values for a synthetic twin that are nobody's: numbers never issued, made-up names, days of a fixed span."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

from commonweal.publish.kinds import FieldType
from commonweal.publish.model import Field

from .detecting import detect_field

_FORENAMES = (
    *("Aelvix", "Brintel", "Cordwyn", "Delbrath", "Eskarin", "Fenlowe", "Gorvane", "Hestril", "Ivrond", "Jasmarel"),
    *("Kelvarin", "Lorwick", "Mindrel", "Norvath", "Ostrane", "Pelwyth", "Quenlor", "Rivane", "Solbrand", "Tarwick"),
)
_SURNAMES = (
    *("Exampleby", "Fictonmere", "Inventwell", "Mockbourne", "Nobodyson", "Placeholder", "Samplewright", "Specimend"),
    *("Testerfold", "Unpersonley", "Voidmarsh", "Whollymade"),
)
_PATTERN = re.compile(r"(\[A-Z\]|\[0-9\]|\\d|\\.|[A-Za-z0-9 _/-])(?:\{(\d{1,2})\})?")
_BORN = (date(1930, 1, 1), date(2009, 12, 31))
_OTHER_DAYS = (date(2000, 1, 1), date(2019, 12, 31))
_HIGHEST_AGE = 100
_NHS_WEIGHTS = range(10, 1, -1)
_ELEVEN = 11
_TEN_THOUSAND = 10_000


def invent_texts(field: Field, count: int, random: Random) -> Iterator[str]:
    """Yield `count` or fewer different invented texts for a field, by its validator, its name, or its pattern.

    NHS numbers begin with 999, which is kept for tests; National Insurance numbers with QQ, which is never issued;
    postcodes lie in the area QZ, which does not exist; telephone numbers are those that Ofcom keeps for drama, and
    email addresses end in example.org (RFC 2606).
    """
    make = _maker(field)
    start = random.randrange(_TEN_THOUSAND)
    seen: set[str] = set()
    for number in range(start, start + 2 * count + _TEN_THOUSAND):
        text = make(number)
        if text and text not in seen:
            seen.add(text)
            yield text
        if len(seen) >= count:
            return


def draw_public(field: Field, random: Random) -> str:
    """Return a value of a field that is no text, from a range that is public and the same for every source."""
    kind = detect_field(field.name).kind
    if field.type is FieldType.BOOLEAN:
        return random.choice(("true", "false"))
    if field.type in {FieldType.DATE, FieldType.TIMESTAMP}:
        first, last = _BORN if kind == "date-of-birth" else _OTHER_DAYS
        day = first + timedelta(days=random.randrange((last - first).days + 1))
        return day.isoformat() if field.type is FieldType.DATE else f"{day.isoformat()}T09:00:00Z"
    return str(random.randint(*_bounds(field)))


def _bounds(field: Field) -> tuple[int, int]:
    least = 0 if field.minimum is None else -int(-field.minimum // 1)
    most = max(least, _HIGHEST_AGE) if field.maximum is None else int(field.maximum // 1)
    return least, max(least, most)


def _maker(field: Field) -> Callable[[int], str]:
    if field.type is not FieldType.STRING:
        return _counting(field)
    kind = field.validator or detect_field(field.name).kind
    if kind in _MAKERS:
        return _MAKERS[kind]
    if kind in {"person-name", "name"}:
        return _name_maker(field.name)
    run = parse_pattern(field.pattern)
    return (lambda number: _fill(run, number)) if run else (lambda number: f"Synthetic {number}")


def _counting(field: Field) -> Callable[[int], str]:
    first = _OTHER_DAYS[0]
    match field.type:
        case FieldType.DATE:
            return lambda number: (first + timedelta(days=number)).isoformat()
        case FieldType.TIMESTAMP:
            return lambda number: f"{(first + timedelta(days=number)).isoformat()}T09:00:00Z"
        case _:
            least, most = _bounds(field)
            span = most - least + 1 if field.maximum is not None else 1 << 40
            return lambda number: str(least + number % span)


def parse_pattern(pattern: str) -> tuple[str, ...]:
    """Return the places of a plain pattern: `A` a capital, `9` a digit, else itself after a quote. Others have none."""
    places: list[str] = []
    at = 0
    while at < len(pattern):
        found = _PATTERN.match(pattern, at)
        if found is None:
            return ()
        unit, times = found[1], int(found[2] or 1)
        place = {"[A-Z]": "A", "[0-9]": "9", "\\d": "9"}.get(unit, f"'{unit.removeprefix(chr(92))}")
        places += [place] * times
        at = found.end()
    return tuple(places)


def _fill(places: Sequence[str], number: int) -> str:
    """Return the number written into the places, digits last first, then letters; empty when it does not fit."""
    text: list[str] = []
    left = number
    for place in reversed(places):
        if place in {"9", "A"}:
            left, digit = divmod(left, 10 if place == "9" else 26)
            text.append(str(digit) if place == "9" else chr(ord("Z") - digit))
        else:
            text.append(place[1:])
    return "" if left else "".join(reversed(text))


def _nhs(number: int) -> str:
    nine = f"999{number % 1_000_000:06}"
    check = _ELEVEN - sum(int(digit) * weight for digit, weight in zip(nine, _NHS_WEIGHTS, strict=True)) % _ELEVEN
    return "" if check == _ELEVEN - 1 else f"{nine}{check % _ELEVEN}"


def _name_maker(name: str) -> Callable[[int], str]:
    words = name.casefold()

    def make(number: int) -> str:
        first, last = _FORENAMES[number % len(_FORENAMES)], _SURNAMES[number // len(_FORENAMES) % len(_SURNAMES)]
        if any(word in words for word in ("surname", "last", "family", "maiden")):
            return _SURNAMES[number % len(_SURNAMES)]
        return first if any(word in words for word in ("forename", "first", "given")) else f"{first} {last}"

    return make


_MAKERS: dict[str, Callable[[int], str]] = {
    "nhs-number": _nhs,
    "nino": lambda number: f"QQ{number // 4 % 1_000_000:06}{'ABCD'[number % 4]}",
    "postcode": lambda number: f"QZ{number // 10 % 10} {number % 10}{'ABDEFGHJLN'[number // 100 % 10]}X",
    "phone": lambda number: f"07700 900{number % 1000:03}",
    "email": lambda number: f"person{number}@example.org",
    "sex": lambda number: ("Synthetic A", "Synthetic B")[number % 2],
    "ethnicity": lambda number: f"Synthetic {'ABCDE'[number % 5]}",
}
