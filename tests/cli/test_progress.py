"""What a person at a terminal sees while a file is sent and published, and that nothing of it is seen elsewhere."""

import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.cli import progress
from commonweal.cli.app import run

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Home

ROWS = "".join(f"{number},site-1,2020-01-01,1.5,generated\n" for number in range(100_000))
CONTRACT = Path(__file__).parents[2] / "src/commonweal/cli/story/data/large.odcs.yaml"


def test_bars_are_shown_on_a_terminal_only(
    a_home: "Home",
    command: "Command",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / "readings.csv"
    source.write_text(f"reading,site,taken,value,note\n{ROWS}")
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "a secret that only these tests know")
    words = ["publish", source, "cabinet-office/readings", "--contract", CONTRACT, "--home", a_home.folder]
    quiet = command(*words)
    assert (quiet.code, quiet.err) == (0, "")
    source.write_text(f"reading,site,taken,value,note\n{ROWS}100000,site-2,2020-01-02,2.5,generated\n")

    monkeypatch.setattr(progress, "_PERIOD", 0.01)
    master, slave = os.openpty()
    with ThreadPoolExecutor(1) as beside, monkeypatch.context() as patch:
        reading = beside.submit(_all_of, master)
        with open(slave, "w") as terminal:  # noqa: PTH123  a descriptor
            patch.setattr(sys, "stderr", terminal)
            assert run([str(each) for each in [*words, "--json"]]) == 0
        shown = reading.result()
    assert "Sending readings.csv" in shown
    assert "The node checks and seals it" in shown
    assert re.search(r"about \d[\d,]* rows", shown)
    assert json.loads(capsys.readouterr().out)["rows"] == 100_001


def _all_of(descriptor: int) -> str:
    """Return what is written to a terminal until nobody writes to it any more."""
    found = bytearray()
    with suppress(OSError), closing(os.fdopen(descriptor, "rb", buffering=0)) as terminal:
        while piece := terminal.read(1 << 16):
            found += piece
    return found.decode()
