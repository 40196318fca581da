"""What every blob store promises, run over each of them."""

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commonweal.adapters.blobs import LocalBlobs
from commonweal.core import StoreError
from commonweal.keys import BlobNameError, BlobStore, UnknownBlobError

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc/passwd",
    "a\x00",
    "a\n",
    "A",
    "-a",
    "a-",
    "a.b",
    "é",
    "a" * 101,
    "%2e%2e",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture(params=["local"])
def blobs(request: pytest.FixtureRequest, root: Path) -> BlobStore:
    assert request.param == "local"
    return LocalBlobs(root)


def put(blobs: BlobStore, blob_id: str, data: bytes) -> None:
    with blobs.create(blob_id) as writer:
        writer.write(data)
        writer.commit()


@pytest.mark.parametrize("durable", [True, False])
def test_a_committed_blob_reads_back_by_position(blobs: BlobStore, *, durable: bool) -> None:
    data = os.urandom(3_000_000)
    with blobs.create("sf-1") as writer:
        assert writer.write(data[:1_000_000]) == 1_000_000
        assert writer.write(memoryview(data)[1_000_000:]) == 2_000_000
        writer.commit(durable=durable)
    with blobs.open("sf-1") as reader:
        assert (reader.size, blobs.size("sf-1")) == (len(data), len(data))
        assert reader.pread(1_500_000, 10) == data[1_500_000:1_500_010]
        assert reader.pread(len(data) - 5, 10) == data[-5:]
        assert reader.pread(len(data) + 5, 10) == b""
        with ThreadPoolExecutor(8) as pool:
            pieces = list(pool.map(lambda n: reader.pread(n * 100_000, 100_000), range(30)))
    assert b"".join(pieces) == data
    assert blobs.digest("sf-1") == hashlib.sha256(data).hexdigest()
    assert list(blobs.find_blobs()) == ["sf-1"]


def test_an_empty_blob_and_the_shortest_name_will_do(blobs: BlobStore) -> None:
    put(blobs, "a", b"")
    assert (blobs.size("a"), list(blobs.find_blobs())) == (0, ["a"])


def test_nothing_is_visible_before_the_commit_or_without_it(blobs: BlobStore) -> None:
    with blobs.create("sf-1") as writer:
        writer.write(b"data")
        with pytest.raises(UnknownBlobError):
            blobs.open("sf-1")
        assert list(blobs.find_blobs()) == []
    with pytest.raises(UnknownBlobError):
        blobs.size("sf-1")
    writer.abort()
    put(blobs, "sf-1", b"again")
    assert blobs.size("sf-1") == 5


def test_a_blob_never_changes(blobs: BlobStore) -> None:
    with blobs.create("sf-1") as late:
        put(blobs, "sf-1", b"first")
        late.write(b"second")
        with pytest.raises(BlobNameError, match="never change"):
            late.commit()
    with pytest.raises(BlobNameError, match="never change"):
        blobs.create("sf-1")
    with blobs.open("sf-1") as reader:
        assert reader.pread(0, 9) == b"first"


def test_a_deleted_blob_is_gone(blobs: BlobStore) -> None:
    put(blobs, "sf-1", b"data")
    blobs.delete("sf-1")
    for use in (blobs.open, blobs.size, blobs.digest, blobs.delete):
        with pytest.raises(UnknownBlobError) as caught:
            use("sf-1")
        assert caught.value.outcome.exit_code == 5


@pytest.mark.parametrize("blob_id", HOSTILE)
def test_a_hostile_name_is_refused_everywhere(blobs: BlobStore, blob_id: str) -> None:
    uses: list[Callable[[str], object]] = [blobs.create, blobs.open, blobs.size, blobs.digest, blobs.delete]
    for use in uses:
        with pytest.raises(BlobNameError) as caught:
            use(blob_id)
        assert caught.value.outcome.exit_code == 2


def test_only_their_owner_can_read_local_blobs(root: Path) -> None:
    put(LocalBlobs(root), "sf-1", b"data")
    modes = {stat.S_IMODE(place.stat().st_mode) for place in root.rglob("*") if place.is_file()}
    folders = {stat.S_IMODE(place.stat().st_mode) for place in root.rglob("*") if place.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_a_stray_file_is_no_blob(root: Path) -> None:
    blobs = LocalBlobs(root)
    put(blobs, "sf-1", b"data")
    for stray in ("sf-2", "README.txt"):
        (root / "-1" / stray).write_bytes(b"")
    assert list(blobs.find_blobs()) == ["sf-1"]


def test_what_a_killed_writer_left_is_invisible_and_swept(root: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from commonweal.adapters.blobs import LocalBlobs\n"
        "LocalBlobs(Path(sys.argv[1])).create('sf-1').write(b'half'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(root)], check=False)
    blobs = LocalBlobs(root)
    assert list(blobs.find_blobs()) == []
    assert (blobs.sweep(), blobs.sweep()) == (1, 0)
    put(blobs, "sf-1", b"whole")


def test_a_store_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be used"):
        LocalBlobs(tmp_path / "file")


def test_a_store_that_is_only_read_changes_nothing(root: Path) -> None:
    put(LocalBlobs(root), "sf-1", b"data")
    (root / "unfinished").rmdir()
    root.chmod(0o755)
    assert LocalBlobs(root, only_read=True).digest("sf-1") == hashlib.sha256(b"data").hexdigest()
    assert stat.S_IMODE(root.stat().st_mode) == 0o755
    assert [each.name for each in root.iterdir()] == ["-1"]


FULL = """
import resource, signal, sys
from pathlib import Path
from commonweal.adapters.blobs import LocalBlobs
from commonweal.core import StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
blobs = LocalBlobs(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
try:
    with blobs.create("sf-1") as writer:
        writer.write(bytes(2 << 20))
        writer.commit()
except StoreError as error:
    print(error.code, list(blobs.find_blobs()), blobs.sweep())
"""


def test_a_write_that_fails_leaves_nothing(root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(root)], check=True, capture_output=True, text=True)
    assert done.stdout == "store.failed [] 0\n"
