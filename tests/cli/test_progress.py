"""What a person at a terminal sees while a file is sent and published, and that nothing of it is seen elsewhere."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.cli.app import run

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Home

ROWS = "".join(f"{number},site-1,2020-01-01,1.5,generated\n" for number in range(2000))
CONTRACT = Path(__file__).parents[2] / "src/commonweal/cli/story/data/large.odcs.yaml"


def test_bars_are_shown_on_a_terminal_only(
    a_home: "Home", command: "Command", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "readings.csv"
    source.write_text(f"reading,site,taken,value,note\n{ROWS}")
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "a secret that only these tests know")
    words = ["publish", source, "cabinet-office/readings", "--contract", CONTRACT, "--home", a_home.folder]
    quiet = command(*words)
    assert (quiet.code, quiet.err) == (0, "")

    master, slave = os.openpty()
    with open(slave, "w") as terminal, monkeypatch.context() as patch:  # noqa: PTH123  a descriptor
        patch.setattr(sys, "stderr", terminal)
        assert run([str(each) for each in words]) == 0
        shown = os.read(master, 1 << 16).decode()
    os.close(master)
    assert "Sending readings.csv" in shown
    assert "The node checks and seals it" in shown
