"""Protecting people, end to end: confirmed field by field, classified later, kept so long, and a synthetic twin."""

from typing import TYPE_CHECKING, Any

from tests.node.test_twinning import real_rows

if TYPE_CHECKING:
    from tests.conftest import ServedHere

CONTRACT = """
kind: DataContract
apiVersion: v3.1.0
id: people
version: {version}
name: Payments to people
status: active
schema:
  - name: people
    properties:
      - {{name: nhs number, logicalType: string, required: true, unique: true, classification: {nhs}}}
      - {{name: full name, logicalType: string, required: true}}
      - {{name: council, logicalType: string, required: true, classification: not-personal}}
      - {{name: {award}, logicalType: integer, classification: not-personal}}
"""
TRUE = {"version": "1.0.0", "nhs": "personal", "award": "award"}
PLACE = "/api/v1/datasets/department-for-work-pensions/people"


def source(award: str = "award") -> bytes:
    rows = [f"{each[0]},{each[2]},{each[5]},{each[6]}" for each in real_rows()]
    return "\n".join([f"nhs number,full name,council,{award}", *rows, ""]).encode()


class Steward:
    """The steward of DWP at the API."""

    def __init__(self, served: "ServedHere") -> None:
        self.served = served
        self.person = served.join("DWP", "Priya Shah", "steward")

    def publish(self, *, status: int = 201, content: bytes = b"", **said: Any) -> dict[str, Any]:
        terms = {name: said.pop(name, true) for name, true in TRUE.items()}
        content = content or source(terms["award"])
        form = {
            "body": "DWP",
            "name": "people",
            "contract": CONTRACT.format(**terms),
            "upload": self.served.upload(content, by=self.person).json()["upload"],
            "access": "closed",
            **said,
        }
        answer = self.served.send("POST", "/api/v1/datasets", self.served.person(self.person), json=form)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, form: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.served.do(path, form, by=self.person)
        return found

    def dataset(self, place: str = PLACE) -> dict[str, Any]:
        found: dict[str, Any] = self.served.send("GET", place).json()
        return found


def test_a_steward_protects_people(served: "ServedHere") -> None:
    steward = Steward(served)

    # What an upload reads as has types, classifications and evidence.
    upload = served.upload(source(), by=steward.person).json()["upload"]
    fields = {each["name"]: each for each in steward.post(f"/api/v1/uploads/{upload}/reading", {})["fields"]}
    assert fields["nhs number"]["classification"] == "personal"
    assert "pass the check of an NHS number" in fields["nhs number"]["evidence"]

    # Field by field; against strong evidence only with a reason, which is recorded.
    held = steward.publish(status=400, nhs="not-personal", confirm=True)
    assert (held["code"], "all 100 sampled values pass" in held["reasons"][0]) == ("publish.reason-needed", True)
    steward.publish(
        confirm_fields=["council"], regime="law-enforcement", retain="6 years after end of year: Limitation Act 1980"
    )
    found = steward.dataset()
    assert [each["confirmed"] for each in found["fields"]] == [False, False, True, False]
    assert (found["regime"], found["retention"]) == (
        "law-enforcement",
        "6 years after end of year: Limitation Act 1980",
    )
    published = found["versions"][0]["published"]
    assert found["versions"][0]["kept_until"] == f"{int(published[:4]) + 7}-01-01"

    # Later, without a new upload.
    done = steward.post(f"{PLACE}/classification", {"fields": ["award"], "reason": "Sums of money by council."})
    assert done["fields"] == [{"name": "award", "classification": "not-personal", "confirmed": True}]
    (event,) = served.events(name="dataset.classified")
    assert event["facts"]["before"] == ["not-personal, not confirmed"]
    assert event["facts"]["reason"] == "Sums of money by council."

    # A contract that breaks for readers is refused, and passes when its version or its steward says so.
    refused = steward.publish(status=422, award="sum")
    assert refused["code"] == "publish.contract-changed"
    assert "award is gone" in " ".join(refused["reasons"])
    assert steward.dataset()["versions"][0]["number"] == 1
    again = steward.publish(award="sum", version="2.0.0", confirm_fields=["council", "sum"])
    assert any(each.startswith("The data contract changed: award is gone") for each in again["findings"])
    assert steward.dataset()["regime"] == "law-enforcement"  # nothing else was said of it
    steward.publish(new_contract_version=True, confirm_fields=["council", "award"])

    # The twin: open, labelled everywhere, of nobody.
    twin = steward.post(f"{PLACE}/twin", {"rows": 200})
    assert (twin["dataset"], twin["rows"]) == ("department-for-work-pensions/people-synthetic", 200)
    beside = steward.dataset(f"{PLACE}-synthetic")
    assert (beside["record"]["access"], beside["record"]["title"]) == ("open", "Payments to people (synthetic twin)")
    assert "synthetic" in beside["record"]["keywords"]
    csv = served.send("GET", "/open/department-for-work-pensions/people-synthetic.csv").text
    assert csv.startswith('"nhs number","full name","council","award"\n"999')
    assert not any(each[0] in csv or each[2] in csv for each in real_rows())
    page = served.send("GET", "/datasets/department-for-work-pensions/people-synthetic", {"Accept": "text/html"}).text
    assert "Synthetic: no row tells of a person." in page
    real = served.send("GET", "/datasets/department-for-work-pensions/people", {"Accept": "text/html"}).text
    assert '<a class="govuk-link" href="/datasets/department-for-work-pensions/people-synthetic">' in real
    assert "Its source and nothing else." in real
    (event,) = served.events(name="dataset.twinned")
    assert event["facts"]["twin"] == twin["dataset"]

    # What is open and turns out to be personal is open no longer.
    steward.post(
        f"{PLACE}-synthetic/classification",
        {"fields": ["council"], "classification": "personal", "reason": "A test of what happens."},
    )
    assert steward.dataset(f"{PLACE}-synthetic")["record"]["access"] == "shared"
    assert served.send("GET", "/open/department-for-work-pensions/people-synthetic.csv").status_code == 404


def test_what_is_not_said_anew_stays_as_it_was(served: "ServedHere") -> None:
    steward = Steward(served)
    steward.publish(marking="OFFICIAL-SENSITIVE", attribution="Made up.", keywords=["people"])
    answer = steward.publish(access="", content=source() + b"9990000018,Ann Bell,Lambeth,7\n")
    found = steward.dataset()
    assert (answer["version"], answer["access"], found["marking"]) == (2, "closed", "OFFICIAL-SENSITIVE")
    assert (found["record"]["attribution"], found["record"]["keywords"]) == ("Made up.", ["people"])
