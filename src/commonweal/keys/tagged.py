"""Sealing to hardware keys: the tagged recipient types of age (c2sp.org/age), which the hardware's plugin opens."""

import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .bech32 import encode_bech32
from .errors import RecipientError
from .header import Stanza, encode_base64

COMPRESSED_POINT_SIZE = 33
POINT_SIZE = 65
MLKEM_PUBLIC_SIZE = 1184

_P256_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_P256_INFO = b"age-encryption.org/p256tag"
_HYBRID_INFO = b"age-encryption.org/mlkem768p256tag"
_HYBRID_LABEL = b"MLKEM768-P256"
_HYBRID_SUITE_ID = b"HPKE" + bytes.fromhex("0050 0001 0003")  # MLKEM768-P256, HKDF-SHA256, ChaCha20Poly1305


@dataclass(frozen=True)
class TagRecipient:
    """A P-256 key in hardware, `age1tag1…`: 33 bytes, the compressed point."""

    public: bytes

    kind: ClassVar[str] = "p256tag"
    post_quantum: ClassVar[bool] = False

    def __str__(self) -> str:
        return encode_bech32("age1tag", self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Return the stanza that the hardware recognises by its tag and opens; see `Recipient.wrap`."""
        sealed = _P256_SUITE.encrypt(file_key, self._point, info=_P256_INFO)
        share, body = sealed[:POINT_SIZE], sealed[POINT_SIZE:]
        tag = _tag(_P256_INFO, share, self.public)
        return Stanza(self.kind, (encode_base64(tag), encode_base64(share)), body)

    @cached_property
    def _point(self) -> EllipticCurvePublicKey:
        return _point(self.public)


@dataclass(frozen=True)
class HybridTagRecipient:
    """An ML-KEM-768 and a P-256 key in hardware, `age1tagpq1…`: 1,184 bytes, then the 65 of the whole point."""

    public: bytes

    kind: ClassVar[str] = "mlkem768p256tag"
    post_quantum: ClassVar[bool] = True

    def __str__(self) -> str:
        return encode_bech32("age1tagpq", self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Return the stanza that the hardware recognises by its tag and opens; see `Recipient.wrap`.

        `cryptography` has no HPKE with this KEM, so it is composed here: 1. encapsulate to both keys; 2. combine
        the secrets as MLKEM768-P256 does (draft-ietf-hpke-pq-03); 3. derive key and nonce by HPKE's key schedule
        in base mode (RFC 9180, section 5.1); 4. seal once.
        """
        lattice, curve = self._halves
        # 1
        lattice_secret, lattice_share = lattice.encapsulate()
        ephemeral = generate_private_key(SECP256R1())
        curve_secret, curve_share = ephemeral.exchange(ECDH(), curve), _uncompressed(ephemeral.public_key())
        # 2
        public = self.public[MLKEM_PUBLIC_SIZE:]
        combined = b"".join((lattice_secret, curve_secret, curve_share, public, _HYBRID_LABEL))
        key, nonce = _key_schedule(hashlib.sha3_256(combined).digest())  # 3
        body = ChaCha20Poly1305(key).encrypt(nonce, file_key, None)  # 4
        share = lattice_share + curve_share
        tag = _tag(_HYBRID_INFO, share, public)
        return Stanza(self.kind, (encode_base64(tag), encode_base64(share)), body)

    @cached_property
    def _halves(self) -> tuple[MLKEM768PublicKey, EllipticCurvePublicKey]:
        try:
            lattice = MLKEM768PublicKey.from_public_bytes(self.public[:MLKEM_PUBLIC_SIZE])
        except ValueError:
            raise RecipientError("That tagged recipient is not a sound public key.") from None
        return lattice, _point(self.public[MLKEM_PUBLIC_SIZE:])


def _point(encoded: bytes) -> EllipticCurvePublicKey:
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), encoded)
    except ValueError:
        raise RecipientError("That tagged recipient is not a sound public key.") from None


def _uncompressed(point: EllipticCurvePublicKey) -> bytes:
    return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _tag(info: bytes, share: bytes, public: bytes) -> bytes:
    """Return the four bytes by which the hardware knows that a stanza is for it."""
    return _extract(info, share + hashlib.sha256(public).digest()[:4])[:4]


def _key_schedule(shared: bytes) -> tuple[bytes, bytes]:
    context = b"\0" + _labelled_extract(b"", b"psk_id_hash", b"") + _labelled_extract(b"", b"info_hash", _HYBRID_INFO)
    secret = _labelled_extract(shared, b"secret", b"")
    return _labelled_expand(secret, b"key", context, 32), _labelled_expand(secret, b"base_nonce", context, 12)


def _labelled_extract(salt: bytes, label: bytes, material: bytes) -> bytes:
    return _extract(salt, b"HPKE-v1" + _HYBRID_SUITE_ID + label + material)


def _labelled_expand(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + _HYBRID_SUITE_ID + label + info
    return HKDFExpand(algorithm=SHA256(), length=length, info=labelled).derive(secret)


def _extract(salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), material, "sha256")
