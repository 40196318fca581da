import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.agree import Agreement, Signature
from commonweal.core import Actor
from commonweal.deliver import (
    ArrivingFile,
    Release,
    SealedManifest,
    decide_door,
    describe_sealed,
    parse_sealed_manifest,
    sign_off,
    verify_manifest,
)
from commonweal.keys import (
    MAX_HEADER_SIZE,
    HybridIdentity,
    ManifestError,
    SealedFileError,
    X25519Identity,
    parse_header,
    seal_file,
)

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
IDENTITY = X25519Identity.generate()
RECIPIENT = str(IDENTITY.recipient)
AGREEMENT = Agreement(
    id="agr-1",
    request="req-1",
    dataset="dwp/claimants",
    discloser="dwp",
    recipient="lambeth",
    purpose="council-tax-reduction",
    gateway="",
    citation="",
    fields=("nino", "award"),
    rows=(),
    tokenised=(),
    starts=NOW,
    ends=NOW + timedelta(days=30),
    decided_by="margaret@dwp",
    signatures=(Signature("margaret@dwp", "dwp", NOW),),
    sealed_to=RECIPIENT,
)
OPEN = replace(AGREEMENT, sealed_to="")


def sealed(content: bytes) -> bytes:
    target = BytesIO()
    seal_file(BytesIO(content), target, [IDENTITY.recipient])
    return target.getvalue()


FILE = sealed(b"rows " * 40_000)
HEADER = FILE[: parse_header(FILE).size]
PAYLOAD = FILE[len(HEADER) :]
RELEASE = Release(
    id="rel-1",
    agreement="agr-1",
    dataset="dwp/claimants",
    version="ver-1",
    version_number=3,
    fields=("nino", "award"),
    sealed_file="sf-1",
    size=200_000,
    payload_size=len(PAYLOAD),
    digest=hashlib.sha256(PAYLOAD).hexdigest(),
    row_count=7,
    created=NOW,
)
MANIFEST = describe_sealed(AGREEMENT, RELEASE, header=HEADER, purpose="council-tax-reduction", at=NOW)


def stated() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(MANIFEST.as_json()))
    return found


@pytest.mark.parametrize("door", ["csv", "ndjson", "parquet", "delta-sharing", "a door of tomorrow"])
def test_a_sealed_agreement_has_no_open_door(door: str) -> None:
    shut = decide_door(AGREEMENT, door)
    assert shut is not None
    assert "/api/v1/agreements/agr-1/data.age" in shut.reason
    assert "commonweal read" in shut.would_change
    assert decide_door(OPEN, door) is None


@pytest.mark.parametrize("door", ["age", "manifest"])
def test_an_open_agreement_has_no_sealed_door(door: str) -> None:
    shut = decide_door(OPEN, door)
    assert shut is not None
    assert "--seal-to" in shut.would_change
    assert "/api/v1/agreements/agr-1/data.csv" in shut.would_change
    assert decide_door(AGREEMENT, door) is None


def test_a_manifest_says_what_is_delivered_to_whom_and_until_when() -> None:
    assert parse_sealed_manifest(stated()) == MANIFEST
    assert (MANIFEST.sealed_to, MANIFEST.expires) == ((RECIPIENT,), AGREEMENT.ends)
    assert (MANIFEST.header_size, MANIFEST.payload_size) == (len(HEADER), len(PAYLOAD))
    event = sign_off(MANIFEST, RELEASE, Actor("tom@lambeth", "lambeth"))
    assert (event.name, event.body, event.subject) == ("manifest.signed", "dwp", "agr-1")
    assert event.facts["sealed_to"] == [RECIPIENT]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "backup"},
        {"content": "text/csv"},
        {"agreement": 1},
        {"version": -1},
        {"version": True},
        {"version": "3"},
        {"payload_size": 1 << 54},
        {"header_size": MAX_HEADER_SIZE + 1},
        {"sealed_to": RECIPIENT},
        {"sealed_to": [1]},
        {"fields": {}},
        {"expires": "soon"},
        {"issued": 5},
    ],
)
def test_a_manifest_of_another_kind_or_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_sealed_manifest({**stated(), **change})
    assert caught.value.code == "keys.manifest"


@pytest.mark.parametrize("name", sorted(stated()))
def test_a_manifest_without_one_of_its_members_is_refused(name: str) -> None:
    document = stated()
    del document[name]
    with pytest.raises(ManifestError):
        parse_sealed_manifest(document)


@given(
    st.dictionaries(
        st.sampled_from(sorted(stated())),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4),
    )
)
def test_any_document_is_a_manifest_or_our_error(change: dict[str, Any]) -> None:
    try:
        found = parse_sealed_manifest({**stated(), **change})
    except ManifestError:
        return
    assert isinstance(found, SealedManifest)


def verify(manifest: SealedManifest = MANIFEST, **asked: Any) -> None:
    expected: dict[str, Any] = {"agreement": "agr-1", "sealed_to": RECIPIENT, "now": NOW}
    verify_manifest(manifest, **{**expected, **asked})


def test_a_manifest_is_of_the_delivery_that_was_asked_for() -> None:
    verify()
    verify(fields=["award", "nino"], purpose="council-tax-reduction")
    verify(now=AGREEMENT.ends - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"agreement": "agr-2"}, "not of agr-2"),
        ({"sealed_to": str(HybridIdentity.generate().recipient)}, "another recipient"),
        ({"fields": ["award"]}, "other fields"),
        ({"purpose": "research"}, "another purpose"),
        ({"now": AGREEMENT.ends}, "expired at"),
    ],
)
def test_a_manifest_of_another_delivery_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        verify(**asked)


def test_a_manifest_for_more_recipients_is_refused() -> None:
    with pytest.raises(ManifestError, match="another recipient"):
        verify(replace(MANIFEST, sealed_to=(RECIPIENT, RECIPIENT)))


def take(file: bytes, sizes: list[int], manifest: SealedManifest = MANIFEST) -> bytes:
    arriving = ArrivingFile(manifest)
    offset = 0
    for size in [*sizes, len(file)]:
        arriving.add(file[offset : offset + size])
        offset += size
    return arriving.finish()


@given(st.lists(st.integers(0, 60_000), max_size=12))
def test_a_file_is_the_manifests_however_it_arrives(sizes: list[int]) -> None:
    assert take(FILE, sizes) == HEADER


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file[:-1],
        lambda file: file + b"x",
        lambda file: file[:50],
        lambda _: b"",
        lambda file: file.replace(b"X25519", b"x25519", 1),
        lambda file: file[:-1] + bytes([file[-1] ^ 1]),
        lambda _: sealed(b"rows " * 40_000),
        lambda _: sealed(b"rows " * 40_000)[: len(HEADER)] + PAYLOAD,
        lambda _: HEADER + sealed(b"rows " * 40_000)[len(HEADER) :],
    ],
)
def test_another_file_is_refused(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(SealedFileError):
        take(change(FILE), [100, 1000])


def test_a_header_for_another_kind_of_recipient_than_the_manifest_names_is_refused() -> None:
    other = replace(MANIFEST, sealed_to=(str(HybridIdentity.generate().recipient),))
    with pytest.raises(SealedFileError, match="another kind of recipient"):
        take(FILE, [], other)


def test_a_longer_file_is_refused_as_soon_as_it_is_longer() -> None:
    arriving = ArrivingFile(MANIFEST)
    arriving.add(FILE)
    with pytest.raises(SealedFileError, match="longer than"):
        arriving.add(b"x")
