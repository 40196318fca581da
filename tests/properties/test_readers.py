"""Foreign bytes give our error or succeed; counts and filters equal a plain oracle's."""

import csv
import io
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.adapters.duckdb import Publisher, Releaser
from commonweal.adapters.duckdb.engine import session
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.search import match_expression
from commonweal.deliver import ReleasePlan
from commonweal.keys import PayloadReader, PayloadWriter
from commonweal.publish import (
    ContractError,
    DataContract,
    Field,
    FieldType,
    QualityResult,
    SourceError,
    SourceFormat,
    read_contract,
    write_contract,
)
from commonweal.request import Operator, RowCondition

FILE_KEY = bytes(16)
QUICK = settings(max_examples=60)
CONTRACT = DataContract(
    "c",
    "1",
    "T",
    "",
    (
        Field("id", FieldType.INTEGER, required=True, unique=True),
        Field("kind", FieldType.STRING, pattern="[a-c]+", allowed=("a", "b", "cc", "d")),
        Field("day", FieldType.DATE),
        Field("price", FieldType.NUMBER, minimum=-1, maximum=1),
    ),
    minimum_rows=0,
)


class Memory:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def pread(self, offset: int, size: int, /) -> bytes:
        return self._data[offset : offset + size]


def offer(files: SealedFiles, plain: bytes, name: str = "source") -> str:
    raw = io.BytesIO()
    with PayloadWriter(raw, FILE_KEY) as writer:
        writer.write(plain)
    return offer_sealed(files, raw.getvalue(), name)


def offer_sealed(files: SealedFiles, payload: bytes, name: str) -> str:
    return files.offer(name, PayloadReader(Memory(payload), FILE_KEY, len(payload)))


def check(plain: bytes, form: SourceFormat = SourceFormat.CSV) -> QualityResult:
    files = SealedFiles()
    with Publisher(files) as engine:
        return engine.check(offer(files, plain), form, CONTRACT)


def publish(plain: bytes) -> bytes:
    files, raw = SealedFiles(), io.BytesIO()
    target = files.accept("version", PayloadWriter(raw, FILE_KEY))
    with Publisher(files) as engine:
        engine.write_version(offer(files, plain), SourceFormat.CSV, CONTRACT, target)
    return raw.getvalue()


near_csv = st.lists(
    st.sampled_from(
        ["id,kind,day,price", "1,a,2020-01-01,0", '"', '""', ",", "\n", "\r\n", "\r", "é", "x", " ", "\t", "|", ";"]
    ),
    max_size=14,
).map(lambda parts: "".join(parts).encode())


@given(st.one_of(st.binary(max_size=200), near_csv, near_csv.map(lambda data: b"id,kind,day,price\n" + data)))
@QUICK
def test_any_bytes_as_csv_are_a_table_or_our_error(data: bytes) -> None:
    with suppress(SourceError):
        assert check(data).rows >= 0


@pytest.fixture(scope="module")
def parquet() -> bytes:
    files, raw = SealedFiles(), io.BytesIO()
    target = files.accept("out", PayloadWriter(raw, FILE_KEY))
    with session(files) as connection:
        query = "SELECT range AS id, 'a' || range AS kind, DATE '2020-01-01' AS day, 0.5 AS price FROM range(500)"
        connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return PayloadReader(Memory(raw.getvalue()), FILE_KEY, len(raw.getvalue())).read()


@given(data=st.data())
@QUICK
def test_damaged_parquet_is_a_table_or_our_error(parquet: bytes, data: st.DataObject) -> None:
    places = st.tuples(st.integers(0, len(parquet) - 1), st.integers(0, 255))
    damaged = bytearray(parquet)
    for place, value in data.draw(st.lists(places, max_size=4)):
        damaged[place] = value
    end = data.draw(st.sampled_from([len(parquet), len(parquet) // 2, 12, 1]))
    with suppress(SourceError):
        assert check(bytes(damaged[:end]), SourceFormat.PARQUET).rows >= 0


yaml_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
trees = st.recursive(
    yaml_scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "logicalType", "quality", "metric", "mustBe", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=8,
)


@given(st.binary(max_size=200))
@QUICK
def test_any_bytes_as_a_contract_are_one_or_our_error(data: bytes) -> None:
    with pytest.raises(ContractError):
        read_contract(data)


@given(
    st.dictionaries(st.sampled_from(["logicalType", "logicalTypeOptions", "quality", "enum", "unique"]), trees), trees
)
@QUICK
def test_any_document_is_a_contract_or_our_error(prop: dict[str, Any], more: Any) -> None:
    document = {
        "kind": "DataContract",
        "apiVersion": "v3.1.0",
        "id": "x",
        "version": "1",
        "customProperties": more,
        "schema": [{"name": "t", "properties": [{"name": "a", "logicalType": "string", **prop}]}],
    }
    with suppress(ContractError):
        assert read_contract(json.dumps(document).encode()).fields


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=12)
bounds = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def fields(draw: st.DrawFn, name: str) -> Field:
    kind = draw(st.sampled_from(FieldType))
    low, high = draw(bounds), draw(bounds)
    if low is not None and high is not None and low > high:
        low, high = high, low
    number = kind in {FieldType.INTEGER, FieldType.NUMBER}
    return Field(
        name,
        kind,
        draw(names),
        required=draw(st.booleans()),
        unique=draw(st.booleans()),
        minimum=low if number else None,
        maximum=high if number else None,
        pattern=draw(names) if kind is FieldType.STRING else "",
        allowed=tuple(draw(st.lists(names, max_size=3, unique=True))),
    )


@given(st.data())
@QUICK
def test_every_contract_is_read_back_as_it_was_written(data: st.DataObject) -> None:
    listed = data.draw(st.lists(names, min_size=1, max_size=4, unique_by=str.casefold))
    contract = DataContract(
        data.draw(names),
        data.draw(names),
        data.draw(names),
        data.draw(names),
        tuple(data.draw(fields(name)) for name in listed),
        minimum_rows=data.draw(st.integers(0, 10**9)),
        notes=tuple(data.draw(st.lists(names, max_size=2))),
    )
    assert read_contract(write_contract(contract).encode()) == contract


cells = st.tuples(
    st.sampled_from(["", " ", "1", "01", "2", "-3", "x", "1.0", "99999999999999999999"]),
    st.sampled_from(["", "a", "b", "cc", "d", "abc", "A", "a\nb", 'a"', "é,"]),
    st.sampled_from(["", "2020-02-29", "2021-02-29", "29/02/2020", "2020-1-1", "9999-12-31", "0000-01-01"]),
    st.sampled_from(["", "0", "1", "-1", "1.0001", "-1e3", "1e-3", "1,5", ".5", "5.", "inf", "\u00a0"]),
)
tables = st.lists(cells, max_size=12)


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([CONTRACT.field_names(), *rows])
    return out.getvalue().encode()


def whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?\d{1,19}", text) and abs(int(text)) < 2**63 else None


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text) else None


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def oracle(rows: Sequence[Sequence[str]]) -> dict[tuple[str, str], list[int]]:
    """Return the rows that break each promise, found one by one."""
    found: dict[tuple[str, str], list[int]] = {}
    seen: set[int] = set()
    for row, (id_, kind, born, price) in enumerate(rows, start=1):
        held, worth = whole(id_), number(price)
        faults = {
            ("required", "id"): not id_.strip(),
            ("type", "id"): bool(id_.strip()) and held is None,
            ("unique", "id"): held in seen,
            ("pattern", "kind"): bool(kind) and not re.fullmatch("[a-c]+", kind),
            ("allowed", "kind"): bool(kind) and kind not in {"a", "b", "cc", "d"},
            ("type", "day"): bool(born) and day(born) is None,
            ("type", "price"): bool(price.strip()) and worth is None,
            ("minimum", "price"): worth is not None and worth < -1,
            ("maximum", "price"): worth is not None and worth > 1,
        }
        for fault in (each for each, broken in faults.items() if broken):
            found.setdefault(fault, []).append(row)
        seen |= set() if held is None else {held}
    return found


@given(tables)
@QUICK
def test_findings_equal_the_oracles(rows: list[tuple[str, str, str, str]]) -> None:
    result = check(as_csv(rows))
    expected = oracle(rows)
    assert result.rows == len(rows)
    assert {(each.check, each.field): each.count for each in result.findings} == {
        fault: len(broken) for fault, broken in expected.items()
    }
    for each in result.findings:
        if each.check != "unique":
            assert list(each.rows) == expected[each.check, each.field][:5]


def typed(row: Sequence[str]) -> tuple[object, ...]:
    id_, kind, born, price = row
    return whole(id_), kind or None, day(born), number(price)


VALUES = {
    "id": st.sampled_from(["1", "2", "-3", "+1", "7"]),
    "kind": st.sampled_from(["a", "b", "abc", "A", 'a"', "é,", "'", "zz"]),
    "day": st.sampled_from(["2020-02-29", "1999-01-01", "9999-12-31"]),
    "price": st.sampled_from(["0", "1.0", "-1", "0.5", "1e-3"]),
}
COMPARE = {
    Operator.EQUALS: lambda held, asked: held == asked,
    Operator.NOT_EQUALS: lambda held, asked: held != asked,
    Operator.LESS: lambda held, asked: held < asked,
    Operator.LESS_OR_EQUAL: lambda held, asked: held <= asked,
    Operator.GREATER: lambda held, asked: held > asked,
    Operator.GREATER_OR_EQUAL: lambda held, asked: held >= asked,
}


@st.composite
def conditions(draw: st.DrawFn) -> RowCondition:
    field = draw(st.sampled_from(sorted(VALUES)))
    operator = draw(st.sampled_from(Operator))
    size = draw(st.integers(1, 3)) if operator is Operator.IN else 1
    return RowCondition(field, operator, tuple(draw(st.lists(VALUES[field], min_size=size, max_size=size))))


def comparable(value: object) -> Any:
    return value.encode() if isinstance(value, str) else value


def kept(row: tuple[object, ...], condition: RowCondition) -> bool:
    place = CONTRACT.field_names().index(condition.field)
    parse = (whole, str, day, number)[place]
    held, asked = comparable(row[place]), [comparable(parse(each)) for each in condition.values]
    if held is None:
        return False
    return held in asked if condition.operator is Operator.IN else COMPARE[condition.operator](held, asked[0])


@given(tables, st.lists(conditions(), max_size=3))
@QUICK
def test_a_row_filter_equals_the_oracles(rows: list[tuple[str, str, str, str]], asked: list[RowCondition]) -> None:
    files, raw = SealedFiles(), io.BytesIO()
    version = offer_sealed(files, publish(as_csv(rows)), "version")
    target = files.accept("release", PayloadWriter(raw, FILE_KEY))
    plan = ReleasePlan(CONTRACT.field_names(), tuple(asked), frozenset())
    count = Releaser(files).release(version, plan, None, target)
    expected = [row for row in map(typed, rows) if all(kept(row, each) for each in asked)]
    release = offer_sealed(files, raw.getvalue(), "read")
    with session(files) as connection:
        assert connection.execute(f"SELECT * FROM read_parquet('{release}')").fetchall() == expected  # noqa: S608
    assert count == len(expected)


@given(st.text(max_size=80))
@QUICK
def test_any_words_make_a_match_of_quoted_words(words: str) -> None:
    made = match_expression(words)
    assert made is None or re.fullmatch(r'("\w+"\*( |$))*', made)
