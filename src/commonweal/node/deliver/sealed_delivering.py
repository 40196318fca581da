"""Use cases of sealed delivery: the file that only the recipient's key opens, and the manifest that vouches for it."""

from collections.abc import Sequence

from commonweal.deliver import MANIFEST_DOOR, Release, describe_sealed, sign_off
from commonweal.keys import sign_manifest
from commonweal.node.callers import Recipient
from commonweal.node.files import AgeFile, SealedStore
from commonweal.node.parts import NODE_KEY, Parts

from .delivering import Delivering
from .judging import reading_of


class SealedDelivering:
    """Serves what was released to a recipient's key; this node has no key that opens it."""

    def __init__(self, parts: Parts, files: SealedStore, delivering: Delivering) -> None:
        self._parts = parts
        self._files = files
        self._delivering = delivering

    def manifest(
        self, recipient: Recipient, agreement_id: str, *, fields: Sequence[str] = (), purpose: str = ""
    ) -> bytes:
        """Return the manifest of what a sealed agreement opens now, signed by the node; recorded before it leaves.

        Raises:
            DeliveryRefusedError: the agreement does not allow it, or is not sealed.
        """
        standing, release = self._delivering.prepare(
            recipient, agreement_id, door=MANIFEST_DOOR, fields=fields, purpose=purpose
        )
        agreement = standing.agreement
        with self.open(release, agreement.sealed_to) as file:
            header = file.header
        manifest = describe_sealed(
            agreement, release, header=header, purpose=purpose or agreement.purpose, at=self._parts.clock.now()
        )
        wanted = reading_of(recipient, MANIFEST_DOOR, fields, purpose, rows=0)
        event = sign_off(manifest, release, recipient.actor(), policies=standing.decision.policies)
        self._delivering.record(standing, lambda: event, recipient, wanted)
        return sign_manifest(self._parts.custodian, NODE_KEY, manifest.as_json())

    def open(self, release: Release, sealed_to: str) -> AgeFile:
        """Return the whole file of a release that is sealed to a recipient; close it after."""
        with self._parts.read() as connection:
            return self._files.open_sealed(connection, release.sealed_file, sealed_to)
