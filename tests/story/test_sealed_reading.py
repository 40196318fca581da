"""Reading under a sealed agreement by the command line, and what happens to a file that was changed on its way."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet
from tests.conftest import CLAIMANTS, DWP, Home, serve
from tests.story.sealed import (
    AISHA,
    STOCK_CSV,
    Delivered,
    SealedAgreement,
    agree_on_stock,
    fetch,
    on_the_way,
    publish_stock,
)

from commonweal.keys import HybridIdentity, X25519Identity, read_manifest, sign_manifest
from commonweal.node.settings import DATABASE

if TYPE_CHECKING:
    from tests.conftest import ServedApart, ServedHere
    from tests.story.conftest import Said


Command = Callable[..., "Said"]


@pytest.fixture
def identity(tmp_path: Path) -> HybridIdentity:
    """An identity in the file `identity.txt`, as `keygen` writes it."""
    found = HybridIdentity.generate()
    (tmp_path / "identity.txt").write_text(f"# public key: {found.recipient}\n{found.reveal()}\n")
    return found


@pytest.fixture
def agreed(served: "ServedHere", identity: HybridIdentity, tmp_path: Path) -> SealedAgreement:
    """DHSC's agreement on stock, sealed to the identity, with its profile in `a.share`."""
    publish_stock(served)
    found = agree_on_stock(served, str(identity.recipient))
    found.write_profile(tmp_path / "a.share", served.url)
    return found


def test_a_recipient_reads_with_an_identity_in_every_form(
    agreed: SealedAgreement, tmp_path: Path, command: Command
) -> None:
    reading = ("read", tmp_path / "a.share", "--identity", tmp_path / "identity.txt")
    said = command(*reading)
    assert (said.code, said.out.encode(), said.err) == (0, STOCK_CSV, "")
    target = tmp_path / "stock.parquet"
    assert command(*reading, "--format", "parquet", "--output", target).code == 0
    assert parquet.read_table(target).num_rows == 2
    said = command(*reading, "--format", "ndjson", "--fields", "item,stock", "--output", tmp_path / "s", "--json")
    assert json.loads(said.out) == {"file": str(tmp_path / "s"), "bytes": 59, "agreement": agreed.id}
    assert (tmp_path / "s").read_text() == '{"item":"gloves","stock":4321}\n{"item":"masks","stock":87}\n'
    assert {target.stat().st_mode & 0o777, (tmp_path / "s").stat().st_mode & 0o777} == {0o600}


def test_a_sealed_file_is_kept_with_its_manifest_and_opened_later(
    agreed: SealedAgreement, tmp_path: Path, command: Command, served: "ServedHere"
) -> None:
    kept = tmp_path / "stock.age"
    reading = ("read", tmp_path / "a.share", "--format", "age")
    command(*reading).verify_refused(2, "--output")
    said = command(*reading, "--output", kept, "--json")
    assert json.loads(said.out)["bytes"] == kept.stat().st_size
    key = bytes.fromhex(agreed.profile["commonweal"]["nodeKey"])
    manifest = read_manifest(key, (tmp_path / "stock.age.manifest.json").read_bytes())
    assert manifest["agreement"] == agreed.id
    opened = tmp_path / "stock.parquet"
    assert command("open", kept, "-i", tmp_path / "identity.txt", "-o", opened).code == 0
    assert parquet.read_table(opened).num_rows == 2
    classical = X25519Identity.generate()
    (tmp_path / "x.txt").write_text(classical.reveal())
    agree_on_stock(served, str(classical.recipient)).write_profile(tmp_path / "b.share", served.url)
    assert command("read", tmp_path / "b.share", "--format", "age", "--output", tmp_path / "x.age").code == 0
    tool = shutil.which("age")
    assert tool, "Debian's age opens what we seal: apt-get install age"
    theirs = [tool, "-d", "-i", str(tmp_path / "x.txt"), "-o", str(tmp_path / "x.parquet"), str(tmp_path / "x.age")]
    subprocess.run(theirs, check=True)
    assert parquet.read_table(tmp_path / "x.parquet").num_rows == 2


def test_a_kept_file_is_held_against_its_manifest_before_it_is_opened(
    served: "ServedHere", agreed: SealedAgreement, tmp_path: Path, command: Command
) -> None:
    agree_on_stock(served, agreed.sealed_to).write_profile(tmp_path / "b.share", served.url)
    kept, other = tmp_path / "a.age", tmp_path / "b.age"
    for profile, file in (("a.share", kept), ("b.share", other)):
        assert command("read", tmp_path / profile, "--format", "age", "-o", file).code == 0
    opened = tmp_path / "opened"
    opening = ("open", kept, "-i", tmp_path / "identity.txt", "-o", opened, "--profile")
    assert command(*opening, tmp_path / "a.share").code == 0
    assert parquet.read_table(opened).num_rows == 2
    opened.unlink()
    command(*opening, tmp_path / "b.share").verify_refused(6, "is of agreement")
    mine = kept.read_bytes()
    for changed in (other.read_bytes(), mine[:-1], mine + b"x", flip(mine)):
        kept.write_bytes(changed)
        command(*opening, tmp_path / "a.share").verify_refused(6)
    kept.write_bytes(mine)
    shutil.copy(tmp_path / "b.age.manifest.json", tmp_path / "a.age.manifest.json")
    command(*opening, tmp_path / "a.share").verify_refused(6)
    (tmp_path / "a.age.manifest.json").unlink()
    command(*opening, tmp_path / "a.share").verify_refused(1, "a.age.manifest.json cannot be read")
    command("open", "-", *opening[2:], tmp_path / "a.share").verify_refused(2, "by its name")
    assert not opened.exists()


def test_a_tenant_reads_with_its_own_key_on_the_node(served: "ServedHere", tmp_path: Path, command: Command) -> None:
    publish_stock(served)
    profile = agree_on_stock(served, "own").write_profile(tmp_path / "a.share", served.url)
    token = tmp_path / "token"
    token.write_text(served.token)
    there = ("--node", served.url, "--token", token)
    assert command("read", profile, *there, "--as", AISHA).out.encode() == STOCK_CSV
    (opened,) = served.events(name="header.opened")
    assert opened["actor"]["person"] == AISHA
    command("read", profile, *there).verify_refused(6, "None of the keys at hand")
    command("read", profile, *there, "--as", "sam.steward@r0a").verify_refused(3, "may not read")
    command("read", profile, "--home", tmp_path / "nowhere").verify_refused(5, "--identity FILE")


def test_a_body_reads_with_the_custodian_of_its_own_node_whether_that_serves_or_not(
    served: "ServedHere",
    new_home: Callable[[Path], Home],
    tmp_path: Path,
    command: Command,
    serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]",
) -> None:
    home = new_home(tmp_path / "theirs")
    recipient = command("keys", "recipient", "--home", home.folder).out.strip()
    assert recipient == command("keys", "recipient", "cabinet-office", "--home", home.folder).out.strip()
    publish_stock(served)
    profile = agree_on_stock(served, recipient).write_profile(tmp_path / "a.share", served.url)
    assert command("read", profile, "--home", home.folder).out.encode() == STOCK_CSV
    with serving_apart(home) as theirs, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
        assert command("read", profile, "--home", home.folder).out.encode() == STOCK_CSV
        assert len(theirs.events(name="header.opened")) == 2
    home.verify()


def flip(file: bytes) -> bytes:
    return file[:-20] + bytes([file[-20] ^ 1]) + file[-19:]


def widen(manifest: bytes) -> bytes:
    document = json.loads(manifest)
    document["manifest"]["expires"] = "2099-01-01T00:00:00.000000Z"
    return json.dumps(document).encode()


FORGERIES: dict[str, Callable[[Delivered, Delivered], Delivered]] = {
    "the file of another agreement": lambda mine, other: replace(mine, file=other.file),
    "the header of another": lambda mine, other: replace(mine, file=other.header + mine.payload),
    "the payload of another": lambda mine, other: replace(mine, file=mine.header + other.payload),
    "the manifest of another": lambda mine, other: replace(mine, manifest=other.manifest),
    "file and manifest of another": lambda _, other: other,
    "a changed payload": lambda mine, _: replace(mine, file=flip(mine.file)),
    "a file cut short": lambda mine, _: replace(mine, file=mine.file[:-1]),
    "a file cut in its header": lambda mine, _: replace(mine, file=mine.file[:100]),
    "an empty file": lambda mine, _: replace(mine, file=b""),
    "a longer file": lambda mine, _: replace(mine, file=mine.file + b"x"),
    "a changed manifest": lambda mine, _: replace(mine, manifest=widen(mine.manifest)),
    "no manifest": lambda mine, _: replace(mine, manifest=b"{}"),
}
"""What somebody on the way could make of a delivery, with another one to the same recipient at hand."""


@pytest.mark.parametrize("form", ["csv", "parquet", "age"])
def test_what_was_moved_or_changed_on_its_way_is_refused_and_nothing_of_it_is_left(
    served: "ServedHere", agreed: SealedAgreement, tmp_path: Path, command: Command, form: str
) -> None:
    mine, other = fetch(served, agreed), fetch(served, agree_on_stock(served, agreed.sealed_to))
    reading = ("read", tmp_path / "f.share", "-i", tmp_path / "identity.txt", "--format", form)
    (folder := tmp_path / "received").mkdir()
    for name, forge in FORGERIES.items():
        with on_the_way(agreed.id, forge(mine, other)) as url:
            agreed.write_profile(tmp_path / "f.share", url)
            command(*reading, "--output", folder / "stock").verify_refused(6)
            assert list(folder.iterdir()) == [], name
            if form != "age":
                said = command(*reading)
                said.verify_refused(6)
                assert said.out == "", name


def test_what_nobody_changed_is_read_through_the_same_hands(
    served: "ServedHere", agreed: SealedAgreement, tmp_path: Path, command: Command
) -> None:
    with on_the_way(agreed.id, fetch(served, agreed)) as url:
        agreed.write_profile(tmp_path / "f.share", url)
        said = command("read", tmp_path / "f.share", "-i", tmp_path / "identity.txt")
    assert said.out.encode() == STOCK_CSV


def test_a_manifest_is_believed_only_from_the_node_and_for_the_recipient_of_the_profile(
    served: "ServedHere", agreed: SealedAgreement, tmp_path: Path, command: Command
) -> None:
    reading = ("-i", tmp_path / "identity.txt")
    other = X25519Identity.generate().recipient
    for change in ({"nodeKey": "ab" * 32}, {"nodeKey": "ab" * 31}, {"sealedTo": str(other)}):
        profile = agreed.write_profile(tmp_path / "f.share", served.url, **change)
        command("read", profile, *reading).verify_refused(6)
    for change in ({"nodeKey": "no hex"},):
        profile = agreed.write_profile(tmp_path / "f.share", served.url, **change)
        command("read", profile, *reading).verify_refused(1, "not a Delta Sharing profile")


def test_a_signed_paper_that_is_no_manifest_of_a_delivery_is_none(
    served: "ServedHere", agreed: SealedAgreement, tmp_path: Path, command: Command
) -> None:
    delivered = fetch(served, agreed)
    key = bytes.fromhex(agreed.profile["commonweal"]["nodeKey"])
    stated = read_manifest(key, delivered.manifest)
    for change in ({"type": "another"}, {"rows": -1}, {"payload_size": "1"}, {"fields": "all"}, {"expires": "soon"}):
        signed = sign_manifest(served.node.parts.custodian, "node-signing", {**stated, **change})
        with on_the_way(agreed.id, replace(delivered, manifest=signed)) as url:
            agreed.write_profile(tmp_path / "f.share", url)
            command("read", tmp_path / "f.share", "-i", tmp_path / "identity.txt").verify_refused(6)


def test_a_manifest_that_has_expired_opens_nothing(
    a_home: Home, identity: HybridIdentity, tmp_path: Path, command: Command
) -> None:
    """The discloser's clock is two days behind, so that its node still serves what the reader's clock calls over."""
    a_home.clock.advance(-timedelta(days=2))
    until = (a_home.clock.now() + timedelta(days=1)).isoformat()
    with serve(a_home) as served:
        publish_stock(served)
        agreed = agree_on_stock(served, str(identity.recipient), until=until)
        profile = agreed.write_profile(tmp_path / "a.share", served.url)
        said = command("read", profile, "-i", tmp_path / "identity.txt")
    said.verify_refused(6, "The manifest expired at", "make a new access request")
    assert said.out == ""


def test_another_identity_opens_nothing_and_leaves_nothing(
    agreed: SealedAgreement, tmp_path: Path, command: Command
) -> None:
    for kind in (X25519Identity, HybridIdentity):
        (tmp_path / "wrong.txt").write_text(kind.generate().reveal())
        said = command("read", tmp_path / "a.share", "-i", tmp_path / "wrong.txt", "--output", tmp_path / "out")
        said.verify_refused(6, "None of the keys at hand")
    assert not [each for each in tmp_path.iterdir() if "out" in each.name]


def test_headers_swapped_in_the_store_open_nothing(
    served: "ServedHere", agreed: SealedAgreement, identity: HybridIdentity, tmp_path: Path, command: Command
) -> None:
    """The node then signs for the wrong header, whose file key opens no chunk of the payload."""
    other = agree_on_stock(served, str(identity.recipient))
    fetch(served, agreed)
    fetch(served, other)
    with closing(sqlite3.connect(served.home.folder / DATABASE)) as database, database:
        headers = dict(
            database.execute(
                "SELECT release.agreement, header FROM header_row JOIN release USING (sealed_file)"
            ).fetchall()
        )
        for mine, theirs in ((agreed.id, other.id), (other.id, agreed.id)):
            database.execute(
                "UPDATE header_row SET header = ? "
                "WHERE sealed_file = (SELECT sealed_file FROM release WHERE agreement = ?)",
                (headers[theirs], mine),
            )
    said = command("read", tmp_path / "a.share", "-i", tmp_path / "identity.txt", "--output", tmp_path / "out")
    said.verify_refused(6, "is not what was sealed there")
    assert not [each for each in tmp_path.iterdir() if "out" in each.name]


def test_a_sealed_profile_reads_nothing_once_the_agreement_is_revoked(
    served: "ServedHere", agreed: SealedAgreement, tmp_path: Path, command: Command
) -> None:
    reading = ("read", tmp_path / "a.share", "-i", tmp_path / "identity.txt", "--output", tmp_path / "out")
    assert command(*reading).code == 0
    (tmp_path / "out").unlink()
    served.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": "The story ends it."})
    command(*reading).verify_refused(3, "revoked")
    assert not (tmp_path / "out").exists()


def test_an_open_agreement_has_nothing_to_keep_sealed(served: "ServedHere", tmp_path: Path, command: Command) -> None:
    open_one = served.agree_on_stock()
    values = {**served.profile(open_one.id, by=AISHA), "endpoint": f"{served.url}/delta-sharing/"}
    (tmp_path / "open.share").write_text(json.dumps(values))
    command("read", tmp_path / "open.share", "--format", "age", "--output", tmp_path / "o").verify_refused(
        3, "is not sealed", "--seal-to"
    )
    assert list(tmp_path.glob("o*")) == [tmp_path / "open.share"]


def test_a_newcomer_asks_decides_and_reads_sealed_by_the_command_line_alone(
    a_home: Home,
    tmp_path: Path,
    command: Command,
    serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]",
) -> None:
    at = ("--home", a_home.folder)
    tom, margaret = (*at, "--as", "tom.reid@lambeth"), (*at, "--as", f"margaret.okafor@{DWP}")
    reason = ("--for", "lambeth", "--purpose", "council-tax-reduction", "--gateway", "wra12-s130-131")
    with serving_apart(a_home) as served, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
        served.publish_claimants()
        for name, body, roles in (
            ("Margaret Okafor", "dwp", "information-governance,asset-owner"),
            ("Tom Reid", "lambeth", "analyst,asset-owner"),
        ):
            command("join", body, *at)
            assert command("people", "add", name, "--body", body, "--roles", roles, *at).code == 0
        command("request", CLAIMANTS, *reason, "--seal-to", "age1nonsense", *tom).verify_refused(2, "cannot be used")
        asked = json.loads(command("request", CLAIMANTS, *reason, "--json", *tom).out)
        assert command("decide", asked["request"], "--permit", "--fields", "council", "--sealed", *margaret).code == 0
        said = command("agree", asked["request"], *tom)
        assert "is sealed to age1pq1" in said.out
        agreement = said.out.split()[1]
        own = json.loads(command("request", CLAIMANTS, *reason, "--seal-to", "own", "--json", *tom).out)
        assert own["seal_to"] == command("keys", "recipient", *tom).out.strip()
        said = command("profile", agreement, "--output", tmp_path / "c.share", *tom)
        assert "with the recipient's key at hand" in said.out
        profile = json.loads((tmp_path / "c.share").read_text())
        (tmp_path / "c.share").write_text(json.dumps({**profile, "endpoint": f"{served.url}/delta-sharing/"}))
        command("read", tmp_path / "c.share", *at).verify_refused(6, "None of the keys at hand")
        assert command("read", tmp_path / "c.share", *tom).out.splitlines()[0] == '"council"'
    a_home.verify()
