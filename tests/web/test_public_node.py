"""The public pages over a real node: with nothing in it, with one dataset, and with several."""

import csv
import io
import re
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.conftest import ServedHere

PAGES = ("/", "/search", "/search?q=nothing+at+all", "/ppe", "/ppe?day=2020-03-20", "/scorecard")
RETURN = "trust,as_at,item,stock,daily_use\n"


def page(served: "ServedHere", path: str) -> str:
    answer = served.send("GET", path, {"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert " style=" not in answer.text
    return answer.text


def figures(served: "ServedHere", path: str) -> list[dict[str, str]]:
    answer = served.send("GET", path)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def report(served: "ServedHere", trust: str, *rows: str) -> httpx.Response:
    steward = served.join(trust, f"Steward of {trust}", "steward")
    source = RETURN + "".join(f"{trust},{row}\n" for row in rows)
    return served.publish(f"{trust.lower()}/ppe-stock", source.encode(), "ppe-stock.odcs.yaml", by=steward)


def test_an_empty_node_says_so_on_every_page(served: "ServedHere") -> None:
    told = {path: page(served, path) for path in PAGES}
    assert "Nothing is published yet" in told["/"]
    assert "0 datasets" in told["/search"]
    assert "No region has a return" in told["/ppe"]
    assert "No board has a return" in told["/ppe"]
    assert "has reported" in told["/ppe"]
    assert "Show the board for" not in told["/ppe"]
    assert "No body publishes here yet" in told["/scorecard"]
    assert figures(served, "/ppe/trusts.csv") == []
    assert {each["days_of_cover"] for each in figures(served, "/ppe/boards.csv")} == {""}
    assert {each["this_node_per_cent"] for each in figures(served, "/scorecard.csv")} == {"0.0"}


def test_trusts_off_the_map_are_listed_under_it(served: "ServedHere") -> None:
    board = page(served, "/ppe?day=2020-03-20")
    assert "Trusts that the map has no place for" in board
    assert "Project Nightingale NHS Trust (R0C), London" in board
    assert "Every trust open on this day has its place on the map." in page(served, "/ppe?day=2020-04-01")


def test_the_board_is_shown_as_it_stood_on_a_day(served: "ServedHere") -> None:
    assert report(served, "R0A", "2020-03-31,gloves,30,10").is_success
    assert "North West has 3.0 days of cover" in page(served, "/ppe")
    assert "The one board reporting has under a week" in page(served, "/ppe")
    assert report(served, "R0A", "2020-04-01,gloves,200,10").is_success
    assert report(served, "R1A", "2020-03-31,masks,10,10", "2020-03-31,gowns,90,10").is_success
    now, before = page(served, "/ppe"), page(served, "/ppe?day=2020-03-31")
    assert '<option value="2020-04-01" selected>' in now
    assert '<option value="2020-03-31" selected>' in before
    assert "2 of 220 trusts have reported, 1 of them late" in now
    assert "2 of 220 trusts have reported, none of them late" in before
    for day, days in (("2020-04-01", "20.0"), ("2020-03-31", "3.0")):
        [manchester] = [e for e in figures(served, f"/ppe/boards.csv?day={day}") if e["code"] == "QOP"]
        assert (manchester["days_of_cover"], manchester["trusts_reported"]) == (days, "1")
    [late] = [each for each in figures(served, "/ppe/trusts.csv") if each["late"] == "yes"]
    assert (late["code"], late["scarcest_item"], late["dataset"]) == ("R1A", "masks", "r1a/ppe-stock version 1")
    assert len(figures(served, "/ppe/missing.csv")) == 218


def test_a_corrected_day_is_the_only_one_that_counts(served: "ServedHere") -> None:
    assert report(served, "R0A", "2030-04-01,gloves,30,10").is_success
    assert report(served, "R0A", "2020-04-01,gloves,70,10").is_success
    assert "Days of PPE cover on 1 April 2020" in page(served, "/ppe")
    assert [each["return_of"] for each in figures(served, "/ppe/trusts.csv")] == ["2020-04-01"]


def test_filters_narrow_and_can_be_taken_off(served: "ServedHere") -> None:
    served.publish_claimants()
    served.publish_open()
    everything = page(served, "/search")
    for label in ("Held by", "Sector", "Access", "Licence", "Data contract"):
        assert f">{label}</h2>" in everything
    [only_open] = re.findall(r'href="(/search\?access=open)"', everything)
    narrowed = page(served, only_open)
    assert "1 dataset<" in narrowed.replace("\n", "")
    assert 'href="/search?"' in narrowed
    assert "Remove the filter </span>Access: Open" in narrowed
    assert 'href="/search?access=closed"' in narrowed
    none = page(served, "/search?q=claimants&access=open")
    assert "0 datasets for “claimants”" in none
    assert "Remove a filter above." in none


@pytest.mark.parametrize("value", ["zzz", "' OR 1=1 --", "<b>"])
def test_a_filter_that_nothing_has_finds_nothing_and_can_be_taken_off(served: "ServedHere", value: str) -> None:
    served.publish_open()
    answer = served.send("GET", "/search", {"Accept": "text/html"}, params={"body": value, "keyword": value})
    assert answer.status_code == 200
    assert "0 datasets" in answer.text
    assert "<b>" not in answer.text
