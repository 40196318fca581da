"""Sealing to people who have no keys: a passphrase, by the scrypt recipient type of age (c2sp.org/age)."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .errors import SealedFileError
from .header import FILE_KEY_SIZE, Stanza, decode_base64, encode_base64

WORK_FACTOR = 18
"""Base-two logarithm of the work that sealing asks: 256 MiB, about a second."""
MAX_WORK_FACTOR = 20
"""The most that opening will do, 1 GiB: more is a header bomb."""

_SALT_SIZE = 16
_LABEL = b"age-encryption.org/v1/scrypt"
_NUMBER = re.compile(r"[1-9][0-9]*")
_ZERO_NONCE = bytes(12)


@dataclass(frozen=True)
class PassphraseRecipient:
    """Whoever knows the passphrase. It stands alone in a header: beside another it would prove nothing."""

    passphrase: str = field(repr=False)
    work_factor: int = WORK_FACTOR

    kind: ClassVar[str] = "scrypt"
    post_quantum: ClassVar[bool] = True

    def wrap(self, file_key: bytes) -> Stanza:
        """Return the stanza that the same passphrase opens, under a fresh salt."""
        salt = secrets.token_bytes(_SALT_SIZE)
        wrap_key = _wrap_key(self.passphrase, salt, self.work_factor)
        body = ChaCha20Poly1305(wrap_key).encrypt(_ZERO_NONCE, file_key, None)
        return Stanza(self.kind, (encode_base64(salt), str(self.work_factor)), body)


@dataclass(frozen=True)
class PassphraseIdentity:
    """The passphrase of a `PassphraseRecipient`."""

    passphrase: str = field(repr=False)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key, or None when the passphrase is not the one; see `Unwrapper.unwrap`.

        Each MUST of the scrypt stanza: 1. two arguments after the type; 2. a canonical 16-byte salt; 3. a decimal
        work factor without leading zeros, at most `MAX_WORK_FACTOR`; 4. a body of 32 bytes, so that no passphrase
        can be searched for by what fails to decrypt. That it stands alone is the header's grammar.
        """
        return next((self._open(each) for each in stanzas if each.type == PassphraseRecipient.kind), None)

    def _open(self, stanza: Stanza) -> bytes | None:
        if len(stanza.args) != 2 or len(stanza.body) != FILE_KEY_SIZE + 16:  # 1, 4
            raise SealedFileError("A stanza of type scrypt is malformed.")
        salt = decode_base64(stanza.args[0])
        if len(salt) != _SALT_SIZE:  # 2
            raise SealedFileError("A stanza of type scrypt carries a salt of the wrong length.")
        if not _NUMBER.fullmatch(stanza.args[1]):  # 3
            raise SealedFileError("A stanza of type scrypt carries a malformed work factor.")
        if len(stanza.args[1]) > 2 or int(stanza.args[1]) > MAX_WORK_FACTOR:
            raise SealedFileError(
                "The sealed file asks for more work than a passphrase may cost.",
                advice=f"Ask its sender to seal it with a work factor of at most {MAX_WORK_FACTOR}.",
            )
        wrap_key = _wrap_key(self.passphrase, salt, int(stanza.args[1]))
        try:
            return ChaCha20Poly1305(wrap_key).decrypt(_ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None


def _wrap_key(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    return Scrypt(salt=_LABEL + salt, length=32, n=1 << work_factor, r=8, p=1).derive(passphrase.encode())
