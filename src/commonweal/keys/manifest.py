"""The owner's manifest: what a delivery holds, for whom and until when, under the owner's signature.

age authenticates no sender, so the manifest does (ADR 1).
"""

import json
from collections.abc import Mapping

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commonweal.core import InputError, Json

from .errors import ManifestError, SealedFileError
from .header import decode_base64, encode_base64
from .ports import Custodian

MAX_MANIFEST_SIZE = 1024 * 1024
_DOMAIN = b"commonweal.internal/manifest-v1\n"


def sign_manifest(custodian: Custodian, key_id: str, manifest: Mapping[str, Json]) -> bytes:
    """Return `manifest` with the owner's Ed25519 signature over its RFC 8785 form, as one JSON object.

    Raises:
        InputError: `manifest` has no RFC 8785 form (a number beyond 2^53, NaN, a lone surrogate).
        UnknownKeyError: the custodian holds no such signing key.
    """
    try:
        canonical = rfc8785.dumps(dict(manifest))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise InputError("The manifest holds a value that canonical JSON cannot carry.") from None
    signature = encode_base64(custodian.sign(key_id, _DOMAIN + canonical))
    return rfc8785.dumps({"manifest": dict(manifest), "signature": signature})


def read_manifest(public_key: bytes, signed: bytes) -> dict[str, Json]:
    """Return the manifest in `signed`, once its signature by `public_key` (32 bytes, Ed25519) is verified.

    Raises:
        ManifestError: `signed` is malformed, larger than `MAX_MANIFEST_SIZE`, or signed by another key.
    """
    manifest, signature = _split(signed)
    try:
        message = _DOMAIN + rfc8785.dumps(manifest)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise ManifestError("The manifest is not signed by the key expected of its discloser.") from None
    return manifest


def _split(signed: bytes) -> tuple[dict[str, Json], bytes]:
    if len(signed) > MAX_MANIFEST_SIZE:
        raise ManifestError("The manifest is larger than a manifest can be.")
    try:
        document = json.loads(signed)
    except (ValueError, RecursionError):
        raise ManifestError("The manifest is not JSON.") from None
    match document:
        case {"manifest": dict(manifest), "signature": str(signature)} if len(document) == 2:
            return manifest, _decode_signature(signature)
    raise ManifestError("The manifest has not the form of a signed manifest.")


def _decode_signature(text: str) -> bytes:
    try:
        return decode_base64(text)
    except SealedFileError:
        raise ManifestError("The manifest's signature is malformed.") from None
