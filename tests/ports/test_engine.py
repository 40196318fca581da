"""What every engine of releases promises, run over each of them."""

import hashlib
import hmac
import io
from collections.abc import Sequence

import pytest
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.duckdb import Releaser
from commonweal.core import InputError
from commonweal.deliver import ReleaseEngine, ReleasePlan
from commonweal.publish import Field, FieldType
from commonweal.request import Operator, RowCondition

KEY = "0123456789abcdef" * 4
PEOPLE = contract_of(
    Field("nino", FieldType.STRING),
    Field("born", FieldType.DATE),
    Field("award", FieldType.NUMBER),
    Field("children", FieldType.INTEGER),
    Field("seen", FieldType.TIMESTAMP),
    Field("live", FieldType.BOOLEAN),
)
SOURCE = (
    b"nino,born,award,children,seen,live\n"
    b"QQ123456A,1980-01-31,92.5,2,2020-04-01T09:00:00Z,true\n"
    b"QQ234567B,1990-12-01,0,0,2020-04-02T09:00:00Z,false\n"
    b",,,,,\n"
    b"QQ345678C,2000-02-29,92.5,1,2020-04-01T10:00:00+01:00,true\n"
)


@pytest.fixture(params=["duckdb"])
def engine(request: pytest.FixtureRequest, bench: Bench) -> ReleaseEngine:
    assert request.param == "duckdb"
    return Releaser(bench.files)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def people(bench: Bench) -> str:
    return bench.publish(SOURCE, PEOPLE)[0]


def release(
    bench: Bench,
    engine: ReleaseEngine,
    version: str,
    plan: ReleasePlan,
    key: str | None = None,
    *,
    beside: Sequence[str] = (),
) -> list[tuple[object, ...]]:
    """Return the rows of a release, whose count must be the one that the engine told."""
    raw = io.BytesIO()
    count = engine.release(version, plan, key, bench._accept(raw), beside=beside)
    rows = bench.rows(bench.offer_sealed(raw.getvalue()))
    assert count == len(rows)
    return rows


def plan_of(*fields: str, rows: tuple[RowCondition, ...] = (), tokenised: tuple[str, ...] = ()) -> ReleasePlan:
    return ReleasePlan(fields, rows, frozenset(tokenised))


def test_fields_come_in_the_plans_order_and_rows_in_the_versions(
    bench: Bench, engine: ReleaseEngine, people: str
) -> None:
    assert release(bench, engine, people, plan_of("award", "nino")) == [
        (92.5, "QQ123456A"),
        (0.0, "QQ234567B"),
        (None, None),
        (92.5, "QQ345678C"),
    ]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (RowCondition("nino", Operator.EQUALS, ("QQ123456A",)), [0]),
        (RowCondition("nino", Operator.NOT_EQUALS, ("QQ123456A",)), [1, 3]),
        (RowCondition("nino", Operator.IN, ("QQ123456A", "x' OR '1'='1")), [0]),
        (RowCondition("born", Operator.LESS, ("1990-12-01",)), [0]),
        (RowCondition("born", Operator.GREATER_OR_EQUAL, ("1990-12-01",)), [1, 3]),
        (RowCondition("award", Operator.GREATER, ("0",)), [0, 3]),
        (RowCondition("award", Operator.EQUALS, ("9.25e1",)), [0, 3]),
        (RowCondition("children", Operator.LESS_OR_EQUAL, ("1",)), [1, 3]),
        (RowCondition("children", Operator.IN, ("1", "+2")), [0, 3]),
        (RowCondition("seen", Operator.EQUALS, ("2020-04-01T11:00:00+02:00",)), [0, 3]),
        (RowCondition("live", Operator.EQUALS, ("False",)), [1]),
    ],
)
def test_rows_that_meet_a_condition_are_kept(
    bench: Bench, engine: ReleaseEngine, people: str, condition: RowCondition, kept: list[int]
) -> None:
    every = bench.rows(people)
    plan = plan_of(*PEOPLE.field_names(), rows=(condition,))
    assert release(bench, engine, people, plan) == [every[number] for number in kept]


def test_conditions_are_joined_and_may_use_a_field_that_is_not_released(
    bench: Bench, engine: ReleaseEngine, people: str
) -> None:
    conditions = (
        RowCondition("award", Operator.GREATER, ("0",)),
        RowCondition("nino", Operator.EQUALS, ("QQ345678C",)),
    )
    assert release(bench, engine, people, plan_of("children", rows=conditions)) == [(1,)]


def test_a_release_of_parts_is_that_of_the_whole(bench: Bench, engine: ReleaseEngine, people: str) -> None:
    parts = [bench.publish(SOURCE, PEOPLE, fields=each)[0] for each in (("nino", "live"), ("award",), ("born", "seen"))]
    plan = plan_of("born", "nino", rows=(RowCondition("award", Operator.GREATER, ("0",)),), tokenised=("nino",))
    rows = release(bench, engine, parts[0], plan, KEY, beside=parts[1:])
    assert rows == release(bench, engine, people, plan, KEY)
    assert len(rows) == 2


def test_a_token_is_an_hmac_of_field_and_value(bench: Bench, engine: ReleaseEngine, people: str) -> None:
    rows = release(bench, engine, people, plan_of("nino", "award", tokenised=("nino",)), KEY)
    expected = hmac.new(KEY.encode(), b"nino\0QQ123456A", hashlib.sha256).hexdigest()[:32]
    assert rows[0] == (expected, 92.5)
    assert rows[2] == (None, None)


def test_a_field_that_is_not_text_is_tokenised_as_the_text_a_csv_would_hold(
    bench: Bench, engine: ReleaseEngine, people: str
) -> None:
    rows = release(bench, engine, people, plan_of("born", tokenised=("born",)), KEY)
    expected = hmac.new(KEY.encode(), b"born\x001980-01-31", hashlib.sha256).hexdigest()[:32]
    assert rows[0] == (expected,)


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        (plan_of(), None),
        (plan_of("nino", "nino"), None),
        (plan_of("nino", "other"), None),
        (plan_of("nino", tokenised=("award",)), KEY),
        (plan_of("nino", tokenised=("nino",)), None),
        (plan_of("nino", tokenised=("nino",)), "not hexadecimal"),
        (plan_of("nino", rows=(RowCondition("other", Operator.EQUALS, ("x",)),)), None),
        (plan_of("nino", rows=(RowCondition("born", Operator.EQUALS, ("canary",)),)), None),
        (plan_of("nino", rows=(RowCondition("nino", Operator.EQUALS, ()),)), None),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_without_its_values(
    bench: Bench, engine: ReleaseEngine, people: str, plan: ReleasePlan, key: str | None
) -> None:
    with pytest.raises(InputError) as refused:
        release(bench, engine, people, plan, key)
    assert refused.value.code in {"deliver.plan-malformed", "deliver.row-condition"}
    assert "canary" not in str(refused.value)
