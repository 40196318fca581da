"""Who a file can be sealed to: age's native recipients and the identities that open their stanzas."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Protocol, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .bech32 import decode_bech32, encode_bech32
from .errors import RecipientError, SealedFileError
from .header import FILE_KEY_SIZE, Stanza, build_header, decode_base64, encode_base64
from .passphrase import PassphraseRecipient
from .tagged import (
    COMPRESSED_POINT_SIZE,
    MLKEM_PUBLIC_SIZE,
    POINT_SIZE,
    HybridTagRecipient,
    TagRecipient,
)

_WRAPPED_SIZE = FILE_KEY_SIZE + 16
_X25519_SIZE = 32
_X25519_INFO = b"age-encryption.org/v1/X25519"
_ZERO_NONCE = bytes(12)
_HYBRID_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_HYBRID_INFO = b"age-encryption.org/mlkem768x25519"
_HYBRID_SHARE_SIZE = 1120


class Recipient(Protocol):
    """A public key that file keys are wrapped to; `str()` gives its age string."""

    kind: ClassVar[str]
    post_quantum: ClassVar[bool]

    def wrap(self, file_key: bytes) -> Stanza:
        """Return a stanza that only the matching identity opens.

        Raises:
            RecipientError: the public key is not a sound one.
        """
        ...


@dataclass(frozen=True)
class X25519Recipient:
    """The classical recipient, `age1…`: 32 bytes of a Curve25519 public key."""

    public: bytes

    kind: ClassVar[str] = "X25519"
    post_quantum: ClassVar[bool] = False

    def __str__(self) -> str:
        return encode_bech32("age", self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Return the stanza that the matching identity opens; see `Recipient.wrap`."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.public))
        except ValueError:
            raise RecipientError("That X25519 recipient is not a sound public key.") from None
        wrap_key = _x25519_wrap_key(shared, share, self.public)
        body = ChaCha20Poly1305(wrap_key).encrypt(_ZERO_NONCE, file_key, None)
        return Stanza(self.kind, (encode_base64(share),), body)


@dataclass(frozen=True)
class X25519Identity:
    """The private key of an `X25519Recipient`. Neither `str()` nor `repr()` shows it: see `reveal`."""

    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "X25519Identity":
        """Return a fresh identity."""
        return cls(secrets.token_bytes(_X25519_SIZE))

    def reveal(self) -> str:
        """Return the secret as `AGE-SECRET-KEY-1…`; guard it like the data it opens."""
        return encode_bech32("age-secret-key-", self.secret).upper()

    @cached_property
    def recipient(self) -> X25519Recipient:
        """The public half."""
        return X25519Recipient(self._private.public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key, or None when no stanza is for this identity; see `Unwrapper.unwrap`."""
        return _first_opened(stanzas, X25519Recipient.kind, self._open)

    @cached_property
    def _private(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.secret)

    def _open(self, stanza: Stanza) -> bytes | None:
        share = _share_of(stanza, _X25519_SIZE)
        shared = _exchange(self._private, share)
        wrap_key = _x25519_wrap_key(shared, share, self.recipient.public)
        try:
            return ChaCha20Poly1305(wrap_key).decrypt(_ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None


@dataclass(frozen=True)
class HybridRecipient:
    """The post-quantum recipient, `age1pq1…`: an ML-KEM-768 public key, then an X25519 one, 1,216 bytes."""

    public: bytes

    kind: ClassVar[str] = "mlkem768x25519"
    post_quantum: ClassVar[bool] = True

    def __str__(self) -> str:
        return encode_bech32("age1pq", self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Return the stanza that the matching identity opens; see `Recipient.wrap`."""
        try:
            sealed = _HYBRID_SUITE.encrypt(file_key, self._key, info=_HYBRID_INFO)
        except ValueError:
            raise RecipientError("That post-quantum recipient is not a sound public key.") from None
        share, body = sealed[:_HYBRID_SHARE_SIZE], sealed[_HYBRID_SHARE_SIZE:]
        return Stanza(self.kind, (encode_base64(share),), body)

    @cached_property
    def _key(self) -> MLKEM768X25519PublicKey:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.public[:MLKEM_PUBLIC_SIZE]),
            X25519PublicKey.from_public_bytes(self.public[MLKEM_PUBLIC_SIZE:]),
        )


@dataclass(frozen=True)
class HybridIdentity:
    """The 32-byte X-Wing seed of a `HybridRecipient`. Never shown by `str()` or `repr()`: see `reveal`."""

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "HybridIdentity":
        """Return a fresh identity."""
        return cls(secrets.token_bytes(32))

    def reveal(self) -> str:
        """Return the secret as `AGE-SECRET-KEY-PQ-1…`; guard it like the data it opens."""
        return encode_bech32("age-secret-key-pq-", self.seed).upper()

    @cached_property
    def recipient(self) -> HybridRecipient:
        """The public half."""
        lattice, curve = self._halves
        return HybridRecipient(lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key, or None when no stanza is for this identity; see `Unwrapper.unwrap`."""
        return _first_opened(stanzas, HybridRecipient.kind, self._open)

    @cached_property
    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        expanded = hashlib.shake_256(self.seed).digest(96)
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
            X25519PrivateKey.from_private_bytes(expanded[64:]),
        )

    def _open(self, stanza: Stanza) -> bytes | None:
        share = _share_of(stanza, _HYBRID_SHARE_SIZE)
        _exchange(self._halves[1], share[-_X25519_SIZE:])  # refuses a low order, which HPKE would call a wrong key
        key = MLKEM768X25519PrivateKey(*self._halves)
        try:
            return _HYBRID_SUITE.decrypt(share + stanza.body, key, info=_HYBRID_INFO)
        except (InvalidTag, ValueError):
            return None


Identity: TypeAlias = X25519Identity | HybridIdentity
PublicRecipient: TypeAlias = X25519Recipient | HybridRecipient | TagRecipient | HybridTagRecipient

_RECIPIENTS: dict[tuple[str, int], Callable[[bytes], PublicRecipient]] = {
    ("age", _X25519_SIZE): X25519Recipient,
    ("age1pq", MLKEM_PUBLIC_SIZE + _X25519_SIZE): HybridRecipient,
    ("age1tag", COMPRESSED_POINT_SIZE): TagRecipient,
    ("age1tagpq", MLKEM_PUBLIC_SIZE + POINT_SIZE): HybridTagRecipient,
}


def parse_recipient(text: str) -> PublicRecipient:
    """Return the recipient that an age string names.

    Raises:
        RecipientError: `text` is not a sound `age1pq1…`, `age1…`, `age1tag1…` or `age1tagpq1…` string.
    """
    prefix, public = _decode(text)
    kind = _RECIPIENTS.get((prefix, len(public)))
    if kind is None:
        raise RecipientError("That is not a recipient of a kind this node can seal to.")
    recipient = kind(public)
    recipient.wrap(bytes(FILE_KEY_SIZE))  # an unsound public key is refused where it enters
    return recipient


def parse_identity(text: str) -> Identity:
    """Return the identity that an age secret key string holds.

    Raises:
        RecipientError: `text` is neither `AGE-SECRET-KEY-PQ-1…` nor `AGE-SECRET-KEY-1…`. The message shows
            nothing of it.
    """
    prefix, secret = _decode(text)
    if prefix == "AGE-SECRET-KEY-" and len(secret) == _X25519_SIZE:
        return X25519Identity(secret)
    if prefix == "AGE-SECRET-KEY-PQ-" and len(secret) == 32:
        return HybridIdentity(secret)
    raise RecipientError("That is not an identity of a kind this node can open files with.")


def seal_header(file_key: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Return a header that each of `recipients` can open.

    Raises:
        RecipientError: there are none, too many, a passphrase among others, or post-quantum and classical ones
            together: the weakest would decide for all (c2sp.org/age).
    """
    if not recipients:
        raise RecipientError("A file must be sealed to at least one recipient.")
    if len(recipients) > 1 and any(recipient.kind == PassphraseRecipient.kind for recipient in recipients):
        raise RecipientError("A file sealed to a passphrase can have no other recipient.")
    if len({recipient.post_quantum for recipient in recipients}) > 1:
        raise RecipientError(
            "Post-quantum and classical recipients cannot share one header.",
            advice="Make one header for the `age1pq1…` recipients and another for the rest.",
        )
    stanzas = [recipient.wrap(file_key) for recipient in recipients]
    try:
        return build_header(file_key, stanzas)
    except ValueError as error:
        raise RecipientError(f"The file cannot be sealed: {error}.") from None


def _decode(text: str) -> tuple[str, bytes]:
    try:
        return decode_bech32(text)
    except ValueError as error:
        raise RecipientError(f"That is not an age key string: {error}.") from None


def _first_opened(stanzas: Sequence[Stanza], kind: str, open_one: Callable[[Stanza], bytes | None]) -> bytes | None:
    opened = (open_one(stanza) for stanza in stanzas if stanza.type == kind)
    return next((file_key for file_key in opened if file_key is not None), None)


def _share_of(stanza: Stanza, size: int) -> bytes:
    if len(stanza.args) != 1 or len(stanza.body) != _WRAPPED_SIZE:
        raise SealedFileError(f"A stanza of type {stanza.type} is malformed.")
    share = decode_base64(stanza.args[0])
    if len(share) != size:
        raise SealedFileError(f"A stanza of type {stanza.type} carries a share of the wrong length.")
    return share


def _exchange(private: X25519PrivateKey, share: bytes) -> bytes:
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:
        raise SealedFileError("A stanza carries a share of low order.") from None


def _x25519_wrap_key(shared: bytes, share: bytes, public: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=share + public, info=_X25519_INFO).derive(shared)
