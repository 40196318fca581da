import base64
import json

import pytest

from commonweal.core import InputError, Json
from commonweal.keys import MAX_MANIFEST_SIZE, Custodian, ManifestError, read_manifest, sign_manifest

MANIFEST: dict[str, Json] = {
    "payload": "sha256:00",
    "recipients": ["age1pq1"],
    "agreement": "agr-1",
    "expires": "2020-05-01T00:00:00Z",
}


def test_a_manifest_reads_back_under_the_key_that_signed_it(custodian: Custodian) -> None:
    public_key = custodian.new_signing_key("owner")
    signed = sign_manifest(custodian, "owner", MANIFEST)
    assert read_manifest(public_key, signed) == MANIFEST


def test_another_key_or_a_changed_word_is_refused(custodian: Custodian) -> None:
    public_key, other = custodian.new_signing_key("owner"), custodian.new_signing_key("other")
    signed = sign_manifest(custodian, "owner", MANIFEST)
    for key, data in ((other, signed), (public_key, signed.replace(b"agr-1", b"agr-2")), (b"short", signed)):
        with pytest.raises(ManifestError, match="not signed by"):
            read_manifest(key, data)


@pytest.mark.parametrize(
    "signed",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b"null",
        b"{}",
        b'{"manifest": [], "signature": ""}',
        b'{"manifest": {}, "signature": 1}',
        b'{"manifest": {}, "signature": ""}',
        b'{"manifest": {}, "signature": "*"}',
        b'{"manifest": {}, "signature": "AAAA", "more": 1}',
        b'{"manifest": {"n": 1e999}, "signature": "AAAA"}',
        b'{"manifest": {"n": 9007199254740993}, "signature": "AAAA"}',
        b'{"manifest": {"n": "\\ud800"}, "signature": "AAAA"}',
        b" " * (MAX_MANIFEST_SIZE + 1),
    ],
)
def test_a_malformed_manifest_is_refused(custodian: Custodian, signed: bytes) -> None:
    with pytest.raises(ManifestError) as caught:
        read_manifest(custodian.new_signing_key("owner"), signed)
    assert caught.value.outcome.exit_code == 6


@pytest.mark.parametrize("value", [2**53, float("nan"), "\ud800"])
def test_a_value_canonical_json_cannot_carry_is_refused(custodian: Custodian, value: Json) -> None:
    custodian.new_signing_key("owner")
    with pytest.raises(InputError, match="canonical JSON"):
        sign_manifest(custodian, "owner", {"value": value})


def test_the_signature_covers_a_domain_of_its_own(custodian: Custodian) -> None:
    public_key = custodian.new_signing_key("owner")
    bare = custodian.sign("owner", b'{"a":1}')
    forged = {"manifest": {"a": 1}, "signature": base64.b64encode(bare).decode().rstrip("=")}
    with pytest.raises(ManifestError):
        read_manifest(public_key, json.dumps(forged).encode())
