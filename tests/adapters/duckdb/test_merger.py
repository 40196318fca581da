"""Append and upsert: what comes of a source and a version is what a dictionary would hold, in a stable order."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.duckdb import Former, Limits, Merged, Publisher, merger
from commonweal.adapters.duckdb.engine import DEFAULT_LIMITS, session
from commonweal.publish import DataContract, Field, FieldType, MergeError, Mode, Origin, QualityResult, SourceFormat

Row = tuple[object, ...]
CONTRACT = contract_of(
    Field("place", FieldType.STRING),
    Field("day", FieldType.DATE),
    Field("beds", FieldType.INTEGER),
    Field("share", FieldType.NUMBER),
    Field("open", FieldType.BOOLEAN),
    Field("seen", FieldType.TIMESTAMP),
)
KEY = ("place", "day")
STOCK = contract_of(Field("trust", FieldType.STRING, unique=True), Field("stock", FieldType.INTEGER, minimum=0))
PLAIN = contract_of(Field("trust", FieldType.STRING), Field("stock", FieldType.INTEGER))
THREE = (("a", 1), ("b", 2), ("c", 3))


@dataclass(frozen=True)
class Outcome:
    url: str
    merged: Merged
    quality: QualityResult

    def origin(self, mode: Mode, key: tuple[str, ...] = ()) -> Origin:
        return self.merged.origin(mode, 1, key, self.quality.rows)


def merge(
    bench: Bench,
    base: Sequence[str],
    source: bytes,
    *,
    key: Sequence[str] = (),
    contract: DataContract = CONTRACT,
    limits: Limits = DEFAULT_LIMITS,
) -> Outcome:
    raw, url = io.BytesIO(), bench.offer(source)
    former = Former(1, tuple(base)) if base else None
    with Publisher(bench.files, limits) as engine:
        merged = engine.merge(url, SourceFormat.CSV, contract, former, key=key)
        quality = engine.check(url, merged.onto, contract, merged.onto.number_in_source)
        engine.write_version(url, merged.onto, contract, bench._accept(raw))
    return Outcome(bench.offer_sealed(raw.getvalue()), merged, quality)


def csv(contract: DataContract, rows: Sequence[Row]) -> bytes:
    def cell(value: object) -> str:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return "" if value is None else '"{}"'.format(text.replace('"', '""'))

    lines = [",".join(map(cell, row)) for row in rows]
    return "\n".join((",".join(contract.field_names()), *lines, "")).encode()


def texts(bench: Bench, url: str) -> list[Row]:
    with session(bench.files) as connection:
        return connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{url}')").fetchall()  # noqa: S608


def published(bench: Bench, rows: Sequence[Row], contract: DataContract = CONTRACT) -> str:
    return bench.publish(csv(contract, rows), contract)[0]


PLACES = st.sampled_from(("a", "A", "\u00e9", "e\u0301", "x, y", '"', "007", "7"))
DAYS = st.dates(date(1, 1, 2), date(9999, 12, 30))
VALUES = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.booleans(),
    st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: f"{at.isoformat()}Z"),  # noqa: DTZ001
)
TABLES = st.dictionaries(st.tuples(PLACES, DAYS), VALUES, max_size=12).map(
    lambda table: [(*key, *values) for key, values in table.items()]
)


def by_key(rows: Sequence[Row]) -> dict[Row, Row]:
    return {row[:2]: row for row in rows}


@settings(max_examples=12)
@given(TABLES, TABLES, st.data())
def test_an_upsert_is_what_a_dictionary_does(before: list[Row], sent: list[Row], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(before), unique_by=lambda row: row[:2], max_size=3)) if before else []
    sent = list(by_key([*sent, *again]).values())
    bench = Bench()
    base, source = published(bench, before), published(bench, sent)
    was, now = by_key(texts(bench, base)), by_key(texts(bench, source))
    came = merge(bench, [base], csv(CONTRACT, sent), key=KEY)
    rows = texts(bench, came.url)
    assert rows == [row for key, row in was.items() if key not in now] + list(now.values())
    assert by_key(rows) == was | now
    changed = sum(key in was and was[key] != row for key, row in now.items())
    added = len(now.keys() - was.keys())
    kept = len(rows) - added - changed
    assert came.origin(Mode.UPSERT, KEY) == Origin(Mode.UPSERT, 1, KEY, added=added, changed=changed, kept=kept)


@pytest.mark.parametrize("split", [(), (("stock",), ("trust",))], ids=["one file", "split"])
def test_an_append_adds_the_rows_of_a_source_after_those_before(bench: Bench, split: Sequence[tuple[str, ...]]) -> None:
    base = [bench.publish(csv(STOCK, THREE), STOCK, fields=each)[0] for each in split or [STOCK.field_names()]]
    came = merge(bench, base, b"stock,trust\n9,d\n8,e\n", contract=STOCK)
    assert came.quality.passed
    assert bench.rows(came.url) == [*THREE, ("d", 9), ("e", 8)]
    assert came.origin(Mode.APPEND) == Origin(Mode.APPEND, 1, added=2, kept=3)


def test_the_first_version_may_be_an_append_or_an_upsert(bench: Bench) -> None:
    for key in ((), ("trust",)):
        came = merge(bench, [], csv(STOCK, THREE), key=key, contract=STOCK)
        assert bench.rows(came.url) == list(THREE)
        assert came.merged.origin(Mode.APPEND, 0, (), 3) == Origin(Mode.APPEND, added=3)


def test_the_gate_sees_what_the_new_version_holds_and_tells_the_sources_rows(bench: Bench) -> None:
    base = published(bench, THREE, STOCK)
    came = merge(bench, [base], csv(STOCK, [("d", 1), ("b", 5), ("e", -1)]), contract=STOCK)
    assert {(each.check, each.rows) for each in came.quality.findings} == {("unique", (2,)), ("minimum", (3,))}
    stricter = contract_of(Field("trust", FieldType.STRING), Field("stock", FieldType.INTEGER, minimum=3))
    (found,) = merge(bench, [base], csv(STOCK, [("d", 3)]), contract=stricter).quality.findings
    assert (found.count, found.rows, found.sentence) == (2, (), "stock is below 3 in 2 rows.")


def test_a_key_must_be_given_and_come_once_in_a_source(bench: Bench) -> None:
    base = published(bench, THREE, STOCK)
    faults = merge(
        bench, [base], csv(STOCK, [("a", 1), (None, 2), ("z", 3), ("a", 4), ("a", 5)]), key=("trust",), contract=STOCK
    )
    told = [(each.check, each.count, each.rows, each.sentence) for each in faults.merged.faults]
    assert told == [
        ("required", 1, (2,), "The key (trust) is not given in full in 1 row (row 2)."),
        (
            "unique",
            2,
            (4, 5),
            "The key (trust) repeats that of an earlier row of the source in 2 rows (rows 4, 5).",
        ),
    ]


def test_a_contract_with_other_fields_is_refused_with_each_of_them(bench: Bench) -> None:
    base = published(bench, THREE, STOCK)
    other = contract_of(Field("trust", FieldType.INTEGER), Field("beds", FieldType.INTEGER))
    with pytest.raises(MergeError) as refused:
        merge(bench, [base], b"trust,beds\n1,2\n", contract=other)
    assert set(refused.value.reasons) == {
        "beds is new.",
        "stock is gone.",
        "trust is of type integer, and was of type string.",
    }


def test_keys_that_do_not_fit_in_memory_are_matched_in_shares(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = set[int]()
    matches = merger._Join._matches

    def spying(join: merger._Join, rows: int, share: int, of: int) -> object:
        tried.add(of)
        return matches(join, rows, share, of)

    monkeypatch.setattr(merger._Join, "_matches", spying)
    rows = 400_000
    base = published(bench, [(f"trust number {n}", n) for n in range(rows)], PLAIN)
    source = csv(STOCK, [(f"trust number {n}", n + n % 2) for n in range(100, rows + 100)])
    came = merge(bench, [base], source, key=("trust",), contract=PLAIN, limits=Limits("40MiB"))
    assert max(tried) > 1
    assert came.origin(Mode.UPSERT) == Origin(Mode.UPSERT, 1, added=100, changed=(rows - 100) // 2, kept=rows // 2 + 50)
