import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.agree import Agreement, Signature
from commonweal.core import Actor, CommonwealError, Json
from commonweal.decide import Decision, Verdict
from commonweal.deliver import (
    Delivery,
    LinkError,
    Release,
    ReleasePlan,
    ShareQueryError,
    answers_in_delta,
    ask_to_read,
    authorise,
    authorised_delivery,
    complete,
    describe,
    describe_file,
    page,
    parse_query,
    plan_release,
    refuse,
    sign_link,
    table_of,
    verify_link,
    write_release,
)
from commonweal.publish import Access, Classification, DataContract, Dataset, Field, FieldType, Marking
from commonweal.request import Operator, RowCondition

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
ACTOR = Actor("tom@lambeth", "lambeth")
FIELDS = (
    Field("nino", FieldType.STRING, "National Insurance number", classification=Classification.PERSONAL),
    Field("born", FieldType.DATE),
    Field("award", FieldType.NUMBER),
)
DATASET = Dataset(
    id="department-for-work-pensions/claimants",
    body="department-for-work-pensions",
    name="claimants",
    title="Claimants",
    description="People with an award.",
    contract=DataContract("uk.gov.dwp.claimants", "1.0", "Claimants", "", FIELDS),
    access=Access.CLOSED,
    marking=Marking.OFFICIAL_SENSITIVE,
    licence="",
    steward="priya@dwp",
    created=NOW,
)
ROWS = (RowCondition("award", Operator.GREATER, ("10",)),)
AGREEMENT = Agreement(
    id="agr-1",
    request="req-1",
    dataset=DATASET.id,
    discloser="department-for-work-pensions",
    recipient="lambeth",
    purpose="council-tax-reduction",
    gateway="wra12-s130-131",
    citation="Welfare Reform Act 2012, section 131",
    fields=("nino", "award"),
    rows=ROWS,
    tokenised=("nino",),
    starts=NOW,
    ends=NOW + timedelta(days=30),
    decided_by="margaret@dwp",
    signatures=(Signature("margaret@dwp", "department-for-work-pensions", NOW),),
)
RELEASE = Release(
    id="rel-1",
    agreement="agr-1",
    dataset=DATASET.id,
    version="ver-1",
    version_number=3,
    fields=("nino", "award"),
    sealed_file="sf-1",
    size=1000,
    payload_size=1032,
    digest="ab" * 32,
    row_count=7,
    created=NOW,
)
DELIVERY = Delivery(
    id="dlv-1",
    agreement="agr-1",
    release="rel-1",
    recipient="lambeth",
    door="csv",
    fields=("nino", "award"),
    purpose="council-tax-reduction",
    authorised=NOW,
    expires=NOW + timedelta(hours=1),
    person=ACTOR.person,
    rows=RELEASE.row_count,
)
KEY = b"k" * 32


def test_a_plan_keeps_the_agreements_order_rows_and_tokens() -> None:
    assert plan_release(AGREEMENT, ["award", "nino"]) == ReleasePlan(("nino", "award"), ROWS, frozenset({"nino"}))
    assert plan_release(AGREEMENT, ["award"]) == ReleasePlan(("award",), ROWS, frozenset())


def test_every_hit_asks_with_what_the_door_was_asked_for() -> None:
    question = ask_to_read(AGREEMENT, DATASET, recipient="lambeth", fields=["nino"], purpose="research", at=NOW)
    assert question.fields == {"nino"}
    assert question.purpose == "research"
    assert question.known_fields == {"nino", "born", "award"}
    assert question.obligations_met == question.agreement.obligations == {"tokenise:nino"}


def test_an_authorised_delivery_can_be_read_back_from_its_event() -> None:
    event = authorise(DELIVERY, RELEASE, Decision(Verdict.PERMIT, (), policies="p"), ACTOR, AGREEMENT.discloser)
    assert event.name == "delivery.authorised"
    assert event.facts["files"] == ["sf-1"]
    assert event.facts["rows"] == 7
    assert authorised_delivery(event) == DELIVERY


def test_every_event_of_a_delivery_is_the_disclosers_record() -> None:
    refused = refuse(at=NOW, discloser="dwp", subject="agr-1", door="csv", reasons=["No."], actor=ACTOR)
    counts: dict[str, Json] = {"bytes": 9}
    completed = complete(DELIVERY, at=NOW, discloser="dwp", actor=ACTOR, counts=counts)
    written = write_release(RELEASE, ACTOR, "dwp")
    assert {each.body for each in (refused, completed, written)} == {"dwp"}
    assert {each.subject for each in (refused, completed, written)} == {"agr-1"}
    assert refused.facts["reasons"] == ["No."]
    assert completed.facts == {"delivery": "dlv-1", "bytes": 9}


def test_a_link_is_good_for_its_delivery_release_and_expiry_only() -> None:
    expires = int(DELIVERY.expires.timestamp())
    signature = sign_link(KEY, "dlv-1", "rel-1", DELIVERY.expires)
    verify_link(KEY, "dlv-1", "rel-1", expires=expires, signature=signature)
    wrong = [
        (b"x" * 32, "dlv-1", "rel-1", expires, signature),
        (KEY, "dlv-2", "rel-1", expires, signature),
        (KEY, "dlv-1", "rel-2", expires, signature),
        (KEY, "dlv-1", "rel-1", expires + 1, signature),
        (KEY, "dlv-1", "rel-1", expires, ""),
        (KEY, "dlv-1", "rel-1", expires, "é" * 64),
        (KEY, "dlv-1", "rel-1", -(1 << 70), signature),
        (KEY, "dlv-1", "rel-1", 1 << 70, signature),
    ]
    for key, delivery, release, when, given_signature in wrong:
        with pytest.raises(LinkError):
            verify_link(key, delivery, release, expires=when, signature=given_signature)


def test_the_share_fixes_the_purpose_and_names_are_fit_for_sql() -> None:
    table = table_of(AGREEMENT)
    assert (table.share, table.schema, table.table) == ("agr-1", "department_for_work_pensions", "claimants")
    assert table.as_json()["id"] == "agr-1.claimants"


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ("responseformat=delta,parquet", True),
        ("ResponseFormat=Delta;readerfeatures=deletionvectors", True),
        ("responseformat=parquet", False),
        ("readerfeatures=delta", False),
        ("", False),
        (";;==,", False),
    ],
)
def test_the_format_is_delta_when_the_client_lists_it(capabilities: str, expected: bool) -> None:
    assert answers_in_delta(capabilities) is expected


def test_the_schema_shows_tokens_as_text() -> None:
    protocol, metadata = describe(DATASET, AGREEMENT, 3, delta=False)
    assert protocol == {"protocol": {"minReaderVersion": 1}}
    inner = metadata["metaData"]
    assert isinstance(inner, dict)
    schema = json.loads(str(inner["schemaString"]))
    assert [(each["name"], each["type"]) for each in schema["fields"]] == [("nino", "string"), ("award", "double")]
    numbers = replace(AGREEMENT, fields=("born",), tokenised=("born",))
    _, delta = describe(DATASET, numbers, 3, delta=True)
    assert '\\"type\\":\\"string\\",\\"nullable\\"' in json.dumps(delta)


def test_a_file_line_in_each_format() -> None:
    parquet = describe_file(RELEASE, "http://x/f", 5, delta=False)["file"]
    delta = describe_file(RELEASE, "http://x/f", 5, delta=True)["file"]
    assert isinstance(parquet, dict)
    assert isinstance(delta, dict)
    assert (parquet["url"], parquet["size"], parquet["expirationTimestamp"]) == ("http://x/f", 1000, 5)
    action = delta["deltaSingleAction"]
    assert isinstance(action, dict)
    add = action["add"]
    assert isinstance(add, dict)
    assert (add["path"], add["size"], json.loads(str(add["stats"]))) == ("http://x/f", 1000, {"numRecords": 7})


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b"\xff", b'{"limitHint": "5"}', b'{"limitHint": true}', b'{"predicateHints": {}}', b"[" * 100_000],
)
def test_a_malformed_query_is_refused(body: bytes) -> None:
    with pytest.raises(ShareQueryError):
        parse_query(body, current_version=3)


@pytest.mark.parametrize("query", [{"version": 2}, {"timestamp": "2020-01-01T00:00:00Z"}, {"startingVersion": 1}])
def test_only_the_newest_version_is_shared(query: dict[str, Json]) -> None:
    with pytest.raises(ShareQueryError, match="version 3 only"):
        parse_query(json.dumps(query).encode(), current_version=3)


def test_hints_are_allowed_and_an_empty_body_is_a_query() -> None:
    assert parse_query(b"", current_version=3) == {}
    hints = {"predicateHints": ["award > 5"], "limitHint": 5, "version": 3, "somethingNew": [1]}
    assert parse_query(json.dumps(hints).encode(), current_version=3) == hints


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_any_query_body_gives_our_error_or_a_query(body: bytes) -> None:
    try:
        parse_query(body, current_version=1)
    except CommonwealError as error:
        assert error.outcome.status == 400


def test_listings_are_paged_to_the_end_once() -> None:
    items: list[Json] = [{"n": number} for number in range(5)]
    seen: list[Json] = []
    token = ""
    while True:
        answer = page(items, max_results=2, page_token=token)
        found = answer["items"]
        assert isinstance(found, list)
        seen += found
        if "nextPageToken" not in answer:
            break
        token = str(answer["nextPageToken"])
    assert seen == items
    assert page(items, max_results=None, page_token="")["items"] == items


@pytest.mark.parametrize(("most", "token"), [(-1, ""), (1, "x"), (1, "-1")])
def test_a_malformed_page_is_refused(most: int, token: str) -> None:
    with pytest.raises(ShareQueryError):
        page([], max_results=most, page_token=token)
