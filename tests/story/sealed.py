"""Sealed agreements for tests: made over HTTP, read by the command line, and forged on the way."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import select
from tests.conftest import CLAIMANTS, DWP, STOCK, STOCK_SOURCE, Agreed

from commonweal.adapters.sql.state import header_row, release

if TYPE_CHECKING:
    from tests.conftest import Headers, Served, ServedHere

TOM = "tom.reid@lambeth"
MARGARET = f"margaret.okafor@{DWP}"
AISHA = "aisha.khan@department-of-health-and-social-care"
STOCK_CSV = (
    b'"trust","as_at","item","stock","daily_use"\n"R0A",2020-04-01,"gloves",4321,123\n"R0A",2020-04-01,"masks",87,11\n'
)


@dataclass(frozen=True)
class SealedAgreement(Agreed):
    """A sealed agreement, with the profile that its recipient was given."""

    profile: Mapping[str, Any]

    @property
    def sealed_to(self) -> str:
        """Return the age recipient of the profile."""
        return str(self.profile["commonweal"]["sealedTo"])

    @property
    def manifest_path(self) -> str:
        """Return the address of the manifest."""
        return f"/api/v1/agreements/{self.id}/manifest"

    def write_profile(self, path: Path, url: str, **sealed: str) -> Path:
        """Write the profile for a node at `url`, with members about sealing in place of its own."""
        about = {**self.profile["commonweal"], **sealed}
        values = {**self.profile, "endpoint": f"{url}/delta-sharing/", "commonweal": about}
        path.write_text(json.dumps(values))
        return path


def publish_stock(served: "ServedHere") -> str:
    """Have a trust publish its stock, and return an analyst of DHSC who may ask for it."""
    steward = served.join("R0A", "Sam Steward", "steward")
    answer = served.publish(STOCK, STOCK_SOURCE, "ppe-stock.odcs.yaml", by=steward)
    assert answer.is_success, answer.text
    return served.join("DHSC", "Aisha Khan", "analyst", "asset-owner")


def agree_on_stock(served: "ServedHere", seal_to: str, **form: Any) -> SealedAgreement:
    """Have DHSC ask for the trust's stock, sealed to a recipient; it is agreed by default."""
    asked = {"dataset": STOCK, "recipient": "DHSC", "purpose": "ppe-supply", "seal_to": seal_to, **form}
    agreement = str(served.do("/api/v1/requests", asked, by=AISHA)["agreement"])
    return as_sealed(served, agreement, AISHA, STOCK, "r0a")


def ask_for_claimants(served: "Served", **form: Any) -> str:
    """Have Lambeth ask DWP for claimants; return the access request."""
    asked = {
        "dataset": CLAIMANTS,
        "recipient": "lambeth",
        "purpose": "council-tax-reduction",
        "gateway": "wra12-s130-131",
        **form,
    }
    return str(served.do("/api/v1/requests", asked, by=TOM)["request"])


def agree_on_claimants(served: "Served", request: str, **ruling: Any) -> SealedAgreement:
    """Have DWP's named person permit a request, and Lambeth sign."""
    answer = {"permit": True, "fields": ["nino", "council", "award"], "tokenise": ["nino"], **ruling}
    served.do(f"/api/v1/requests/{request}/ruling", answer, by=MARGARET)
    agreement = str(served.do(f"/api/v1/requests/{request}/agreement", by=TOM)["agreement"])
    return as_sealed(served, agreement, TOM, CLAIMANTS, DWP.replace("-", "_"))


def as_sealed(served: "Served", agreement: str, by: str, dataset: str, schema: str) -> SealedAgreement:
    profile = served.profile(agreement, by=by)
    return SealedAgreement(agreement, str(profile["bearerToken"]), dataset, schema, profile)


def recipient_of(served: "ServedHere", body: str) -> str:
    """Return the age recipient of a body of the node."""
    answer = served.send("GET", f"/api/v1/bodies/{body}/recipient", served.person())
    assert answer.status_code == 200, answer.text
    return str(answer.json()["recipient"])


def holders_of_releases(served: "ServedHere", agreed: Agreed) -> list[tuple[str, str]]:
    """Return every header row of every release of an agreement: whose it is, and the type of its stanza."""
    query = (
        select(header_row.c.holder, header_row.c.kind)
        .join(release, release.c.sealed_file == header_row.c.sealed_file)
        .where(release.c.agreement == agreed.id)
    )
    with served.node.parts.read() as connection:
        return [(holder, kind) for holder, kind in connection.execute(query)]


def plain_doors(agreed: Agreed) -> "Iterator[tuple[str, str, Headers]]":
    """Yield every door that gives rows in the open."""
    for form in ("csv", "ndjson", "parquet"):
        for method in ("GET", "HEAD"):
            yield method, agreed.data_path(form), agreed.reader
    yield "POST", f"{agreed.table_path}/query", agreed.reader


@dataclass(frozen=True)
class Delivered:
    """What a sealed agreement gives: the signed manifest, and the file."""

    manifest: bytes
    file: bytes

    @property
    def header(self) -> bytes:
        """Return the age header."""
        return self.file[: self.header_size]

    @property
    def payload(self) -> bytes:
        """Return what comes after it."""
        return self.file[self.header_size :]

    @property
    def header_size(self) -> int:
        """Return where the payload begins."""
        return int(json.loads(self.manifest)["manifest"]["header_size"])


def fetch(served: "ServedHere", agreed: SealedAgreement) -> Delivered:
    """Fetch what a sealed agreement gives."""
    manifest = served.send("GET", agreed.manifest_path, agreed.reader)
    file = served.send("GET", agreed.data_path("age"), agreed.reader)
    assert (manifest.status_code, file.status_code) == (200, 200), manifest.text
    return Delivered(manifest.content, file.content)


@contextmanager
def on_the_way(agreement: str, delivered: Delivered) -> Iterator[str]:
    """Answer in the node's place, for one agreement, with what somebody put there."""
    answers = {
        f"/api/v1/agreements/{agreement}/manifest": delivered.manifest,
        f"/api/v1/agreements/{agreement}/data.age": delivered.file,
    }

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = answers[urlsplit(self.path).path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
