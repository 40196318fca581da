"""A profile as a recipient holds it: where to read, with which token, and whom to believe about what is sealed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from commonweal.core import SystemClock, UnreadableFileError, words_of

if TYPE_CHECKING:
    from commonweal.deliver import SealedManifest


@dataclass(frozen=True, slots=True)
class SealedProfile:
    """What a profile says of a sealed agreement: for which recipient it is, and which key signs its manifests."""

    agreement: str
    sealed_to: str
    node_key: bytes

    def verify(self, signed: bytes, *, fields: str = "", purpose: str = "") -> "SealedManifest":
        """Return a signed manifest, once it is proved to be of this agreement and recipient, and not over.

        Raises:
            ManifestError: it is not, or is of other fields or another purpose than are named.
        """
        from commonweal.deliver import parse_sealed_manifest, verify_manifest
        from commonweal.keys import read_manifest

        manifest = parse_sealed_manifest(read_manifest(self.node_key, signed))
        verify_manifest(
            manifest,
            agreement=self.agreement,
            sealed_to=self.sealed_to,
            now=SystemClock().now(),
            fields=words_of(fields),
            purpose=purpose,
        )
        return manifest


@dataclass(frozen=True, slots=True)
class HeldProfile:
    """A profile as its file holds it: the node's address, the token, and what it says of a sealed agreement."""

    endpoint: str
    token: str
    sealed: SealedProfile | None


def read_profile(path: Path) -> HeldProfile:
    """Return the profile that a file holds.

    Raises:
        UnreadableFileError: there is no such file, or it is none.
    """
    try:
        values = json.loads(path.read_bytes())
        endpoint, token = str(values["endpoint"]), str(values["bearerToken"])
        sealed = _sealed_part(values["commonweal"]) if "commonweal" in values else None
    except FileNotFoundError:
        raise UnreadableFileError(
            f"There is no profile {path}.", advice="Write one with `commonweal profile`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UnreadableFileError(f"{path} is not a Delta Sharing profile.", advice="Ask for a new one.") from None
    return HeldProfile(endpoint.rstrip("/").removesuffix("/delta-sharing"), token, sealed)


def beside(file: Path) -> Path:
    """Return where the manifest of a kept sealed file lies."""
    return file.with_name(f"{file.name}.manifest.json")


def _sealed_part(values: dict[str, Any]) -> SealedProfile:
    key = bytes.fromhex(str(values["nodeKey"]))
    return SealedProfile(quote(str(values["agreement"]), safe=""), str(values["sealedTo"]), key)
