"""Claim: a query over sealed Parquet takes at most 1.2 times as long as over the same Parquet in the clear.

Limit: DuckDB over the plain file on disk. Ours: DuckDB over the sealed file through `adapters.sealed`, on disk too,
the very same Parquet bytes under ChaCha20-Poly1305. Timed: the query and its answer, by wall time; a scan that
aggregates four fields, and a filter whose rows go to Arrow. Not timed: opening the connection, a fresh one for every
run so that no cache of the engine's answers for the file; the page cache is warm for both.
"""

import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.measure import Act, Measure, Result, Scale, cost_of, interleaved
from benchmarks.shelf import FILE_KEY, MIB, Shelf
from commonweal.adapters.duckdb.engine import DEFAULT_LIMITS, connect
from commonweal.adapters.sealed import SealedFiles
from commonweal.keys import PayloadReader, PositionedReader

CLAIM = "A DuckDB query over a sealed Parquet file takes at most 1.2 times as long as over the plain file."
GOAL = 1.2
SCAN = """
SELECT authority, benefit, count(*), sum(award), min(claimed), max(claimed)
FROM read_parquet('{}') GROUP BY authority, benefit
"""
FILTER = """
SELECT person_id, nhs_number, born, claimed, authority, award
FROM read_parquet('{}') WHERE authority < 'E6000067' AND live
"""
ALIKE = "SELECT count(*), bit_xor(hash(t)) FROM read_parquet('{}') t"


class Sides:
    """A fresh connection for each side, and the queries on them."""

    def __init__(self, plain: Path, sealed: PayloadReader) -> None:
        self._plain, self._sealed = plain, sealed
        self._open = ExitStack()
        self.refresh()

    def refresh(self) -> None:
        """Open both connections afresh."""
        self.close()
        files = SealedFiles()
        self._urls = {"sealed": files.offer("version.parquet", self._sealed), "plain": str(self._plain)}
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": DEFAULT_LIMITS.threads,
            "memory_limit": DEFAULT_LIMITS.memory,
        }
        self._connections = {"sealed": connect(files), "plain": duckdb.connect(config=config)}
        for connection in self._connections.values():
            self._open.callback(connection.close)

    def scan(self, side: str) -> list[tuple[object, ...]]:
        """Aggregate four fields of every row."""
        return self._connections[side].execute(SCAN.format(self._urls[side])).fetchall()

    def filter(self, side: str) -> int:
        """Read about a tenth of the rows, six fields, to Arrow and return how many."""
        return int(self._connections[side].sql(FILTER.format(self._urls[side])).to_arrow_table().num_rows)

    def queries(self, side: str) -> tuple[tuple[str, Act], tuple[str, Act]]:
        """Return both queries on one side, each with its name."""
        return ("scan", lambda: self.scan(side)), ("filter to Arrow", lambda: self.filter(side))

    def verify_alike(self) -> None:
        """Check that both sides hold the same rows, so that the ratio compares like with like."""
        found = [self._connections[side].execute(ALIKE.format(url)).fetchall() for side, url in self._urls.items()]
        if found[0] != found[1]:
            raise RuntimeError("the two sides answer differently")

    def close(self) -> None:
        """Close both connections."""
        self._open.close()


def run(scale: Scale) -> Result:
    """Time both queries on both sides."""
    rounds = replace(scale, runs=scale.runs * 3)  # a query is short, so noise is large
    with TemporaryDirectory(prefix="commonweal-bench-") as folder:
        shelf = Shelf(Path(folder))
        shelf.write_rows("version", scale.pick(full=2_000_000, quick=500_000, tiny=20_000))
        plain = shelf.unseal("version")
        with shelf.reading("version") as reader, closing(Sides(plain, reader)) as sides:
            sides.verify_alike()
            timed = {
                name: interleaved({"plain": plain_query, "sealed": sealed_query}, rounds, prepare=sides.refresh)
                for (name, plain_query), (_, sealed_query) in zip(
                    sides.queries("plain"), sides.queries("sealed"), strict=True
                )
            }
        measures = [Measure(name, each.ratio("sealed", "plain"), at_most=GOAL) for name, each in timed.items()]
        profile = _profile(shelf, plain) if not all(measure.ok for measure in measures) else ""
    return Result(
        name="sealed_reading",
        claim=CLAIM,
        measures=sorted(measures, key=lambda measure: -measure.ratio),
        runs=rounds.runs,
        rivals={
            f"{query}, {name}": cost for query, each in timed.items() for name, cost in each.rivals("plain").items()
        },
        libraries=("duckdb", "cryptography", "fsspec", "pyarrow"),
        profile=lambda: profile,
    )


class CountedBlob:
    """A sealed file that counts what is read of it, in whichever thread."""

    def __init__(self, blob: PositionedReader) -> None:
        self._blob = blob
        self.costs: list[tuple[int, float]] = []

    def pread(self, offset: int, size: int, /) -> bytes:
        started = time.perf_counter()
        found = self._blob.pread(offset, size)
        self.costs.append((size, time.perf_counter() - started))
        return found


def _profile(shelf: Shelf, plain: Path) -> str:
    """Say how much each query reads, and what reading and opening as much costs by itself, in one thread."""
    with shelf.blobs.open("version") as blob:
        counted = CountedBlob(blob)
        reader = PayloadReader(counted, FILE_KEY, blob.size)
        with closing(Sides(plain, reader)) as sides:
            return "\n".join(_told(name, query, counted, reader) for name, query in sides.queries("sealed"))


def _told(name: str, query: Act, counted: CountedBlob, reader: PayloadReader) -> str:
    counted.costs.clear()
    whole = cost_of(query)
    size, disk = (sum(each) for each in zip(*counted.costs, strict=True))
    reads, opening = len(counted.costs), cost_of(lambda: [reader.pread(start, MIB) for start in range(0, size, MIB)])
    return (
        f"{name}: {whole.wall * 1e3:.0f} ms wall, {whole.cpu * 1e3:.0f} ms of processor; {reads} reads of the blob,"
        f" {size / 1e6:.1f} MB, {disk * 1e3:.1f} ms in all threads; to open as many bytes takes one thread"
        f" {opening.cpu * 1e3:.1f} ms of processor; the rest is the engine and the hand-over of bytes to it"
    )
