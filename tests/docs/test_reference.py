"""The reference says what the code does: it is written from it, and nothing of the code is left out."""

import gc
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from tests.reference.benchmarks import NOTHING, write_benchmarks
from tests.reference.checks import find_checks, show_findings
from tests.reference.events import find_events
from tests.reference.failures import find_errors
from tests.reference.pages import WRITTEN
from tests.reference.picture import SHELL, House, draw_architecture, read_house
from tests.reference.settings import find_variables
from tests.reference.source import ROOT, Source, UnreadableCodeError
from tests.reference.words import UnexplainedError, explain

from commonweal.core import CommonwealError, InputError

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_committed_is_what_the_code_says(name: str) -> None:
    committed = (ROOT / name).read_text(encoding="utf-8")
    assert committed == WRITTEN[name](), "write it anew: python -m tests.reference"


def test_a_sentence_that_is_missing_or_stale_is_found() -> None:
    assert explain("any", ["a"], {"a": "One."}) == {"a": "One."}
    with pytest.raises(UnexplainedError, match=r"write a sentence for \['b'\]"):
        explain("any", ["a", "b"], {"a": "One.", "b": " "})
    with pytest.raises(UnexplainedError, match=r"take out \['gone'\]"):
        explain("any", ["a"], {"a": "One.", "gone": "Two."})


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[str], Source]:
    """Give a package with one module of this text."""

    def plant(text: str) -> Source:
        module = tmp_path / "node" / "planted.py"
        module.parent.mkdir(exist_ok=True)
        module.write_text(f"from commonweal.core import Event\n{text}")
        return Source(tmp_path)

    return plant


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Event('a.done', now, b, s, who, {'x': 1})", {"a.done": ["x"]}),
        ("Event(name='a.done', at=now, facts=dict(x=1))", {"a.done": ["x"]}),
        ("Event('a.done' if b else 'b.done', now)", {"a.done": [], "b.done": []}),
        ("def f(kind):\n  Event(f'{kind}.made', now)\nf('a')\nf(kind='b')", {"a.made": [], "b.made": []}),
        ("def f():\n  facts = {'x': 1, **more()}\n  facts['y'] = 2\n  Event('a.done', now, facts=facts)\n"
         "def more():\n  yield 'z', 3", {"a.done": ["x", "z", "y"]}),
        ("def f(counts):\n  return Event('a.done', now, facts={'x': 1} | counts)\nf({'y': 2})", {"a.done": ["x", "y"]}),
        ("import threading\nthreading.Event()", {}),
    ],
)  # fmt: skip
def test_an_event_is_found_however_it_is_made(
    planted: Callable[[str], Source], text: str, found: dict[str, list[str]]
) -> None:
    assert {name: [*each.facts] for name, each in find_events(planted(text)).items()} == found


@pytest.mark.parametrize(
    "text",
    [
        "Event(read_name(), now)",
        "def f(name):\n  Event(name, now)",
        "Event('a.done', now, facts=[*rows])",
        "import commonweal.core as core\ncore.Event('a.done', now)",
    ],
)
def test_an_event_that_cannot_be_followed_is_no_quiet_gap(planted: Callable[[str], Source], text: str) -> None:
    with pytest.raises(UnreadableCodeError, match=r"node/planted\.py"):
        find_events(planted(text))


def test_what_a_node_records_is_what_the_reference_says(
    a_home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]"
) -> None:
    with serving(a_home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        served.send("GET", agreed.data_path("csv"), agreed.reader)
        served.send("GET", agreed.data_path("csv"), agreed.reader, params={"fields": "name"})
        served.agree_on_stock()
        served.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": "The scheme has ended."})
    with serving(a_home) as served:
        recorded = served.events()
    documented = find_events()
    assert len({each["name"] for each in recorded}) > 12
    for each in recorded:
        assert each["name"] in documented
        assert set(each["facts"]) <= set(documented[each["name"]].facts), each["name"]


def test_a_code_names_one_kind_of_error() -> None:
    given = Counter(each.code for each in find_errors() if "code" in vars(each))
    assert {code for code, count in given.items() if count > 1} == set()
    assert all(re.fullmatch(r"[a-z]+\.[a-z-]+", code) for code in given)


def test_an_error_that_nobody_wrote_down_is_found() -> None:
    class PlantedError(InputError):
        """A failure that the page does not have."""

        __module__ = "commonweal.planted"
        code = "planted.error"

    assert PlantedError in find_errors()
    assert CommonwealError in find_errors()
    del PlantedError
    gc.collect()
    assert not [each for each in find_errors() if each.code == "planted.error"]


def test_a_variable_of_the_environment_is_found_however_it_is_read(planted: Callable[[str], Source]) -> None:
    text = "import os\nos.environ['A']\nos.environ.get('B')\nos.getenv('C')\nself.environment.get('D')\nfields.get('E')"
    assert find_variables(planted(text)) == {"A", "B", "C", "D"}


def test_every_check_of_a_data_contract_is_shown() -> None:
    assert {each.check for each in show_findings()} == find_checks()


@pytest.fixture
def results(tmp_path: Path) -> Callable[..., Path]:
    """Give a folder with one result."""

    def write(**told: Any) -> Path:
        result = {
            "name": "sealed reading",
            "claim": "Sealed files read nearly as fast as plain ones.",
            "goal": "≤ 2.2",
            "ratio": 1.734,
            "ok": True,
            "runs": 5,
            "rivals": {"plain | Parquet": {"wall": 0.25, "cpu": 0.5, "ratio": 1.734}},
            "measures": [{"name": "open", "goal": "≤ 3", "ratio": 2.5, "ok": True}],
            "machine": {"cores": 2},
            "versions": {"duckdb": "2.0"},
            "quick": False,
            "measured": "2026-11-22",
        }
        (tmp_path / "sealed.json").write_text(json.dumps(result | told))
        return tmp_path

    return write


def test_a_result_is_told_with_its_rivals_and_its_machine(results: Callable[..., Path]) -> None:
    page = write_benchmarks(results())
    assert "1 of 1 claims are met." in page
    assert "| plain \\| Parquet | 0.25 | 0.5 | 1.73 |" in page
    assert "Goal ≤ 2.2; measured 1.73 over 5 runs on 2026-11-22: met." in page
    assert "cores: 2" in page


def test_a_miss_is_told_as_a_miss_with_its_profile(results: Callable[..., Path]) -> None:
    late = [{"name": "open", "goal": "≤ 3", "ratio": 3.5, "ok": False}]
    page = write_benchmarks(results(ok=False, quick=True, measures=late, profile="decrypt 71 %\nread 29 %"))
    assert "0 of 1 claims are met." in page
    assert "| ≤ 2.2 | 1.73 | **no** |" in page
    assert "**The goal is missed.**" in page
    assert "    decrypt 71 %\n    read 29 %" in page
    assert "2026-11-22: missed (open). It was a quick run" in page


def test_where_nothing_was_measured_the_page_says_so(tmp_path: Path) -> None:
    assert NOTHING in write_benchmarks(tmp_path)


@pytest.fixture(scope="module")
def house() -> House:
    return read_house()


@pytest.fixture(scope="module")
def drawing() -> ElementTree.Element:
    return ElementTree.fromstring(draw_architecture())  # noqa: S314  our own drawing


def test_the_picture_has_every_room_in_order_and_an_arrow_for_each_import(
    house: House, drawing: ElementTree.Element
) -> None:
    shown = [each.text for each in drawing.iter(f"{SVG}text") if each.get("class") == "name"]
    assert shown == house.rooms
    arrows = [each.text or "" for each in drawing.findall(f"{SVG}g/{SVG}title")]
    told = {tuple(each.partition(" in ")[0].split(" imports ")) for each in arrows}
    assert len(arrows) == len(house.imports)
    assert told == set(house.imports)


def test_every_arrow_of_the_picture_runs_upwards(house: House, drawing: ElementTree.Element) -> None:
    height = {name: place for place, level in enumerate(house.street) for name in level}
    assert all(height[one] > height[other] for one, other in house.imports)
    assert set(SHELL) == set(house.rooms[-len(SHELL) :])
    heads = [each for each in drawing.iter(f"{SVG}path") if (each.get("class") or "").startswith("head ")]
    assert len(heads) == len(house.imports)


def test_the_picture_can_be_heard_and_loads_nothing(drawing: ElementTree.Element) -> None:
    assert drawing.get("role") == "img"
    names = (drawing.get("aria-labelledby") or "").split()
    assert [each.get("id") for each in _described(drawing)] == names
    assert all((each.text or "").strip() for each in _described(drawing))
    text = draw_architecture().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|url\(|@import|href", text)


def _described(drawing: ElementTree.Element) -> Iterator[ElementTree.Element]:
    yield from (each for each in drawing if each.tag in {f"{SVG}title", f"{SVG}desc"})
