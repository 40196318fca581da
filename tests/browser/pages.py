"""Every page of the application, and what is put for the parameters of its address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from .nodes import ANALYST, GOVERNANCE, NOBODY, OPERATOR, OTHER_LEAD, OTHER_STEWARD, STEWARD, Node


@dataclass(frozen=True)
class Visit:
    """One page as one person meets it.

    `route` is the address as the application knows it, `place` the word in `Node.places` for its parameters, `press`
    the button that is pressed to see it, `status` what the node answers with at last. In `query` the parameters of the
    place may stand too.
    """

    route: str
    name: str
    place: str = ""
    query: str = ""
    person: str = OPERATOR
    press: str = ""
    status: int = 200

    def address(self, node: Node) -> str:
        """Return the path and query on a node."""
        values = node.places.get(self.place, {})
        path = self.route.format(**values)
        return f"{path}?{self.query.format(**values)}" if self.query else path

    @property
    def title(self) -> str:
        """Return what the visit is called in a report and on disk."""
        return self.name if self.person else f"{self.name}-signed-out"


_DATASET = "/datasets/{body}/{name}"
_DEFECT = "/defects/{identifier}"
_REQUEST = "/requests/{identifier}"
_AGREEMENT = "/agreements/{identifier}"
_ASKING = "dataset={body}/{name}&recipient=lambeth&purpose=council-tax-reduction"
_FROM_TEMPLATE = "dataset={body}/{name}&recipient=lambeth&template=council-tax"
_WAYS = "from=kent-police&to=kind:council&purpose=child+protection&data=children,health&nation=E"
_ROTATING = "act=rotate&subject=kek-department-for-work-pensions"
_SUBMIT = "main form[method=post] button[type=submit]"

STORY = (
    Visit("/", "home"),
    Visit("/", "home", person=NOBODY),
    Visit("/search", "search", query="q=stock"),
    Visit("/search", "search-filtered", query="q=payments&access=open", person=NOBODY),
    Visit("/search", "search-nothing-found", query="q=zeppelins", person=NOBODY),
    Visit(_DATASET, "dataset-open", "open", person=NOBODY),
    Visit(_DATASET, "dataset-versions", "versions", person=NOBODY),
    Visit(_DATASET, "dataset-shared", "shared"),
    Visit(_DATASET, "dataset-closed", "closed", person=ANALYST),
    Visit("/ppe", "ppe", query="day=2020-04-01", person=NOBODY),
    Visit("/scorecard", "scorecard", person=NOBODY),
    Visit("/law", "law", person=NOBODY),
    Visit("/law/find", "law-finder", person=NOBODY),
    Visit("/law/find", "law-found", query=_WAYS, person=NOBODY),
    Visit("/law/find", "law-found-open", query="from=R0A&to=DHSC&purpose=ppe&data=stock"),
    Visit("/law/find", "law-finder-faults", query="from=zeppelin&purpose=fraud+and+research", status=400),
    Visit("/law/entries/{identifier}", "law-entry", "law", person=NOBODY),
    Visit("/templates", "templates", person=NOBODY),
    Visit("/templates/{code}", "template", "template", person=NOBODY),
    Visit("/publish", "publish", person=STEWARD),
    Visit("/publish", "publish-faults", person=STEWARD, press=_SUBMIT, status=400),
    Visit("/publish", "publish-not-for-role", person=ANALYST),
    Visit("/publish/{upload}", "upload-messy", "messy", person=STEWARD),
    Visit("/publish/{upload}", "upload-clean", "clean", person=OTHER_STEWARD),
    Visit(_DATASET, "dataset-closed-as-steward", "closed", person=OTHER_STEWARD),
    Visit(f"{_DATASET}/defect", "defect-form", "closed", person=ANALYST),
    Visit(f"{_DATASET}/defect", "defect-form-faults", "closed", person=ANALYST, press=_SUBMIT, status=400),
    Visit(f"{_DATASET}/defect", "defect-form-not-a-consumer", "closed"),
    Visit("/defects", "defects", person=OTHER_STEWARD),
    Visit("/defects", "defects-as-consumer", person=ANALYST),
    Visit(_DEFECT, "defect-waiting", "defect waiting", person=OTHER_STEWARD),
    Visit(_DEFECT, "defect-waiting-as-consumer", "defect waiting", person=ANALYST),
    Visit(_DEFECT, "defect-faults", "defect waiting", person=OTHER_STEWARD, press=_SUBMIT, status=400),
    Visit(_DEFECT, "defect-mended", "defect mended", person=OTHER_STEWARD),
    Visit("/ask", "ask-purpose", "closed", "dataset={body}/{name}"),
    Visit("/ask", "ask", "closed", _ASKING, person=ANALYST),
    Visit("/ask", "ask-from-template", "closed", _FROM_TEMPLATE, person=ANALYST),
    Visit("/ask", "ask-faults", "closed", _ASKING, person=ANALYST, press="button[value=send]", status=400),
    Visit("/ask", "ask-not-for-role", "closed", "dataset={body}/{name}", person=GOVERNANCE),
    Visit("/drafts/{identifier}", "draft", "draft", person=ANALYST),
    Visit("/drafts/{identifier}/{section}", "draft-purpose", "draft purpose", person=ANALYST),
    Visit("/drafts/{identifier}/{section}", "draft-protection", "draft protection", person=ANALYST),
    Visit("/drafts/{identifier}/answers", "draft-answers", "draft", person=ANALYST),
    Visit("/waiting", "waiting", person=NOBODY),
    Visit("/requests", "requests"),
    Visit("/requests", "requests-of-discloser", person=GOVERNANCE),
    Visit("/requests", "requests", person=NOBODY, status=401),
    Visit(_REQUEST, "request-waiting", "waiting", person=GOVERNANCE),
    Visit(_REQUEST, "request-waiting-as-recipient", "waiting", person=ANALYST),
    Visit(_REQUEST, "request-permitted", "permitted", person=ANALYST),
    Visit(_REQUEST, "request-agreed", "agreed", person=ANALYST),
    Visit(_REQUEST, "request-agreed-by-default", "by default"),
    Visit(_REQUEST, "request-turned-down", "turned down", person=ANALYST),
    Visit(_REQUEST, "request-refused", "refused", person=ANALYST),
    Visit(f"{_REQUEST}/permission", "permission", "waiting", person=GOVERNANCE),
    Visit(f"{_REQUEST}/permission", "permission-from-template", "from template", person=GOVERNANCE),
    Visit(f"{_REQUEST}/permission", "permission-not-for-role", "waiting", person=ANALYST),
    Visit(f"{_REQUEST}/permission", "permission-too-late", "turned down", person=GOVERNANCE),
    Visit(f"{_REQUEST}/refusal", "refusal", "waiting", person=GOVERNANCE),
    Visit(f"{_REQUEST}/refusal", "refusal-faults", "waiting", person=GOVERNANCE, press=_SUBMIT, status=400),
    Visit(_REQUEST, "request-appealed", "appealed", person=OTHER_LEAD),
    Visit(f"{_REQUEST}/appeal", "appeal", "turned down", person=ANALYST),
    Visit(f"{_REQUEST}/appeal", "appeal-faults", "turned down", person=ANALYST, press=_SUBMIT, status=400),
    Visit(f"{_REQUEST}/appeal", "appeal-too-late", "appealed", person=ANALYST),
    Visit("/agreements", "agreements"),
    Visit(_AGREEMENT, "agreement-active", "active", person=ANALYST),
    Visit(_AGREEMENT, "agreement-active-as-discloser", "active", person=GOVERNANCE),
    Visit(_AGREEMENT, "agreement-revoked", "revoked"),
    Visit(f"{_AGREEMENT}/security-case", "security-case", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/security-case", "security-case-as-recipient", "active", person=ANALYST),
    Visit(f"{_AGREEMENT}/security-case", "security-case-revoked", "revoked"),
    Visit(f"{_AGREEMENT}/documents/{{document}}", "document-dsa", "document", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/documents/{{document}}", "document-revoked", "document revoked"),
    Visit(_AGREEMENT, "agreement-suspended", "changed", person=GOVERNANCE),
    Visit(_AGREEMENT, "agreement-on-standby", "standby", person=OTHER_LEAD),
    Visit(f"{_AGREEMENT}/emergency", "emergency", "standby", person=OTHER_LEAD),
    Visit(f"{_AGREEMENT}/emergency", "emergency-faults", "standby", person=OTHER_LEAD, press=_SUBMIT, status=400),
    Visit(f"{_AGREEMENT}/emergency", "emergency-review", "standby", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/emergency", "emergency-on", "switched on", person=OTHER_LEAD),
    Visit(f"{_AGREEMENT}/emergency", "emergency-not-for-role", "switched on", person=ANALYST),
    Visit(f"{_AGREEMENT}/history", "agreement-history", "changed", person=ANALYST),
    Visit(f"{_AGREEMENT}/narrowing", "narrowing", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/narrowing", "narrowing-faults", "active", person=GOVERNANCE, press=_SUBMIT, status=400),
    Visit(f"{_AGREEMENT}/suspension", "suspension", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/suspension", "suspension-not-now", "changed", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/resumption", "resumption", "changed", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/renewal", "renewal", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/renewal", "renewal-faults", "active", person=GOVERNANCE, press=_SUBMIT, status=400),
    Visit(f"{_AGREEMENT}/review", "review", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/review", "review-faults", "active", person=GOVERNANCE, press=_SUBMIT, status=400),
    Visit(f"{_AGREEMENT}/deletion", "deletion-too-early", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/onward-consents", "onward-consent", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/succession", "succession", "changed", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/succession", "succession-not-for-role", "changed", person=ANALYST),
    Visit(f"{_AGREEMENT}/relinquishment", "relinquishment", "active", person=ANALYST),
    Visit(f"{_AGREEMENT}/signature", "signature", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/revocation", "revocation", "active", person=GOVERNANCE),
    Visit(f"{_AGREEMENT}/revocation", "revocation-faults", "active", person=GOVERNANCE, press=_SUBMIT, status=400),
    Visit(f"{_AGREEMENT}/revocation", "revocation-too-late", "revoked"),
    Visit("/audit", "audit"),
    Visit("/audit", "audit-filtered", query="name=agreement.signed"),
    Visit("/audit", "audit-nothing-found", query="subject=nothing"),
    Visit("/audit", "audit-not-for-role", person=ANALYST, status=403),
    Visit("/audit/{index}", "event", "first"),
    Visit("/keys", "keys"),
    Visit("/keys", "keys-of-one-body", person=GOVERNANCE),
    Visit("/keys", "keys-not-for-role", person=ANALYST, status=403),
    Visit("/keys/show", "key", "key", "key={key}", person=GOVERNANCE),
    Visit("/keys/show", "key-that-unlocks", "unlock", "key={key}"),
    Visit("/keys/exposure", "exposure", "key", "key={key}", person=GOVERNANCE),
    Visit("/keys/exposure", "exposure-of-all", "unlock", "key={key}"),
    Visit("/keys/acts", "key-acts", person=GOVERNANCE),
    Visit("/keys/acts", "key-acts-faults", person=GOVERNANCE, press=_SUBMIT, status=400),
    Visit("/keys/acts", "key-acts-not-for-role", person=STEWARD, status=403),
    Visit("/keys/acts/propose", "key-act-begun", query=_ROTATING, person=GOVERNANCE),
    Visit("/keys/acts/{identifier}", "key-act-waiting", "act waiting", person=GOVERNANCE),
    Visit("/keys/acts/{identifier}", "key-act-to-confirm", "act to confirm", person=GOVERNANCE),
    Visit("/keys/acts/{identifier}", "key-act-done", "act done", person=GOVERNANCE),
    Visit("/keys/acts/certificates/{index}", "certificate", "certificate", person=GOVERNANCE),
    Visit("/nowhere", "error-not-found", person=NOBODY, status=404),
    Visit("/nowhere", "error-not-found", status=404),
    Visit("/search", "error-malformed", query="offset=-1", person=NOBODY, status=400),
    Visit("/sign-in", "error-sign-in", query="link=used", person=NOBODY, status=401),
)

NOT_PAGES = {
    "/openapi.json": "the API, for machines",
    "/sign-in": "goes on to the home page",
    "/agreements/{identifier}/odrl": "an agreement, for machines",
    "/agreements/{identifier}/documents/{document}.{form}": "a document of an agreement, as a file",
}
"""What answers a browser's GET with something else than a page, beside figures as CSV."""


def page_routes(application: FastAPI) -> set[str]:
    """Return the address of every page of an application, as the application knows it."""
    addresses = {
        str(each.path)
        for each in iter_route_contexts(application.routes)
        if "GET" in (getattr(each, "methods", None) or ()) and not each.include_in_schema
    }
    return {each for each in addresses - NOT_PAGES.keys() if not each.endswith(".csv")}


def empty_visits() -> Iterator[Visit]:
    """Yield the pages that need no parameters, as they are before anything is published."""
    names = {each.route: each.name for each in reversed(STORY) if each.status == 200 and not each.place}
    yield from (Visit(route, f"{name}-empty") for route, name in sorted(names.items()))


def some_each_day(values: Sequence[object]) -> list[Any]:
    """Return values as parameters of a test of its own page each: every fourth by day, all of them at night.

    Faults that axe knows and the frame are looked at on every page by day.
    """
    rows = [each if isinstance(each, tuple) else (each,) for each in values]
    return [pytest.param(*row, marks=pytest.mark.nightly if place % 4 else ()) for place, row in enumerate(rows)]
