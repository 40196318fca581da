"""The profile of a written version: counts for every field, values for none that a steward has not confirmed."""

from collections.abc import Iterable

import pytest
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.publish import COUNTED, Bar, Classification, Field, FieldProfile, FieldType, ValueCount

HOURS = tuple(f"2020-04-01T0{each}:00:00+01:00" for each in range(5))


def plain(name: str, kind: FieldType, *, unique: bool = False) -> Field:
    return Field(name, kind, classification=Classification.NOT_PERSONAL, confirmed=True, unique=unique)


def profile(bench: Bench, field: Field, values: Iterable[object]) -> FieldProfile:
    """Publish one field beside one that is always filled, so that no row is blank, and profile it."""
    contract = contract_of(Field("row", FieldType.INTEGER), field)
    lines = (f"{number},{value}" for number, value in enumerate(values))
    version, _ = bench.publish("\n".join((f"row,{field.name}", *lines, "")).encode(), contract)
    return bench.profile(version, contract)[field.name]


def test_numbers_are_counted_in_equal_bars_and_small_ones_are_not_told(bench: Bench) -> None:
    values = [*(each % 10 for each in range(200)), *[""] * 50, 91, 92, 93]
    found = profile(bench, plain("n", FieldType.INTEGER), values)
    assert (found.present, found.missing, found.distinct, found.is_exact) == (203, 50, 13, True)
    assert (found.least, found.most) == ("0", "93")
    assert found.bars[0] == Bar("0", "10", None), "the one other bar would give the small one away"
    assert found.bars[-1] == Bar("90", "93", None)
    assert all(each.rows == 0 for each in found.bars[1:-1])
    assert found.top[0] == ValueCount("0", 20)
    assert len(found.top) == 5


@pytest.mark.parametrize(
    ("kind", "values", "least", "most"),
    [
        (FieldType.NUMBER, ("-1.5", "0", "2.25", "8", "1e3"), "-1.5", "1000"),
        (FieldType.DATE, ("1899-12-31", "2020-02-29", "2020-03-01", "9999-12-31") * 2, "1899-12-31", "9999-12-31"),
        (FieldType.TIMESTAMP, HOURS, "2020-03-31T23:00:00Z", "2020-04-01T03:00:00Z"),
        (FieldType.INTEGER, ("7",) * 5, "7", "7"),
        (FieldType.NUMBER, ("-1.7e308", "1.7e308", "0", "1", "2"), "-1.7e+308", "1.7e+308"),
    ],
)  # fmt: skip
def test_a_range_is_told_as_the_contract_writes_it(
    bench: Bench, kind: FieldType, values: tuple[str, ...], least: str, most: str
) -> None:
    found = profile(bench, plain("x", kind), values * 3)
    assert (found.least, found.most) == (least, most)
    counted = sum(each.rows or 0 for each in found.bars)
    assert counted in {0, 3 * len(values)}, "every row is in a bar, or there are no bars"


@pytest.mark.parametrize(
    "held",
    [
        Field("x", FieldType.STRING),
        Field("x", FieldType.STRING, classification=Classification.NOT_PERSONAL),
        Field("x", FieldType.STRING, classification=Classification.PERSONAL, confirmed=True),
    ],
)
def test_a_field_that_is_personal_or_unconfirmed_shows_counts_and_lengths_alone(bench: Bench, held: Field) -> None:
    found = profile(bench, held, ["Smith"] * 30 + ["Jones-Brown"] * 20 + [""] * 5)
    assert not found.shows_values
    assert (found.present, found.missing, found.distinct, found.is_exact) == (50, 5, 2, True)
    assert (found.shortest, found.longest) == (5, 11)
    kinds = (FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE)
    assert not any(profile(bench, Field("x", kind), ["2020-01-01", "7"] * 9).shows_values for kind in kinds)


def test_only_values_that_enough_rows_share_are_listed(bench: Bench) -> None:
    values = ["often"] * 9 + ["five"] * 5 + ["four"] * 4 + ["x" * 80] * 6
    found = profile(bench, plain("x", FieldType.STRING), values)
    assert [(each.value, each.rows) for each in found.top] == [("often", 9), ("x" * 39 + "…", 6), ("five", 5)]
    assert profile(bench, plain("x", FieldType.STRING), ["a"] * 4).top == ()
    assert profile(bench, plain("x", FieldType.INTEGER), [1, 2, 3, 4]).least == "", "four rows are too few to tell"


def test_many_different_values_are_estimated_and_none_is_listed(bench: Bench) -> None:
    values = [f"v{each % 1500}" for each in range(COUNTED + 1)]
    found = profile(bench, plain("x", FieldType.STRING), values)
    assert not found.is_exact
    assert found.distinct == pytest.approx(1500, rel=0.15)
    assert found.top == ()
    unique = profile(bench, plain("x", FieldType.INTEGER, unique=True), range(COUNTED + 1))
    assert (unique.distinct, unique.is_exact) == (COUNTED + 1, True)


def test_an_empty_field_and_truth_values_have_a_profile_too(bench: Bench) -> None:
    assert profile(bench, plain("x", FieldType.DATE), [""] * 6) == FieldProfile(0, 6, 0, is_exact=True)
    found = profile(bench, plain("x", FieldType.BOOLEAN), ["true", "false", "true"] * 5)
    assert [(each.value, each.rows) for each in found.top] == [("true", 10), ("false", 5)]


def test_more_fields_than_one_pass_takes_are_all_profiled(bench: Bench) -> None:
    contract = contract_of(*(plain(f"f{each}", FieldType.INTEGER) for each in range(70)))
    line = ",".join("3" for _ in contract.fields)
    header = ",".join(contract.field_names())
    version, _ = bench.publish("\n".join((header, *[line] * 6, "")).encode(), contract)
    found = bench.profile(version, contract)
    assert tuple(found) == contract.field_names()
    assert {each.top for each in found.values()} == {(ValueCount("3", 6),)}
