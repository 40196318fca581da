"""A sealed delivery: its doors, the manifest that its discloser signs, and what a reader holds the file against."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.agree import Agreement
from commonweal.core import Actor, Event, Json, from_rfc3339, to_rfc3339
from commonweal.keys import MAX_HEADER_SIZE, ManifestError, SealedFileError, parse_header, parse_recipient

from .model import Release

AGE_DOOR = "age"
MANIFEST_DOOR = "manifest"

_TYPE = "sealed-delivery-v1"
_CONTENT = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class ShutDoor:
    """Why an agreement is not read at a door, and what would change that."""

    reason: str
    would_change: str


def decide_door(agreement: Agreement, door: str) -> ShutDoor | None:
    """Return why `agreement` is not read at `door`, or None when it is: sealed ones at theirs, all others elsewhere."""
    if bool(agreement.sealed_to) is (door in {AGE_DOOR, MANIFEST_DOOR}):
        return None
    place = f"/api/v1/agreements/{agreement.id}/data.age"
    if agreement.sealed_to:
        return ShutDoor(
            f"Agreement {agreement.id} is sealed: its data leaves only as a file for its recipient's key, at {place}.",
            "Read it with `commonweal read`, which opens the file where the recipient's key is.",
        )
    return ShutDoor(
        f"Agreement {agreement.id} is not sealed, so there is no file for a recipient's key.",
        "Ask again with --seal-to RECIPIENT, or have the discloser decide with --sealed; "
        f"or read this one at {place.removesuffix('age')}csv.",
    )


@dataclass(frozen=True, slots=True)
class SealedManifest:
    """What a sealed delivery holds, for whom, and until when, as its discloser's node signs it.

    `recipient` is a body's slug and `sealed_to` the age recipients whose identities open the file. The `.age` file is a
    header of `header_size` bytes with SHA-256 `header_digest`, then a payload of `payload_size` bytes with SHA-256
    `payload_digest`; what it holds is a Parquet file of `size` bytes and `rows` rows. `expires` is when the agreement
    ends.
    """

    agreement: str
    dataset: str
    version: int
    discloser: str
    recipient: str
    sealed_to: tuple[str, ...]
    purpose: str
    fields: tuple[str, ...]
    rows: int
    size: int
    header_digest: str
    header_size: int
    payload_digest: str
    payload_size: int
    issued: datetime
    expires: datetime

    def as_json(self) -> dict[str, Json]:
        """Return the manifest as the object that is signed; all of it is public to the two parties."""
        return {
            "type": _TYPE,
            "content": _CONTENT,
            "agreement": self.agreement,
            "dataset": self.dataset,
            "version": self.version,
            "discloser": self.discloser,
            "recipient": self.recipient,
            "sealed_to": [*self.sealed_to],
            "purpose": self.purpose,
            "fields": [*self.fields],
            "rows": self.rows,
            "size": self.size,
            "header_digest": self.header_digest,
            "header_size": self.header_size,
            "payload_digest": self.payload_digest,
            "payload_size": self.payload_size,
            "issued": to_rfc3339(self.issued),
            "expires": to_rfc3339(self.expires),
        }


def describe_sealed(
    agreement: Agreement, release: Release, *, header: bytes, purpose: str, at: datetime
) -> SealedManifest:
    """Return the manifest of a release under a sealed agreement, whose file begins with `header`."""
    return SealedManifest(
        agreement=agreement.id,
        dataset=release.dataset,
        version=release.version_number,
        discloser=agreement.discloser,
        recipient=agreement.recipient,
        sealed_to=(agreement.sealed_to,),
        purpose=purpose,
        fields=release.fields,
        rows=release.row_count,
        size=release.size,
        header_digest=hashlib.sha256(header).hexdigest(),
        header_size=len(header),
        payload_digest=release.digest,
        payload_size=release.payload_size,
        issued=at,
        expires=agreement.ends,
    )


def sign_off(manifest: SealedManifest, release: Release, actor: Actor, *, policies: str = "") -> Event:
    """Return `manifest.signed`, which is durable before the manifest leaves."""
    return Event(
        "manifest.signed",
        manifest.issued,
        manifest.discloser,
        manifest.agreement,
        actor,
        {
            "release": release.id,
            "dataset": manifest.dataset,
            "version": manifest.version,
            "fields": [*manifest.fields],
            "purpose": manifest.purpose,
            "sealed_to": [*manifest.sealed_to],
            "header_digest": manifest.header_digest,
            "digest": manifest.payload_digest,
            "policies": policies,
        },
    )


def parse_sealed_manifest(document: Mapping[str, Json]) -> SealedManifest:
    """Return what a manifest says, once its signature is verified (`keys.read_manifest`).

    Raises:
        ManifestError: it is of another type, or a member is missing or of the wrong kind.
    """
    if document.get("type") != _TYPE or document.get("content") != _CONTENT:
        raise ManifestError("The manifest is not of a sealed delivery.")
    try:
        return SealedManifest(
            agreement=_text(document["agreement"]),
            dataset=_text(document["dataset"]),
            version=_number(document["version"]),
            discloser=_text(document["discloser"]),
            recipient=_text(document["recipient"]),
            sealed_to=_texts(document["sealed_to"]),
            purpose=_text(document["purpose"]),
            fields=_texts(document["fields"]),
            rows=_number(document["rows"]),
            size=_number(document["size"]),
            header_digest=_text(document["header_digest"]),
            header_size=_number(document["header_size"], most=MAX_HEADER_SIZE),
            payload_digest=_text(document["payload_digest"]),
            payload_size=_number(document["payload_size"]),
            issued=from_rfc3339(_text(document["issued"])),
            expires=from_rfc3339(_text(document["expires"])),
        )
    except (KeyError, TypeError, ValueError):
        raise ManifestError("The manifest of a sealed delivery lacks a member, or one is of the wrong kind.") from None


def verify_manifest(
    manifest: SealedManifest,
    *,
    agreement: str,
    sealed_to: str,
    now: datetime,
    fields: Sequence[str] = (),
    purpose: str = "",
) -> None:
    """Check that a manifest is of the delivery that a reader asked for.

    1. It is of `agreement`. 2. It is for `sealed_to` and nobody else. 3. It names the fields and the purpose asked
    for, where the reader named any. 4. The agreement has not ended by `now`.

    Raises:
        ManifestError: one of these does not hold.
    """
    if manifest.agreement != agreement:  # 1
        raise ManifestError(f"The manifest is of agreement {manifest.agreement[:40]!r}, not of {agreement}.")
    if manifest.sealed_to != (sealed_to,):  # 2
        raise ManifestError("The manifest names another recipient than the profile does.")
    if (fields and set(manifest.fields) != set(fields)) or (purpose and manifest.purpose != purpose):  # 3
        raise ManifestError("The manifest is of other fields or another purpose than was asked for.")
    if now >= manifest.expires:  # 4
        raise ManifestError(
            f"The manifest expired at {to_rfc3339(manifest.expires)}.",
            advice="The agreement is over: make a new access request.",
        )


class ArrivingFile:
    """Holds an age file against its manifest as it arrives, so that not a byte more than promised is taken in.

    Call `add` with each piece, then `finish`.
    """

    def __init__(self, manifest: SealedManifest) -> None:
        self._manifest = manifest
        self._header = bytearray()
        self._payload = hashlib.sha256()
        self._arrived = 0

    def add(self, piece: bytes) -> None:
        """Take note of the next bytes of the file.

        Raises:
            SealedFileError: there are more than the manifest says.
        """
        lacking = self._manifest.header_size - len(self._header)
        self._header += piece[:lacking]
        payload = memoryview(piece)[lacking:]
        self._arrived += len(payload)
        if self._arrived > self._manifest.payload_size:
            raise SealedFileError("The sealed file is longer than its discloser signed for.")
        self._payload.update(payload)

    def finish(self) -> bytes:
        """Return the file's header, once the whole file has proved to be the manifest's.

        Raises:
            SealedFileError: the header or the payload is another one, or is cut short.
        """
        header = bytes(self._header)
        if hashlib.sha256(header).hexdigest() != self._manifest.header_digest:
            raise SealedFileError("The sealed file's header is not the one that its discloser signed for.")
        if self._arrived != self._manifest.payload_size or self._payload.hexdigest() != self._manifest.payload_digest:
            raise SealedFileError("The sealed file's payload is not the one that its discloser signed for.")
        kinds = [parse_recipient(each).kind for each in self._manifest.sealed_to]
        if [each.type for each in parse_header(header).stanzas] != kinds:
            raise SealedFileError("The sealed file's header is for another kind of recipient than the manifest names.")
        return header


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(each) for each in value)


def _number(value: Json, *, most: int = 1 << 53) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise TypeError
    return value
