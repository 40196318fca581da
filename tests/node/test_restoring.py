"""What comes back of a backup: one moment of a busy node, whole and proved, or nothing at all."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from tests.node.backups import SECRET, Kept, Later, Serving, back_up, left, rows, verify_refused
from tests.ports.devices import PIN

from commonweal.adapters.archive import Index, Source, archive_size, write_archive
from commonweal.adapters.keystore import FileCustodian
from commonweal.core import CommonwealError, SystemClock, from_rfc3339
from commonweal.node import BackupManifest, Caller, create_home, open_home, read_settings, restore_home
from commonweal.node.parts import NODE_KEY

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere


@pytest.fixture(autouse=True)
def _secret_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", SECRET)


@dataclass
class Busy:
    """People who go on publishing, reading, agreeing and revoking; `done` counts what they did."""

    served: "ServedHere"
    agreed: "Agreed"
    done: int = 0
    failed: Exception | None = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have them work for the length of the block."""
        stopping = threading.Event()

        def work(act: Callable[[], object]) -> None:
            try:
                while not stopping.is_set():
                    act()
                    self.done += 1
            except Exception as error:  # noqa: BLE001  told to the test below
                self.failed = error

        threads = [threading.Thread(target=work, args=(each,)) for each in (self._read, self._come_and_go)]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            stopping.set()
            for each in threads:
                each.join()
        assert self.failed is None, self.failed
        assert self.done

    def _read(self) -> None:
        rows(self.served, self.agreed)

    def _come_and_go(self) -> None:
        self.served.publish_claimants()
        ended = self.served.agree_on_claimants()
        rows(self.served, ended)
        self.served.do(f"/api/v1/agreements/{ended.id}/revocation", {"reason": "a trial"})


def test_a_busy_node_is_backed_up_and_comes_back(a_home: "Home", serving: Serving, tmp_path: Path) -> None:
    with serving(a_home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        before = rows(served, agreed)
        with Busy(served, agreed).at_work():
            files = [back_up(served, tmp_path / f"{number}.tar") for number in range(3)]
        assert left(a_home) == []
        recorded = served.events(name="node.backed-up")
    for number, file in enumerate(files):
        restored = restore_home(file, tmp_path / f"restored-{number}")
        assert restored.report.log.size == restored.manifest.log_size
        begun = next(each for each in recorded if each["subject"] == restored.manifest.backup)
        assert begun["index"] < restored.manifest.log_size, "the backup holds the event of its own making"
        assert from_rfc3339(begun["facts"]["expires"]) == restored.manifest.expires
        with serving(replace(a_home, folder=tmp_path / f"restored-{number}")) as again:
            assert rows(again, agreed) == before
            assert [each["subject"] for each in again.events(name="node.restored")] == [restored.manifest.backup]
        replace(a_home, folder=tmp_path / f"restored-{number}").verify()


def test_the_log_may_grow_from_tile_to_tile_meanwhile(a_home: "Home", tmp_path: Path) -> None:
    written = 0
    with a_home.open() as node:
        operator = node.bodies.get_person(node.parts.settings.operator)
        stopping = threading.Event()

        def grow() -> None:
            nonlocal written
            while not stopping.is_set():
                node.bodies.list(Caller(operator, is_operator=True))
                written += 1
                if not written % 40:
                    node.parts.log.sign_pending()

        growing = threading.Thread(target=grow)
        growing.start()
        try:
            for wanted in (240, 480, 720, 1040):
                while written < wanted:
                    time.sleep(0.001)
                made = node.backups.begin(Caller(operator, is_operator=True))
                (tmp_path / f"{wanted}.tar").write_bytes(b"".join(made))
                made.close()
        finally:
            stopping.set()
            growing.join()
    sizes = [restore_home(file, tmp_path / f"restored-{file.stem}").report.log.size for file in tmp_path.glob("*.tar")]
    assert len(set(sizes)) == 4
    assert max(sizes) > 1024


def test_what_comes_back_is_the_node(kept: Kept, serving: Serving, tmp_path: Path) -> None:
    home = replace(kept.home, folder=tmp_path / "new")
    done = restore_home(kept.file, home.folder)
    assert read_settings(home.folder) == read_settings(kept.home.folder)
    assert kept.manifest.expires - kept.manifest.made == timedelta(days=35)
    assert (done.secret, done.missing, done.shut) == ("given by the environment at start", "", 0)
    assert {each.name for each in home.folder.iterdir()} == {
        *("blobs", "keystore.json", "log", "node.db", "node.json", "restored.json")
    }
    with serving(home) as served:
        assert rows(served, kept.agreed) == kept.read
        signed_in = served.send("GET", "/agreements", {"Cookie": kept.session})
        assert signed_in.status_code == 401, "a session of before must not live on"
        told = served.events(name="node.restored")
        assert told[0]["facts"]["log_size"] == kept.manifest.log_size
        served.publish_claimants("dwp/later")
    with serving(home) as served:
        assert len(served.events(name="node.restored")) == 1
    assert home.verify().log.size > kept.manifest.log_size


def test_without_its_secret_it_is_restored_and_says_so(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMMONWEAL_UNLOCK")
    done = restore_home(kept.file, tmp_path / "new")
    assert done.secret == ""
    assert kept.manifest.node in done.missing
    assert done.report.sealed_files > 0


def test_a_wrong_secret_is_a_failure_that_leaves_nothing(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "the secret of another node")
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "new"):
        verify_refused(lambda folder=folder: restore_home(kept.file, tmp_path / folder), "keys.wrong-secret", 1)  # type: ignore[misc]  # bound in the loop
    assert list((tmp_path / "empty").iterdir()) == []
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_left_alone(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    verify_refused(lambda: restore_home(kept.file, tmp_path), "input.malformed", 2)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_expired_backup_is_refused_with_its_day(kept: Kept, tmp_path: Path) -> None:
    clock = Later(kept.manifest.expires - SystemClock().now() - timedelta(minutes=1))
    restore_home(kept.file, tmp_path / "in-time", clock=clock)
    clock = Later(kept.manifest.expires - SystemClock().now())
    told = verify_refused(lambda: restore_home(kept.file, tmp_path / "late", clock=clock), "backup.expired", 3)
    assert f"{kept.manifest.expires:%-d %B %Y}" in str(told)
    assert not (tmp_path / "late").exists()


def test_a_rolled_back_log_is_refused_against_a_checkpoint_kept(kept: Kept, serving: Serving, tmp_path: Path) -> None:
    home = replace(kept.home, folder=tmp_path / "home")
    restore_home(kept.file, home.folder)
    with serving(home) as served:
        older = served.send("GET", "/log/checkpoint").content
        file = back_up(served, tmp_path / "older.tar")
        served.publish_claimants("dwp/later")
        served.node.parts.log.sign_pending()
        newer = served.send("GET", "/log/checkpoint").content
    assert restore_home(file, tmp_path / "extends", against=older).report.log.size > 0
    verify_refused(lambda: restore_home(file, tmp_path / "rolled-back", against=newer), "audit.forked", 6)
    verify_refused(lambda: restore_home(kept.file, tmp_path / "forked", against=newer), "audit.forked", 6)
    verify_refused(lambda: restore_home(kept.file, tmp_path / "garbled", against=b"no checkpoint"), "audit.unproven", 6)
    assert not any((tmp_path / each).exists() for each in ("rolled-back", "forked", "garbled"))


def test_another_key_than_the_expected_is_refused(kept: Kept, tmp_path: Path) -> None:
    restore_home(kept.file, tmp_path / "known", fingerprint=kept.manifest.fingerprint)
    verify_refused(lambda: restore_home(kept.file, tmp_path / "new", fingerprint="0" * 64), "proof.failed", 6)
    assert not (tmp_path / "new").exists()


def test_a_node_whose_keys_lie_in_a_device(
    token_url: str, a_home: "Home", serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", PIN.decode())
    create_home(tmp_path / "device", body="cabinet-office", operator="Olu Adeyemi", port=8400, custodian=token_url)
    home = replace(a_home, folder=tmp_path / "device", unlock=PIN.decode())
    with serving(home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        read = rows(served, agreed)
        file = back_up(served, tmp_path / "device.tar")
    again = replace(home, folder=tmp_path / "again")
    restore_home(file, again.folder)
    assert (again.folder / "keys.json").exists()
    assert not (again.folder / "keystore.json").exists()
    with serving(again) as served:
        assert rows(served, agreed) == read
        served.node.parts.custodian.destroy("kek-department-for-work-pensions")
    done = restore_home(file, tmp_path / "after")
    assert done.shut == done.report.sealed_files > 0, "what was destroyed in the device stays so"
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "0000")
    verify_refused(lambda: restore_home(file, tmp_path / "wrong"), "keys.wrong-secret", 1)
    assert not (tmp_path / "wrong").exists()


def test_a_node_whose_secret_aws_kms_seals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KMS as moto plays it; the real one was not tried."""
    monkeypatch.delenv("COMMONWEAL_UNLOCK")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    folder, file = tmp_path / "home", tmp_path / "backup.tar"
    with mock_aws():
        key = boto3.client("kms", region_name="eu-west-2").create_key()["KeyMetadata"]["KeyId"]
        url = f"awskms:{key}?region=eu-west-2"
        create_home(folder, body="cabinet-office", operator="Olu Adeyemi", port=8400, custodian=url)
        with open_home(folder) as node:
            operator = node.bodies.get_person(node.parts.settings.operator)
            made = node.backups.begin(Caller(operator, is_operator=True))
            file.write_bytes(b"".join(made))
            made.close()
        assert restore_home(file, tmp_path / "here").secret
        with open_home(tmp_path / "here") as node:
            assert [each.event.name for each in node.parts.log.find_newest(limit=1)] == ["node.restored"]
    with mock_aws():  # another account: that key is not there
        done = restore_home(file, tmp_path / "elsewhere")
    assert (done.secret, done.shut) == ("", 0)
    assert "KMS" in done.missing


def signed_by(tmp_path: Path, members: dict[str, bytes], like: BackupManifest) -> Path:
    """Write a backup that is whole and signed, by somebody's own key, and holds whatever they like."""
    custodian = FileCustodian.create(tmp_path / "keys.json", SECRET.encode(), clock=SystemClock())
    key = custodian.new_signing_key(NODE_KEY)
    sources = [Source(name, len(content), lambda content=content: iter([content])) for name, content in members.items()]  # type: ignore[misc]  # bound in the loop
    file = tmp_path / "hostile.tar"

    def seal(index: Index) -> bytes:
        return replace(like, key=key, index=index).sign(custodian)

    file.write_bytes(
        b"".join(write_archive(sources, size=archive_size(sources), at=int(like.made.timestamp()), seal=seal))
    )
    return file


@pytest.mark.parametrize(
    "name",
    [
        *(
            "/etc/cron.d/x",
            "../outside",
            "log/../../outside",
            "log/checkpoint/../../x",
            "blobs/../x",
            "blobs/",
            "blobs",
        ),
        *("serve.json", "restored.json", "closed.json", "lock", "node.db-wal", "log/tile/0/999x", "log/tile/0/000.p/0"),
        *("", ".", "..", "log", "log/", "blobs/UPPER", "blobs/a/b", "restoring/x", "manifest.json"),
    ],
)
def test_a_name_that_is_no_nodes_is_refused_whoever_signed_it(kept: Kept, tmp_path: Path, name: str) -> None:
    file = signed_by(tmp_path, {"node.json": b"{}", name: b"x"}, kept.manifest)
    verify_refused(lambda: restore_home(file, tmp_path / "deep" / "new"), "backup.damaged", 6)
    assert sorted(each.name for each in tmp_path.iterdir()) in (
        ["deep", "hostile.tar", "keys.json"],
        ["hostile.tar", "keys.json"],
    )
    assert not (tmp_path / "deep" / "new").exists()
    assert not (tmp_path / "outside").exists()


def test_a_backup_of_parts_that_do_not_belong_together_is_refused(kept: Kept, tmp_path: Path) -> None:
    settings = (kept.home.folder / "node.json").read_bytes()
    for members in ({}, {"node.json": settings}, {"node.json": b"[]"}, {"node.db": b""}):
        (tmp_path / "keys.json").unlink(missing_ok=True)
        with pytest.raises(CommonwealError) as refused:
            restore_home(signed_by(tmp_path, members, kept.manifest), tmp_path / "new")
        assert refused.value.outcome.exit_code in {1, 5, 6}
        assert not (tmp_path / "new").exists()


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"a" * 10_000)
    verify_refused(lambda: restore_home(tmp_path / "text", tmp_path / "new"), "backup.damaged", 6)
    verify_refused(lambda: restore_home(tmp_path / "nothing", tmp_path / "new"), "input.unreadable-file", 1)
    verify_refused(lambda: restore_home(tmp_path, tmp_path / "new"), "input.unreadable-file", 1)
