"""A synthetic twin: open, under the same fields, of nobody; and what would show somebody is caught before it is."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from commonweal.adapters.duckdb import Twinner
from commonweal.adapters.plain_file import PlainFile
from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    VALIDATORS,
    Access,
    Classification,
    DataContract,
    Dataset,
    Field,
    FieldType,
    Marking,
    TwinError,
    TwinPlan,
    invent_texts,
    is_counted,
    is_invented,
    make_rows,
    plan_twin,
)

ROWS = 4000
NOT_PERSONAL = Classification.NOT_PERSONAL


def plain(name: str, kind: FieldType, **promises: Any) -> Field:
    return Field(name, kind, classification=NOT_PERSONAL, confirmed=True, **promises)


CONTRACT = DataContract(
    "people",
    "1.0.0",
    "People",
    "Who was paid.",
    (
        Field("nhs number", FieldType.STRING, required=True, unique=True, validator="nhs-number"),
        Field("nino", FieldType.STRING, required=True, validator="nino"),
        Field("full name", FieldType.STRING, required=True),
        Field("date of birth", FieldType.DATE),
        Field("note", FieldType.STRING),
        plain("council", FieldType.STRING, required=True),
        plain("award", FieldType.INTEGER, minimum=0),
        plain("paid", FieldType.DATE),
        plain("office", FieldType.STRING, required=True, unique=True, pattern="[A-Z]{2}[0-9]{4}"),
    ),
    100,
)
DATASET = Dataset(
    "dwp/people",
    "dwp",
    "people",
    "People",
    "",
    CONTRACT,
    Access.CLOSED,
    Marking.OFFICIAL,
    "",
    "ann",
    created=datetime(2026, 1, 1, tzinfo=UTC),
)


def real_rows() -> Iterator[tuple[str, str, str, str, str, str, int, str, str]]:
    chosen = Random(7)
    for number, nhs in zip(range(ROWS), _nhs_numbers(), strict=False):
        born = f"{chosen.randint(1940, 2005)}-{chosen.randint(1, 12):02}-{chosen.randint(1, 28):02}"
        council = "A council of three people" if number < 3 else f"Council {number % 5}"
        paid = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
        nino = f"AB{number:06}C"
        yield (
            nhs,
            nino,
            f"Real Person {number}",
            born,
            f"Lives at {number} Real Road",
            council,
            number,
            paid,
            _code(number),
        )


def _code(number: int) -> str:
    return f"{chr(65 + number % 13)}A{number:04}"


def _nhs_numbers() -> Iterator[str]:
    for number in range(400_000_000, 400_100_000):
        text = str(number)
        check = 11 - sum(int(digit) * (10 - at) for at, digit in enumerate(text)) % 11
        if check != 10:
            yield f"{text}{check % 11}"


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version as a node would have written it."""
    path = tmp_path_factory.mktemp("twin") / "version.parquet"
    columns = zip(*real_rows(), strict=True)
    kinds = [pyarrow.date32() if each.type is FieldType.DATE else None for each in CONTRACT.fields]
    arrays = [
        pyarrow.array(list(column)).cast(kind) if kind else pyarrow.array(list(column))
        for column, kind in zip(columns, kinds, strict=True)
    ]
    parquet.write_table(pyarrow.table(dict(zip(CONTRACT.field_names(), arrays, strict=True))), path)
    return path


class Bench:
    """A version opened, and twins of it."""

    def __init__(self, version: Path, folder: Path) -> None:
        self.files, self.folder = SealedFiles(), folder
        self.engine = Twinner(self.files, [self.files.offer("version", PlainFile(version))])

    def plan(self, rows: int = 500) -> TwinPlan:
        random = Random(3)
        marginals = self.engine.count([each for each in CONTRACT.fields if is_counted(each)])
        pools = {
            each.name: self.engine.find_untaken(each, list(invent_texts(each, 2 * rows, random)))
            for each in CONTRACT.fields
            if is_invented(each, marginals.get(each.name))
        }
        return plan_twin(DATASET, marginals, pools, rows=rows, random=random)

    def check(self, plan: TwinPlan, rows: list[tuple[str, ...]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([CONTRACT.field_names(), *rows])
        path = self.folder / "twin.csv"
        path.write_text(text.getvalue())
        self.engine.check(self.files.offer("twin", PlainFile(path)), plan).verify()


@pytest.fixture
def bench(version: Path, tmp_path: Path) -> Iterator[Bench]:
    """The version on the bench."""
    made = Bench(version, tmp_path)
    with made.engine:
        yield made


def test_a_twin_shows_no_value_of_a_person_and_none_that_few_rows_have(bench: Bench) -> None:
    plan = bench.plan()
    rows = list(make_rows(plan, 500, Random(5)))
    bench.check(plan, rows)
    real = list(zip(*real_rows(), strict=True))
    shown = list(zip(*rows, strict=True))
    for at in (0, 1, 2, 4, 8):  # what tells of people, and codes of which each stands once
        assert not set(shown[at]) & set(real[at]), CONTRACT.fields[at].name
    assert set(shown[5]) == {f"Council {number}" for number in range(5)}
    assert {int(each) % 200 for each in shown[6]} == {0}  # awards stand as the beginnings of steps
    nhs = VALIDATORS["nhs-number"]
    assert all(each.startswith("999") and nhs.is_valid(each) for each in shown[0])
    assert all(each.startswith("QQ") for each in shown[1])
    assert [len(set(shown[at])) for at in (0, 8)] == [500, 500]


def test_the_twins_contract_keeps_what_it_can_and_says_what_it_cannot(bench: Bench) -> None:
    found = bench.plan().contract
    assert found.field_names() == CONTRACT.field_names()
    assert [each.type for each in found.fields] == [each.type for each in CONTRACT.fields]
    assert (found.fields[0].validator, found.fields[1].validator) == ("nhs-number", "")
    assert found.fields[8].pattern == "[A-Z]{2}[0-9]{4}"
    assert found.notes[-1].endswith("the form or list of nino.")
    assert (found.id, found.title) == ("people-synthetic", "People (synthetic twin)")
    assert "epsilon 1" in found.notes[1]


@pytest.mark.parametrize(
    ("at", "why"), [(0, "rows equal"), (5, "council shows 1"), (2, "full name shows 1"), (6, "award shows 1")]
)
def test_a_planted_leak_is_caught_and_nothing_passes(bench: Bench, at: int, why: str) -> None:
    plan = bench.plan()
    rows = list(make_rows(plan, 500, Random(5)))
    real = [str(each) for each in list(real_rows())[1]]
    leak = tuple(real) if at == 0 else tuple(real[at] if number == at else each for number, each in enumerate(rows[9]))
    with pytest.raises(TwinError) as caught:
        bench.check(plan, [*rows, leak])
    assert any(why in each for each in caught.value.reasons), caught.value.reasons
    assert not any(each in str(caught.value.reasons) for each in real if len(each) > 6)


def test_copies_by_chance_among_few_values_are_no_copies(bench: Bench) -> None:
    """Where only broad fields identify, equal rows are to be expected, and told from a leak by their number."""
    plan = bench.plan()
    broad = TwinPlan(plan.contract, plan.weights, plan.pools, ("council",), ("council",))
    bench.check(broad, list(make_rows(plan, 500, Random(5))))


def test_a_field_whose_every_value_is_rare_gives_no_twin(bench: Bench) -> None:
    counted = bench.engine.count([plain("council", FieldType.STRING)])
    assert "A council of three people" not in counted["council"].counts
    rare = {name: replace(each, counts={}) for name, each in counted.items()}
    with pytest.raises(TwinError, match="stands in 10 rows or more"):
        plan_twin(DATASET, rare, {}, rows=10, random=Random(1))
