"""The check page says what the columns are likely to reveal, beside what the data contract says, and no value."""

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
    assert "not-personal, to be confirmed" in page
    assert "Together dob and postcode divide 3 rows into 3 groups, the smallest of 1" in page
    assert "Until a steward confirms otherwise, every column counts as personal" in page
    for value in ("AB123456C", "1950-01-02", "SW1A 1AA"):
        assert value not in page


def test_what_was_confirmed_stands_and_the_evidence_against_it_is_told(served: "ServedHere") -> None:
    steward = Steward(served)
    page = steward.get(steward.upload(ROWS, CONTRACT, access="closed", confirm="yes").headers["location"]).text
    assert "its steward confirmed it; but all 3 sampled values pass the check of a National Insurance" in page
