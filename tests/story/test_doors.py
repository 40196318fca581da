"""Every route, for every kind of caller, at another body's object: who gets in, and that nobody else learns a thing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.routing import Route
from tests.conftest import packaged

from commonweal.identity import Role, new_token
from commonweal.web.assembly import CASEWORK
from commonweal.web.pages import router as pages

if TYPE_CHECKING:
    from tests.conftest import Agreed, Claimant, Headers, Home, ServedHere

Statuses = tuple[int, ...]

CALLERS = (
    "nobody",
    "malformed",
    "unknown",
    "expired",
    "reader",  # of this agreement
    "sibling",  # reader of another agreement between the same bodies
    "rival",  # reader of an agreement of other bodies
    "stranger",  # a person of another body, with every role
    "auditor",  # of the discloser
    "analyst",  # of the recipient
    "operator",  # of the node; the last to knock, since only the operator succeeds at some doors
)


def everybody(status: int) -> Statuses:
    """Return a door at which all callers meet the same answer."""
    return (status,) * len(CALLERS)


def readers(*, reader: int = 200, sibling: int = 403, rival: int = 403) -> Statuses:
    """Return a door of delivery: the reader comes in, tokens of others and of people do not."""
    return (401, 401, 401, 401, reader, sibling, rival, 403, 403, 403, 403)


def people(stranger: int, auditor: int, analyst: int, operator: int) -> Statuses:
    """Return a door at which people act; recipients' tokens only read."""
    return (401, 401, 401, 401, 403, 403, 403, stranger, auditor, analyst, operator)


@dataclass(frozen=True)
class Door:
    """One route: the status that each of `CALLERS` meets, and what to send.

    `blanks` of the form, the `query` and the `places` of the address are filled in by name from `World.places`.
    """

    statuses: Statuses
    form: Mapping[str, Any] | None = None
    blanks: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


OUTSIDERS = tuple(each for each in CALLERS if each not in {"reader", "auditor", "analyst", "operator"})

ASK = {
    "dataset": "dwp/claimants",
    "recipient": "lambeth",
    "purpose": "council-tax-reduction",
    "gateway": "wra12-s130-131",
}
RULING = {"permit": True, "fields": ["council"]}
SIGNED = {"X-Amz-Expires": "{expires}", "X-Amz-Signature": "{signature}"}
DISCLOSERS_KEY = {"key": "kek-department-for-work-pensions"}
SHARE = "/delta-sharing/shares/{share}"
TABLE = f"{SHARE}/schemas/{{schema}}/tables/{{table}}"
FILE = "/delta-sharing/files/{agreement}/{delivery}/{release}.parquet"

DOORS: dict[tuple[str, str], Door] = {
    # What anybody may see.
    ("get", "/health"): Door(everybody(200)),
    ("get", "/openapi.json"): Door(everybody(200)),
    ("get", "/catalogue.jsonld"): Door(everybody(200)),
    ("get", "/log/checkpoint"): Door(everybody(200)),
    ("get", "/log/tile/{path}"): Door(everybody(200)),
    ("get", "/api/v1/datasets"): Door(everybody(200)),
    ("get", "/api/v1/datasets/{body}/{name}"): Door(everybody(200)),
    ("get", "/api/v1/law/pack"): Door(everybody(200)),
    ("get", "/api/v1/law/entries"): Door(everybody(200)),
    ("get", "/api/v1/law/entries/{identifier}"): Door(everybody(200), places={"identifier": "wra12-s130-131"}),
    ("get", "/api/v1/law/ways"): Door(everybody(200), query={"from": "DWP", "to": "lambeth", "purpose": "research"}),
    ("get", "/api/v1/law/packs"): Door(people(200, 200, 200, 200)),
    ("post", "/api/v1/law/packs"): Door(people(403, 403, 403, 409), {"pack": "no pack"}),
    ("post", "/api/v1/law/packs/{digest}/withdrawal"): Door(people(403, 403, 403, 404), places={"digest": "request"}),
    ("get", "/law"): Door(everybody(200)),
    ("get", "/api/v1/templates"): Door(everybody(200)),
    ("get", "/api/v1/templates/{code}"): Door(everybody(200), places={"code": "fraud"}),
    ("get", "/templates"): Door(everybody(200)),
    ("get", "/templates/{code}"): Door(everybody(200), places={"code": "fraud"}),
    ("get", "/law/find"): Door(everybody(200)),
    ("get", "/law/entries/{identifier}"): Door(everybody(200), places={"identifier": "wra12-s130-131"}),
    ("get", "/api/v1/insight/ppe"): Door(everybody(200)),
    ("get", "/api/v1/insight/sharing"): Door(everybody(200)),
    ("get", "/api/v1/insight/requests"): Door(everybody(200)),
    ("get", "/waiting"): Door(everybody(200)),
    ("get", "/open/{body}/{name}.{form}"): Door(everybody(404)),
    ("head", "/open/{body}/{name}.{form}"): Door(everybody(404)),
    # Where people act.
    ("get", "/api/v1/bodies"): Door(people(200, 200, 200, 200)),
    ("post", "/api/v1/bodies"): Door(people(403, 403, 403, 200), {"body": "DfE"}),
    ("post", "/api/v1/people"): Door(
        people(403, 403, 403, 200), {"body": "DWP", "name": "A Newcomer", "roles": ["auditor"]}
    ),
    ("get", "/api/v1/partners"): Door(people(200, 200, 200, 200)),
    ("post", "/api/v1/partners"): Door(
        people(403, 403, 403, 201), {"number": "charity-eng:263710", "name": "Shelter", "kind": "charity"}
    ),
    ("post", "/api/v1/sign-in-links"): Door(people(200, 200, 200, 200)),
    ("post", "/api/v1/uploads"): Door(people(201, 403, 403, 201)),
    ("post", "/api/v1/uploads/address"): Door(people(403, 403, 403, 403), {"address": "http://127.0.0.1:1/"}),
    ("get", "/api/v1/schedules"): Door(people(200, 403, 403, 200)),
    ("post", "/api/v1/schedules"): Door(
        people(403, 403, 403, 403),
        {
            "address": "https://example.org/a.csv",
            "timetable": "daily at 06:30",
            "body": "DWP",
            "name": "claimants",
            "contract": "kind: DataContract",
        },
    ),
    ("get", "/api/v1/schedules/{schedule}"): Door(people(404, 403, 403, 404)),
    ("post", "/api/v1/schedules/{schedule}/run"): Door(people(404, 403, 403, 404)),
    ("post", "/api/v1/schedules/{schedule}/pause"): Door(people(404, 403, 403, 404)),
    ("post", "/api/v1/schedules/{schedule}/resumption"): Door(people(404, 403, 403, 404)),
    ("post", "/api/v1/schedules/{schedule}/removal"): Door(people(404, 403, 403, 404)),
    ("get", "/api/v1/uploads/{upload}/progress"): Door(people(404, 404, 404, 404)),
    ("post", "/api/v1/uploads/{upload}/reading"): Door(people(404, 403, 404, 404)),
    ("get", "/api/v1/datasets/{body}/{name}/versions/{number}/set-aside.csv"): Door(people(403, 403, 403, 403)),
    ("post", "/api/v1/datasets"): Door(
        people(404, 403, 404, 404),
        {"body": "DWP", "name": "claimants", "contract": "kind: DataContract"},
        blanks={"upload": "{upload}"},
    ),
    ("post", "/api/v1/datasets/{body}/{name}/classification"): Door(
        people(403, 403, 403, 403), {"fields": ["council"], "reason": "A test."}
    ),
    ("post", "/api/v1/datasets/{body}/{name}/twin"): Door(people(403, 403, 403, 403), {"rows": 10}),
    ("post", "/api/v1/datasets/{body}/{name}/reinstatement"): Door(
        people(403, 403, 403, 400), {"reason": "A test."}, places={"name": "{spare}"}
    ),
    ("post", "/api/v1/datasets/{body}/{name}/withdrawal"): Door(
        people(403, 403, 403, 200), {"reason": "A test."}, places={"name": "{spare}"}
    ),
    ("post", "/api/v1/explanations"): Door(people(403, 403, 200, 200), ASK),
    ("post", "/api/v1/datasets/{body}/{name}/defects"): Door(people(403, 201, 201, 403), {"text": "A test.", "row": 1}),
    ("get", "/api/v1/datasets/{body}/{name}/versions/{number}/profile"): Door(people(200, 200, 200, 200)),
    ("get", "/api/v1/defects"): Door(people(200, 200, 200, 200)),
    ("get", "/api/v1/defects/{defect}"): Door(people(404, 200, 200, 404)),
    ("post", "/api/v1/defects/{defect}/answer"): Door(people(404, 403, 403, 404), {"outcome": "accepted"}),
    ("post", "/api/v1/defects/{defect}/closing"): Door(people(404, 403, 200, 404)),
    ("get", "/api/v1/requests"): Door(people(200, 200, 200, 200)),
    ("post", "/api/v1/requests"): Door(people(403, 403, 201, 201), ASK),
    ("post", "/api/v1/request-forms"): Door(people(403, 403, 200, 200), ASK),
    ("post", "/api/v1/requests/{request}/appeal"): Door(
        people(404, 403, 201, 403), {"reason": "A test."}, places={"request": "{refused}"}
    ),
    ("get", "/api/v1/requests/{request}"): Door(people(404, 200, 200, 200)),
    ("post", "/api/v1/requests/{request}/ruling"): Door(
        people(404, 403, 403, 403), RULING, places={"request": "{asked}"}
    ),
    ("post", "/api/v1/requests/{request}/agreement"): Door(people(404, 403, 403, 403), places={"request": "{ruled}"}),
    ("get", "/api/v1/agreements"): Door(people(200, 200, 200, 200)),
    ("get", "/api/v1/agreements/{agreement}"): Door(people(404, 200, 200, 200)),
    ("get", "/api/v1/agreements/{agreement}/odrl"): Door(people(404, 200, 200, 200)),
    ("post", "/api/v1/agreements/{agreement}/signature"): Door(people(404, 403, 403, 403)),
    ("post", "/api/v1/agreements/{agreement}/revocation"): Door(
        people(404, 403, 403, 201), {"reason": "A test."}, places={"agreement": "{doomed}"}
    ),
    ("post", "/api/v1/agreements/{agreement}/activation"): Door(people(404, 403, 403, 403), {"reason": "A test."}),
    ("post", "/api/v1/agreements/{agreement}/deactivation"): Door(people(404, 403, 403, 403), {"reason": "A test."}),
    ("post", "/api/v1/agreements/{agreement}/emergency-review"): Door(
        people(404, 403, 403, 403), {"finding": "A test."}
    ),
    ("get", "/api/v1/agreements/{agreement}/history"): Door(people(404, 200, 200, 200)),
    ("post", "/api/v1/agreements/{agreement}/narrowing"): Door(people(404, 403, 403, 403), {"reason": "A test."}),
    ("post", "/api/v1/agreements/{agreement}/suspension"): Door(
        people(404, 403, 403, 201), {"reason": "A test."}, places={"agreement": "{doomed}"}
    ),
    ("post", "/api/v1/agreements/{agreement}/resumption"): Door(people(404, 403, 403, 403), {"reason": "A test."}),
    ("post", "/api/v1/agreements/{agreement}/renewal"): Door(
        people(404, 403, 403, 403), {"reason": "A test.", "until": "2100-01-01T00:00:00Z"}
    ),
    ("post", "/api/v1/agreements/{agreement}/succession"): Door(
        people(404, 403, 403, 403), {"reason": "A test.", "newer": "agr-none"}
    ),
    ("post", "/api/v1/agreements/{agreement}/relinquishment"): Door(people(404, 403, 403, 403), {"reason": "A test."}),
    ("get", "/api/v1/duties"): Door(people(200, 200, 200, 200)),
    ("post", "/api/v1/agreements/{agreement}/deletion"): Door(people(404, 403, 403, 403), {"how": "A test."}),
    ("post", "/api/v1/agreements/{agreement}/onward-consents"): Door(
        people(404, 403, 403, 404), {"to": "southwark", "reason": "A test."}
    ),
    ("post", "/api/v1/agreements/{agreement}/reviews"): Door(people(404, 403, 403, 403), {"finding": "A test."}),
    ("post", "/api/v1/agreements/{agreement}/profile"): Door(people(404, 403, 403, 201)),
    ("get", "/api/v1/events"): Door(people(200, 200, 403, 200)),
    ("get", "/api/v1/events/{index}/proof"): Door(people(409, 200, 403, 200)),
    ("get", "/api/v1/bodies/{body}/recipient"): Door(people(200, 200, 200, 200)),
    ("post", "/api/v1/headers/opening"): Door(people(409, 403, 409, 409), {"header": "age-encryption.org/v1"}),
    ("get", "/api/v1/keys/acts"): Door(people(200, 403, 403, 200)),
    ("post", "/api/v1/keys/acts"): Door(
        people(403, 403, 403, 403),
        {"act": "rotate", "subject": "kek-department-for-work-pensions", "reason": "A test."},
    ),
    ("post", "/api/v1/keys/acts/{proposal}/confirmation"): Door(people(404, 403, 404, 404)),
    ("post", "/api/v1/keys/acts/{proposal}/withdrawal"): Door(people(404, 403, 404, 404)),
    ("get", "/api/v1/keys/rotations"): Door(people(200, 403, 403, 200)),
    ("post", "/api/v1/keys/one-person"): Door(people(403, 403, 403, 200), {"allowed": False, "reason": "A test."}),
    ("get", "/api/v1/keys"): Door(people(200, 200, 403, 200)),
    ("get", "/api/v1/keys/show"): Door(people(404, 200, 403, 200), query=DISCLOSERS_KEY),
    ("get", "/api/v1/keys/exposure"): Door(people(404, 200, 403, 200), query=DISCLOSERS_KEY),
    ("get", "/api/v1/agreements/{agreement}/documents"): Door(people(404, 200, 200, 200)),
    ("get", "/api/v1/agreements/{agreement}/documents/{document}.{form}"): Door(
        people(404, 200, 200, 200), places={"document": "dsa", "form": "pdf"}
    ),
    ("get", "/api/v1/agreements/{agreement}/security-case"): Door(people(404, 200, 200, 200)),
    ("get", "/api/v1/backup"): Door(people(403, 403, 403, 200)),
    # Where recipients read.
    ("get", "/api/v1/agreements/{agreement}/changes"): Door(readers(), query={"from": "1"}),
    ("head", "/api/v1/agreements/{agreement}/changes"): Door(readers(), query={"from": "1"}),
    ("get", "/api/v1/agreements/{agreement}/data.{form}"): Door(readers()),
    ("head", "/api/v1/agreements/{agreement}/data.{form}"): Door(readers()),
    # Sealed doors, which an agreement that is not sealed does not have: see test_sealed.py.
    ("get", "/api/v1/agreements/{agreement}/data.age"): Door(readers(reader=403)),
    ("head", "/api/v1/agreements/{agreement}/data.age"): Door(readers(reader=403)),
    ("get", "/api/v1/agreements/{agreement}/manifest"): Door(readers(reader=403)),
    ("get", "/delta-sharing/shares"): Door(readers(sibling=200, rival=200)),
    ("get", SHARE): Door(readers()),
    ("get", f"{SHARE}/schemas"): Door(readers()),
    ("get", f"{SHARE}/schemas/{{schema}}/tables"): Door(readers()),
    ("get", f"{SHARE}/all-tables"): Door(readers()),
    ("head", TABLE): Door(readers()),
    ("get", f"{TABLE}/version"): Door(readers()),
    ("get", f"{TABLE}/metadata"): Door(readers()),
    ("post", f"{TABLE}/query"): Door(readers(), {}),
    # A signed link is its own permission: whoever holds it reads what its delivery may, and nothing else.
    ("get", FILE): Door(everybody(200), query=SIGNED),
    ("head", FILE): Door(everybody(200), query=SIGNED),
    # Pages; those of signed-in people know no bearer token.
    ("get", "/"): Door(everybody(200)),
    ("get", "/search"): Door(everybody(200)),
    ("get", "/datasets/{body}/{name}"): Door(everybody(200)),
    ("get", "/datasets/{body}/{name}/{figures}.csv"): Door(everybody(200), places={"figures": "fields"}),
    ("get", "/holdings.csv"): Door(everybody(200)),
    ("get", "/ppe"): Door(everybody(200)),
    ("get", "/ppe/{figures}.csv"): Door(everybody(200), places={"figures": "regions"}),
    ("get", "/scorecard"): Door(everybody(200)),
    ("get", "/scorecard.csv"): Door(everybody(200)),
    ("get", "/requests"): Door(everybody(401)),
    ("get", "/requests/{identifier}"): Door(everybody(401)),
    ("get", "/requests/{identifier}/permission"): Door(everybody(401)),
    ("post", "/requests/{identifier}/permission"): Door(everybody(401)),
    ("get", "/requests/{identifier}/refusal"): Door(everybody(401)),
    ("post", "/requests/{identifier}/refusal"): Door(everybody(401)),
    ("post", "/requests/{identifier}/signature"): Door(everybody(401)),
    ("get", "/requests/{identifier}/appeal"): Door(everybody(401)),
    ("post", "/requests/{identifier}/appeal"): Door(everybody(401)),
    ("get", "/drafts/{identifier}"): Door(everybody(401)),
    ("get", "/drafts/{identifier}/answers"): Door(everybody(401)),
    ("post", "/drafts/{identifier}/sending"): Door(everybody(401)),
    ("post", "/drafts/{identifier}/discarding"): Door(everybody(401)),
    ("get", "/drafts/{identifier}/{section}"): Door(everybody(401), places={"section": "legal"}),
    ("post", "/drafts/{identifier}/{section}"): Door(everybody(401), places={"section": "legal"}),
    ("get", "/ask"): Door(everybody(401), query={"dataset": "dwp/claimants"}),
    ("post", "/ask"): Door(everybody(401)),
    ("get", "/agreements"): Door(everybody(401)),
    ("get", "/agreements/{identifier}"): Door(everybody(401)),
    ("get", "/agreements/{identifier}/odrl"): Door(everybody(401)),
    ("get", "/agreements/{identifier}/emergency"): Door(everybody(401)),
    ("post", "/agreements/{identifier}/emergency"): Door(everybody(401)),
    ("get", "/agreements/{identifier}/history"): Door(everybody(401)),
    **{
        (method, f"/agreements/{{identifier}}/{act}"): Door(everybody(401))
        for act in (
            *("narrowing", "suspension", "resumption", "renewal", "succession", "relinquishment"),
            *("review", "deletion", "onward-consents"),
        )
        for method in ("get", "post")
    },
    ("get", "/agreements/{identifier}/signature"): Door(everybody(401)),
    ("post", "/agreements/{identifier}/signature"): Door(everybody(401)),
    ("get", "/agreements/{identifier}/revocation"): Door(everybody(401)),
    ("post", "/agreements/{identifier}/revocation"): Door(everybody(401)),
    ("get", "/audit"): Door(everybody(401)),
    ("get", "/audit/{index}"): Door(everybody(401)),
    ("get", "/keys/acts"): Door(everybody(401)),
    ("post", "/keys/acts"): Door(everybody(401)),
    ("get", "/keys/acts/propose"): Door(everybody(401)),
    ("get", "/keys/acts/{identifier}"): Door(everybody(401)),
    ("post", "/keys/acts/{identifier}/confirmation"): Door(everybody(401)),
    ("post", "/keys/acts/{identifier}/withdrawal"): Door(everybody(401)),
    ("get", "/keys/acts/certificates/{index}"): Door(everybody(401)),
    ("get", "/keys"): Door(everybody(401)),
    ("get", "/keys.csv"): Door(everybody(401)),
    ("get", "/keys/show"): Door(everybody(401), query=DISCLOSERS_KEY),
    ("get", "/keys/exposure"): Door(everybody(401), query=DISCLOSERS_KEY),
    ("get", "/agreements/{identifier}/documents/{document}"): Door(everybody(401), places={"document": "dsa"}),
    ("get", "/agreements/{identifier}/documents/{document}.{form}"): Door(
        everybody(401), places={"document": "dsa", "form": "pdf"}
    ),
    ("get", "/agreements/{identifier}/security-case"): Door(everybody(401)),
    ("get", "/publish"): Door(everybody(401)),
    ("post", "/publish"): Door(everybody(401)),
    ("get", "/publish/{upload}"): Door(everybody(401)),
    ("post", "/publish/{upload}"): Door(everybody(401)),
    ("get", "/datasets/{body}/{name}/versions/{number}/set-aside.csv"): Door(everybody(401)),
    ("get", "/defects"): Door(everybody(401)),
    ("get", "/defects/{identifier}"): Door(everybody(401)),
    ("post", "/defects/{identifier}/answer"): Door(everybody(401)),
    ("post", "/defects/{identifier}/closing"): Door(everybody(401)),
    ("get", "/datasets/{body}/{name}/defect"): Door(everybody(401)),
    ("post", "/datasets/{body}/{name}/defect"): Door(everybody(401)),
    ("get", "/sign-in"): Door(everybody(401)),
    ("post", "/sign-out"): Door(everybody(303)),
}


class Places(dict[str, str]):
    """Names for the blanks of an address; those that a door uses up are made when it is reached."""

    def __init__(self, known: Mapping[str, str], making: Mapping[str, Callable[[], str]]) -> None:
        super().__init__(known)
        self._making = making

    def __missing__(self, name: str) -> str:
        self[name] = self._making[name]()
        return self[name]


@dataclass(frozen=True)
class World:
    """A node with an agreement between DWP and Lambeth, and everybody who may knock."""

    served: "ServedHere"
    agreed: "Agreed"
    callers: Mapping[str, "Headers"]
    request: str
    link: str

    def places(self) -> Places:
        path, _, query = self.link.partition("?")
        agreement, delivery, release = path.removesuffix(".parquet").split("/")[-3:]
        signed = dict(each.split("=") for each in query.split("&"))
        known = {
            "agreement": agreement,
            "delivery": delivery,
            "release": release,
            "expires": signed["X-Amz-Expires"],
            "signature": signed["X-Amz-Signature"],
            "share": agreement,
            "schema": self.agreed.schema,
            "table": "claimants",
            "body": "dwp",
            "name": "claimants",
            "form": "csv",
            "number": "1",
            "request": self.request,
            "identifier": self.request,
        }
        served = self.served
        return Places(
            known,
            {
                "path": self._newest_tile,
                "index": lambda: str(served.events(subject=agreement)[0]["index"]),
                "spare": self._publish_spare,
                "upload": lambda: served.upload(b"a\n1\n", by="priya.shah@department-for-work-pensions").json()[
                    "upload"
                ],
                "asked": served.ask_for_claimants,
                "ruled": self._ruled,
                "refused": self._refused,
                "doomed": lambda: served.agree_on_claimants().id,
                "proposal": self._proposed,
                "schedule": self._scheduled,
                "defect": self._found_fault,
            },
        )

    def strangers_to(self, address: str) -> set[str]:
        """Return names of the agreement and of its people, save those that a caller gave in the address itself."""
        names = {self.agreed.id, self.request, "priya.shah", "margaret.okafor", "tom.reid"}
        return {each for each in names if each not in address}

    def _newest_tile(self) -> str:
        self.served.node.parts.log.sign_pending()
        size = int(self.served.send("GET", "/log/checkpoint").text.splitlines()[1])
        return f"0/000.p/{size}" if size < 256 else "0/000"

    def _publish_spare(self) -> str:
        self.served.publish_claimants("dwp/spare")
        return "spare"

    def _ruled(self) -> str:
        request = self.served.ask_for_claimants()
        self.served.rule_on_claimants(request)
        return request

    def _refused(self) -> str:
        request = self.served.ask_for_claimants()
        lead = self.served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
        ruling = {"permit": False, "reason": "cost", "text": "A test.", "would_change": "A test."}
        self.served.do(f"/api/v1/requests/{request}/ruling", ruling, by=lead)
        return request

    def _found_fault(self) -> str:
        form = {"text": "A test.", "field": "council"}
        found = self.served.send("POST", "/api/v1/datasets/dwp/claimants/defects", self.callers["analyst"], json=form)
        return str(found.json()["defect"])

    def _scheduled(self) -> str:
        steward = self.served.join("DWP", "Priya Shah", "steward")
        form = {
            "address": "https://data.example.gov.uk/claimants.csv",
            "timetable": "daily at 06:30",
            "body": "DWP",
            "name": "scheduled",
            "contract": packaged("claimants.odcs.yaml").decode(),
        }
        return str(self.served.do("/api/v1/schedules", form, by=steward)["schedule"])

    def _proposed(self) -> str:
        lead = self.served.person("margaret.okafor@department-for-work-pensions")
        form = {"act": "rotate", "subject": "kek-department-for-work-pensions", "reason": "A test."}
        self.served.send("POST", "/api/v1/keys/acts", lead, json=form)
        waiting = self.served.send("GET", "/api/v1/keys/acts", lead).json()["waiting"]
        return str(waiting[-1]["proposal"])

    def knock(self, caller: str, route: tuple[str, str], door: Door, places: Places) -> httpx.Response:
        places.update(_filled(door.places, places))
        method, path = route
        query = _filled(door.query, places)
        content = {} if door.form is None else {"json": {**door.form, **_filled(door.blanks, places)}}
        return self.served.send(method, path.format_map(places), self.callers[caller], params=query, **content)


def _filled(blanks: Mapping[str, str], places: Places) -> dict[str, str]:
    return {name: value.format_map(places) for name, value in blanks.items()}


def expired_token(served: "ServedHere", agreed: "Agreed") -> str:
    return served.node.bodies.issue_recipient_token(
        "lambeth", agreement=agreed.id, person="tom.reid@lambeth", life=timedelta(seconds=-1)
    )


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Iterator[World]:
    with serving(new_home(tmp_path_factory.mktemp("doors") / "home")) as served:
        served.publish_claimants()
        agreed, sibling, rival = served.agree_on_claimants(), served.agree_on_claimants(), served.agree_on_stock()
        served.join("DWP", "Ada Auditor", "auditor")
        served.join("lambeth", "Ann Analyst", "analyst")
        served.join("croydon", "Sid Stranger", *Role)
        callers = {
            "nobody": {},
            "malformed": {"Authorization": "Bearer not-a-token"},
            "unknown": {"Authorization": f"Bearer {new_token()}"},
            "expired": {"Authorization": f"Bearer {expired_token(served, agreed)}"},
            "reader": agreed.reader,
            "sibling": sibling.reader,
            "rival": rival.reader,
            "stranger": served.person("sid.stranger@croydon"),
            "auditor": served.person("ada.auditor@department-for-work-pensions"),
            "analyst": served.person("ann.analyst@lambeth"),
            "operator": served.person(),
        }
        answer = served.send("GET", f"/api/v1/agreements/{agreed.id}", served.person())
        link = served.file_url(agreed)
        yield World(served, agreed, callers, answer.json()["request"], link)


def test_every_route_has_its_place_in_the_table(world: World) -> None:
    described = world.served.send("GET", "/openapi.json").json()["paths"]
    routes = {(method, path) for path, methods in described.items() for method in methods}
    for page in (*pages.routes, *(each for router in CASEWORK for each in router.routes)):
        assert isinstance(page, Route)
        routes |= {(method.lower(), page.path) for method in page.methods or ()}
    assert set(DOORS) == {*routes, ("get", "/openapi.json")}


@pytest.mark.parametrize("route", DOORS, ids=" ".join)
def test_each_caller_meets_the_answer_of_the_table(
    world: World, route: tuple[str, str], claimants: "Sequence[Claimant]"
) -> None:
    door, places = DOORS[route], world.places()
    answers = {caller: world.knock(caller, route, door, places) for caller in CALLERS}
    assert {caller: answer.status_code for caller, answer in answers.items()} == dict(
        zip(CALLERS, door.statuses, strict=True)
    )
    for answer in answers.values():
        verify_refusal(answer)
    told = {caller: answer.text for caller, answer in answers.items() if route[1] != FILE}
    unmasked = {value for each in claimants for value in (each.nino, each.name)}
    assert not [caller for caller, text in told.items() if any(value in text for value in unmasked)]
    closed = {each.postcode for each in claimants} | world.strangers_to(str(answers["nobody"].url))
    assert not [(caller, value) for caller in OUTSIDERS for value in closed if value in told.get(caller, "")]


def verify_refusal(answer: httpx.Response) -> None:
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.request.method == "HEAD" or answer.json()["status"] == answer.status_code


def test_open_data_is_for_anybody(world: World) -> None:
    world.served.publish_open()
    for form in ("csv", "parquet", "ndjson"):
        for headers in world.callers.values():
            assert world.served.send("GET", f"/open/lambeth/payments.{form}", headers).status_code == 200


def test_an_upload_is_published_by_its_own_body_only(world: World) -> None:
    served, steward = world.served, "priya.shah@department-for-work-pensions"
    upload = served.upload(b"a\n1\n", by=steward).json()["upload"]
    form = {"body": "croydon", "name": "taken", "contract": "kind: DataContract", "upload": upload}
    for caller in ("stranger", "analyst", "operator"):
        answer = served.send("POST", "/api/v1/datasets", world.callers[caller], json=form)
        assert (answer.status_code, answer.json()["code"]) == (404, "input.not-found")
    answer = served.send("POST", "/api/v1/datasets", served.person(steward), json={**form, "body": "DWP"})
    assert answer.json()["code"] == "publish.contract-malformed"


def test_a_readers_token_never_acts_for_a_person(world: World) -> None:
    for person in ("margaret.okafor@department-for-work-pensions", "olu.adeyemi@cabinet-office"):
        headers = {**world.agreed.reader, "Commonweal-Person": person}
        answer = world.served.send("GET", "/api/v1/agreements", headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.wrong-kind-of-token")


def test_the_operator_acts_for_nobody_unknown(world: World) -> None:
    answer = world.served.send("GET", "/api/v1/agreements", world.served.person("no.one@lambeth"))
    assert (answer.status_code, answer.json()["code"]) == (404, "input.not-found")


def test_a_session_is_of_one_person_and_of_one_site(world: World) -> None:
    served = world.served
    link = served.do("/api/v1/sign-in-links")["link"].removeprefix(served.url)
    opened = served.send("GET", link)
    assert opened.status_code == 303
    assert all(word in opened.headers["set-cookie"] for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    served.client.cookies.clear()
    cookie = {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
    assert served.send("GET", link).status_code == 401
    assert served.send("GET", f"/requests/{world.request}", cookie).status_code == 200
    assert served.send("GET", "/api/v1/agreements", cookie).status_code == 401
    for source in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://x.example"},
        {},
    ):
        refused = served.send("POST", "/sign-out", {**cookie, **source})
        assert (refused.status_code, refused.json()["code"]) == (403, "web.cross-site")
    assert served.send("GET", f"/requests/{world.request}", cookie).status_code == 200
    assert served.send("POST", "/sign-out", {**cookie, "Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert served.send("GET", f"/requests/{world.request}", cookie).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a b"])
def test_another_host_name_is_refused(world: World, host: str) -> None:
    answer = world.served.send("GET", "/health", {"Host": host})
    assert answer.status_code == 400
