"""DuckDB over sealed files gives what it gives over plain ones, and leaves no plaintext."""

# ruff: noqa: S608  every statement is the tests' own

import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.sealed import SealedFiles
from commonweal.core import InputError, StoreFullError
from commonweal.keys import DigestSink, PayloadReader, PayloadWriter, SealedFileError, new_file_key

ROWS = 5_000_000
EVERY_COLUMN = "SELECT count(*), sum(id), sum(hash(id, name, award, born, note)::HUGEINT), min(name), max(born) FROM"
CANARY = "QQ123456C-canary"


class Memory:
    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)

    def pread(self, offset: int, size: int, /) -> bytes:
        return bytes(self.data[offset : offset + size])


class Full:
    """A store whose disk fills up."""

    def write(self, data: memoryview, /) -> int:
        if len(data) > 16:
            raise StoreFullError("The disk is full.")
        return len(data)


def connect(threads: int = 2) -> tuple[duckdb.DuckDBPyConnection, SealedFiles]:
    connection, files = duckdb.connect(config={"threads": threads}), SealedFiles()
    connection.execute("SET temp_directory = ''")
    connection.register_filesystem(files)
    return connection, files


def seal(plain: Path, blobs: LocalBlobs, blob_id: str, file_key: bytes) -> int:
    with blobs.create(blob_id) as blob, plain.open("rb") as source:
        with PayloadWriter(blob, file_key) as payload:
            while piece := source.read(1 << 20):
                payload.write(piece)
        blob.commit()
    return payload.payload_size


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, PayloadReader]]:
    folder = tmp_path_factory.mktemp("large")
    plain, blobs, file_key = folder / "plain.parquet", LocalBlobs(folder / "blobs"), new_file_key()
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT i AS id, 'person ' || (i * 7919 % {ROWS}) AS name, (i * 31 % 99991) / 100 AS award,"
            " DATE '1940-01-01' + (i % 25000)::INT AS born, CASE WHEN i % 3 = 0 THEN hex(hash(i)) END AS note"
            f" FROM range({ROWS}) t(i)) TO '{plain}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
    size = seal(plain, blobs, "sf-large", file_key)
    with blobs.open("sf-large") as blob:
        yield plain, PayloadReader(blob, file_key, size)


def answers(large: tuple[Path, PayloadReader], *, threads: int, times: int) -> tuple[object, list[object]]:
    plain, reader = large
    connection, files = connect(threads)
    with connection:
        expected = connection.execute(f"{EVERY_COLUMN} '{plain}'").fetchone()
        found: list[object] = []
        for turn in range(times):
            url = files.offer(f"turn-{turn}.parquet", reader)
            found.append(connection.execute(f"{EVERY_COLUMN} '{url}'").fetchone())
            files.withdraw(f"turn-{turn}.parquet")
    return expected, found


@pytest.mark.parametrize(("threads", "times"), [(4, 20), (2, 2), (1, 2)])
def test_a_sealed_file_reads_as_the_plain_one_does(large: tuple[Path, PayloadReader], threads: int, times: int) -> None:
    expected, found = answers(large, threads=threads, times=times)
    assert found == [expected] * times


@pytest.mark.nightly
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_sealed_file_reads_as_the_plain_one_does_20_times(large: tuple[Path, PayloadReader], threads: int) -> None:
    expected, found = answers(large, threads=threads, times=20)
    assert found == [expected] * 20


def test_a_file_joined_to_itself_keeps_its_positions_apart(large: tuple[Path, PayloadReader]) -> None:
    connection, files = connect(4)
    url = files.offer("self.parquet", large[1])
    with connection:
        query = f"SELECT count(*), sum(a.award) = sum(b.award) FROM '{url}' a JOIN '{url}' b USING (id)"
        assert connection.execute(query).fetchone() == (ROWS, True)


@pytest.mark.parametrize("form", ["parquet", "csv", "json"])
def test_what_duckdb_writes_sealed_reads_back_and_shows_no_plaintext(tmp_path: Path, form: str) -> None:
    blobs, file_key = LocalBlobs(tmp_path / "blobs"), new_file_key()
    connection, files = connect(4)
    rows = f"SELECT i, '{CANARY}-' || i AS name FROM range(400_000) t(i)"
    with connection, blobs.create("sf-out") as blob:
        sink = DigestSink(blob)
        payload = PayloadWriter(sink, file_key)
        with files.explained():
            connection.execute(f"COPY ({rows}) TO '{files.accept('out', payload)}' (FORMAT {form})")
        assert payload.closed
        blob.commit()
        assert blobs.digest("sf-out") == sink.digest
        with blobs.open("sf-out") as sealed:
            url = files.offer(f"back.{form}", PayloadReader(sealed, file_key, payload.payload_size))
            differences = f"SELECT count(*) FROM (({rows}) EXCEPT (SELECT * FROM '{url}'))"
            assert connection.execute(differences).fetchone() == (0,)
    on_disk = [place for place in tmp_path.rglob("*") if place.is_file()]
    assert len(on_disk) == 1
    content = on_disk[0].read_bytes()
    assert not any(sign in content for sign in (CANARY.encode(), CANARY.encode("utf-16-le"), b"PAR1"))


def test_an_unsealed_error_comes_back_as_ours_and_not_as_text(tmp_path: Path) -> None:
    plain, blobs, file_key = tmp_path / "plain.parquet", LocalBlobs(tmp_path / "blobs"), new_file_key()
    connection, files = connect()
    connection.execute(f"COPY (SELECT i, hash(i) h FROM range(500_000) t(i)) TO '{plain}' (FORMAT parquet)")
    size = seal(plain, blobs, "sf-1", file_key)
    with blobs.open("sf-1") as blob:
        memory = Memory(blob.pread(0, size))
    memory.data[size // 2] ^= 1
    url = files.offer("data.parquet", PayloadReader(memory, file_key, size))
    with connection, pytest.raises(SealedFileError, match="Chunk"), files.explained():
        connection.execute(f"SELECT sum(h) FROM '{url}'").fetchall()


def test_a_full_disk_while_writing_comes_back_as_ours() -> None:
    connection, files = connect()
    url = files.accept("out", PayloadWriter(Full(), new_file_key()))
    with connection, pytest.raises(StoreFullError), files.explained():
        connection.execute(f"COPY (SELECT hash(i) FROM range(1_000_000) t(i)) TO '{url}' (FORMAT parquet)")


@pytest.mark.parametrize("path", ["other.parquet", "*.parquet", "data.*", "../data.parquet", "**"])
def test_nothing_but_what_was_offered_is_found(tmp_path: Path, path: str) -> None:
    connection, files = connect()
    offer(files, "data.parquet", tmp_path, 1)
    with connection, pytest.raises(duckdb.Error), files.explained():
        connection.execute(f"SELECT * FROM 'commonweal+age://{path}'")
    with connection, pytest.raises(duckdb.Error), files.explained():
        connection.execute(f"COPY (SELECT 1) TO 'commonweal+age://{path}' (FORMAT parquet)")


def offer(files: SealedFiles, name: str, folder: Path, value: int) -> str:
    plain, file_key = folder / f"{value}.parquet", new_file_key()
    duckdb.execute(f"COPY (SELECT {value} AS value) TO '{plain}' (FORMAT parquet)")
    blobs = LocalBlobs(folder / "blobs")
    size = seal(plain, blobs, f"sf-{value}", file_key)
    with ExitStack() as stack:
        data = stack.enter_context(blobs.open(f"sf-{value}")).pread(0, size)
    return files.offer(name, PayloadReader(Memory(data), file_key, size))


def test_a_name_offered_again_is_read_again_however_duckdb_caches(tmp_path: Path) -> None:
    connection, files = connect()
    with connection:
        connection.execute("SET parquet_metadata_cache = true; SET cache_local_files = true")
        for value in range(5):
            url = offer(files, "data.parquet", tmp_path, value)
            assert connection.execute(f"SELECT value FROM '{url}'").fetchall() == [(value,)]
            files.withdraw("data.parquet")
        with pytest.raises(duckdb.Error, match="No files found"):
            connection.execute("SELECT value FROM 'commonweal+age://data.parquet'")


def test_two_databases_see_their_own_files(tmp_path: Path) -> None:
    (one, one_files), (other, other_files) = connect(), connect()
    with one, other:
        one_url, other_url = offer(one_files, "data", tmp_path, 1), offer(other_files, "data", tmp_path, 2)
        assert one.execute(f"SELECT value FROM read_parquet('{one_url}')").fetchall() == [(1,)]
        assert other.execute(f"SELECT value FROM read_parquet('{other_url}')").fetchall() == [(2,)]


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a*", "a?b", "a b", "é", "taken"])
def test_a_malformed_or_taken_name_is_refused(tmp_path: Path, name: str) -> None:
    files = SealedFiles()
    offer(files, "taken", tmp_path, 1)
    with pytest.raises(InputError):
        files.accept(name, PayloadWriter(Full(), new_file_key()))


def test_it_describes_what_it_was_given_and_nothing_else(tmp_path: Path) -> None:
    files = SealedFiles()
    url = offer(files, "data.parquet", tmp_path, 1)
    assert files.info(url)["size"] == (tmp_path / "1.parquet").stat().st_size
    assert files.created(url) == files.modified(url)
    assert (files.ls(url, detail=False), files.ls("commonweal+age://")) == (["data.parquet"], [])
    assert files.ls(url)[0]["type"] == "file"
    with pytest.raises(FileNotFoundError):
        files.info("commonweal+age://other")
    with pytest.raises(FileNotFoundError):
        files.open("commonweal+age://other", "wb")


def test_its_handles_behave_as_files(tmp_path: Path) -> None:
    files, memory, file_key = SealedFiles(), io.BytesIO(), new_file_key()
    sink = files.open(files.accept("out", PayloadWriter(memory, file_key)), "wb")
    assert (sink.write(b"commonweal"), sink.tell()) == (10, 10)
    sink.flush()
    sink.close()
    sealed = memory.getvalue()
    source = files.open(files.offer("in", PayloadReader(Memory(sealed), file_key, len(sealed))), "rb")
    assert (source.seek(6), source.read(2), source.tell(), source.read()) == (6, b"we", 8, b"al")
    source.close()
    with pytest.raises(ValueError, match="closed"):
        source.read()


def test_a_failure_of_a_handle_is_kept_for_whoever_asks_why() -> None:
    files = SealedFiles()
    sink = files.open(files.accept("out", PayloadWriter(Full(), new_file_key())), "wb")

    def write_as_duckdb_does() -> None:
        try:
            sink.write(bytes(1 << 20))
        except StoreFullError as error:
            raise duckdb.Error(str(error)) from None

    with pytest.raises(StoreFullError), files.explained():
        write_as_duckdb_does()
