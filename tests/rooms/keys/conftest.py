from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal.adapters.keystore import FileCustodian
from commonweal.keys import Custodian


class FixedClock:
    def now(self) -> datetime:
        return datetime(2020, 4, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def custodian(tmp_path: Path) -> Custodian:
    return FileCustodian.create(tmp_path / "keys" / "keystore.json", b"a secret of the tests", clock=FixedClock())
