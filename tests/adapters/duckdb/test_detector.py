"""A source is looked at for personal data: a sample of its values, and the groups that fields divide its rows into."""

import csv
import io
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from tests.adapters.duckdb.conftest import Bench

from commonweal.adapters.duckdb import Limits, detect
from commonweal.publish import Classification, SourceFormat

COLUMNS = ("name", "dob", "sex", "postcode", "award")


def people(count: int) -> list[tuple[str, ...]]:
    chance = random.Random(count)
    return [
        (
            f"Carys {chance.choice('ABC')} Davies",
            f"{chance.randrange(1940, 2004)}-01-01",
            chance.choice("FM"),
            chance.choice(("SW1A 1AA", "M1 1AE", "")),
            str(chance.randrange(100)),
        )
        for _ in range(count)
    ]


def table(rows: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue().encode()


@pytest.mark.parametrize("count", [1, 40, 3000])
def test_groups_are_counted_as_they_are(bench: Bench, count: int) -> None:
    rows = people(count)
    found = detect(bench.files, bench.offer(table(rows)), SourceFormat.CSV)
    together = found.combination
    assert together is not None
    assert together.fields == ("dob", "sex", "postcode")
    sizes = Counter(row[1:4] for row in rows).values()
    assert (together.rows, together.groups, together.smallest) == (count, len(sizes), min(sizes))
    under = [sum(size for size in sizes if size < bound) for bound in (2, 5, 10)]
    assert [together.alone, together.under_5, together.under_10] == under
    assert found.note == together.sentence
    assert f"{together.under_10:,} in groups under 10" in found.note or not together.under_10


def test_the_sample_tells_the_same_every_time_and_no_value(bench: Bench) -> None:
    rows = people(3000)
    first, second = (detect(bench.files, bench.offer(table(rows)), SourceFormat.CSV) for _ in range(2))
    assert first == second
    told = {each.field: each for each in first.fields}
    assert "all 500 sampled values" in told["name"].evidence
    assert told["award"].classification is Classification.PERSONAL
    for value in ("Carys", "Davies", "SW1A", "1940"):
        assert value not in str(first)


def test_a_table_without_people_has_no_combination(bench: Bench) -> None:
    found = detect(bench.files, bench.offer(b"trust,stock\nRF4,1\nR0A,2\n"), SourceFormat.CSV)
    assert (found.combination, found.note) == (None, "")


def test_an_empty_table_is_told_by_its_names(bench: Bench) -> None:
    found = detect(bench.files, bench.offer(b"dob,sex\n"), SourceFormat.CSV)
    assert [each.kind for each in found.fields] == ["date-of-birth", "sex"]
    assert found.note == ""


def test_groups_too_many_for_memory_are_said_to_be_uncounted(bench: Bench) -> None:
    rows = "\n".join(f"{1940 + n % 60}-01-01,{n:032d}{'x' * 150}" for n in range(400_000))
    source = bench.offer(f"dob,address\n{rows}\n".encode())
    found = detect(bench.files, source, SourceFormat.CSV, limits=Limits(memory="112MB", threads=1))
    assert found.uncounted == ("dob", "address")
    assert found.note == "How small the groups are that dob and address make was too much to count."


def test_groups_of_ten_or_more_are_no_matter(bench: Bench) -> None:
    rows = [("Carys Davies", f"{year}-01-01", "F", "M1 1AE", "1") for year in (1950, 1990) for _ in range(10)]
    found = detect(bench.files, bench.offer(table(rows)), SourceFormat.CSV)
    assert found.note == "Together dob, sex and postcode divide 20 rows into 2 groups, none under ten rows."


def test_parquet_is_looked_at_as_its_text(bench: Bench) -> None:
    source = bench.parquet("SELECT DATE '1950-01-01' + INTERVAL (n) YEAR AS born_on, n AS stock FROM range(50) t(n)")
    found = detect(bench.files, bench.offer(source), SourceFormat.PARQUET)
    assert found.fields[0].evidence.startswith("its dates span 49 years")
