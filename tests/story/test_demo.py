"""`commonweal demo --once`, as a stranger runs it: what it says of itself is true when read back from outside."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import delta_sharing
import httpx
import pandas  # type: ignore[import-untyped]  # ships no types
import pytest
from pyarrow import parquet

from commonweal.cli.story.stage import set_stage
from commonweal.node import read_settings

STEPS = ["open-data", "ppe", "council-tax-support", "refusals", "proof"]
MEMBERS = {"steps", "home", "source", "people", "agreement", "profile", "table", "fields", "rows"}
SECONDS = 120


@dataclass(frozen=True)
class Told:
    """A demonstration that has been told: where it may look for its secrets, and the document it ended with."""

    environment: Mapping[str, str]
    outcome: Mapping[str, Any]

    def path(self, name: str) -> Path:
        """Return one of the outcome's paths."""
        return Path(self.outcome[name])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def run_demo(home: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "commonweal.cli",
        "demo",
        "--once",
        "--home",
        str(home),
        "--port",
        str(free_port()),
    ]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "configuration")}
    done = run_demo(folder / "home", environment)
    assert done.returncode == 0, done.stderr
    return Told(environment, json.loads(done.stdout.splitlines()[-1]))


def test_the_last_line_has_every_member(told: Told) -> None:
    assert set(told.outcome) >= MEMBERS
    assert [step["name"] for step in told.outcome["steps"]] == STEPS
    for step in told.outcome["steps"]:
        assert step["ok"] is True, step
        assert step["seconds"] > 0
        assert step["figures"]


def test_the_untidy_file_is_held_back_then_accepted_and_nothing_of_it_is_lost(told: Told) -> None:
    figures = told.outcome["steps"][0]["figures"]
    assert figures["held_back"] == "publish.reading-unconfirmed"
    assert figures["read"] == figures["kept"] + figures["set_aside"] == 3161
    assert (figures["kept"], figures["mended"], figures["rows"]) == (3155, 639, 3155)
    assert (figures["pounds"], figures["total_row_agrees"]) == (40_292_334.84, True)


def test_the_source_and_the_profile_lie_outside_the_home(told: Told) -> None:
    for name in ("source", "profile"):
        assert not told.path(name).is_relative_to(told.path("home"))
        assert told.path(name).stat().st_mode & 0o777 == 0o600
    profile = json.loads(told.path("profile").read_bytes())
    assert datetime.fromisoformat(profile["expirationTime"]) >= datetime.now(UTC) + timedelta(days=30)


def test_the_people_are_in_the_source_and_nowhere_under_the_home(told: Told) -> None:
    people = told.outcome["people"]
    source = told.path("source").read_text()
    assert len(set(people)) == 3
    assert all(nino.startswith("QQ") and nino in source for nino in people)
    contents = [path.read_bytes() for path in told.path("home").rglob("*") if path.is_file()]
    assert sum(map(len, contents)) > 1 << 20
    for nino in people:
        for form in (nino.encode(), nino.lower().encode(), nino.encode("utf-16-le"), nino.encode().hex().encode()):
            assert not [content for content in contents if form in content]


@contextmanager
def serving(told: Told) -> Iterator[str]:
    """Serve the demonstration's home again, at the address that its profile names."""
    command = [sys.executable, "-m", "commonweal.cli", "serve", "--home", str(told.path("home"))]
    with subprocess.Popen(command, env=told.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[-1]
            assert process.stdout.readline().startswith(f"Sign in: {url}/sign-in?link=")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def test_the_served_home_is_read_with_every_tool(told: Told) -> None:
    profile = json.loads(told.path("profile").read_bytes())
    table, fields, rows = told.outcome["table"], told.outcome["fields"], told.outcome["rows"]
    with serving(told) as url:
        assert profile["endpoint"] == f"{url}/delta-sharing/"
        listed = delta_sharing.SharingClient(str(told.path("profile"))).list_all_tables()
        assert [f"{each.share}.{each.schema}.{each.name}" for each in listed] == [table]
        frames = [
            delta_sharing.load_as_pandas(f"{told.path('profile')}#{table}", **mode)
            for mode in ({}, {"use_delta_format": False}, {"use_delta_format": True})
        ]
        headers = {"Authorization": f"Bearer {profile['bearerToken']}"}
        frames += [
            read_plain(f"{url}/api/v1/agreements/{told.outcome['agreement']}/data.{form}", form, headers)
            for form in ("parquet", "csv", "ndjson")
        ]
    for frame in frames:
        assert list(frame.columns) == fields
        assert len(frame) == rows
        assert sorted(frame["nino"]) == sorted(frames[0]["nino"])
        assert round(frame["award"].sum(), 2) == round(frames[0]["award"].sum(), 2)
    assert not set(frames[0]["nino"]) & set(pandas.read_csv(told.path("source"))["nino"])


def read_plain(url: str, form: str, headers: dict[str, str]) -> pandas.DataFrame:
    content = httpx.get(url, headers=headers, trust_env=False, timeout=60).raise_for_status()
    if form == "parquet":
        return parquet.read_table(BytesIO(content.content)).to_pandas()
    if form == "csv":
        return pandas.read_csv(BytesIO(content.content))
    return pandas.read_json(StringIO(content.text), lines=True)


def test_the_people_have_their_tokenised_rows_in_the_slice(told: Told) -> None:
    source = pandas.read_csv(told.path("source")).set_index("nino")
    with serving(told) as url:
        profile = json.loads(told.path("profile").read_bytes())
        headers = {"Authorization": f"Bearer {profile['bearerToken']}"}
        found = read_plain(f"{url}/api/v1/agreements/{told.outcome['agreement']}/data.csv", "csv", headers)
    delivered = {(row.postcode, row.council, row.award) for row in found.itertuples()}
    for nino in told.outcome["people"]:
        person = source.loc[nino]
        assert (person.postcode, person.council, person.award) in delivered


def test_a_folder_that_holds_something_else_is_refused(told: Told, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam")
    refused = run_demo(tmp_path, told.environment)
    assert refused.returncode == 2
    assert "holds something else" in refused.stderr
    assert letter.read_text() == "Dear Sir or Madam"


def test_a_demonstration_that_still_serves_is_left_alone(told: Told) -> None:
    with serving(told):
        refused = run_demo(told.path("home"), told.environment)
    assert refused.returncode == 1
    assert "Another process is using" in refused.stderr
    assert told.path("profile").exists()


def test_a_former_demonstration_makes_room(tmp_path: Path) -> None:
    first, second = (set_stage(tmp_path / "home", free_port()), set_stage(tmp_path / "home", free_port()))
    assert (first.home, first.outside) == (second.home, second.outside)
    assert read_settings(second.home).port == second.port != first.port


@pytest.mark.nightly
def test_a_second_demonstration_replaces_the_first(told: Told) -> None:
    again = run_demo(told.path("home"), told.environment)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["agreement"] != told.outcome["agreement"]
