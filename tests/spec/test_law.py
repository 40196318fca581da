"""The table of who may give what to whom for what: `law.toml`, which also writes the reference page of the law."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commonweal.node import FindCommand, FoundWays, find_law

CASES: list[dict[str, str]] = tomllib.loads(Path(__file__).with_name("law.toml").read_text())["case"]
AT = datetime(2026, 11, 22, tzinfo=UTC)


def find(case: dict[str, str]) -> FoundWays:
    asked = (case["from"], case["to"], case["purpose"], case["data"], case.get("nation", ""), case.get("held", ""))
    return find_law(FindCommand(*asked), AT)


def named(case: dict[str, str]) -> str:
    where = f"{case.get('nation', '')}{case.get('held', '')}"
    return f"{case['from']} to {case['to']}, {case['purpose']}, {case['data']} {where}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_law_answers_as_the_table_says(case: dict[str, str]) -> None:
    answer: dict[str, Any] = find(case).describe()
    gateways = {each["id"]: each for each in answer["gateways"]}
    first = next(iter(gateways.values()), None)
    assert answer["outcome"] == case["outcome"], answer["reasons"]
    if "gateway" in case:
        assert (first and first["id"], first and first["fits"]) == (case["gateway"], True)
    if "unsure" in case:
        assert (first and first["id"], first and first["fits"]) == (case["unsure"], False)
    if "not" in case:
        assert not gateways.get(case["not"], {"fits": False})["fits"]
    if "missing" in case:
        assert first
        assert case["missing"] in " ".join(first["missing"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_regime_is_told_by_who_holds_the_data_and_what_it_is_for(case: dict[str, str]) -> None:
    ways = find(case).ways
    assert ways.is_personal == (case["regime"] != "none")
    assert ways.regime.is_part_3 == (case["regime"] == "part3")
    limits = {each.id for each in ways.restrictions}
    assert ("dpa18-s36" in limits) == (ways.regime.held == "law-enforcement" != ways.regime.code), ways.regime.why
    if ways.regime.is_part_3:
        assert {each.topic for each in ways.conditions} == {"law-enforcement"}


def test_the_table_is_wide() -> None:
    assert len(CASES) >= 80
    assert len({named(case) for case in CASES}) == len(CASES)
    assert all(case["source"] for case in CASES)
    assert {case["outcome"] for case in CASES} == {"permit", "person", "refuse"}
    assert {case.get("nation", "") for case in CASES} == {"", "E", "W", "S", "NI"}


def test_every_ground_of_the_pack_is_the_best_one_of_some_case_or_is_ruled_out_by_one() -> None:
    grounds = {each.id for each in find(CASES[0]).pack.gateways.values() if each.kind.authorises}
    named_ones = {case[key] for case in CASES for key in ("gateway", "unsure", "not") if key in case}
    assert grounds - named_ones == {"edu02-s175", "la11-s1", "pafera25"}
