"""The nodes that the browser visits: one with the story told in it, and one with nothing in it yet."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from commonweal.adapters.http_server import background
from commonweal.adapters.wire import RemoteError
from commonweal.cli.story import council_tax, open_data, ppe
from commonweal.cli.story.stage import Stage, read_packaged, set_stage
from commonweal.node import Front, create_home, open_home
from commonweal.node.callers import Caller
from commonweal.web import create_app

NOBODY = ""
OPERATOR = "operator"
ANALYST = "lambeth_analyst"
GOVERNANCE = "dwp_governance"
STEWARD = "lambeth_steward"
OTHER_STEWARD = "dwp_steward"
OTHER_LEAD = "dwp_owner"
"""People of the story, as `Stage.people` knows them."""

ENDED = "The trust's stock system is being replaced."
READINGS = "lambeth/readings"
TURNED_DOWN = {
    "permit": False,
    "reason": "quality",
    "text": "The addresses of a third of these households are out of date.",
    "would_change": "Ask again after the refresh in spring.",
}


@dataclass(frozen=True)
class Node:
    """A served node: its address, and how a person gets a link to sign in with."""

    url: str
    make_link: Callable[[str], str]
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What a path parameter may stand for, by a word for it, such as `waiting` or `open`."""


@contextmanager
def serve_story(folder: Path) -> Iterator[Node]:
    """Tell the story in a new home and serve it by `commonweal serve`, with casework in every state beside it."""
    stage = set_stage(folder / "home", 0)
    try:
        stage.start()
        yield Node(stage.url, lambda person: _link(stage, person), _tell(stage))
    finally:
        stage.stop()


@contextmanager
def serve_empty(folder: Path) -> Iterator[tuple[Node, FastAPI]]:
    """Serve a home as `init` leaves it; give its application too."""
    create_home(folder / "home", body="cabinet-office", operator="Olu Adeyemi", port=8400, demo=True)
    with open_home(folder / "home") as node:
        application = create_app(node, Front())
        operator = Caller(node.bodies.get_person(node.parts.settings.operator), is_operator=True)
        with background(application) as address:
            yield (
                Node(address.url, lambda _: f"/sign-in?link={node.bodies.make_sign_in_link(operator)}"),
                application,
            )


def _link(stage: Stage, person: str) -> str:
    with stage.client("" if person == OPERATOR else person) as node:
        return str(node.post("/api/v1/sign-in-links")["link"]).removeprefix(stage.url)


def _tell(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    """Publish, ask, agree, deliver and revoke; return where each state is to be seen."""
    open_data.tell_open_data(stage)
    _, trust = ppe.tell_ppe(stage)
    _, held = council_tax.tell_council_tax(stage)
    _publish_readings(stage)
    stock = f"{trust.lower()}/{ppe.NAME}"
    by_default = _ask(stage, "dhsc_analyst", dataset=stock, recipient="DHSC", purpose=ppe.PURPOSE)
    with stage.client() as node:
        node.post(f"/api/v1/agreements/{by_default['agreement']}/revocation", {"reason": ENDED})
        agreed = node.get(f"/api/v1/agreements/{held.agreement}")
    return {
        "open": _parts_of(open_data.DATASET),
        "versions": _parts_of(READINGS),
        "shared": _parts_of(stock),
        "law": {"identifier": "ca04-s16LA"},
        "closed": _parts_of(str(agreed["dataset"])),
        "agreed": _called(agreed["request"]),
        "by default": _called(by_default["request"]),
        "waiting": _called(_ask_for_claimants(stage)),
        "permitted": _called(_rule(stage, {"permit": True, "fields": council_tax.FIELDS, "tokenise": ["nino"]})),
        "turned down": _called(_rule(stage, TURNED_DOWN)),
        "appealed": _called(_appeal(stage)),
        **_draft(stage),
        "refused": _called(_ask_in_vain(stage)),
        "active": _called(held.agreement),
        "revoked": _called(by_default["agreement"]),
        "changed": _called(_change(stage)),
        "from template": _called(_ask_for_claimants(stage, template="council-tax")),
        "template": {"code": "fraud"},
        "document": {**_called(held.agreement), "document": "dsa"},
        "document revoked": {**_called(by_default["agreement"]), "document": "risk"},
        "first": {"index": "0"},
        "key": {"key": "kek-department-for-work-pensions"},
        "unlock": {"key": "unlock-secret"},
        **_act_on_keys(stage),
        "standby": _called(_stand_by(stage, over=True)),
        "switched on": _called(_stand_by(stage, over=False)),
        **_raise_defects(stage),
        "messy": _send(stage, STEWARD, open_data.SOURCE, "spending.odcs.yaml"),
        "clean": _send(stage, OTHER_STEWARD, "claimants.csv", "claimants.odcs.yaml"),
    }


def _change(stage: Stage) -> str:
    """Have an agreement between DWP and Lambeth narrowed, renewed and suspended; return it."""
    request = _rule(stage, {"permit": True, "fields": council_tax.FIELDS, "tokenise": ["nino"]})
    with stage.client(ANALYST) as node:
        agreement = str(node.post(f"/api/v1/requests/{request}/agreement")["agreement"])
    path = f"/api/v1/agreements/{agreement}"
    with stage.client(GOVERNANCE) as node:
        narrowing = {"fields": council_tax.FIELDS[:2], "rows": ["award>=20"], "conditions": {"deliveries_per_day": 4}}
        node.post(f"{path}/narrowing", {"reason": "The council needs only those over the threshold.", **narrowing})
        node.post(f"{path}/renewal", {"reason": "The scheme goes on for a year.", "until": "2099-03-31T23:00:00Z"})
        node.post(f"{path}/suspension", {"reason": "The council’s system is being mended."})
    return agreement


def _stand_by(stage: Stage, *, over: bool) -> str:
    """Have an agreement stand by for an emergency, and an officer switch it on, perhaps off again; return it."""
    ruling = {"fields": council_tax.FIELDS, "officers": [stage.people[OTHER_LEAD]], "standby_hours": 48}
    request = _rule(stage, {"permit": True, **ruling})
    with stage.client(ANALYST) as node:
        agreement = str(node.post(f"/api/v1/requests/{request}/agreement")["agreement"])
    with stage.client(OTHER_LEAD) as node:
        node.post(f"/api/v1/agreements/{agreement}/activation", {"reason": "The river rises."})
        if over:
            node.post(f"/api/v1/agreements/{agreement}/deactivation", {"reason": "The river falls."})
    return agreement


def _act_on_keys(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    """Shred a dataset of DWP by two people, and leave one proposal of each that waits for the other."""
    stage.join("DWP", dwp_owner="Sam Carter:asset-owner")
    name, contract = "department-for-work-pensions/spare", "claimants.odcs.yaml"
    stage.publish("dwp_steward", stage.outside / "claimants.csv", name, contract, access="closed")
    shredding = _propose(stage, "dwp_owner", "shred-version", f"{name}@1")
    with stage.client(GOVERNANCE) as node:
        node.post(f"/api/v1/keys/acts/{shredding}/confirmation")
        certified = node.get("/api/v1/events", name="shredding.certified")["events"]
    return {
        "act done": _called(shredding),
        "act waiting": _called(_propose(stage, GOVERNANCE, "rotate", "kek-department-for-work-pensions")),
        "act to confirm": _called(_propose(stage, "dwp_owner", "shred-version", f"{council_tax.DATASET}@1")),
        "certificate": {"index": str(certified[0]["index"])},
    }


def _raise_defects(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    """Raise one defect that waits for DWP, and one with Lambeth that a later version has mended."""
    wrong = {"text": "Some of these are not in the form that the data contract gives.", "field": "nino", "row": 3}
    with stage.client(ANALYST) as node:
        waiting = node.post(f"/api/v1/datasets/{council_tax.DATASET}/defects", wrong)
    late = {"text": "The readings of the last day are missing.", "field": "taken", "version": 1}
    with stage.client(OTHER_STEWARD) as node:
        mended = node.post(f"/api/v1/datasets/{READINGS}/defects", late)
    with stage.client(STEWARD) as node:
        path = f"/api/v1/defects/{mended['defect']}/answer"
        node.post(path, {"outcome": "accepted", "text": "The export stopped too early."})
        node.post(path, {"outcome": "mended", "version": 3})
    return {"defect waiting": _called(waiting["defect"]), "defect mended": _called(mended["defect"])}


def _propose(stage: Stage, person: str, act: str, subject: str) -> str:
    """Propose an act on keys, which waits for a second person; return the proposal."""
    with stage.client(person) as node:
        with suppress(RemoteError):
            node.post(
                "/api/v1/keys/acts", {"act": act, "subject": subject, "reason": "The browser's tests ask for it."}
            )
        return str(node.get("/api/v1/keys/acts")["waiting"][-1]["proposal"])


def _called(identifier: object) -> Mapping[str, str]:
    return {"identifier": str(identifier)}


def _parts_of(dataset: str) -> Mapping[str, str]:
    body, _, name = dataset.partition("/")
    return {"body": body, "name": name}


def _publish_readings(stage: Stage) -> None:
    """Publish three versions of one open dataset, each longer than the one before."""
    source = stage.outside / "readings.csv"
    for rows in (12, 24, 36):
        lines = (f"{each},site-{each % 5},2020-01-{each % 28 + 1:02},{each * 1.5},generated" for each in range(rows))
        source.write_text("\n".join(("reading,site,taken,value,note", *lines, "")))
        stage.publish("lambeth_steward", source, READINGS, "large.odcs.yaml", access="open")


def _send(stage: Stage, person: str, source: str, contract: str) -> Mapping[str, str]:
    """Have a steward send a file by the form, and leave it before it is published."""
    with httpx.Client(base_url=stage.url, headers={"Origin": stage.url}, trust_env=False) as steward:
        steward.get(_link(stage, person))
        files = {
            "file": (source, (stage.outside / source).read_bytes()),
            "contract": (contract, read_packaged(contract)),
        }
        answer = steward.post("/publish", data={"name": f"from-{source.partition('.')[0]}"}, files=files)
    return {"upload": answer.headers["Location"].rpartition("/")[2]}


def _ask(stage: Stage, person: str, **form: Any) -> dict[str, Any]:
    with stage.client(person) as node:
        answer: dict[str, Any] = node.post("/api/v1/requests", form)
    return answer


def _ask_for_claimants(stage: Stage, **change: str) -> str:
    """Have Lambeth ask DWP for claimants; return the access request, which waits for a named person."""
    question = {"dataset": council_tax.DATASET, "recipient": "lambeth", "gateway": council_tax.GATEWAY}
    return str(_ask(stage, ANALYST, **{**question, "purpose": council_tax.PURPOSE, **change})["request"])


def _rule(stage: Stage, ruling: Mapping[str, Any]) -> str:
    """Have DWP's named person rule on a fresh request; return it."""
    request = _ask_for_claimants(stage)
    with stage.client(GOVERNANCE) as node:
        node.post(f"/api/v1/requests/{request}/ruling", ruling)
    return request


def _appeal(stage: Stage) -> str:
    """Appeal a refusal; return the request, which waits for somebody else at DWP."""
    request = _rule(stage, TURNED_DOWN)
    with stage.client(ANALYST) as node:
        node.post(f"/api/v1/requests/{request}/appeal", {"reason": "The addresses are not asked for."})
    return request


def _draft(stage: Stage) -> Mapping[str, Mapping[str, str]]:
    """Have Lambeth's analyst begin to fill in the form of a request by the page, and leave it."""
    form = {"dataset": council_tax.DATASET, "recipient": "lambeth", "purpose": council_tax.PURPOSE}
    with httpx.Client(base_url=stage.url, headers={"Origin": stage.url}, trust_env=False) as analyst:
        analyst.get(_link(stage, ANALYST))
        answer = analyst.post("/ask", data={**form, "gateway": council_tax.GATEWAY, "fields": "nino", "act": "draft"})
    draft = {"identifier": answer.headers["Location"].rpartition("/")[2]}
    return {"draft": draft, **{f"draft {each}": {**draft, "section": each} for each in ("purpose", "protection")}}


def _ask_in_vain(stage: Stage) -> str:
    """Ask for a purpose that no law allows, and return the request that the policies refused."""
    with suppress(RemoteError):
        _ask_for_claimants(stage, purpose="research")
    with stage.client(ANALYST) as node:
        requests = node.get("/api/v1/requests")["requests"]
    return next(str(each["request"]) for each in requests if each["purpose"] == "research")
