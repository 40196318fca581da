"""Step 1: Lambeth publishes a real payments file, and anybody downloads it."""

import csv
import io
from typing import Any

import pyarrow.parquet

from .stage import Stage, read_packaged, verify

DATASET = "lambeth/payments-2011-01"
SOURCE = "lambeth-payments-2011-01.csv"


def tell_open_data(stage: Stage) -> dict[str, Any]:
    """Publish, find and download; return the figures."""
    source = stage.outside / SOURCE
    source.write_bytes(read_packaged(SOURCE))
    stage.join("lambeth", lambeth_steward="Ngozi Bello:steward", lambeth_analyst="Tom Reid:analyst,asset-owner")
    answer = stage.publish(
        "lambeth_steward",
        source,
        DATASET,
        "payments.odcs.yaml",
        access="open",
        title="Payments to suppliers, January 2011",
        keywords=["spend", "payments", "suppliers", "transparency"],
        attribution="Contains public sector information licensed under the Open Government Licence v3.0.",
    )
    published = {row[0]: float(row[1]) for row in _rows(source.read_bytes())}
    with stage.reader() as anybody:
        found = anybody.get("/api/v1/datasets", q="payments suppliers")
        verify(DATASET in {each["dataset"] for each in found["datasets"]}, "search must find the payments.")
        catalogue = anybody.get("/catalogue.jsonld")
        listed = {each["dct:identifier"] for each in catalogue["dcat:dataset"]}
        verify(DATASET in listed, "the DCAT catalogue must list the payments.")
        as_csv = _download(anybody, "csv")
        as_parquet = _download(anybody, "parquet")
    downloaded = {row[0]: float(row[1]) for row in _rows(as_csv)}
    verify(downloaded == published, "the downloaded CSV must hold what was published.")
    table = pyarrow.parquet.read_table(io.BytesIO(as_parquet)).to_pydict()
    columns = list(table.values())
    verify(dict(zip(*columns, strict=True)) == published, "the downloaded Parquet must hold what was published.")
    return {
        "dataset": DATASET,
        "rows": answer["rows"],
        "pounds": round(sum(published.values()), 2),
        "csv_bytes": len(as_csv),
        "parquet_bytes": len(as_parquet),
    }


def _download(anybody: Any, form: str) -> bytes:
    with anybody.stream(f"/open/{DATASET}.{form}") as pieces:
        return b"".join(pieces)


def _rows(content: bytes) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) if row][1:]
