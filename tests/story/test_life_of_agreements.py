"""The life of an agreement over the whole node: every act with reads between, at three doors, and all of it kept."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.conftest import CLAIMANTS, DWP, LAMBETH

from commonweal.keys import UnknownKeyError
from commonweal.node import Recipient
from commonweal.node.deliver.standing import DeliveryRefusedError
from commonweal.node.parts import token_secret

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, Served, ServedHere

LEAD = f"margaret.okafor@{DWP}"
ANALYST = f"tom.reid@{LAMBETH}"
STEWARD = f"priya.shah@{DWP}"
LESS = {"reason": "The award is enough.", "fields": ["nino", "award"], "tokenise": ["award"], "rows": ["award>=61"]}


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    """Serve a node on which DWP has published its claimants."""
    with serving(new_home(tmp_path_factory.mktemp("life") / "home")) as served:
        served.publish_claimants()
        yield served


def do(served: "Served", agreed: "Agreed", act: str, form: dict[str, Any], *, by: str = LEAD) -> Any:
    return served.do(f"/api/v1/agreements/{agreed.id}/{act}", form, by=by)


def attempt(
    served: "Served", agreed: "Agreed", act: str, form: dict[str, Any], *, by: str = LEAD
) -> tuple[int, dict[str, Any]]:
    answer = served.send("POST", f"/api/v1/agreements/{agreed.id}/{act}", served.person(by), json=form)
    return answer.status_code, answer.json()


def read(served: "Served", agreed: "Agreed") -> dict[str, int | list[str]]:
    """Return what each of three doors gives: the header of CSV, and how NDJSON and Delta Sharing answer."""
    csv = served.send("GET", agreed.data_path("csv"), agreed.reader)
    plain = served.send("GET", agreed.data_path("parquet"), agreed.reader)
    delta = served.send("POST", f"{agreed.table_path}/query", agreed.reader, json={})
    head = [each.strip('"') for each in csv.text.splitlines()[0].split(",")] if csv.is_success else csv.status_code
    return {"csv": head, "parquet": plain.status_code, "delta": delta.status_code}


def opens(*fields: str) -> dict[str, int | list[str]]:
    return {"csv": [*fields], "parquet": 200, "delta": 200}


SHUT = {"csv": 403, "parquet": 403, "delta": 403}
WIDE = ("nino", "postcode", "council", "award")


def test_the_whole_life_of_an_agreement_with_reads_between(world: "ServedHere") -> None:
    agreed = world.agree_on_claimants()
    assert read(world, agreed) == opens(*WIDE)
    wide_url = world.file_url(agreed)

    wider = {"reason": "Wider.", "fields": ["nino", "name"], "rows": ["council=E09000022"]}
    status, refused = attempt(world, agreed, "narrowing", wider)
    assert (status, refused["code"]) == (400, "agree.narrowing")
    assert refused["reasons"] == [
        "The agreement has no such field: name.",
        "Further row condition 1, on council, is agreed already: it takes nothing away.",
    ]
    narrowed = do(world, agreed, "narrowing", LESS)
    assert (narrowed["edition"], narrowed["tokenised"], narrowed["state"]) == (2, ["nino", "award"], "active")
    assert world.send("GET", wide_url).status_code in {403, 404}
    assert read(world, agreed) == opens("nino", "award")
    assert "61.37" not in world.send("GET", agreed.data_path("csv"), agreed.reader).text

    assert do(world, agreed, "suspension", {"reason": "An incident."})["state"] == "suspended"
    assert read(world, agreed) == SHUT
    status, refused = attempt(world, agreed, "suspension", {"reason": "Again."})
    assert (status, refused["code"]) == (403, "agree.wrong-status")
    before = len(world.events(name="release.written"))
    assert do(world, agreed, "resumption", {"reason": "It is over."})["suspended_by"] == ""
    assert read(world, agreed) == opens("nino", "award")
    assert len(world.events(name="release.written")) == before

    later = (world.home.clock.now() + timedelta(days=800)).isoformat()
    assert do(world, agreed, "renewal", {"reason": "The scheme goes on.", "until": later})["edition"] == 3
    world.do(f"/api/v1/datasets/{CLAIMANTS}/withdrawal", {"reason": "A trial."}, by=STEWARD)
    latest = (world.home.clock.now() + timedelta(days=900)).isoformat()
    status, refused = attempt(world, agreed, "renewal", {"reason": "Once more.", "until": latest})
    assert (status, refused["code"]) == (403, "agree.refused")
    assert refused["reasons"]
    world.do(f"/api/v1/datasets/{CLAIMANTS}/reinstatement", {"reason": "It was."}, by=STEWARD)
    status, refused = attempt(world, agreed, "renewal", {"reason": "Sooner.", "until": "2026-12-01T00:00:00Z"})
    assert (status, refused["code"]) == (400, "agree.renewal")

    newer = world.agree_on_claimants()
    status, refused = attempt(world, newer, "succession", {"reason": "Older.", "newer": agreed.id})
    assert (status, refused["code"], len(refused["reasons"])) == (403, "agree.not-in-its-place", 1)
    replaced = do(world, agreed, "succession", {"reason": "A new one.", "newer": newer.id})
    assert (replaced["state"], replaced["superseded_by"]) == ("superseded", newer.id)
    assert read(world, agreed) == SHUT
    assert read(world, newer) == opens(*WIDE)
    with pytest.raises(UnknownKeyError):
        world.node.parts.custodian.get_secret(token_secret(agreed.id))
    for act, form in (("resumption", {}), ("renewal", {"until": latest}), ("narrowing", LESS)):
        status, refused = attempt(world, agreed, act, {"reason": "No.", **form})
        assert (status, refused["code"]) == (403, "agree.wrong-status")

    assert do(world, agreed, "revocation", {"reason": "For good."})["state"] == "revoked"
    assert do(world, newer, "relinquishment", {"reason": "Not needed."}, by=ANALYST)["state"] == "revoked"
    assert read(world, agreed) == read(world, newer) == SHUT
    status, refused = attempt(world, agreed, "renewal", {"reason": "No.", "until": latest})
    assert (status, refused["code"]) == (403, "agree.already-revoked")

    verify_log(world, agreed)
    verify_history(world, agreed)


def verify_log(world: "Served", agreed: "Agreed") -> None:
    """Every act is in the log, without a value of a row condition."""
    names = [each["name"] for each in world.events(subject=agreed.id)]
    acts = [each.removeprefix("agreement.") for each in names if each.startswith("agreement.")]
    assert [each for each in acts if each != "viewed"] == [
        "signed",
        "narrowed",
        "suspended",
        "resumed",
        "renewed",
        "renewal-refused",
        "superseded",
        "revoked",
    ]
    told = json.dumps([each for each in world.events(subject=agreed.id) if each["name"].startswith("agreement.")])
    assert '"operator": ">="' in told
    assert ">=61" not in told
    assert '"61"' not in told


def verify_history(world: "Served", agreed: "Agreed") -> None:
    """Both parties read every edition with who, when, why and the words; nobody else does."""
    path = f"/api/v1/agreements/{agreed.id}/history"
    answers = [world.send("GET", path, world.person(each)) for each in (LEAD, ANALYST)]
    assert answers[0].json() == answers[1].json()
    kept = answers[0].json()
    assert [each["act"] for each in kept["changes"]] == [
        "narrow",
        "suspend",
        "resume",
        "renew",
        "supersede",
        "revoke",
    ]
    assert kept["signed"]["terms"]["Fields"] == ", ".join(WIDE)
    narrowed, renewed = kept["changes"][0], kept["changes"][3]
    assert (narrowed["person"], narrowed["reason"]) == (LEAD, "The award is enough.")
    assert narrowed["changed"] == [
        "No longer given: postcode, council.",
        "Given only as tokens: award.",
        "Only rows with award>=61.",
    ]
    assert narrowed["before"] == kept["signed"]["terms"]
    assert renewed["before"] == narrowed["after"]
    assert [each["edition_after"] for each in kept["changes"]] == [2, 2, 2, 3, 3, 3]
    outsider = world.join("southwark", "Sue Ling", "information-governance")
    assert world.send("GET", path, world.person(outsider)).status_code == 404


def test_an_open_stream_of_what_was_narrowed_is_refused(world: "ServedHere") -> None:
    agreed = world.agree_on_claimants()
    recipient = world.node.bodies.identify(agreed.token)
    assert isinstance(recipient, Recipient)
    whole = world.node.delivering.open(recipient, agreed.id, door="csv")
    part = world.node.delivering.open(recipient, agreed.id, door="csv", fields=("nino",))
    for opened in (whole, part):
        world.node.delivering.recheck(opened.delivery)
    do(world, agreed, "narrowing", {"reason": "Fewer rows.", "rows": ["award>=61"]})
    for opened in (whole, part):
        with pytest.raises(DeliveryRefusedError):
            world.node.delivering.recheck(opened.delivery)
    do(world, agreed, "suspension", {"reason": "Wait."})
    again = replace(whole.delivery, release="rel-none")
    with pytest.raises(DeliveryRefusedError):
        world.node.delivering.recheck(again)


def test_two_people_at_once_are_both_judged_on_what_is_stored(world: "ServedHere") -> None:
    agreed = world.agree_on_claimants()
    forms = [("narrowing", {"reason": "One.", "fields": [each]}) for each in WIDE[:3]]
    forms.append(("revocation", {"reason": "All."}))
    together = Barrier(len(forms))

    def race(act: str, form: dict[str, Any]) -> int:
        together.wait()
        return attempt(world, agreed, act, form)[0]

    with ThreadPoolExecutor(len(forms)) as pool:
        statuses = [*pool.map(lambda each: race(*each), forms)]
    kept = world.send("GET", f"/api/v1/agreements/{agreed.id}/history", world.person(LEAD)).json()
    assert statuses[-1] == 201
    assert sum(each == 201 for each in statuses[:-1]) == len(kept["changes"]) - 1 <= 1
    assert kept["changes"][-1]["act"] == "revoke"
    assert kept["state"] == "revoked"


def test_the_pages_do_each_act_and_show_what_was_done(world: "ServedHere") -> None:
    agreed = world.agree_on_claimants()
    newer = world.agree_on_claimants()
    path = f"/agreements/{agreed.id}"
    later = {"until-day": "31", "until-month": "3", "until-year": "2099", "reason": "It goes on."}
    left = {"fields": ["nino", "award"], "tokenise": ["award"], "deliveries_per_day": "40", "reason": "The page asks."}
    acts = (
        ("narrowing", left, "Narrowed: edition 2"),
        ("suspension", {"reason": "An incident."}, "Suspended"),
        ("resumption", {"reason": "Over."}, "Resumed"),
        ("renewal", later, "Renewed: edition 3"),
        ("succession", {"newer": newer.id, "reason": "A new one."}, "Replaced"),
    )
    with httpx.Client(base_url=world.url, headers={"Origin": world.url}, trust_env=False) as lead:
        lead.get(world.do("/api/v1/sign-in-links", by=LEAD)["link"])
        for act, form, title in acts:
            assert "What it cannot take back" in lead.get(f"{path}/{act}").text
            unsaid = lead.post(f"{path}/{act}", data={**form, "reason": ""})
            assert (unsaid.status_code, "Say why" in unsaid.text) == (400, True)
            assert lead.post(f"{path}/{act}", data=form).status_code == 303
            assert f">{title}</h2>" in lead.get(f"{path}/history").text
        assert "cannot be done now" in lead.get(f"{path}/suspension").text
        page = lead.get(path).text
        assert newer.id in page
        assert "40 at most" in page
        assert "replaced the agreement" in page.partition('id="done"')[2].partition("<h1")[0]
        assert f"{path}/narrowing" not in page
        assert "Your role does not do this" in lead.get(f"/agreements/{newer.id}/relinquishment").text


def test_a_kept_edition_that_another_hand_edited_is_not_read(world: "ServedHere") -> None:
    agreed = world.agree_on_claimants()
    do(world, agreed, "narrowing", {"reason": "Less.", "fields": ["nino"]})
    path = f"/api/v1/agreements/{agreed.id}/history"
    assert world.send("GET", path, world.person(LEAD)).status_code == 200
    with closing(sqlite3.connect(world.home.folder / "node.db")) as database, database:
        edited = "UPDATE agreement_change SET document = replace(document, 'Less.', 'More.') WHERE agreement = ?"
        assert database.execute(edited, (agreed.id,)).rowcount == 1
    answer = world.send("GET", path, world.person(LEAD))
    assert answer.json()["code"] == "store.altered"
    assert "More." not in answer.text
