"""Validators say the same in Python and in the gate's SQL, and the same as an independent library."""

import random
from collections.abc import Callable, Iterator

import duckdb
import pytest
import stdnum.gb.nhs
import stdnum.gb.upn
import stdnum.gb.utr
import stdnum.gb.vat
import stdnum.iban
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp
from tests.rooms.publish.test_validators import BAD, GOOD

from commonweal.publish import VALIDATORS

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ abcgo-.\n\xa0éſ٣"
ANY = st.text(st.sampled_from(CHARACTERS), max_size=36)


def ask(code: str, texts: list[str], what: str = "sql") -> list[bool]:
    """Return what the gate's SQL says of each text."""
    condition: exp.Expr = getattr(VALIDATORS[code], what)(exp.column("x"))
    query = f"SELECT {condition.sql('duckdb')} FROM (SELECT unnest(?) AS x, generate_subscripts(?, 1) AS n) ORDER BY n"  # noqa: S608  ours
    with duckdb.connect() as connection:
        return [bool(row[0]) for row in connection.execute(query, [texts, texts]).fetchall()]


def changed(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text) + 1)
    way = chance.randrange(4)
    new = chance.choice(CHARACTERS)
    return text[:place] + ("" if way == 0 else new) + text[place + (way > 0) :] if way < 3 else text[::-1]


def many(code: str, count: int) -> list[str]:
    """Return texts that are valid, nearly so, and of digits alone, the same each time."""
    chance = random.Random(code)
    given = [*GOOD[code], *BAD[code]]
    near = [changed(chance, chance.choice(given)) for _ in range(count)]
    nearer = [f"{chance.choice(given)[:-1]}{chance.choice(CHARACTERS[:36])}" for _ in range(count)]
    figures = [str(chance.randrange(10**10)).zfill(chance.choice((6, 8, 9, 10, 12))) for _ in range(count)]
    return [*given, *near, *nearer, *figures]


@pytest.mark.parametrize("code", sorted(VALIDATORS))
def test_sql_and_python_agree(code: str) -> None:
    texts = many(code, 3000)
    python = [VALIDATORS[code].is_valid(each) for each in texts]
    assert any(python)
    assert not all(python)
    assert ask(code, texts) == python


@given(code=st.sampled_from(sorted(VALIDATORS)), texts=st.lists(ANY, min_size=1, max_size=50))
def test_sql_and_python_agree_on_anything(code: str, texts: list[str]) -> None:
    assert ask(code, texts) == [VALIDATORS[code].is_valid(each) for each in texts]


def test_what_sql_calls_confused_is_what_python_can_suggest() -> None:
    texts = [each for each in many("postcode", 4000) if not VALIDATORS["postcode"].is_valid(each)]
    swaps = {"O": "O0", "0": "0O", "I": "I1", "1": "1I"}

    def meant(text: str) -> Iterator[str]:
        forms = [""]
        for each in text:
            forms = [form + other for form in forms for other in swaps.get(each, each)]
        yield from forms

    expected = [len(each) <= 8 and any(map(VALIDATORS["postcode"].is_valid, meant(each))) for each in texts]
    assert any(expected)
    assert ask("postcode", texts, "sql_confusable") == expected


ORACLES: dict[str, Callable[[str], bool]] = {
    "nhs-number": stdnum.gb.nhs.is_valid,
    "utr": stdnum.gb.utr.is_valid,
    "upn": stdnum.gb.upn.is_valid,
    "vat-number": stdnum.gb.vat.is_valid,
    "iban": lambda text: stdnum.iban.is_valid(text, check_country=False),
}


@pytest.mark.parametrize("code", sorted(ORACLES))
def test_an_independent_library_agrees(code: str) -> None:
    chance = random.Random(code)
    seeds = [each.replace(" ", "") for each in GOOD[code]]
    texts = [_with_figures(chance, chance.choice(seeds)) for _ in range(8000)]
    kept = [each for each in texts if _is_common_ground(code, each)]
    ours = [VALIDATORS[code].is_valid(each) for each in kept]
    assert sum(ours) > 20
    assert [text for text, said in zip(kept, ours, strict=True) if said is not ORACLES[code](text)] == []


def _with_figures(chance: random.Random, text: str) -> str:
    """Return the text with two of its figures changed."""
    places = [place for place, each in enumerate(text) if each.isdigit()]
    for place in chance.sample(places, min(2, len(places))):
        text = f"{text[:place]}{chance.randrange(10)}{text[place + 1 :]}"
    return text


def _is_common_ground(code: str, text: str) -> bool:
    """Leave out where the library goes by more than the published check, or by less.

    It lists local authorities in a UPN, takes the K of a UTR away before it counts, knows VAT numbers under 100 as made
    by the older way alone, and allows them a remainder of 55, which neither way of HMRC gives.
    """
    figures = "".join(filter(str.isdigit, text))[:9]
    return {
        "upn": text[1:4] in {"801", "201", "301"},
        "utr": not text.endswith("K"),
        "vat-number": len(figures) < 9 or (not figures.startswith("0") and stdnum.gb.vat.checksum(figures) != 55),
    }.get(code, True)
