"""The check page says what the columns are likely to reveal, beside what the data contract says, and no value."""

import re
from typing import TYPE_CHECKING

from tests.web.test_uploading import Steward

if TYPE_CHECKING:
    from tests.conftest import ServedHere

CONTRACT = b"""
kind: DataContract
apiVersion: v3.1.0
id: people
version: "1"
status: active
schema:
  - name: people
    properties:
      - {name: reference, logicalType: string, classification: not-personal}
      - {name: dob, logicalType: date}
      - {name: postcode, logicalType: string}
"""
ROWS = b"""reference,dob,postcode
AB123456C,1950-01-02,SW1A 1AA
JG103759A,1961-03-04,M1 1AE
CE654321B,1999-05-06,B33 8TH
"""


def test_what_columns_are_likely_to_reveal_is_shown_before_anything_is_published(served: "ServedHere") -> None:
    steward = Steward(served)
    shown = steward.upload(ROWS, CONTRACT, access="closed", confirm="")
    page = steward.get(shown.headers["location"]).text
    assert "all 3 sampled values pass the check of a National Insurance number" in page
    assert "reference: not personal" in page
    assert "The evidence is strong that it is personal" in page
    assert "Together dob and postcode divide 3 rows into 3 groups, the smallest of 1" in page
    assert "Until a steward confirms otherwise, every field counts as personal" in page
    for value in ("AB123456C", "1950-01-02", "SW1A 1AA"):
        assert value not in page


def test_what_is_confirmed_against_strong_evidence_asks_for_a_reason_that_is_recorded(served: "ServedHere") -> None:
    steward = Steward(served)
    place = steward.upload(ROWS, CONTRACT, access="closed", confirm="yes").headers["location"]
    page = steward.get(place).text
    ticked = re.findall(r'name="fields" type="checkbox" value="(\w+)"[^>]* checked', page)
    assert ticked == ["dob", "postcode"]  # the form confirmed all, but not even so what the values contradict
    accept = re.findall(r"rd-[0-9a-f]{16}", page)[0]
    said = {"act": "publish", "accept": accept, "step": "fields", "fields": ["reference", "dob"]}
    held = steward.post(place, data=said)
    assert (held.status_code, "reference is confirmed as not personal, but all 3" in held.text) == (400, True)
    done = steward.post(place, data={**said, "confirm_reason": "They are made up for a test."})
    assert done.status_code == 303, done.text
    (record,) = served.events(name="dataset.described")
    assert record["facts"]["confirmed"] == ["reference", "dob"]
    assert "They are made up for a test." in record["facts"]["confirmed_against"][0]
    assert "JG103759A" not in str(record)


def test_a_changed_contract_is_told_before_it_is_published(served: "ServedHere") -> None:
    steward = Steward(served)

    def send(contract: bytes) -> tuple[str, str]:
        place = steward.upload(ROWS, contract, access="closed", confirm="").headers["location"]
        return place, steward.get(place).text

    place, page = send(CONTRACT)
    said = {"act": "publish", "accept": re.findall(r"rd-[0-9a-f]{16}", page)[0], "step": "fields"}
    assert steward.post(place, data=said).status_code == 303
    place, page = send(CONTRACT.replace(b"name: dob, logicalType: date", b"name: dob, logicalType: string"))
    assert "Breaks for readers: dob was date and is string" in page
    assert steward.post(place, data=said).status_code == 422
    assert steward.post(place, data={**said, "new_contract_version": "yes"}).status_code == 303


def test_open_data_is_confirmed_field_by_field(served: "ServedHere") -> None:
    steward = Steward(served)
    contract = CONTRACT.replace(b"e: date}", b"e: date, classification: not-personal}").replace(
        b"e: string}\n", b"e: string, classification: not-personal}\n"
    )
    rows = b"reference,dob,postcode\nx,2026-01-02,a\ny,2026-01-02,b\n"
    place = steward.upload(rows, contract, access="open", confirm="").headers["location"]
    page = steward.get(place).text
    said = {"act": "publish", "accept": re.findall(r"rd-[0-9a-f]{16}", page)[0], "step": "fields"}
    held = steward.post(place, data={**said, "fields": ["reference", "dob"]})
    assert (held.status_code, "postcode is not confirmed as not personal" in held.text) == (403, True)
    done = steward.post(place, data={**said, "fields": ["reference", "dob", "postcode"]})
    assert done.status_code == 303, done.text
