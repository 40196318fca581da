"""A full disk, on a small one of its own: refused in words, nothing half-stored, and well again when there is room."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere
    from tests.story.conftest import Said

STORY = files("commonweal.cli.story") / "data"
Verify = Callable[[httpx.Response, int], None]


def stored(home: Path) -> list[str]:
    """Return every payload under a home, finished or not."""
    return sorted(path.name for path in (home / "blobs").rglob("*") if path.is_file())


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))
    return ballast


@pytest.mark.parametrize("disk", [4 << 20], indirect=True)
def test_a_full_disk_refuses_the_publication_and_keeps_nothing_of_it(
    disk: Path,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
    command: "Callable[..., Said]",
    verify_problem: Verify,
) -> None:
    home = new_home(disk / "home")
    with serving(home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        kept = stored(home.folder)
        verify_problem(served.upload(bytes(4 << 20), by="priya.shah@department-for-work-pensions"), 507)
        assert stored(home.folder) == kept
        ballast = fill(disk)
        refusals = {publish_again(served) for _ in range(3)}
        assert refusals <= {503, 507}
        verify_problem(served.send("GET", agreed.data_path("csv"), agreed.reader), 503)
        joining = served.send("POST", "/api/v1/bodies", served.person(), json={"body": "brent"})
        assert joining.status_code in {503, 507}
        assert served.send("GET", "/health").status_code == 200
        assert stored(home.folder) == kept
        assert served.search() == {"department-for-work-pensions/claimants"}
        ballast.unlink()
        wait_until_written(served)
        served.join("brent", "Bea Brent", "steward")
        assert publish_again(served) == 201
    home.verify()
    ballast = fill(disk)
    source = disk.parent / "stock.csv"
    source.write_bytes(b"trust,as_at,item,stock,daily_use\nR0A,2020-04-01,gloves,1,1\n")
    contract = STORY / "ppe-stock.odcs.yaml"
    said = command("publish", source, "cabinet-office/stock", "--contract", contract, "--home", home.folder)
    said.verify_refused(1, "full", "Free space")


def publish_again(served: "ServedHere") -> int:
    steward = "priya.shah@department-for-work-pensions"
    upload = served.upload(served.claimants_source(), by=steward)
    if upload.status_code != 201:
        return upload.status_code
    contract = (STORY / "claimants.odcs.yaml").read_text()
    form = {"body": "DWP", "name": "again", "contract": contract, "upload": upload.json()["upload"], "access": "closed"}
    return served.send("POST", "/api/v1/datasets", served.person(steward), json=form).status_code


def wait_until_written(served: "ServedHere") -> None:
    for _ in range(100):
        if served.send("GET", "/api/v1/bodies", served.person()).is_success:
            return
    raise AssertionError("the node must write again by itself")
