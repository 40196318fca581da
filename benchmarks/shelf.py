"""A shelf of sealed files on disk, as a node keeps them: what the claims about sealed data read and write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlglot import exp, parse_one

from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.duckdb.engine import copy_parquet, session
from commonweal.adapters.sealed import SealedFiles
from commonweal.keys import PayloadReader, PayloadWriter

MIB = 1 << 20
FILE_KEY = bytes(range(16))

ROWS_SQL = """
SELECT i AS person_id,
       printf('%010d', i * 7919 % 9999999967) AS nhs_number,
       DATE '1930-01-01' + (hash(i) % 32000)::INT AS born,
       DATE '2019-01-01' + (hash(i + 1) % 2000)::INT AS claimed,
       'E' || (6000001 + hash(i + 2) % 330)::VARCHAR AS authority,
       list_value('UC', 'PIP', 'ESA', 'JSA', 'SP')[1 + (hash(i + 3) % 5)::INT] AS benefit,
       (hash(i + 4) % 100000) / 100 AS award,
       hash(i + 5) % 2 = 0 AS live
FROM range({rows}) t(i)
"""
"""Eight fields, generated in a stream: two identifiers, two dates, two categories, an amount and a flag."""


class Shelf:
    """Sealed files under one file key in a folder; the same bytes can lie beside them in the clear."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = LocalBlobs(folder / "blobs")

    def write_rows(self, name: str, rows: int) -> None:
        """Let the engine write `rows` rows of `ROWS_SQL` as a sealed Parquet file; nothing is plain on disk."""
        query = parse_one(ROWS_SQL.format(rows=rows), dialect="duckdb")
        assert isinstance(query, exp.Query)
        with self.writing(name) as (files, url), session(files) as connection:
            connection.execute(copy_parquet(query, url))

    @contextmanager
    def writing(self, name: str, files: SealedFiles | None = None) -> Iterator[tuple[SealedFiles, str]]:
        """Lend a place to write one sealed file to; it is kept when the block ends without an error."""
        files = files or SealedFiles()
        with self.blobs.create(name) as blob:
            writer = PayloadWriter(blob, FILE_KEY)
            yield files, files.accept(name, writer)
            writer.close()
            blob.commit()

    @contextmanager
    def reading(self, name: str) -> Iterator[PayloadReader]:
        """Lend a reader of a sealed file."""
        with self.blobs.open(name) as blob:
            yield PayloadReader(blob, FILE_KEY, blob.size)

    def unseal(self, name: str) -> Path:
        """Write a sealed file's very bytes in the clear, for a rival to read, and return their path."""
        plain = self.folder / f"{name}.parquet"
        with self.reading(name) as reader, plain.open("wb") as file:
            while piece := reader.read(MIB):
                file.write(piece)
        return plain
