"""Step 1: Lambeth publishes a real payments file that is far from clean, and anybody downloads it."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet

from commonweal.adapters.wire import RemoteError

from .stage import Stage, StepError, read_packaged, verify

DATASET = "lambeth/payments-2012-06"
SOURCE = "lambeth-payments-2012-06.csv"
AMOUNT = "Invoice Nett Amount"
HEADER_ROW = 10
TOTAL_ROW = 3167


def tell_open_data(stage: Stage) -> dict[str, Any]:
    """See the file held back, accept how it reads, publish, find and download; return the figures."""
    source = stage.outside / SOURCE
    source.write_bytes(read_packaged(SOURCE))
    stage.join("lambeth", lambeth_steward="Ngozi Bello:steward", lambeth_analyst="Tom Reid:analyst,asset-owner")
    held_back = _held_back(stage, source)
    upload, reading = _reading(stage, source)
    verify(reading["reading"] in held_back.advice(), "the refusal must name the reading.")
    answer = _publish(stage, source, upload=upload, accept=reading["reading"])
    rows = reading["rows"]
    verify(rows["read"] == rows["kept"] + rows["set_aside"], "no row may be lost.")
    verify(answer["rows"] == rows["kept"], "what was kept must be published.")
    _verify_listed(stage)
    with stage.reader() as anybody:
        as_csv = _download(anybody, "csv")
        as_parquet = _download(anybody, "parquet")
    downloaded = list(csv.DictReader(io.StringIO(as_csv.decode("utf-8-sig"))))
    table = pyarrow.parquet.read_table(io.BytesIO(as_parquet)).to_pylist()
    verify(len(downloaded) == len(table) == rows["kept"], "both downloads must hold every row that was kept.")
    pounds = sum((Decimal(each[AMOUNT]) for each in downloaded), Decimal())
    same = pounds == sum((Decimal(str(each[AMOUNT])) for each in table), Decimal())
    verify(same, "CSV and Parquet must hold the same amounts.")
    verify(pounds == _total_of(source), "the amounts must add up to the total that the file itself states.")
    _verify_set_aside(stage, rows["set_aside"])
    return {
        "dataset": DATASET,
        "held_back": held_back.code,
        "reasons": len(held_back.reasons),
        "read": rows["read"],
        "kept": rows["kept"],
        "mended": rows["mended"],
        "set_aside": rows["set_aside"],
        "rows": answer["rows"],
        "pounds": float(pounds),
        "total_row_agrees": True,
        "csv_bytes": len(as_csv),
        "parquet_bytes": len(as_parquet),
    }


def _publish(stage: Stage, source: Path, **form: Any) -> dict[str, Any]:
    return stage.publish(
        "lambeth_steward",
        source,
        DATASET,
        "spending.odcs.yaml",
        access="open",
        title="Payments of £500 and more, June 2012",
        keywords=["spend", "payments", "suppliers", "transparency"],
        attribution="Contains public sector information licensed under the Open Government Licence v3.0.",
        **form,
    )


def _held_back(stage: Stage, source: Path) -> RemoteError:
    try:
        _publish(stage, source)
    except RemoteError as error:
        verify(error.code == "publish.reading-unconfirmed", "a file that is not clean must be held back.")
        with stage.reader() as anybody:
            found = anybody.get("/api/v1/datasets", q="payments suppliers")
        verify(not found["datasets"], "nothing may be published before its steward accepts.")
        return error
    raise StepError("The story failed: a file that is not clean must be held back.")


def _reading(stage: Stage, source: Path) -> tuple[str, dict[str, Any]]:
    with stage.client("lambeth_steward") as node:
        upload = node.upload(source)
        reading: dict[str, Any] = node.post(f"/api/v1/uploads/{upload}/reading")
    verify(reading["header_row"] == HEADER_ROW, "the header must be found below the preamble.")
    return upload, reading


def _verify_listed(stage: Stage) -> None:
    with stage.reader() as anybody:
        found = anybody.get("/api/v1/datasets", q="payments suppliers")
        verify(DATASET in {each["dataset"] for each in found["datasets"]}, "search must find the payments.")
        catalogue = anybody.get("/catalogue.jsonld")
    listed = {each["dct:identifier"] for each in catalogue["dcat:dataset"]}
    verify(DATASET in listed, "the DCAT catalogue must list the payments.")


def _verify_set_aside(stage: Stage, count: int) -> None:
    """Check that the steward still has every row of the file that is not among the data."""
    with (
        stage.client("lambeth_steward") as node,
        node.stream(f"/api/v1/datasets/{DATASET}/versions/1/set-aside.csv") as pieces,
    ):
        rows = list(csv.reader(io.StringIO(b"".join(pieces).decode())))[1:]
    verify(len(rows) == count + HEADER_ROW - 1, "every row that was set aside must still be there.")


def _total_of(source: Path) -> Decimal:
    """Return what the file's own last row but four states, as a reader of the file sees it."""
    rows = list(csv.reader(io.StringIO(source.read_text(encoding="utf-8"))))
    return Decimal(rows[TOTAL_ROW - 1][rows[HEADER_ROW - 1].index(AMOUNT)])


def _download(anybody: Any, form: str) -> bytes:
    with anybody.stream(f"/open/{DATASET}.{form}") as pieces:
        return b"".join(pieces)
