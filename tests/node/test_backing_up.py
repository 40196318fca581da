"""A backup of a node that serves: who may take one, what it leaves, and until when such files last."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from tests.node.backups import (
    SECRET,
    Kept,
    Serving,
    back_up,
    left,
    manifest_of,
    rows,
    seal_large,
    verify_refused,
)

from commonweal.core import CommonwealError, from_rfc3339
from commonweal.node import Caller, Finding, Node, examine_home, keep_backup, remove_expired, restore_home
from commonweal.node.backups.making import last_backup_expiry

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere


@pytest.fixture(autouse=True)
def _secret_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", SECRET)


def test_only_the_operator_in_their_own_name_may(served: "ServedHere") -> None:
    served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
    served.join("cabinet-office", "Kim Keys", "information-governance", "asset-owner")
    other_operator = served.join("cabinet-office", "Oz Operator", "operator")
    for person in ("margaret.okafor@department-for-work-pensions", "kim.keys@cabinet-office", other_operator):
        answer = served.send("GET", "/api/v1/backup", served.person(person))
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.role")
    assert served.events(name="node.backed-up") == []


@pytest.mark.parametrize("days", ["0", "3651", "-1", "soon"])
def test_days_are_bounded(served: "ServedHere", days: str) -> None:
    answer = served.send("GET", "/api/v1/backup", served.person(), params={"keep_days": days})
    assert answer.status_code == 400
    assert served.events(name="node.backed-up") == []


def test_the_last_expiry_is_that_of_every_backup_before(a_home: "Home", serving: Serving, tmp_path: Path) -> None:
    with serving(a_home) as served:
        log, clock = served.node.parts.log, a_home.clock
        assert last_backup_expiry(log, clock.now()) is None
        begun = clock.now()
        back_up(served, tmp_path / "long.tar", days=400)
        clock.advance(timedelta(days=1))
        back_up(served, tmp_path / "short.tar", days=1)
        long = manifest_of(tmp_path / "long.tar")
        assert last_backup_expiry(log, clock.now()) == long.expires
        clock.advance(timedelta(days=1))
        shredded = clock.now()
        clock.advance(timedelta(days=1))
        back_up(served, tmp_path / "after.tar", days=3650)
        assert last_backup_expiry(log, shredded) == long.expires
        assert last_backup_expiry(log, begun) is None
        assert last_backup_expiry(log, clock.now()) == manifest_of(tmp_path / "after.tar").expires
    home = replace(a_home, folder=tmp_path / "restored")
    restore_home(tmp_path / "long.tar", home.folder, clock=home.clock)
    with serving(home) as served:
        assert last_backup_expiry(served.node.parts.log, home.clock.now()) == long.expires
        told = served.events(name="node.restored")[0]
        assert from_rfc3339(told["facts"]["others_expire"]) > from_rfc3339(told["at"]) + timedelta(days=34)


def test_doctor_tells_of_the_last_backup(a_home: "Home", serving: Serving, tmp_path: Path) -> None:
    never = finding(a_home)
    assert (never.ok, never.verdict) == (True, "warn")
    assert "none was ever made" in never.detail
    with serving(a_home) as served:
        back_up(served, tmp_path / "backup.tar", days=2)
        running = finding(a_home)
    stopped = finding(a_home)
    assert running == stopped
    assert (stopped.ok, stopped.verdict) == (True, "ok")
    assert f"{manifest_of(tmp_path / 'backup.tar').expires:%-d %B %Y}" in stopped.detail
    a_home.verify()


def finding(home: "Home") -> Finding:
    return next(each for each in examine_home(home.folder) if each.check == "backups")


def test_expired_backups_of_this_node_are_removed_and_nothing_else(
    kept: Kept, serving: Serving, a_home: "Home", tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    with serving(a_home) as served:
        old = back_up(served, folder, days=1)
        a_home.clock.advance(timedelta(days=2))
        young = back_up(served, folder)
    newest, name = manifest_of(young), young.name
    for place, content in {
        name.replace("T", "X"): young.read_bytes()[:-1],
        f"commonweal-{newest.node}-20200101T0000Z.tar": b"not a backup",
        f"commonweal-{newest.node}-20200102T0000Z.tar": kept.file.read_bytes(),  # another node's
        "commonweal-node-other.tar": old.read_bytes(),
        "notes.txt": b"mine",
    }.items():
        (folder / place).write_bytes(content)
    (folder / f"commonweal-{newest.node}-20200103T0000Z.tar").symlink_to(old)
    (folder / f"commonweal-{newest.node}-20200104T0000Z.tar").mkdir()
    before = {each.name for each in folder.iterdir()}
    gone = remove_expired(folder, newest, a_home.clock.now())
    assert [place for place, _ in gone] == [old]
    assert before - {each.name for each in folder.iterdir()} == {old.name}


@contextmanager
def each_copy(node: Node, act: Callable[[], object]) -> Iterator[None]:
    """Do something between each copy of the database and the moment at which what it names is held."""
    copies = set[Path]()

    def returned(*_: object) -> None:
        fresh = {each for each in node.parts.home.glob("backing-up-*/*/node.db") if each.stat().st_size} - copies
        if fresh:
            copies.update(fresh)
            act()

    event.listen(node.parts.reading, "checkin", returned)
    try:
        yield
    finally:
        event.remove(node.parts.reading, "checkin", returned)


def test_what_is_revoked_while_it_is_copied_has_the_copy_taken_again(served: "ServedHere", tmp_path: Path) -> None:
    served.publish_claimants()
    doomed = [served.agree_on_claimants() for _ in range(8)]
    for each in doomed:
        rows(served, each)
    operator = Caller(served.node.bodies.get_person(served.node.parts.settings.operator), is_operator=True)
    revoked: list[Agreed] = []

    def revoke() -> None:
        if doomed:
            revoked.append(doomed.pop())
            served.node.asking.revoke(operator, revoked[-1].id, "a trial")

    with each_copy(served.node, revoke):
        verify_refused(lambda: served.node.backups.begin(operator), "backup.unsettled", 7)
        assert len(revoked) == 5
        assert left(served.home) == []
        made = served.node.backups.begin(operator)
        assert len(revoked) == 8
        held = left(served.home)
        (tmp_path / "new.tar").write_bytes(b"".join(made))
        made.close()
    assert held
    assert left(served.home) == []
    assert restore_home(tmp_path / "new.tar", tmp_path / "new").report.sealed_files == len(held) - 1


def test_a_key_destroyed_while_it_is_copied_has_the_copy_taken_again(served: "ServedHere", tmp_path: Path) -> None:
    node = served.node
    operator = Caller(node.bodies.get_person(node.parts.settings.operator), is_operator=True)
    for each in ("first", "second"):
        node.parts.custodian.new_secret(each)
    doomed = ["second", "first"]
    with each_copy(node, lambda: node.parts.custodian.destroy(doomed.pop()) if doomed else None):
        made = node.backups.begin(operator)
        (tmp_path / "new.tar").write_bytes(b"".join(made))
        made.close()
    assert doomed == []
    restore_home(tmp_path / "new.tar", tmp_path / "new")
    assert (tmp_path / "new" / "keystore.json").read_bytes() == (served.home.folder / "keystore.json").read_bytes()


def test_two_backups_of_one_minute_have_two_names(served: "ServedHere", tmp_path: Path) -> None:
    assert len({back_up(served, tmp_path).name for _ in range(3)}) == 3
    assert len(list(tmp_path.glob("commonweal-node-*Z*.tar"))) == 3


def test_a_backup_that_breaks_off_leaves_nothing(kept: Kept, tmp_path: Path) -> None:
    content = kept.file.read_bytes()

    def breaking() -> Iterator[bytes]:
        yield content[: len(content) // 2]
        raise ConnectionError

    for pieces in (breaking(), iter([content[:-1]]), iter([content, b"\0"]), iter([b""])):
        with pytest.raises((CommonwealError, ConnectionError)):
            keep_backup(pieces, tmp_path / "new.tar", fingerprint=kept.manifest.fingerprint)
        assert list(tmp_path.iterdir()) == []
    verify_refused(lambda: keep_backup(iter([content]), tmp_path / "new.tar", fingerprint="0" * 64), "proof.failed", 6)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_leaves_nothing_on_the_node(served: "ServedHere") -> None:
    with served.client.stream("GET", "/api/v1/backup", headers=served.person()) as answer:
        next(answer.iter_raw(1))
    limit = time.monotonic() + 10
    while left(served.home) and time.monotonic() < limit:
        time.sleep(0.05)
    assert left(served.home) == []


def test_what_a_crash_left_is_gone_at_the_next_start(a_home: "Home", serving: Serving) -> None:
    (a_home.folder / "backing-up-x").mkdir()
    (a_home.folder / "backing-up-x" / "node.db").write_bytes(b"half")
    with serving(a_home):
        assert left(a_home) == []


def test_a_sealed_file_that_is_damaged_breaks_the_backup_off(served: "ServedHere", tmp_path: Path) -> None:
    served.publish_claimants()
    blob = next(path for path in (served.home.folder / "blobs").glob("??/*"))
    whole = blob.read_bytes()
    blob.write_bytes(whole[:-1] + b"?")
    with pytest.raises(Exception) as broken:  # noqa: PT011  whatever the client calls a connection that was cut
        back_up(served, tmp_path / "new.tar")
    assert type(broken.value).__module__.startswith("httpx")
    blob.unlink()
    answer = served.send("GET", "/api/v1/backup", served.person())
    assert (answer.status_code, answer.json()["code"]) == (409, "proof.failed")
    assert list(tmp_path.glob("*.tar*")) == []
    assert left(served.home) == []
    blob.write_bytes(whole)


def test_memory_stays_constant_on_both_sides(
    a_home: "Home", serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMMONWEAL_UNLOCK")  # making a key of the secret takes its memory by design
    with serving(a_home) as served:
        seal_large(served.node, 48)
        tracemalloc.start()
        try:
            file = back_up(served, tmp_path / "large.tar")
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            restore_home(file, tmp_path / "restored")
            restoring = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert file.stat().st_size > 48 << 20
    assert peak < 24 << 20
    assert restoring < 24 << 20
