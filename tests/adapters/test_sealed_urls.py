"""Pandas, polars, pyarrow and DuckDB open whole `.age` files by their address, as they open plain ones."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import fsspec
import pandas  # type: ignore[import-untyped]  # it comes with delta-sharing, without its stubs
import polars
import pyarrow
import pytest
from pyarrow import dataset, parquet

from commonweal.adapters.sealed_urls import AgeFileSystem
from commonweal.core import CommonwealError, InputError, UnreadableFileError
from commonweal.keys import (
    ArmorWriter,
    HybridIdentity,
    NotARecipientError,
    PassphraseRecipient,
    RecipientError,
    SealedFileError,
    X25519Identity,
    parse_recipient,
    seal_file,
)

ROWS = 300_000
PAGES = 30_000


@dataclass(frozen=True)
class Shelf:
    """A folder with a plain Parquet file, the same one sealed, and the identity that opens it."""

    folder: Path
    table: pyarrow.Table

    @property
    def sealed(self) -> Path:
        return self.folder / "readings.parquet.age"

    @property
    def url(self) -> str:
        return f"commonweal+age://{self.sealed}"

    @property
    def options(self) -> dict[str, str]:
        return {"identity": str(self.folder / "key.txt")}

    @property
    def files(self) -> AgeFileSystem:
        return AgeFileSystem(**self.options)


@pytest.fixture(scope="module", params=[HybridIdentity, X25519Identity], ids=["post-quantum", "classical"])
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder, identity = tmp_path_factory.mktemp("shelf"), request.param.generate()
    numbers = list(range(ROWS))
    words = [f"reading number {number}" for number in numbers]
    table = pyarrow.table({"number": numbers, "word": words, "half": [number / 2 for number in numbers]})
    parquet.write_table(table, folder / "readings.parquet", row_group_size=PAGES)
    (folder / "key.txt").write_text(f"# public key: {identity.recipient}\n{identity.reveal()}\n")
    with (folder / "readings.parquet").open("rb") as source, (folder / "readings.parquet.age").open("wb") as target:
        seal_file(source, target, [identity.recipient])
    return Shelf(folder, table)


def test_pandas_reads_it(shelf: Shelf) -> None:
    read = pandas.read_parquet(shelf.url, storage_options=shelf.options)
    assert read.equals(pandas.read_parquet(shelf.folder / "readings.parquet"))
    some = pandas.read_parquet(shelf.url, columns=["half"], filters=[("number", "<", 3)], storage_options=shelf.options)
    assert list(some["half"]) == [0.0, 0.5, 1.0]


def test_pandas_reads_a_sealed_csv(shelf: Shelf) -> None:
    with (shelf.folder / "air.csv.age").open("wb") as target:
        identity = next(line for line in (shelf.folder / "key.txt").read_text().splitlines() if line[0] == "#")
        recipient = identity.removeprefix("# public key: ")
        seal_file(io.BytesIO(b"site,no2\nBrixton Road,61.5\n"), target, [parse_recipient(recipient)])
    read = pandas.read_csv(f"commonweal+age://{target.name}", storage_options=shelf.options)
    assert read.to_dict("records") == [{"site": "Brixton Road", "no2": 61.5}]


def test_polars_reads_it(shelf: Shelf) -> None:
    plain = polars.read_parquet(shelf.folder / "readings.parquet")
    with shelf.files.open(shelf.url) as file:
        assert polars.read_parquet(file).equals(plain)
    with shelf.files.open(shelf.url) as file:
        assert (
            polars.scan_parquet(file).filter(polars.col("number") == 7).collect()["word"].item() == "reading number 7"
        )
    scanned = polars.scan_pyarrow_dataset(dataset.dataset(shelf.sealed.as_posix(), filesystem=shelf.files))
    assert scanned.select(polars.col("half").sum()).collect().item() == plain["half"].sum()


def test_pyarrow_reads_it(shelf: Shelf) -> None:
    assert parquet.read_table(shelf.sealed.as_posix(), filesystem=shelf.files).equals(shelf.table)
    folder = dataset.dataset(shelf.folder.as_posix(), filesystem=shelf.files, exclude_invalid_files=True)
    assert folder.count_rows() == ROWS
    with fsspec.open(shelf.url, **shelf.options) as file:
        assert parquet.ParquetFile(file).read_row_group(3).equals(shelf.table.slice(3 * PAGES, PAGES))


@pytest.mark.parametrize("threads", [1, 4])
def test_duckdb_reads_it(shelf: Shelf, threads: int) -> None:
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.register_filesystem(shelf.files)
        for _ in range(3):
            found = connection.sql(f"FROM read_parquet('{shelf.url}') ORDER BY number").to_arrow_table()
            assert found.equals(shelf.table)
        sealed = f"read_parquet('{shelf.url}')"
        joined = f"SELECT count(*) FROM {sealed} JOIN {sealed} AS other USING (word)"  # noqa: S608  ours
        assert connection.execute(joined).fetchall() == [(ROWS,)]
        pattern = f"commonweal+age://{shelf.folder}/read*.age"
        assert connection.sql(f"FROM read_parquet('{pattern}')").count("*").fetchall() == [(ROWS,)]


def test_a_passphrase_opens_what_it_sealed(shelf: Shelf, tmp_path: Path) -> None:
    with (tmp_path / "a.age").open("wb") as target:
        seal_file(io.BytesIO(b"words"), target, [PassphraseRecipient("correct horse battery", work_factor=10)])
    (tmp_path / "passphrase.txt").write_text("correct horse battery\n")
    files = AgeFileSystem(passphrase=tmp_path / "passphrase.txt")
    assert files.cat(str(tmp_path / "a.age")) == b"words"
    assert files.cat_file(str(tmp_path / "a.age"), 1, 3) == b"or"


def test_it_says_what_is_there(shelf: Shelf) -> None:
    plain = (shelf.folder / "readings.parquet").stat().st_size
    assert shelf.files.info(shelf.url)["size"] == plain
    assert shelf.files.size(shelf.url) == plain
    assert shelf.files.isfile(shelf.url)
    assert shelf.files.isdir(str(shelf.folder))
    assert str(shelf.sealed) in shelf.files.ls(str(shelf.folder), detail=False)
    assert str(shelf.folder / "key.txt") not in shelf.files.find(str(shelf.folder))
    assert shelf.files.glob(f"{shelf.url}-not") == []
    assert shelf.files.modified(shelf.url) == shelf.files.created(shelf.url)


def test_nothing_is_written(shelf: Shelf) -> None:
    before = shelf.sealed.read_bytes()
    with pytest.raises(PermissionError):
        shelf.files.open(shelf.url, "wb")
    with pytest.raises(FileNotFoundError):
        shelf.files.open(f"{shelf.url}-not")
    assert shelf.sealed.read_bytes() == before


def damaged(shelf: Shelf, tmp_path: Path) -> tuple[Path, Path]:
    content = bytearray(shelf.sealed.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "damaged.parquet.age").write_bytes(content)
    return tmp_path / "damaged.parquet.age", shelf.folder / "key.txt"


def cut(shelf: Shelf, tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "cut.parquet.age").write_bytes(shelf.sealed.read_bytes()[:-1])
    return tmp_path / "cut.parquet.age", shelf.folder / "key.txt"


def armored(shelf: Shelf, tmp_path: Path) -> tuple[Path, Path]:
    with (tmp_path / "armored.age").open("wb") as target, ArmorWriter(target) as text:
        text.write(memoryview(b"age-encryption.org/v1\n"))
    return tmp_path / "armored.age", shelf.folder / "key.txt"


def plain(shelf: Shelf, tmp_path: Path) -> tuple[Path, Path]:
    return shelf.folder / "readings.parquet", shelf.folder / "key.txt"


def a_strangers(shelf: Shelf, tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "other.txt").write_text(HybridIdentity.generate().reveal())
    return shelf.sealed, tmp_path / "other.txt"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (damaged, SealedFileError),
        (cut, SealedFileError),
        (armored, SealedFileError),
        (plain, SealedFileError),
        (a_strangers, NotARecipientError),
    ],
)
def test_what_does_not_open_is_refused_in_our_words(
    shelf: Shelf,
    tmp_path: Path,
    fault: Callable[[Shelf, Path], tuple[Path, Path]],
    error: type[CommonwealError],
) -> None:
    place, key = fault(shelf, tmp_path)
    url, options = f"commonweal+age://{place}", {"identity": str(key)}
    with pytest.raises(error):
        pandas.read_parquet(url, storage_options=options)
    with pytest.raises(error), AgeFileSystem(**options).open(url) as file:
        file.read()
    with pytest.raises(error):
        parquet.read_table(str(place), filesystem=AgeFileSystem(**options))
    files = AgeFileSystem(**options)
    with duckdb.connect() as connection:
        connection.register_filesystem(files)
        with pytest.raises(error) as told, files.explained():
            connection.execute(f"FROM read_parquet('{url}')").fetchall()
        with pytest.raises(duckdb.Error), files.explained():
            connection.execute("SELECT nothing")
    assert told.value.__cause__ is None
    assert told.value.code.startswith("keys.")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    (tmp_path / "bad.txt").write_text("AGE-SECRET-KEY-PQ-1NONSENSE\n")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("bad.txt", RecipientError),
        ("bytes.txt", UnreadableFileError),
        ("none.txt", UnreadableFileError),
        ("empty.txt", InputError),
    ],
)
def test_bad_keys_are_refused(keys: Path, name: str, error: type[CommonwealError]) -> None:
    with pytest.raises(error) as refused:
        AgeFileSystem(identity=[keys / name])
    assert "NONSENSE" not in str(refused.value)
    with pytest.raises(InputError):
        AgeFileSystem()
