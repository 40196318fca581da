"""One table in every form a body may have it in: published through a served node, by command line and by the pages."""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet
import pytest
from tests.adapters.sources.making import arrow, excel_rows, geopackage, ods, ods_rows, xls, xlsx, zipped
from tests.web.test_uploading import Steward

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere
    from tests.story.conftest import Said

CONTRACT = "ppe-stock.odcs.yaml"
NAMES = ("trust", "as_at", "item", "stock", "daily_use")
ROWS = tuple(("R0A", "2020-04-01", item, "40", "12") for item in ("gloves", "masks", "gowns", "aprons"))
ALL = (NAMES, *ROWS)
LAYOUT = "trust,1,4\nas_at,5,10\nitem,15,10\nstock,25,3\ndaily_use,28,3\n"
CANARY = "QUARTZCANARY"
PLACE = {"type": "Point", "coordinates": [-0.1, 51.5]}
GEOMETRY = """      - name: geometry
        logicalType: string
        customProperties:
          - property: commonweal.classification
            value: not-personal
    quality:
      - metric: rowCount"""


def named() -> list[dict[str, str]]:
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def table() -> pa.Table:
    return pa.Table.from_pylist(named())


def parquet() -> bytes:
    written = io.BytesIO()
    pyarrow.parquet.write_table(table(), written)
    return written.getvalue()


def layers() -> bytes:
    columns = ", ".join(f"{name} {'INTEGER' if name in NAMES[3:] else 'TEXT'}" for name in NAMES)
    values = ", ".join(str(row) for row in ROWS)
    made = (
        f"CREATE TABLE returns (geom POINT, {columns})",
        f"INSERT INTO returns ({', '.join(NAMES)}) VALUES {values}",  # noqa: S608
    )
    return geopackage(*made, "CREATE TABLE notes (a TEXT)", layers={"notes": "attributes", "returns": "features"})


def xml() -> str:
    rows = (
        f"<return>{''.join(f'<{name}>{value}</{name}>' for name, value in row.items())}</return>" for row in named()
    )
    return f"<returns>{''.join(rows)}</returns>"


def geojson() -> str:
    features = [{"type": "Feature", "properties": row, "geometry": PLACE} for row in named()]
    return json.dumps({"type": "FeatureCollection", "features": features})


FORMS: dict[str, tuple[Callable[[], bytes], dict[str, str]]] = {
    "csv": (lambda: "\n".join(map(",".join, ALL)).encode(), {}),
    "parquet": (parquet, {}),
    "xlsx": (lambda: xlsx({"Returns": excel_rows(ALL)}), {}),
    "xlsx, named sheet": (lambda: xlsx({"A": excel_rows(ALL), "B": excel_rows(ALL * 2)}), {"sheet": "A"}),
    "xls": (lambda: xls(ALL), {}),
    "ods": (lambda: ods(ods_rows(ALL)), {}),
    "json": (lambda: json.dumps({"returns": named()}).encode(), {}),
    "ndjson": (lambda: "\n".join(map(json.dumps, named())).encode(), {}),
    "xml": (lambda: xml().encode(), {}),
    "arrow": (lambda: arrow(table()), {}),
    "geopackage, named layer": (layers, {"sheet": "returns"}),
    "arrow stream": (lambda: arrow(table(), stream=True), {}),
    "fixed width": (
        lambda: "".join(f"{a:4}{b:10}{c:10}{d:>3}{e:>3}\n" for a, b, c, d, e in ROWS).encode(),
        {"layout": LAYOUT},
    ),
    "zip": (lambda: zipped({"a.csv": "\n".join(map(",".join, ALL)), "b.csv": "no"}), {"member": "a.csv"}),
    "zip of Parquet": (lambda: zipped({"a.parquet": parquet()}), {}),
    "gzip": (lambda: gzip.compress(xlsx({"Returns": excel_rows(ALL)})), {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_becomes_the_same_version(served: "ServedHere", form: str) -> None:
    make, chosen = FORMS[form]
    steward = served.join("R0A", "Sam Steward", "steward")
    done = served.publish("r0a/stock", make(), CONTRACT, by=steward, access="open", **chosen)
    assert done.status_code == 201, done.text
    assert done.json()["rows"] == len(ROWS)
    text = served.send("GET", f"/open/{done.json()['dataset']}.csv").text
    assert sorted(csv.reader(text.splitlines()[1:])) == sorted(map(list, ROWS))


def test_geojson_is_published_with_its_geometry(served: "ServedHere") -> None:
    steward = served.join("R0A", "Sam Steward", "steward")
    contract = (files("commonweal.cli.story") / "data" / CONTRACT).read_text()
    upload = served.upload(geojson().encode(), by=steward).json()["upload"]
    shown = served.do(f"/api/v1/uploads/{upload}/reading", by=steward)
    assert shown["taken_from"] == "the features of the array “features” of a JSON document (GeoJSON)"
    form = {
        "body": "r0a",
        "name": "stock",
        "contract": contract.replace("    quality:\n      - metric: rowCount", GEOMETRY),
        "upload": upload,
        "confirm": True,
    }
    assert served.do("/api/v1/datasets", {**form, "access": "open"}, by=steward)["rows"] == len(ROWS)
    (dataset,) = served.search()
    assert '"POINT (-0.1 51.5)"' in served.send("GET", f"/open/{dataset}.ndjson").text


def test_a_sheet_that_was_guessed_waits_to_be_accepted(served: "ServedHere") -> None:
    steward = served.join("R0A", "Sam Steward", "steward")
    source = xlsx({"Notes": excel_rows((("made by", "Jo"),)), "Returns": excel_rows(ALL)})
    held = served.publish("r0a/stock", source, CONTRACT, by=steward)
    assert (held.status_code, held.json()["code"]) == (422, "publish.reading-unconfirmed")
    assert "The table is the sheet “Returns” of an Excel workbook." in held.text
    assert "“Notes”" in held.text
    (accept,) = set(re.findall(r"rd-[0-9a-f]{16}", held.text))
    done = served.publish("r0a/stock", source, CONTRACT, by=steward, accept=accept)
    assert done.status_code == 201, done.text
    assert done.json()["reading"]["taken_from"] == "the sheet “Returns” of an Excel workbook"


def test_rows_are_told_by_their_number_in_the_sheet(served: "ServedHere") -> None:
    steward = served.join("R0A", "Sam Steward", "steward")
    rows = excel_rows((("Stock of the trust", *[""] * 4), ("", *[""] * 4), *ALL))
    held = served.publish("r0a/stock", xlsx({"Returns": rows}), CONTRACT, by=steward)
    assert "The header is row 3" in held.text


def test_no_plain_text_of_a_converted_source_lies_in_the_home(served: "ServedHere") -> None:
    steward = served.join("R0A", "Sam Steward", "steward")
    rows = [{**row, "trust": CANARY} for row in named()]
    before = sorted(served.home.folder.rglob("*"))
    refused = served.publish("r0a/stock", json.dumps(rows).encode(), CONTRACT, by=steward)
    assert (refused.status_code, CANARY in refused.text) == (422, False)
    held = [path for path in served.home.folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert held == []
    assert [path for path in (served.home.folder / "blobs").rglob("*") if path.is_file() and path not in before] == []


def test_the_command_line_inspects_and_publishes_a_workbook(
    command: "Callable[..., Said]", a_home: "Home", tmp_path: Path
) -> None:
    source = tmp_path / "stock.bin"
    source.write_bytes(xlsx({"Old": excel_rows((("a", "b"),)), "Returns": excel_rows(ALL)}))
    told = json.loads(command("inspect", source, "--json").out)
    assert told["taken_from"] == "the sheet “Returns” of an Excel workbook"
    assert [each["name"] for each in told["fields"]] == list(NAMES)
    named_sheet = json.loads(command("inspect", source, "--sheet", "Old", "--json").out)
    assert [each["name"] for each in named_sheet["fields"]] == ["a", "b"]
    contract = str(files("commonweal.cli.story") / "data" / CONTRACT)
    where = ("cabinet-office/stock", "--contract", contract, "--confirm", "--home", a_home.folder)
    done = command("publish", source, *where, "--sheet", "Returns")
    assert done.code == 0, done.err
    assert "4 rows" in done.out
    layout = tmp_path / "layout.csv"
    layout.write_text(LAYOUT)
    flat = tmp_path / "flat.dat"
    flat.write_bytes(FORMS["fixed width"][0]())
    read = json.loads(command("inspect", flat, "--layout", layout, "--json").out)
    assert read["rows"]["kept"] == len(ROWS)
    again = command("publish", source, *where, "--sheet", "Returns")
    assert "already published" in again.out
    command("publish", source, *where, "--sheet", "Old").verify_refused(4, "breaks its data contract")
    other = ("cabinet-office/other", *where[1:], "--format", "csv")
    command("publish", source, *other).verify_refused(1, "Excel workbook, not CSV")
    command("publish", source, *where, "--member", "x").verify_refused(1, "no member to choose")


def test_the_pages_take_a_workbook_and_the_name_of_its_sheet(served: "ServedHere") -> None:
    steward = Steward(served)
    source = xlsx({"Old": excel_rows((("a", "b"),)), "Returns": excel_rows(ALL)})
    contract = (files("commonweal.cli.story") / "data" / CONTRACT).read_bytes()
    form = steward.get("/publish").text
    assert all(f'name="{each}"' in form for each in ("sheet", "member", "element", "layout", "format"))
    wrong = steward.upload(source, contract, sheet="Nowhere")
    assert (wrong.status_code, "“Old”, “Returns”" in wrong.text) == (422, True)
    shown = steward.get(steward.upload(source, contract).headers["location"])
    assert "The table is the sheet “Returns” of an Excel workbook." in shown.text
    assert "Left out: the 1 other sheet “Old”." in shown.text
    sent = steward.upload(source, contract, sheet="Returns", format="xlsx")
    accept = re.findall(r'name="accept" value="(rd-[0-9a-f]{16})"', steward.get(sent.headers["location"]).text)[0]
    done = steward.post(sent.headers["location"], data={"act": "publish", "accept": accept})
    assert (done.status_code, done.headers["location"]) == (303, "/datasets/cabinet-office/payments")
