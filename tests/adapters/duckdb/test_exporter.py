"""A release leaves as CSV or NDJSON, whole, exact, in small pieces."""

import csv
import io
import json
import resource

import pytest
from tests.adapters.duckdb.conftest import Bench

from commonweal.adapters.duckdb import Exporter
from commonweal.keys import SealedFileError

EVERY_KIND = (
    'SELECT \'say "so", é\n\' AS "a ""name""", 7::BIGINT AS n, 0.1::DOUBLE AS x, DATE \'2020-04-01\' AS d, '
    "TIMESTAMPTZ '2020-04-01 10:00:00+01' AS t, true AS b UNION ALL SELECT '=1+1', NULL, NULL, NULL, NULL, NULL "
    "UNION ALL SELECT NULL, -1, 1e20, NULL, NULL, false"
)
LARGE = "SELECT range AS id, md5(range::VARCHAR) AS text FROM range(300000)"


def test_csv_tells_every_kind_exactly(bench: Bench) -> None:
    data = b"".join(Exporter(bench.files).csv(bench.offer(bench.parquet(EVERY_KIND))))
    rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    assert rows == [
        ['a "name"', "n", "x", "d", "t", "b"],
        ['say "so", é\n', "7", "0.1", "2020-04-01", "2020-04-01T09:00:00.000000Z", "true"],
        ["=1+1", "", "", "", "", ""],
        ["", "-1", "1e+20", "", "", "false"],
    ]


def test_ndjson_tells_every_kind_exactly(bench: Bench) -> None:
    data = b"".join(Exporter(bench.files).ndjson(bench.offer(bench.parquet(EVERY_KIND))))
    assert [json.loads(line) for line in data.decode().splitlines()] == [
        {
            'a "name"': 'say "so", é\n',
            "n": 7,
            "x": 0.1,
            "d": "2020-04-01",
            "t": "2020-04-01T09:00:00.000000Z",
            "b": True,
        },
        {'a "name"': "=1+1", "n": None, "x": None, "d": None, "t": None, "b": None},
        {'a "name"': None, "n": -1, "x": 1e20, "d": None, "t": None, "b": False},
    ]


def test_an_empty_release_is_a_header_or_nothing(bench: Bench) -> None:
    url = bench.offer(bench.parquet("SELECT 1 AS a WHERE false"))
    assert b"".join(Exporter(bench.files).csv(url)) == b'"a"\n'
    assert b"".join(Exporter(bench.files).ndjson(url)) == b""


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_large_release_comes_in_small_pieces_and_whole(bench: Bench, form: str) -> None:
    exporter = Exporter(bench.files)
    url = bench.offer(bench.parquet(LARGE))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sizes, lines = [], 0
    for piece in exporter.csv(url) if form == "csv" else exporter.ndjson(url):
        sizes.append(len(piece))
        lines += piece.count(b"\n")
    assert lines == 300_000 + (form == "csv")
    assert max(sizes) < 1024 * 1024
    assert min(sizes[:-1]) >= 256 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_a_reader_may_leave_early(bench: Bench) -> None:
    pieces = Exporter(bench.files).csv(bench.offer(bench.parquet(LARGE)))
    assert next(pieces).startswith(b'"id","text"\n0,"')


@pytest.mark.parametrize("place", [0.5, 0.9], ids=["at once", "in mid-stream"])
def test_a_damaged_release_is_told_as_such(bench: Bench, place: float) -> None:
    sealed = bytearray(bench.seal(bench.parquet(LARGE.replace("300000", "2000000"))))
    sealed[int(len(sealed) * place)] ^= 1
    with pytest.raises(SealedFileError):
        list(Exporter(bench.files).csv(bench.offer_sealed(bytes(sealed))))
