"""A backup that every test of this folder may restore."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.node.backups import Kept, Serving, back_up, rows

from commonweal.node.backups.manifest import read_backup_manifest

if TYPE_CHECKING:
    from tests.conftest import Home


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, new_home: "Callable[[Path], Home]", serving: Serving) -> Kept:
    """A backup of a node with an agreement, and what its recipient read."""
    folder = tmp_path_factory.mktemp("kept")
    home = new_home(folder / "home")
    with serving(home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        read = rows(served, agreed)
        link = str(served.do("/api/v1/sign-in-links")["link"])
        session = served.send("GET", link.removeprefix(served.url)).headers["set-cookie"].partition(";")[0]
        file = back_up(served, folder / "backup.tar")
    with file.open("rb") as opened:
        return Kept(file, home, agreed, read, read_backup_manifest(opened), session)
