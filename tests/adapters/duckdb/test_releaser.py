"""A release holds the plan's fields, rows and tokens, and its key is nowhere but in the tokens."""

import hashlib
import hmac
import io
import unicodedata

import pytest
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.duckdb import Releaser
from commonweal.core import InputError, StoreFullError
from commonweal.deliver import ReleasePlan
from commonweal.keys import PayloadWriter, SealedFileError, new_file_key
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
    b" qq123456a ,1990-12-01,0,0,2020-04-02T09:00:00Z,false\n"
    b",,,,,\n"
    b"O'Neill e\xcc\x81\xc3\x9f,2000-02-29,92.5,1,2020-04-01T10:00:00+01:00,true\n"
)


def token(field: str, text: str) -> str:
    canonical = unicodedata.normalize("NFC", text).strip().upper()
    return hmac.new(KEY.encode(), f"{field}\0{canonical}".encode(), hashlib.sha256).hexdigest()[:32]


@pytest.fixture
def people(bench: Bench) -> str:
    return bench.publish(SOURCE, PEOPLE)[0]


def test_fields_come_in_the_plans_order(bench: Bench, people: str) -> None:
    url, count = bench.release(people, ("award", "nino"))
    assert bench.rows(url)[0] == (92.5, "QQ123456A")
    assert count == 4


def test_tokens_are_hmacs_of_the_canonical_text(bench: Bench, people: str) -> None:
    url, count = bench.release(people, ("nino", "award", "born"), tokenised=("nino", "born"), key=KEY)
    rows = bench.rows(url)
    assert count == len(rows) == 4
    assert rows[0] == (token("nino", "QQ123456A"), 92.5, token("born", "1980-01-31"))
    assert rows[1][0] == rows[0][0]
    assert rows[2] == (None, None, None)
    assert rows[3][0] == token("nino", "O'Neill éß")


def test_another_key_or_field_gives_another_token(bench: Bench, people: str) -> None:
    first = bench.rows(bench.release(people, ("nino",), tokenised=("nino",), key=KEY)[0])
    other = bench.rows(bench.release(people, ("nino",), tokenised=("nino",), key=KEY[::-1])[0])
    assert first[0] != other[0]
    assert token("nino", "x") != token("other", "x")


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (RowCondition("nino", Operator.EQUALS, ("QQ123456A",)), [0]),
        (RowCondition("nino", Operator.EQUALS, ("O'Neill e\u0301ß",)), [3]),
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
    bench: Bench, people: str, condition: RowCondition, kept: list[int]
) -> None:
    every = bench.rows(people)
    url, count = bench.release(people, PEOPLE.field_names(), [condition])
    assert bench.rows(url) == [every[number] for number in kept]
    assert count == len(kept)


def test_conditions_are_joined_and_may_use_a_field_that_is_not_released(bench: Bench, people: str) -> None:
    conditions = [
        RowCondition("award", Operator.GREATER, ("0",)),
        RowCondition("nino", Operator.EQUALS, ("QQ123456A",)),
    ]
    url, _ = bench.release(people, ("nino",), conditions, tokenised=("nino",), key=KEY)
    assert bench.rows(url) == [(token("nino", "QQ123456A"),)]


@pytest.mark.parametrize(
    ("field", "operator", "values"),
    [
        ("born", Operator.EQUALS, ("canary",)),
        ("born", Operator.EQUALS, ("20200101",)),
        ("born", Operator.EQUALS, ("2020-02-30",)),
        ("award", Operator.EQUALS, ("nan",)),
        ("award", Operator.EQUALS, ("1e999",)),
        ("children", Operator.EQUALS, ("1.5",)),
        ("children", Operator.EQUALS, ("9" * 19,)),
        ("children", Operator.EQUALS, ("١",)),
        ("seen", Operator.EQUALS, ("2020-04-01T09:00:00",)),
        ("live", Operator.EQUALS, ("yes",)),
        ("nino", Operator.EQUALS, ("canary\0",)),
        ("nino", Operator.EQUALS, ("canary\ud800",)),
        ("nino", Operator.EQUALS, ()),
        ("nino", Operator.EQUALS, ("a", "b")),
        ("nino", Operator.IN, ()),
        ("canary", Operator.EQUALS, ("a",)),
    ],
)
def test_a_condition_that_does_not_fit_is_refused_without_its_value(
    bench: Bench, people: str, field: str, operator: Operator, values: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as refused:
        bench.release(people, ("nino",), [RowCondition(field, operator, values)])
    assert refused.value.code == "deliver.row-condition"
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "tokenised", "key"),
    [
        ((), (), None),
        (("nino", "nino"), (), None),
        (("nino", "other"), (), None),
        (("nino",), ("award",), KEY),
        (("nino",), ("nino",), None),
        (("nino",), ("nino",), "not hexadecimal"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(
    bench: Bench, people: str, fields: tuple[str, ...], tokenised: tuple[str, ...], key: str | None
) -> None:
    with pytest.raises(InputError) as refused:
        bench.release(people, fields, tokenised=tokenised, key=key)
    assert refused.value.code == "deliver.plan-malformed"


class Full:
    def write(self, data: memoryview, /) -> int:
        if len(data) > 16:
            raise StoreFullError("The disk is full.")
        return len(data)


@pytest.mark.parametrize("key", [None, KEY], ids=["engine's writer", "token stage's writer"])
def test_a_full_disk_is_told_as_such(bench: Bench, people: str, key: str | None) -> None:
    target = bench.files.accept("full", PayloadWriter(Full(), new_file_key()))
    plan = ReleasePlan(("nino",), (), frozenset({"nino"} if key else ()))
    with pytest.raises(StoreFullError):
        Releaser(bench.files).release(people, plan, key, target)


@pytest.mark.parametrize("key", [None, KEY], ids=["engine's writer", "token stage's writer"])
def test_a_damaged_version_is_told_as_such(bench: Bench, key: str | None) -> None:
    query = "SELECT md5(range::VARCHAR) AS nino FROM range(300000)"
    sealed = bytearray(bench.seal(bench.parquet(query)))
    sealed[len(sealed) // 2] ^= 1
    version = bench.offer_sealed(bytes(sealed))
    target = bench.files.accept("out", PayloadWriter(io.BytesIO(), new_file_key()))
    plan = ReleasePlan(("nino",), (), frozenset({"nino"} if key else ()))
    with pytest.raises(SealedFileError):
        Releaser(bench.files).release(version, plan, key, target)
