import random
import shutil
from pathlib import Path

import pytest

from commonweal.core import ProofError
from commonweal.node import create_home, open_home, verify_home

SECRET = {"COMMONWEAL_UNLOCK": "an unlock secret for tests only"}


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in SECRET.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    create_home(home, body="lambeth", operator="Jo Bloggs", port=8400, environment=SECRET)
    return home


def test_a_byte_changed_anywhere_in_the_database_is_found(stopped: Path, tmp_path: Path) -> None:
    chance = random.Random(6)
    content = (stopped / "node.db").read_bytes()
    for number in range(25):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(stopped, copy)
        changed = bytearray(content)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        (copy / "node.db").write_bytes(changed)
        with pytest.raises(ProofError):
            verify_home(copy)


def test_a_statement_of_another_node_does_not_count(stopped: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    create_home(other, body="lambeth", operator="Jo Bloggs", port=8400, environment=SECRET)
    shutil.copy(other / "closed.json", stopped / "closed.json")
    with pytest.raises(ProofError, match="statement"):
        verify_home(stopped)


def test_a_write_ahead_log_put_beside_the_statement_is_found(stopped: Path) -> None:
    (stopped / "node.db-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(28))
    with pytest.raises(ProofError):
        verify_home(stopped)


def test_a_running_node_has_no_statement_and_still_verifies(stopped: Path) -> None:
    assert verify_home(stopped).log.pending == 0
    with open_home(stopped):
        assert not (stopped / "closed.json").exists()
        assert verify_home(stopped).log.size > 0
    assert (stopped / "closed.json").exists()
