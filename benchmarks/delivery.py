"""Claim: a sealed slice reaches the recipient's Arrow table in little more time than reading it in place.

The owner holds 5,000,000 rows of 10 fields; an agreement opens 8 fields and a fifth of the rows. The limit is DuckDB
that reads and filters the plain Parquet file straight into an Arrow table, on every core. Ours begins at the sealed
file of a node that serves in a process of its own, and ends in an Arrow table that the recipient has read by the Delta
Sharing protocol in delta format over loopback: one query, one signed URL, one file, decoded by pyarrow. The
`delta-sharing` client gives pandas frames only, so it is timed too, beside the limit as a frame.

Cold: the agreement is new, so the node decides, writes and seals the release, logs, serves; agreements are made
outside the timing. Warm: the release exists. Every rival begins at the plain Parquet file (or in a loaded PostgreSQL)
and ends in the same Arrow table; starting servers, loading and opening connections are outside the timing, and what
the limit and the rivals write is not synced to the disk, while the release is.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pyarrow

from benchmarks.delivery_node import Agreed, Delivering, serving
from benchmarks.delivery_slice import DEFAULTS, SETTINGS, Plain, make_plain, verify_same
from benchmarks.measure import Measure, Result, Rounds, Scale, interleaved
from benchmarks.rivals.database import database
from benchmarks.rivals.file_server import file_server
from benchmarks.rivals.files import SealedByHand
from benchmarks.rivals.programs import require_programs

CLAIM = "A sealed slice of 1 M rows x 8 fields out of 5 M reaches the recipient's Arrow table by Delta Sharing."
_LIBRARIES = ("duckdb", "pyarrow", "delta-sharing", "pyrage", "pyzipper", "psycopg", "adbc-driver-postgresql", "httpx")
_SPLITS = 3
Route = Callable[[], object]

_LIMIT = "limit_duckdb"
_LIMIT_FRAME = "limit_duckdb_frame"


@dataclass(frozen=True)
class Arena:
    """Everything that is measured: the plain dataset, the node, the rivals' routes to a table, and who serves them."""

    plain: Plain
    node: Delivering
    rivals: Mapping[str, Route]
    pids: tuple[int, ...]

    def acts(self, fresh: Iterator[Agreed], known: Agreed) -> dict[str, Route]:
        """Return every route under its name; each cold one takes an agreement that has no release yet."""
        return {
            _LIMIT: self.plain.table,
            "ours_cold": lambda: self.node.read(next(fresh)),
            "ours_warm": lambda: self.node.read(known),
            "ours_cold_client": lambda: self.node.read_frame(next(fresh)),
            "ours_warm_client": lambda: self.node.read_frame(known),
            _LIMIT_FRAME: self.plain.frame,
            **self.rivals,
        }


def run(scale: Scale) -> Result:
    """Measure every route beside the limit, after each has shown that it gives the limit's table."""
    require_programs()
    with TemporaryDirectory(prefix="delivery-") as place, arena(scale, Path(place)) as held:
        known = held.node.agree()
        fresh = iter([held.node.agree() for _ in range(2 * (scale.runs + 1) + _SPLITS)])
        acts = held.acts(fresh, known)
        expected = verify_routes(acts)
        rounds = interleaved(acts, scale, pids=held.pids, warm=False)
        written = Path(place, "slice.parquet")
        held.plain.write_parquet(written)
        return _result(rounds, scale, held.node.wire / written.stat().st_size, _notes(held, fresh, expected, written))


@contextmanager
def arena(scale: Scale, folder: Path) -> Iterator[Arena]:
    """Set everything up, outside the timing: the dataset, the node that publishes it, the servers of the rivals."""
    folder.chmod(0o711)  # PostgreSQL never runs as root, and must reach its own folder
    plain = make_plain(folder / "claims.parquet", rows=scale.pick(full=5_000_000, quick=1_000_000, tiny=5_000))
    schema = plain.table().schema
    with ExitStack() as stack:
        node = stack.enter_context(serving(_subfolder(folder, "node")))
        node.publish(plain)
        by_hand = stack.enter_context(closing(SealedByHand(plain, schema, _subfolder(folder, "files"))))
        server = stack.enter_context(file_server(plain, _subfolder(folder, "sftp")))
        store = stack.enter_context(database(plain, schema, _subfolder(folder, "database")))
        databases = {"postgresql_copy": store.copy, "postgresql_adbc": store.adbc}
        rivals = {**by_hand.routes(), "sftp_parquet": server.read, **databases}
        yield Arena(plain, node, rivals, (node.pid, server.pid, *store.pids))


def verify_routes(acts: Mapping[str, Route]) -> pyarrow.Table:
    """Run every route once, accept it only if it gives the limit's table, and return that table.

    Raises:
        AssertionError: one does not.
    """
    expected: pyarrow.Table = acts[_LIMIT]()
    for name, act in acts.items():
        found = act()
        verify_same(found if isinstance(found, pyarrow.Table) else _table_of(found), expected, name)
    return expected


def _table_of(frame: object) -> pyarrow.Table:
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def _subfolder(folder: Path, name: str) -> Path:
    place = folder / name
    place.mkdir(mode=0o700)
    return place


def _result(rounds: Rounds, scale: Scale, wire: float, notes: Mapping[str, object]) -> Result:
    return Result(
        name="delivery",
        claim=CLAIM,
        measures=[
            Measure("cold", rounds.ratio("ours_cold", _LIMIT), at_most=2.2),
            Measure("warm", rounds.ratio("ours_warm", _LIMIT), at_most=0.6),
            Measure("wire bytes over plain Parquet", wire, at_most=1.05),
        ],
        runs=scale.runs,
        rivals=rounds.rivals(_LIMIT),
        libraries=_LIBRARIES,
        notes={
            **notes,
            "cold_cpu_ratio": round(rounds.ratio("ours_cold", _LIMIT, by="cpu"), 4),
            "warm_cpu_ratio": round(rounds.ratio("ours_warm", _LIMIT, by="cpu"), 4),
            "cold_client_over_limit_frame": round(rounds.ratio("ours_cold_client", _LIMIT_FRAME), 4),
            "warm_client_over_limit_frame": round(rounds.ratio("ours_warm_client", _LIMIT_FRAME), 4),
        },
        profile=lambda: f"Median seconds of the parts of a cold delivery: {notes['cold_parts']}.",
    )


def _notes(held: Arena, fresh: Iterator[Agreed], expected: pyarrow.Table, written: Path) -> dict[str, object]:
    return {
        "cold_parts": _parts(held.node, fresh),
        "slice_rows": expected.num_rows,
        "slice_fields": expected.num_columns,
        "slice_bytes_in_arrow": expected.nbytes,
        "plain_dataset_bytes": held.plain.path.stat().st_size,
        "plain_slice_bytes": written.stat().st_size,
        "wire_bytes": held.node.wire,
        "plain_slice_bytes_by_default": _default_size(held.plain, written),
        "parquet_settings": SETTINGS,
        "parquet_settings_by_default": DEFAULTS,
        "client": "the protocol's REST calls by httpx and pyarrow.parquet; ours_*_client is the delta-sharing client",
    }


def _default_size(plain: Plain, written: Path) -> int:
    plain.write_parquet(written.with_suffix(".default"), DEFAULTS)
    return written.with_suffix(".default").stat().st_size


def _parts(node: Delivering, fresh: Iterator[Agreed]) -> dict[str, float]:
    splits = []
    for _ in range(_SPLITS):
        node.read(next(fresh))
        splits.append(node.split)
    return {part: round(median(each[part] for each in splits), 4) for part in splits[0]}
