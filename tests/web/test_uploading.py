"""Publishing by the pages: a file is sealed as it arrives, and published once its steward has seen how it reads."""

import io
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.browser.chromium import DESKTOP, open_browser, open_context

from commonweal.core import InputError
from commonweal.web.casework.form_parts import ReceivedForm, receive_form

if TYPE_CHECKING:
    from tests.conftest import ServedHere

DATA = files("commonweal.cli.story") / "data"
MESSY = (DATA / "lambeth-payments-2012-06.csv").read_bytes()
CLEAN = (DATA / "lambeth-payments-2011-01.csv").read_bytes()
SPENDING = (DATA / "spending.odcs.yaml").read_bytes()
PAYMENTS = (DATA / "payments.odcs.yaml").read_bytes()
FIELDS = {"name": "payments", "access": "open", "marking": "OFFICIAL", "confirm": "yes"}
TYPE = 'multipart/form-data; boundary="edge"'


class Steward:
    """A signed-in person at the pages."""

    def __init__(self, served: "ServedHere", person: str = "") -> None:
        self.served = served
        link = served.do("/api/v1/sign-in-links", by=person)["link"].removeprefix(served.url)
        opened = served.send("GET", link)
        served.client.cookies.clear()
        self.headers = {
            "Cookie": opened.headers["set-cookie"].partition(";")[0],
            "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html",
        }

    def get(self, path: str) -> httpx.Response:
        return self.served.send("GET", path, self.headers)

    def post(self, path: str, **content: Any) -> httpx.Response:
        return self.served.send("POST", path, self.headers, **content)

    def upload(self, content: bytes, contract: bytes, **fields: str) -> httpx.Response:
        parts = {"contract": ("contract.yaml", contract), "file": ("source.csv", content)}
        return self.post("/publish", data={**FIELDS, **fields}, files=parts)


@pytest.fixture
def steward(served: "ServedHere") -> Steward:
    """The operator, who is a steward of the Cabinet Office."""
    return Steward(served)


def stored(steward: Steward) -> list[str]:
    return sorted(path.name for path in (steward.served.home.folder / "blobs").rglob("*") if path.is_file())


def test_an_untidy_file_is_shown_as_it_reads_and_then_published(steward: Steward) -> None:
    sent = steward.upload(MESSY, SPENDING)
    assert sent.status_code == 303, sent.text
    shown = steward.get(sent.headers["location"])
    for words in ("Check what we understood", "The header is row 10", "635", "3166, 3168", "A total", "agrees"):
        assert words in shown.text
    assert "Catch22" not in shown.text
    assert steward.served.search() == set()
    accept = re.findall(r'name="accept" value="(rd-[0-9a-f]{16})"', shown.text)[0]
    done = steward.post(sent.headers["location"], data={"act": "publish", "accept": accept})
    assert (done.status_code, done.headers["location"]) == (303, "/datasets/cabinet-office/payments")
    assert "3,155" in steward.get(done.headers["location"]).text
    aside = steward.get(f"{done.headers['location']}/versions/1/set-aside.csv")
    assert (aside.status_code, "40292334.84" in aside.text) == (200, True)
    assert len(stored(steward)) == 2
    assert steward.get(sent.headers["location"]).status_code == 404


def test_a_clean_file_is_published_as_it_is(steward: Steward) -> None:
    sent = steward.upload(CLEAN, PAYMENTS)
    shown = steward.get(sent.headers["location"]).text
    assert "The file is clean: all 1,072 rows" in shown
    accept = re.findall(r"rd-[0-9a-f]{16}", shown)[0]
    done = steward.post(sent.headers["location"], data={"act": "publish", "accept": accept})
    assert done.status_code == 303
    (version,) = steward.served.send("GET", "/api/v1/datasets/cabinet-office/payments").json()["versions"]
    assert (version["rows"], version["reading"]) == (1072, None)
    assert len(stored(steward)) == 1


def test_what_is_not_to_be_published_is_gone(steward: Steward) -> None:
    sent = steward.upload(MESSY, SPENDING)
    assert len(stored(steward)) == 1
    done = steward.post(sent.headers["location"], data={"act": "discard"})
    assert done.headers["location"] == "/publish?discarded=true"
    assert "Nothing was published" in steward.get(done.headers["location"]).text
    assert stored(steward) == []


def test_a_second_upload_takes_the_place_of_the_first(steward: Steward) -> None:
    first = steward.upload(MESSY, SPENDING).headers["location"]
    second = steward.upload(CLEAN, PAYMENTS).headers["location"]
    assert [steward.get(each).status_code for each in (first, second)] == [404, 200]
    assert len(stored(steward)) == 1


@pytest.mark.parametrize(
    ("content", "contract", "fields", "status", "field", "words"),
    [
        (b"", SPENDING, {}, 400, "file", "Choose the file"),
        (MESSY, b"", {}, 400, "contract", "Choose the data contract"),
        (MESSY, SPENDING, {"name": ""}, 400, "name", "Give the dataset a name"),
        (MESSY, SPENDING, {"name": "../x"}, 400, "name", "small letters"),
        (MESSY, b"schema: [", {}, 400, "contract", "YAML"),
        (MESSY, SPENDING, {"marking": "SECRET"}, 403, "marking", "above OFFICIAL"),
        (MESSY, SPENDING, {"retain": "for ever"}, 400, "retain", "not a period that can be counted"),
        (MESSY, PAYMENTS, {}, 422, "file", "has no field Sum of Invoice Nett Amount"),
        (bytes(range(256)), SPENDING, {}, 422, "file", "control bytes"),
    ],
)
def test_what_stops_a_file_is_said_at_its_field_and_leaves_nothing(
    steward: Steward, *, content: bytes, contract: bytes, fields: dict[str, str], status: int, field: str, words: str
) -> None:
    answer = steward.upload(content, contract, **fields)
    assert answer.status_code == status
    assert words in answer.text
    assert f'<a href="#{field}">' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert "Error: Publish a file" in answer.text
    assert stored(steward) == []


def test_a_reading_that_was_not_shown_is_not_accepted(steward: Steward) -> None:
    sent = steward.upload(MESSY, SPENDING)
    done = steward.post(sent.headers["location"], data={"act": "publish", "accept": "rd-0123456789abcdef"})
    assert done.status_code == 422
    assert "There is a problem" in done.text
    assert stored(steward) == []


def test_the_pages_are_for_the_steward_who_sent_the_file(steward: Steward) -> None:
    served = steward.served
    served.join("cabinet-office", "Ann Analyst", "analyst")
    served.join("cabinet-office", "Sue Steward", "steward")
    analyst, other = Steward(served, "ann.analyst@cabinet-office"), Steward(served, "sue.steward@cabinet-office")
    place = steward.upload(MESSY, SPENDING).headers["location"]
    assert "Your role does not publish" in analyst.get("/publish").text
    assert analyst.upload(MESSY, SPENDING).status_code == 403
    for someone in (analyst, other):
        assert someone.get(place).status_code == 404
        assert someone.post(place, data={"act": "publish"}).status_code == 404
    assert served.send("GET", "/publish").status_code == 401
    assert served.send("POST", "/publish", files={"file": ("x.csv", CLEAN)}).status_code == 401
    foreign = {**steward.headers, "Sec-Fetch-Site": "cross-site"}
    assert served.send("POST", place, foreign, data={"act": "publish"}).status_code == 403
    assert steward.get(place).status_code == 200


def test_a_sender_who_goes_away_leaves_nothing(steward: Steward) -> None:
    body = form_body(("name", "", b"x"), ("file", "x.csv", CLEAN))[:-2000]
    headers = {**steward.headers, "Content-Type": TYPE}
    answer = steward.served.send("POST", "/publish", headers, content=body)
    assert (answer.status_code, "cut short" in answer.text) == (400, True)
    assert stored(steward) == []


def test_no_plaintext_of_an_upload_is_written(steward: Steward) -> None:
    steward.upload(MESSY, SPENDING)
    for path in steward.served.home.folder.rglob("*"):
        assert not path.is_file() or b"GuestHouses" not in path.read_bytes()


def form_body(*parts: tuple[str, str, bytes]) -> bytes:
    """Return a multipart body; a part with a file's name is a file."""
    body = io.BytesIO()
    for name, file_name, content in parts:
        named = f'; filename="{file_name}"' if file_name else ""
        body.write(f'--edge\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode())
        body.write(content + b"\r\n")
    body.write(b"--edge--\r\n")
    return body.getvalue()


def received(body: bytes, size: int = 1000) -> ReceivedForm[bytes]:
    chunks: Iterator[bytes] = (body[at : at + size] for at in range(0, len(body), size))
    return receive_form(TYPE, chunks, file="file", take=b"".join, limits={"contract": 5000})


@given(st.binary(max_size=500), st.text(max_size=50), st.integers(1, 700))
@settings(max_examples=80)
def test_a_form_is_the_same_however_it_is_cut(content: bytes, text: str, size: int) -> None:
    form = received(form_body(("a", "", text.encode()), ("file", "x.csv", content), ("b", "", b"1")), size)
    if b"--edge" not in content:
        assert (form.taken, form.file_name) == (content, "x.csv")
        assert form.fields == {"a": text, "b": "1"}


@given(st.binary(max_size=400))
@settings(max_examples=80)
def test_any_bytes_are_a_form_or_our_error(content: bytes) -> None:
    for body in (content, b"--edge\r\n" + content, form_body(("a", "", content))[:-7]):
        try:
            received(body, 50)
        except InputError:
            continue


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "cut short"),
        (form_body(*[(f"f{n}", "", b"1") for n in range(41)]), "more than 40 parts"),
        (form_body(("a", "", b"x" * 20_001)), "longer than 20,000 bytes"),
        (form_body(("contract", "c.yaml", b"x" * 5001)), "longer than 5,000 bytes"),
        (form_body(("a", "", b"\xff")), "not UTF-8"),
    ],
)
def test_a_form_that_is_too_much_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        received(body)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 400]
)
def test_what_is_no_such_form_is_refused(kind: str) -> None:
    with pytest.raises(InputError):
        receive_form(kind, iter([b"x"]), file="file", take=b"".join, limits={})


def test_the_names_of_files_are_made_harmless() -> None:
    sent = form_body(("file", "C:\\data\\../..\\pay\u2028ments.csv", b"1"))
    assert received(sent).file_name == "payments.csv"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_pages_work_in_a_browser_with_scripts_and_without(served: "ServedHere", *, scripts: bool) -> None:
    link = served.do("/api/v1/sign-in-links")["link"]
    with open_browser() as browser:
        page = open_context(browser, DESKTOP, scripts=scripts).new_page()
        page.goto(link)
        page.goto(f"{served.url}/publish")
        page.get_by_role("button", name="Send and check").click()
        assert page.title().startswith("Error: ")
        page.get_by_label("Name", exact=True).fill("payments-2012-06")
        page.get_by_label("Open", exact=True).check()
        page.get_by_label("As its steward").check()
        page.set_input_files("#contract", str(DATA / "spending.odcs.yaml"))
        page.set_input_files("#file", str(DATA / "lambeth-payments-2012-06.csv"))
        page.get_by_role("button", name="Send and check").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Check what we understood"
        assert page.get_by_role("table").count() == 3
        assert page.get_by_role("group", name="Tick each field").get_by_role("checkbox").count() == 6
        page.get_by_role("button", name="Publish as shown").click()
        assert page.url == f"{served.url}/datasets/cabinet-office/payments-2012-06"
        assert page.get_by_role("heading", level=1).inner_text() == "Payments of £500 and more"


def test_the_key_that_is_chosen_is_shown_before_and_after(steward: Steward) -> None:
    form = steward.get("/publish").text
    warning = "A key destroyed in a keystore file lives on in backups until they expire, here after 35 days."
    for words in ("Its body’s key", "A key of its own, which can be destroyed at once in a device", warning):
        assert words in form
    sent = steward.upload(CLEAN, PAYMENTS, key_class="device")
    shown = steward.get(sent.headers["location"]).text
    assert f"It lies under a key of its own. {warning}" in shown
    accept = re.findall(r"rd-[0-9a-f]{16}", shown)[0]
    done = steward.post(sent.headers["location"], data={"act": "publish", "accept": accept})
    assert f"It lies under a key of its own. {warning}" in steward.get(done.headers["location"]).text
    split = steward.get(steward.upload(CLEAN, PAYMENTS, split="yes").headers["location"]).text
    assert "Each class of its fields lies under a key of its own" in split


def test_a_key_that_was_destroyed_is_said_beside_the_choice_of_keys(steward: Steward) -> None:
    sent = steward.upload(CLEAN, PAYMENTS, key_class="device").headers["location"]
    accept = re.findall(r"rd-[0-9a-f]{16}", steward.get(sent).text)[0]
    assert steward.post(sent, data={"act": "publish", "accept": accept}).status_code == 303
    steward.served.node.parts.custodian.destroy("kek-cabinet-office/payments")
    refused = steward.upload(CLEAN, PAYMENTS, split="", key_class="device")
    assert refused.status_code == 403
    assert 'href="#key_class"' in refused.text
    assert "kek-cabinet-office/payments was destroyed" in refused.text
    assert re.search(r'value="device"\s+checked', refused.text)


def test_a_file_of_new_rows_is_added_to_the_version_before(steward: Steward) -> None:
    contract = b"""apiVersion: v3.1.0
kind: DataContract
id: wards
version: 1.0.0
status: active
schema:
  - name: wards
    properties:
      - {name: ward, logicalType: string, required: true, unique: true}
      - {name: council, logicalType: string}
"""
    for mode, content in (("replace", b"ward,council\nVauxhall,a\n"), ("append", b"ward,council\nKnight,b\n")):
        sent = steward.upload(content, contract, name="wards", mode=mode, access="shared", confirm="")
        accept = re.findall(r"rd-[0-9a-f]{16}", steward.get(sent.headers["location"]).text)[0]
        done = steward.post(sent.headers["location"], data={"act": "publish", "accept": accept})
        assert done.status_code == 303, done.text
    versions = steward.served.send("GET", "/api/v1/datasets/cabinet-office/wards").json()["versions"]
    assert sorted(each["rows"] for each in versions) == [1, 2]


def test_a_key_that_no_row_could_be_found_by_is_told_at_its_place(steward: Steward) -> None:
    answer = steward.upload(CLEAN, PAYMENTS, mode="upsert", key="no_such_field")
    assert (answer.status_code, "no_such_field" in answer.text) == (400, True)
    assert stored(steward) == []
