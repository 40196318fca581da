"""The values of key custody: which key, for what, bound to which context, held by whom."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

import rfc8785

from .errors import KeyNameError

_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")


def require_key_id(key_id: str) -> None:
    """Accept an identifier that can stand in a header line, a URL and a device label.

    Raises:
        KeyNameError: `key_id` is not 1 to 200 of the letters, digits and `. _ : / -`.
    """
    if not _KEY_ID.fullmatch(key_id):
        raise KeyNameError("That is not a key identifier.")


@dataclass(frozen=True, slots=True)
class KekReference:
    """One version of a key-encryption key; versions count from 1."""

    kek_id: str
    version: int

    def __str__(self) -> str:
        return f"{self.kek_id} version {self.version}"


@dataclass(frozen=True, slots=True)
class KekContext:
    """What a file key is bound to when a key-encryption key wraps it.

    A wrap opens only with the same four values, so a header moved to another body, dataset, version or
    agreement fails. `agreement` is empty for the body's own copy.
    """

    body: str
    dataset: str
    version: str
    agreement: str = ""

    def associated_data(self) -> bytes:
        """Return the context as RFC 8785 JSON, the associated data of the wrap."""
        return rfc8785.dumps(
            {
                "body": self.body,
                "dataset": self.dataset,
                "version": self.version,
                "agreement": self.agreement,
            }
        )


@dataclass(frozen=True, slots=True)
class KekWrap:
    """A file key under AES-256-GCM: the 12-byte nonce, and the ciphertext with its 16-byte tag."""

    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One answer to "who can open this?": a complete age header with one holder's stanza alone.

    `kind` is the stanza's type. `header` followed by the sealed file's payload is an `.age` file. `version` is that
    of the key-encryption key, and 0 for every other holder.
    """

    sealed_file: str
    holder: str
    kind: str
    header: bytes
    version: int = 0


class KeyPurpose(Enum):
    """What a key is for, as the key register says it."""

    KEY_ENCRYPTION = "key-encryption"
    SIGNING = "signing"
    TOKENS = "tokens"
    RECEIVING = "receiving"

    @property
    def algorithm(self) -> str:
        """Return the algorithm that keys of this purpose are for."""
        return _ALGORITHMS[self.value]


_ALGORITHMS = {
    "key-encryption": "AES-256-GCM",
    "signing": "Ed25519",
    "tokens": "HMAC-SHA-256",
    "receiving": "mlkem768x25519",
}


class KeyClass(StrEnum):
    """Under which key-encryption key the files of a dataset lie: its body's, or one of the dataset's own."""

    BODY = "body"
    DEVICE = "device"


class KeyState(Enum):
    """Active keys do everything; a retired one only opens what it wrapped; a destroyed one is gone."""

    ACTIVE = "active"
    RETIRED = "retired"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A line of the key register, without the key.

    `place` says where the key lies (`file:/…`, `pkcs11:…`) and `protection` what guards it there, for
    example "software, same machine".
    """

    key_id: str
    version: int
    purpose: KeyPurpose
    algorithm: str
    created: datetime
    state: KeyState
    place: str
    protection: str
