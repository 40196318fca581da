"""A node that serves by TLS shows nobody's particulars on the wire and leaves none on its disk, whatever it is asked.

To have a new flow watched, write it as a function of a `Journey` and add it to `FLOWS`.
"""

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import httpx
import pytest
from pyarrow import csv, parquet
from tests.conftest import (
    CLAIMANTS,
    DWP,
    Claimant,
    Home,
    ServedApart,
    claimants_source,
    client_of,
    packaged,
    serve_apart,
)
from tests.ports.devices import free_port
from tests.story.canaries import Search, found_in, found_under, needles_of, parquet_under
from tests.story.certificates import NAME, make_certificate, trusting
from tests.story.sealed import agree_on_claimants as agree_on_sealed
from tests.story.sealed import ask_for_claimants
from tests.story.test_life_of_keys import KEK, carry_out, two_people
from tests.story.test_promises import reading_doors
from tests.story.wire import Wire, captured

from commonweal.keys import HybridIdentity, open_file

if TYPE_CHECKING:
    from tests.conftest import Agreed, Headers

STEWARD = f"priya.shah@{DWP}"
ANALYST = "tom.reid@lambeth"
CONTRACT = "claimants.odcs.yaml"
FIELDS = (b"date_of_birth", b"postcode", b"council")
CLOSED = {"access": "closed", "marking": "OFFICIAL-SENSITIVE"}
BULK = 1_000

PEOPLE = (
    Claimant("QQ314159A", "Zebulon Q Quartzcanary", "SW2 7ZQ"),
    Claimant("QQ271828B", "Ysolde X Flintcanary", "SW2 8XJ"),
    Claimant("QQ161803C", "Zoë Ŵ Jaspercanary", "SE15 9QX", council="E09000028"),
)
SET_ASIDE = Claimant("QQ577215D", "Perdita V Garnetcanary", "SE5 7GC")
MIDWAY = Claimant("QQ662607A", "Ulric K Berylcanary", "SE11 4QB")
EVERYBODY = (*PEOPLE, SET_ASIDE, MIDWAY)
NEEDLES = needles_of(EVERYBODY)


@dataclass
class Journey:
    """What the flows of one node share: the node, all that it may write to, and what readers have received."""

    served: ServedApart
    folder: Path
    received: bytearray = field(default_factory=bytearray)
    agreed: "Agreed | None" = None

    def __post_init__(self) -> None:
        self._search = Search(self.folder, NEEDLES)

    @property
    def agreement(self) -> "Agreed":
        """The agreement, once it is made."""
        assert self.agreed is not None
        return self.agreed

    def send(self, method: str, path: str, headers: "Headers | None" = None, **content: Any) -> httpx.Response:
        """Ask the node, who must not refuse, and keep what it answers."""
        answer = self.served.send(method, path, headers, **content)
        assert answer.status_code < 400, (method, path, answer.text)
        self.received += answer.content
        return answer

    def publish(self, name: str, source: bytes, **form: Any) -> httpx.Response:
        """Publish a source of DWP's."""
        return self.served.publish(f"dwp/{name}", source, CONTRACT, by=STEWARD, **{**CLOSED, **form})

    def verify_disk(self) -> None:
        """Nobody's particulars lie anywhere where the node may write, and no Parquet but sealed."""
        assert not self._search.found()
        assert not found_under(self.served.home.folder / "blobs", FIELDS), "the schema of a Parquet file lies open"
        assert not parquet_under(self.folder)


def publish(journey: Journey) -> None:
    journey.served.join("DWP", "Priya Shah", "steward")
    published = journey.publish("claimants", claimants_source(PEOPLE))
    assert published.status_code == 201, published.text


def publish_again(journey: Journey) -> None:
    grown = claimants_source((*PEOPLE, MIDWAY))
    assert journey.publish("claimants", grown).json()["version"] == 2


def stop_halfway(journey: Journey) -> None:
    """Look at the disk while a source is half-way in."""

    def pieces() -> Iterator[bytes]:
        yield claimants_source((MIDWAY,)) * BULK
        journey.verify_disk()
        yield claimants_source((MIDWAY,))

    journey.send("POST", "/api/v1/uploads", journey.served.person(STEWARD), content=pieces())


def stop_at_the_gate(journey: Journey) -> None:
    twice = claimants_source((*PEOPLE, *PEOPLE))
    assert journey.publish("twice", twice).json()["code"] == "publish.gate-stopped"


def set_rows_aside(journey: Journey) -> None:
    """Preview a source that is not clean, accept how it reads, and read the rows that were set aside."""
    source = b"Claimants of this week,,,,,\n,,,,,\n" + claimants_source(PEOPLE)
    source += f"{SET_ASIDE.nino},{SET_ASIDE.name},{SET_ASIDE.postcode}\n".encode()
    steward = journey.served.person(STEWARD)
    upload = journey.served.upload(source, by=STEWARD).json()["upload"]
    shown = journey.send("POST", f"/api/v1/uploads/{upload}/reading", steward).json()
    published = journey.publish("untidy", source, accept=shown["reading"])
    assert published.status_code == 201, published.text
    journey.send("GET", "/api/v1/datasets/department-for-work-pensions/untidy/versions/1/set-aside.csv", steward)
    assert SET_ASIDE.name.encode() in journey.received


def publish_parquet(journey: Journey) -> None:
    assert journey.publish("packed", as_parquet(PEOPLE), format="parquet").status_code == 201


def publish_by_pages(journey: Journey) -> None:
    """Send a file by the form, look at the page that says how it reads, and publish it."""
    page = signed_in(journey, STEWARD)
    parts = {"contract": ("c.yaml", packaged(CONTRACT)), "file": ("claimants.csv", claimants_source(PEOPLE))}
    sent = journey.send("POST", "/publish", page, data={"name": "by-pages", **CLOSED}, files=parts)
    shown = journey.send("GET", sent.headers["location"], page)
    accept = shown.text.partition('name="accept" value="')[2].partition('"')[0]
    journey.send("POST", sent.headers["location"], page, data={"act": "publish", "accept": accept})
    journey.send("GET", f"/datasets/{DWP}/by-pages", page)


def agree(journey: Journey) -> None:
    """Ask, decide and sign; one field is tokenised."""
    journey.agreed = journey.served.agree_on_claimants(datetime.now(UTC) + timedelta(days=1))


def read(journey: Journey) -> None:
    """Read at every door, in every form."""
    for method, path, headers in reading_doors(journey.agreement):
        journey.send(method, path, headers, **({"json": {}} if method == "POST" else {}))
    for form in ("parquet", "delta"):
        headers = {**journey.agreement.reader, "delta-sharing-capabilities": f"responseformat={form}"}
        journey.send("POST", f"{journey.agreement.table_path}/query", headers, json={})
    for each in (PEOPLE[0], PEOPLE[1]):
        assert each.postcode.encode() in journey.received


def read_files(journey: Journey) -> None:
    """Read the file behind a signed URL, whole and in ranges."""
    url = journey.served.file_url(journey.agreement)
    whole = journey.send("GET", url).content
    parts = [journey.send("GET", url, {"Range": f"bytes={at}-{at + 99}"}).content for at in range(0, len(whole), 100)]
    assert b"".join(parts) == whole
    with duckdb.connect() as connection:
        rows = connection.from_arrow(read_parquet(whole)).fetchall()
    assert {row[1] for row in rows} >= {PEOPLE[0].postcode, PEOPLE[1].postcode}


def see_pages(journey: Journey) -> None:
    """Open the pages of both sides, signed in."""
    for person in ("", STEWARD, ANALYST):
        page = signed_in(journey, person)
        for path in ("/", "/search", "/requests", "/agreements", f"/datasets/{DWP}/claimants"):
            journey.send("GET", path, page)
    page = signed_in(journey, ANALYST)
    journey.send("GET", f"/agreements/{journey.agreement.id}", page)
    page = signed_in(journey, "")
    for path in ("/audit", "/keys", "/api/v1/events?limit=1000", "/api/v1/keys", "/catalogue.jsonld"):
        journey.send("GET", path, {**page, **({} if not path.startswith("/api") else journey.served.person())})


def read_open_data(journey: Journey) -> None:
    """Publish another dataset for anybody, and read it as anybody."""
    journey.served.publish_open()
    for form in ("csv", "ndjson", "parquet"):
        journey.send("GET", f"/open/lambeth/payments.{form}")


def be_refused(journey: Journey) -> None:
    """Ask amiss, with particulars where they do not belong; no log and no answer repeats them."""
    value = PEOPLE[0].nino
    asked = {"dataset": CLAIMANTS, "recipient": "lambeth", "purpose": value, "rows": [f"nino={value}"]}
    answer = journey.served.send("POST", "/api/v1/explanations", journey.served.person(ANALYST), json=asked)
    assert answer.status_code >= 400
    for path in (f"/open/dwp/{value}.csv", f"/datasets/dwp/{value}", f"/search?q={value}"):
        journey.served.send("GET", path)


def publish_split(journey: Journey) -> None:
    """Publish a dataset whose fields lie in files of their own, under keys of their own."""
    assert journey.publish("split", claimants_source(PEOPLE), key_class="device", split=True).status_code == 201


def read_sealed(journey: Journey) -> None:
    """Agree on a sealed delivery, and open what comes with the recipient's own identity."""
    identity = HybridIdentity.generate()
    request = ask_for_claimants(journey.served, seal_to=str(identity.recipient))
    agreed = agree_on_sealed(journey.served, request, fields=["postcode", "council"], tokenise=[])
    journey.send("GET", agreed.manifest_path, agreed.reader)
    sealed = journey.send("GET", agreed.data_path("age"), agreed.reader).content
    assert not found_in("data.age", sealed, NEEDLES)
    opened = b"".join(open_file(io.BufferedReader(io.BytesIO(sealed)), [identity]))
    assert PEOPLE[0].postcode in parquet.read_table(io.BytesIO(opened))["postcode"].to_pylist()


def rotate(journey: Journey) -> None:
    """Have two people rotate the key of everything of DWP, and wait until all has passed to its new version."""
    people = two_people(journey.served)
    carry_out(journey.served, "rotate", KEK, people)
    limit = time.monotonic() + 20
    while any(each["left"] for each in journey.send("GET", *as_person(journey, people[0])).json()["rotations"]):
        assert time.monotonic() < limit
        time.sleep(0.1)


def as_person(journey: Journey, person: str) -> "tuple[str, Headers]":
    return "/api/v1/keys/rotations", journey.served.person(person)


def see_keys(journey: Journey) -> None:
    """Open the pages of the keys, and what they say of one key and of the agreement."""
    page = signed_in(journey, f"ian.lead@{DWP}")
    agreement = f"/agreements/{journey.agreement.id}/security-case"
    for path in ("/keys", f"/keys/show?key={KEK}", f"/keys/exposure?key={KEK}", "/keys/acts", agreement):
        journey.send("GET", path, page)


def back_up(journey: Journey) -> None:
    """Take a backup of the whole node: it shows nobody either."""
    taken = journey.send("GET", "/api/v1/backup", journey.served.person()).content
    assert not found_in("the backup", taken, NEEDLES)


def shred(journey: Journey) -> None:
    """Have two people destroy a version for good."""
    people = f"olive.owner@{DWP}", f"ian.lead@{DWP}"
    carry_out(journey.served, "shred-version", f"{DWP}/packed@1", people)


def revoke(journey: Journey) -> None:
    journey.served.do(f"/api/v1/agreements/{journey.agreement.id}/revocation", {"reason": "A test."})
    for method, path, headers in reading_doors(journey.agreement):
        assert journey.served.send(method, path, headers, json={}).status_code == 403


def withdraw(journey: Journey) -> None:
    journey.served.do(f"/api/v1/datasets/{DWP}/claimants/withdrawal", {"reason": "A test."})


FLOWS: Sequence[Callable[[Journey], None]] = (
    publish,
    stop_halfway,
    stop_at_the_gate,
    set_rows_aside,
    publish_parquet,
    publish_by_pages,
    agree,
    read,
    read_files,
    see_pages,
    read_open_data,
    be_refused,
    publish_split,
    publish_again,
    rotate,
    read,
    read_sealed,
    see_keys,
    back_up,
    shred,
    revoke,
    withdraw,
)
"""Everything that is done while wire and disk are watched, in this order."""
IN_THE_CLEAR = (publish, agree, read)


@dataclass(frozen=True)
class Place:
    """Where a watched node lies: all that it may write to is under `folder`."""

    folder: Path
    home: Home
    port: int

    def serve(self, *options: str, authority: Path | None = None) -> Any:
        """Serve the node with folders of its own for whatever a program might leave behind."""
        configuration = self.folder / "configuration"
        own = {name: str(self.folder / name.lower()) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
        for each in (configuration, *map(Path, own.values())):
            each.mkdir(exist_ok=True)
        client = trusting(authority) if authority else client_of
        return serve_apart(self.home, configuration, *options, port=self.port, client=client, **own)


@pytest.fixture
def tapped() -> None:
    """Marks what captures loopback: see `pytest_collection_modifyitems`."""


@pytest.fixture
def place(tmp_path: Path, new_home: Callable[[Path], Home]) -> Place:
    """A node that is not yet served."""
    folder = tmp_path / "node"
    folder.mkdir()
    return Place(folder, new_home(folder / "home"), free_port())


def test_nothing_of_anybody_is_on_the_wire_or_on_the_disk(place: Place, tmp_path: Path, tapped: None) -> None:
    authority, options = make_certificate(tmp_path)
    with captured(place.port, tmp_path / "wire.pcap") as wire:
        with place.serve(*options, authority=authority) as served:
            journey = Journey(served, place.folder)
            for flow in FLOWS:
                flow(journey)
                journey.verify_disk()
        with place.serve(*options, authority=authority):
            journey.verify_disk()
    journey.verify_disk()
    assert not found_under(place.folder, NEEDLES)
    verify_seen(wire, journey)
    assert not found_on(wire), "the wire shows somebody"
    assert NAME.encode() in wire.sent_to_node(), "the handshake names the node"
    place.home.verify()


def test_without_tls_the_capture_shows_everybody(place: Place, tmp_path: Path, tapped: None) -> None:
    with captured(place.port, tmp_path / "wire.pcap") as wire, place.serve() as served:
        journey = Journey(served, place.folder)
        for flow in IN_THE_CLEAR:
            flow(journey)
    verify_seen(wire, journey)
    shown = {needle for _, needle in found_on(wire)}
    assert {value.encode() for each in PEOPLE for value in each.values()} <= shown
    assert PEOPLE[0].postcode.encode() in wire.sent_by_node()


def test_what_is_left_on_a_disk_is_found(tmp_path: Path) -> None:
    search = Search(tmp_path, NEEDLES)
    for form in needles_of(PEOPLE[2:]):
        (tmp_path / "left-behind").write_bytes(b"x" * 9000)
        assert not search.found()
        (tmp_path / "left-behind").write_bytes(b"x" * 4090 + form + b"x" * 999)
        assert found_under(tmp_path, NEEDLES)
        assert search.found()
    (tmp_path / "left-behind").write_bytes(as_parquet(PEOPLE))
    assert parquet_under(tmp_path)
    assert found_under(tmp_path, FIELDS)
    (tmp_path / "left-behind").rename(tmp_path / PEOPLE[0].nino)
    assert found_under(tmp_path, NEEDLES[:1])


def verify_seen(wire: Wire, journey: Journey) -> None:
    """The capture holds every byte that readers have received, and more."""
    assert journey.received
    assert len(wire.sent_by_node()) > len(journey.received)


def found_on(wire: Wire) -> list[tuple[str, bytes]]:
    return [
        *found_in("sent by the node", wire.sent_by_node(), NEEDLES),
        *found_in("sent to the node", wire.sent_to_node(), NEEDLES),
    ]


def signed_in(journey: Journey, person: str) -> "Headers":
    """Return the headers of a browser in which a person is signed in."""
    link = journey.served.do("/api/v1/sign-in-links", by=person)["link"]
    opened = journey.send("GET", link.removeprefix(str(journey.served.client.base_url).rstrip("/")))
    journey.served.client.cookies.clear()
    session = opened.headers["set-cookie"].partition(";")[0]
    return {"Cookie": session, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


def as_parquet(people: Sequence[Claimant]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(csv.read_csv(io.BytesIO(claimants_source(people))), out, compression="zstd")
    return out.getvalue()


def read_parquet(content: bytes) -> Any:
    return parquet.read_table(io.BytesIO(content))
