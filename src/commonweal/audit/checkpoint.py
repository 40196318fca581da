"""The checkpoint: a signed note that says how long the log is and what its root is (C2SP tlog-checkpoint)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commonweal.core import InputError

from .entry import HASH_SIZE
from .errors import LogProofError

_ED25519 = b"\x01"
_DASH = "— "
_LIMIT = 65_536
_NAME = re.compile(r"[^\s+\x00-\x20\x7f]{1,255}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogKey:
    """The log's name (`origin`, such as `dwp.example/log`) and its Ed25519 public key, 32 bytes.

    Raises:
        InputError: the name holds white space, a control character or `+`, or the key is not 32 bytes.
    """

    origin: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse a name that a signed note cannot carry."""
        if not _NAME.fullmatch(self.origin):
            raise InputError("a log's name is 1 to 255 characters without white space or '+'")
        if len(self.public_key) != 32:
            raise InputError("an Ed25519 public key is 32 bytes")

    @property
    def key_id(self) -> bytes:
        """Return the 4 bytes that stand before this key's signatures (C2SP signed-note)."""
        return hashlib.sha256(f"{self.origin}\n".encode() + _ED25519 + self.public_key).digest()[:4]

    @property
    def vkey(self) -> str:
        """Return the verifier key string that other tlog tools take: `origin+id+base64`."""
        encoded = base64.b64encode(_ED25519 + self.public_key).decode()
        return f"{self.origin}+{self.key_id.hex()}+{encoded}"

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the public key in lower-case hexadecimal, 64 digits."""
        return hashlib.sha256(self.public_key).hexdigest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: its name, the number of entries and the root hash over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who signed, by which key, and the signature itself."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as it was read, with the text its signatures are over; nothing of it is verified yet."""

    checkpoint: Checkpoint
    text: bytes
    signatures: tuple[NoteSignature, ...]


def parse_vkey(text: str) -> LogKey:
    """Return the key that a verifier key string names.

    Raises:
        LogProofError: `text` is not the string of an Ed25519 key, or its identifier is another key's.
    """
    origin, _, rest = text.partition("+")
    encoded = _decode_base64(rest.partition("+")[2])
    if encoded[:1] != _ED25519 or len(encoded) != 33 or not _NAME.fullmatch(origin):
        raise LogProofError("this is not the verifier key of a log")
    key = LogKey(origin, encoded[1:])
    if key.vkey != text:
        raise LogProofError("this verifier key's identifier belongs to another key")
    return key


def sign_checkpoint(sign: Callable[[bytes], bytes], key: LogKey, size: int, root: bytes) -> bytes:
    """Return the signed note for a log of `size` entries with this root.

    `sign` makes the Ed25519 signature over the bytes it is given. The note is verified before it is
    returned, so a custodian that signs with another key is found here and not by a witness.

    Raises:
        LogProofError: the signature does not verify under `key`.
    """
    text = Checkpoint(key.origin, size, root).text
    line = f"{_DASH}{key.origin} {base64.b64encode(key.key_id + sign(text)).decode()}\n"
    note = text + b"\n" + line.encode()
    verify_checkpoint(note, key)
    return note


def parse_checkpoint(note: bytes) -> SignedCheckpoint:
    """Return what a signed checkpoint says; nothing of it is true until `verify_checkpoint`.

    Raises:
        LogProofError: the bytes are not a signed checkpoint.
    """
    try:
        decoded = note.decode("utf-8") if len(note) <= _LIMIT else ""
    except UnicodeDecodeError:
        decoded = ""
    text, gap, signatures = decoded.rpartition("\n\n")
    if not gap or not signatures.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", decoded):
        raise LogProofError("this is not a signed checkpoint")
    lines = signatures[:-1].split("\n")
    return SignedCheckpoint(
        checkpoint=_parse_text(text),
        text=f"{text}\n".encode(),
        signatures=tuple(_parse_signature(line) for line in lines),
    )


def _parse_text(text: str) -> Checkpoint:
    origin, _, rest = text.partition("\n")
    size, _, rest = rest.partition("\n")
    root = _decode_base64(rest.split("\n")[0])
    if not origin or not _SIZE.fullmatch(size) or len(root) != HASH_SIZE:
        raise LogProofError("the checkpoint does not give a name, a size and a root")
    return Checkpoint(origin, int(size), root)


def _parse_signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    content = _decode_base64(encoded)
    if not line.startswith(_DASH) or not _NAME.fullmatch(name) or len(content) < 5:
        raise LogProofError("the checkpoint has a malformed signature line")
    return NoteSignature(name, content[:4], content[4:])


def _decode_base64(text: str) -> bytes:
    """Return the bytes of `text`, or nothing unless it is their one standard form.

    A lenient decoder would let a changed last character pass.
    """
    try:
        decoded = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return decoded if base64.b64encode(decoded) == text.encode() else b""


def verify_checkpoint(note: bytes, key: LogKey) -> Checkpoint:
    """Return the checkpoint in `note` once `key` is seen to have signed it.

    Signatures by other keys are witnesses' and are passed over (C2SP signed-note).

    Raises:
        LogProofError: the note is malformed, names another log, or is not signed by `key`.
    """
    signed = parse_checkpoint(note)
    if signed.checkpoint.origin != key.origin:
        raise LogProofError("the checkpoint is of another log")
    own = [line for line in signed.signatures if (line.name, line.key_id) == (key.origin, key.key_id)]
    if not own:
        raise LogProofError("the checkpoint is not signed by this log's key")
    try:
        for line in own:
            Ed25519PublicKey.from_public_bytes(key.public_key).verify(line.signature, signed.text)
    except (InvalidSignature, ValueError):
        raise LogProofError("the checkpoint's signature does not verify") from None
    return signed.checkpoint
