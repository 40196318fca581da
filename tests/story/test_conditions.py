"""Conditions that a named person sets: they hold at every door, for every reader, and to the last row."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import CLAIMANT_FIELDS, CLAIMANTS, DWP, LAMBETH, Agreed, packaged

from commonweal.node import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.conftest import Home, ServedHere

    from commonweal.decide import Decision

TOM, ANN = f"tom.reid@{LAMBETH}", f"ann.auditor@{LAMBETH}"
SOUTHWARK = "southwark"
LEAD = f"margaret.okafor@{DWP}"


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    """A node on which DWP has published its claimants, and both bodies have their people."""
    with ExitStack() as open_:
        served = open_.enter_context(serving(new_home(tmp_path_factory.mktemp("conditions") / "home")))
        served.publish_claimants()
        served.join("lambeth", "Tom Reid", "analyst", "asset-owner")
        served.join("lambeth", "Ann Auditor", "auditor", "asset-owner")
        served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
        served.join(SOUTHWARK, "Sue Clerk", "analyst")
        yield served


def rule(served: "ServedHere", conditions: dict[str, Any]) -> tuple[str, Any]:
    """Have Lambeth ask and DWP permit under conditions; return the request and the answer to the ruling."""
    request = served.ask_for_claimants()
    ruling = {"permit": True, "fields": list(CLAIMANT_FIELDS), "rows": ["council=E09000022"], "conditions": conditions}
    return request, served.send("POST", f"/api/v1/requests/{request}/ruling", served.person(LEAD), json=ruling)


def agree(served: "ServedHere", conditions: dict[str, Any], *, reader: str = TOM) -> Agreed:
    """Agree under conditions; the token is issued to a person of the recipient."""
    request, answer = rule(served, conditions)
    assert answer.status_code == 201, answer.text
    agreement = str(served.do(f"/api/v1/requests/{request}/agreement", by=TOM)["agreement"])
    return Agreed(agreement, token(served, agreement, reader), CLAIMANTS, DWP.replace("-", "_"))


def token(served: "ServedHere", agreement: str, reader: str) -> str:
    return str(served.profile(agreement, by=reader)["bearerToken"])


def read(served: "ServedHere", agreed: Agreed, form: str = "csv") -> Any:
    """Read at a plain door, or ask the Delta Sharing door for its files."""
    if form == "delta-sharing":
        return served.send("POST", f"{agreed.table_path}/query", agreed.reader, json={})
    return served.send("GET", agreed.data_path(form), agreed.reader)


def test_only_the_readers_agreed_read_by_the_doors_agreed(world: "ServedHere") -> None:
    agreed = agree(world, {"readers": ["role:analyst"], "doors": ["csv", "delta-sharing"]})
    assert read(world, agreed).status_code == 200
    assert world.send("GET", world.file_url(agreed)).status_code == 200
    shut = read(world, agreed, "parquet")
    assert shut.status_code == 403
    assert "by the doors csv, delta-sharing, not by parquet" in shut.text
    other = Agreed(agreed.id, token(world, agreed.id, ANN), agreed.dataset, agreed.schema)
    for form in ("csv", "delta-sharing"):
        refused = read(world, other, form)
        assert refused.status_code == 403
        assert "is read only by role:analyst" in refused.text
    assert world.send("GET", "/delta-sharing/shares", other.reader).status_code == 403
    shown = world.send("GET", f"/api/v1/agreements/{agreed.id}", world.person(TOM)).json()
    assert shown["conditions"]["readers"] == ["role:analyst"]
    assert shown["conditions_in_words"]["Readers"] == "role:analyst"
    (signed,) = world.events(subject=agreed.id, name="agreement.signed")
    assert signed["facts"]["conditions"]["doors"] == ["csv", "delta-sharing"]


def test_limits_count_over_every_door_and_a_day_later_anew(world: "ServedHere") -> None:
    agreed = agree(world, {"deliveries_per_day": 2, "rows_per_day": 5})
    url = world.file_url(agreed)
    assert read(world, agreed).status_code == 200
    spent = read(world, agreed, "parquet")
    assert spent.status_code == 403
    assert "allows 2 deliveries in 24 hours, and there have been 2" in spent.text
    assert world.send("GET", url).status_code == 200, "a delivery that was authorised does not count itself again"
    assert world.send("GET", "/delta-sharing/shares", agreed.reader).status_code == 200, "the terms are no delivery"
    assert len(world.events(subject=agreed.id, name="delivery.authorised")) == 2
    world.home.clock.advance(timedelta(hours=24))
    assert read(world, agreed, "parquet").status_code == 200


def test_a_release_larger_than_what_is_left_is_refused_before_it_is_authorised(world: "ServedHere") -> None:
    agreed = agree(world, {"rows_per_day": 3})
    assert read(world, agreed).status_code == 200
    refused = read(world, agreed)
    assert refused.status_code == 403
    assert "allows 3 rows in 24 hours: 2 have been delivered, and this would add 2" in refused.text
    assert len(world.events(subject=agreed.id, name="delivery.authorised")) == 1
    assert len(world.events(subject=agreed.id, name="delivery.refused")) == 1


def test_readers_who_come_at_once_are_not_given_the_same_last_row(world: "ServedHere") -> None:
    agreed = agree(world, {"rows_per_day": 6})
    with ThreadPoolExecutor(8) as readers:
        found = [each.status_code for each in readers.map(lambda _: read(world, agreed), range(8))]
    assert sorted(found) == [200] * 3 + [403] * 5
    given = world.events(subject=agreed.id, name="delivery.authorised")
    assert sum(each["facts"]["rows"] for each in given) == 6


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ({"readers": ["nobody@lambeth"]}, f"Nobody of {LAMBETH} is called nobody@{LAMBETH}."),
        ({"readers": [f"priya.shah@{DWP}"]}, f"Nobody of {LAMBETH} is called priya.shah@{DWP}."),
        ({"readers": ["role:wizard"]}, "wizard is not a role."),
        ({"readers": ["role:steward"]}, f"Nobody of {LAMBETH} has the role steward."),
        ({"doors": ["window"]}, "There is no door window; the doors are delta-sharing, csv"),
        ({"rows_per_day": -1}, "The number of rows a day is from 0"),
        ({"keep_days": -1}, "The number of days to keep copies is from 0"),
        ({"doors": ["csv", "csv"]}, "A door is named twice."),
        ({"review": "2199-01-01"}, "The review must lie between the start and the end."),
        ({"review": "2001-01-01"}, "The review must lie between the start and the end."),
    ],
)
def test_what_cannot_hold_is_a_sentence_and_nothing_is_stored(
    world: "ServedHere", conditions: dict[str, Any], sentence: str
) -> None:
    request, answer = rule(world, conditions)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert not world.events(subject=request, name="request.decided")


def made_from(served: "ServedHere", agreement: str, **form: Any) -> Any:
    """Have Lambeth publish a table of stock as made from what an agreement gave; return the answer."""
    steward = served.join("lambeth", "Ngozi Bello", "steward")
    source = packaged("lambeth-payments-2011-01.csv")
    said = {"derived_from": [agreement], **form}
    return served.publish("lambeth/derived", source, "payments.odcs.yaml", by=steward, **said)


def test_what_may_not_be_shared_onward_is_neither_opened_nor_given_to_a_third_body(world: "ServedHere") -> None:
    agreed = agree(world, {"bars_onward": True})
    opened = made_from(world, agreed.id, access="open")
    assert opened.status_code == 403
    assert opened.json()["code"] == "publish.onward-barred"
    assert made_from(world, "agr-unknown").json()["code"] == "publish.origin"
    assert made_from(world, agreed.id).status_code == 201
    assert made_from(world, agreed.id, derived_from=[]).status_code == 201, "what it was made from stays"
    third = f"sue.clerk@{SOUTHWARK}"
    form = {"dataset": "lambeth/derived", "recipient": "southwark", "purpose": "research"}
    refused = world.send("POST", "/api/v1/explanations", world.person(third), json=form).json()
    assert refused["outcome"] == "refuse"
    (reason,) = [each for each in refused["reasons"] if each["policy"] == "ask.onward"]
    assert reason["citation"] == f"Agreement {agreed.id}"
    assert f"consent-onward AGREEMENT --to BODY`: {agreed.id} by Department for Work" in reason["would_change"]
    consent = {"to": "southwark", "reason": "The scheme is shared."}
    path = f"/api/v1/agreements/{agreed.id}/onward-consents"
    assert world.send("POST", path, world.person(TOM), json=consent).status_code == 403
    assert world.do(path, consent, by=LEAD)["to"] == "southwark"
    allowed = world.send("POST", "/api/v1/explanations", world.person(third), json=form).json()
    assert "ask.onward" not in [each["policy"] for each in allowed["reasons"]]
    assert world.send("POST", path, world.person(LEAD), json=consent).json()["code"] == "agree.no-bar"


def test_copies_are_certified_as_deleted_and_what_is_late_is_listed(world: "ServedHere") -> None:
    agreed = agree(world, {"keep_days": 5})
    path = f"/api/v1/agreements/{agreed.id}/deletion"
    how = {"how": "Deleted from the revenues system and its backups."}
    assert world.send("POST", path, world.person(TOM), json=how).json()["code"] == "agree.not-over"
    world.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": "The scheme ends."}, by=LEAD)
    assert [each["overdue"] for each in due(world, agreed)] == [False]
    world.home.clock.advance(timedelta(days=6))
    assert [each["overdue"] for each in due(world, agreed)] == [True]
    assert world.send("POST", path, world.person(LEAD), json=how).status_code == 403
    certified = world.do(path, how, by=TOM)
    assert (certified["certified_by"], certified["late"]) == (TOM, True)
    assert due(world, agreed) == []
    (event,) = world.events(subject=agreed.id, name="deletion.certified")
    assert event["body"] == DWP
    assert event["facts"]["how"] == how["how"]


def test_a_review_is_listed_from_its_day(world: "ServedHere") -> None:
    day = (world.home.clock.now() + timedelta(days=3)).date()
    agreed = agree(world, {"review": day.isoformat()})
    assert due(world, agreed) == []
    world.home.clock.advance(timedelta(days=4))
    (owed,) = due(world, agreed)
    assert (owed["kind"], owed["due"], owed["by"]) == ("review", day.isoformat(), [DWP, LAMBETH])


def test_a_review_is_done_by_either_body_and_sets_the_next_until_a_renewal_does(world: "ServedHere") -> None:
    today = world.home.clock.now().date()
    days = [(today + timedelta(days=each)).isoformat() for each in (1, 5, 9, 12)]
    agreed = agree(world, {"review": days[0]})
    path, found = f"/api/v1/agreements/{agreed.id}/reviews", {"finding": "Still needed."}
    for given, code in ((today.isoformat(), "agree.review-day"), ("2199-01-01", "agree.review-day")):
        answer = world.send("POST", path, world.person(TOM), json={**found, "next": given})
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert world.send("POST", path, world.person(TOM), json={"finding": " "}).json()["code"] == "agree.unexplained"
    assert not world.events(subject=agreed.id, name="review.recorded")
    world.home.clock.advance(timedelta(days=2))
    assert [each["due"] for each in due(world, agreed)] == [days[0]]
    done = world.do(path, {**found, "next": days[1]}, by=TOM)
    assert (done["reviewed_by"], done["body"], done["next"]) == (TOM, LAMBETH, days[1])
    assert due(world, agreed) == []
    world.home.clock.advance(timedelta(days=4))
    assert [each["due"] for each in due(world, agreed)] == [days[1]]
    renewal = {"until": "2099-03-31T23:00:00Z", "reason": "It goes on.", "review": "2198-01-01"}
    renewing = f"/api/v1/agreements/{agreed.id}/renewal"
    assert world.send("POST", renewing, world.person(LEAD), json=renewal).json()["code"] == "agree.renewal"
    renewed = world.do(renewing, {**renewal, "review": days[2]}, by=LEAD)
    assert renewed["conditions"]["review"] == days[2]
    assert due(world, agreed) == [], "the renewal has set a later day"
    kept = world.do(renewing, {"until": "2099-06-30T23:00:00Z", "reason": "And on."}, by=LEAD)
    assert kept["conditions"]["review"] == days[2]
    world.do(path, {"finding": "Both still need it."}, by=LEAD)
    world.home.clock.advance(timedelta(days=4))
    assert due(world, agreed) == [], "no further review was set"
    world.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": "The scheme ends."}, by=LEAD)
    assert world.send("POST", path, world.person(LEAD), json=found).json()["code"] == "agree.wrong-status"


def test_the_answer_says_who_decides_and_what_they_judge(world: "ServedHere") -> None:
    form = {"dataset": CLAIMANTS, "recipient": LAMBETH, "purpose": "council-tax-reduction"}
    gateway = {"gateway": "wra12-s130-131"}
    answer = world.send("POST", "/api/v1/explanations", world.person(TOM), json={**form, **gateway}).json()
    assert answer["outcome"] == "person"
    decides = answer["decides"]
    assert (decides["body"], decides["roles"]) == (DWP, ["information-governance", "asset-owner"])
    assert LEAD in [each["person"] for each in decides["people"]]
    assert TOM not in decides["sentence"]
    assert f"Margaret Okafor ({LEAD})" in decides["sentence"]
    assert all("?" in each["question"] for each in answer["to_judge"])
    assert [each["step"] for each in answer["missing"]] == [
        each["sentence"] for each in answer["reasons"] if each["policy"] == "default.gateway-steps"
    ]
    request = world.ask_for_claimants()
    shown = world.send("GET", f"/api/v1/requests/{request}", world.person(LEAD)).json()
    assert shown["decides"] == decides
    ruling = {"permit": False, "reason": "cost", "text": "It costs too much.", "would_change": "A smaller extract."}
    world.do(f"/api/v1/requests/{request}/ruling", ruling, by=LEAD)
    assert world.send("GET", f"/api/v1/requests/{request}", world.person(LEAD)).json()["decides"] is None
    world.do(f"/api/v1/requests/{request}/appeal", {"reason": "It is small already."}, by=TOM)
    again = world.send("GET", f"/api/v1/requests/{request}", world.person(TOM)).json()["decides"]
    assert LEAD not in str(again), "who refused it does not answer the appeal"
    decision = get_decision(world, request)
    people = world.node.bodies.get_person
    parties = (DWP, LAMBETH)
    stranger = world.node.asking.deciders.of_question(Caller(people(f"sue.clerk@{SOUTHWARK}")), parties, decision)
    assert stranger is not None
    assert stranger.people is None
    assert "@" not in stranger.sentence


def get_decision(served: "ServedHere", request: str) -> "Decision":
    return served.node.asking.get_request(Caller(served.node.bodies.get_person(LEAD)), request).decision


def due(served: "ServedHere", agreed: Agreed) -> list[dict[str, Any]]:
    """Return what one agreement leaves to be done, as both of its bodies see it."""
    answers = [served.send("GET", "/api/v1/duties", served.person(each)).json()["duties"] for each in (TOM, LEAD)]
    found = [[each for each in answer if each["agreement"] == agreed.id] for answer in answers]
    assert found[0] == found[1]
    return found[0]
