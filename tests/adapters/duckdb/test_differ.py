"""What changed between two releases: applied to the one it gives the other, whatever lies in them."""

import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.duckdb import Commit, Differ, EngineMemoryError, Limits
from commonweal.adapters.duckdb.engine import DEFAULT_LIMITS
from commonweal.publish import Field, FieldType

Row = tuple[object, ...]
CONTRACT = contract_of(
    Field("place", FieldType.STRING),
    Field("beds", FieldType.INTEGER),
    Field("share", FieldType.NUMBER),
    minimum_rows=0,
)
COMMIT = Commit(7, datetime(2026, 4, 1, 9, tzinfo=UTC))
ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(("a", "b", "c", "d", "\u00e9")),
        st.none() | st.integers(0, 2),
        st.none() | st.sampled_from((0.5, 1e300)),
    ),
    max_size=12,
)


def published(bench: Bench, rows: Sequence[Row]) -> str:
    lines = [",".join("" if value is None else str(value) for value in row) for row in rows]
    return bench.publish("\n".join(("place,beds,share", *lines, "")).encode(), CONTRACT)[0]


def compare(
    bench: Bench,
    former: str,
    later: str,
    key: Sequence[str] = (),
    *,
    shares: int = 1,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    raw = io.BytesIO()
    Differ(bench.files, limits).write(former, later, bench._accept(raw), key=key, commit=COMMIT, shares=shares)
    return bench.offer_sealed(raw.getvalue())


def applied(before: Sequence[Row], changes: Sequence[Row]) -> Counter[Row]:
    """Return the rows that the changes lead to; each that goes must have been there."""
    held = Counter(before)
    for row in changes:
        if row[3] in {"delete", "update_preimage"}:
            held[row[:3]] -= 1
            assert held[row[:3]] >= 0
    return +held + Counter(row[:3] for row in changes if row[3] in {"insert", "update_postimage"})


@settings(max_examples=20)
@given(ROWS, ROWS, st.sampled_from(((), ("place",), ("place", "beds"))), st.sampled_from((1, 3)))
def test_changes_applied_to_the_one_give_the_other(
    before: list[Row], after: list[Row], key: tuple[str, ...], shares: int
) -> None:
    bench = Bench()
    former, later = published(bench, before), published(bench, after)
    changes = bench.rows(compare(bench, former, later, key, shares=shares))
    assert applied(bench.rows(former), changes) == Counter(bench.rows(later))
    kinds = Counter(row[3] for row in changes)
    assert kinds["update_preimage"] == kinds["update_postimage"]
    gone, came = (
        Counter(row[:3] for row in changes if row[3] in kind)
        for kind in (("delete", "update_preimage"), ("insert", "update_postimage"))
    )
    assert not gone & came, "a row that is as it was shows as a change"


def test_a_row_with_the_same_key_is_updated_and_told_before_and_after(bench: Bench) -> None:
    former = published(bench, [("a", 1, 0.5), ("b", 1, 0.5), ("c", 1, 0.5)])
    later = published(bench, [("d", 1, 0.5), ("c", 2, 0.5), ("a", 1, 0.5)])
    told = [row[:5] for row in bench.rows(compare(bench, former, later, ("place",)))]
    assert told == [
        ("b", 1, 0.5, "delete", 7),
        ("c", 1, 0.5, "update_preimage", 7),
        ("c", 2, 0.5, "update_postimage", 7),
        ("d", 1, 0.5, "insert", 7),
    ]


def test_without_a_key_rows_are_compared_whole_and_counted(bench: Bench) -> None:
    former = published(bench, [("a", 1, 0.5)] * 3 + [("b", 1, 0.5)])
    later = published(bench, [("a", 1, 0.5)] + [("b", 1, 0.5)] * 2)
    kinds = [row[3] for row in bench.rows(compare(bench, former, later))]
    assert kinds == ["delete", "delete", "insert"]


def test_what_does_not_fit_in_memory_fits_in_shares(bench: Bench) -> None:
    source = "\n".join(("place,beds,share", *(f"place number {n},{n},1.5" for n in range(400_000)), "")).encode()
    former = bench.publish(source, CONTRACT)[0]
    later = bench.publish(source.replace(b"place number 77,", b"place number 77,1"), CONTRACT)[0]
    small = Limits("60MiB")
    with pytest.raises(EngineMemoryError):
        compare(bench, former, later, ("place",), limits=small)
    changes = bench.rows(compare(bench, former, later, ("place",), shares=8, limits=small))
    assert [row[:4] for row in changes] == [
        ("place number 77", 77, 1.5, "update_preimage"),
        ("place number 77", 177, 1.5, "update_postimage"),
    ]
