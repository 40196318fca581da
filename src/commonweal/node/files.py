"""Sealed files of the node: written once under their own file key, opened through the body's key-encryption key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from commonweal.adapters.sql.bodies import find_tenant
from commonweal.adapters.sql.datasets import SealedFile, find_header_row, get_sealed_file, list_sealed_files
from commonweal.core import NotFoundError, ProofError
from commonweal.identity import TenantScope
from commonweal.keys import (
    KEK_STANZA,
    BlobReader,
    HeaderRow,
    KekContext,
    KekReference,
    PayloadReader,
    PayloadWriter,
    grant_to_kek,
    new_file_key,
    parse_header,
    unwrap_with_kek,
)

from .parts import Parts


@dataclass(slots=True)
class Sealing:
    """A sealed file in the making: write to `writer`; after the block, `digest` and sizes are known."""

    id: str
    file_key: bytes
    writer: PayloadWriter

    @property
    def size(self) -> int:
        """Return the length of the plain content in bytes."""
        return self.writer.plain_size


class SealedContent(PayloadReader):
    """The content of a sealed file, over the blob that holds it: the two close together."""

    def __init__(self, blob: BlobReader, file_key: bytes, payload_size: int) -> None:
        self._blob = blob
        super().__init__(blob, file_key, payload_size)

    def close(self) -> None:
        """Release the content and its blob. Safe to repeat; also done when nobody holds it any more."""
        super().close()
        self._blob.close()


class SealedStore:
    """Makes and opens the node's sealed files."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @contextmanager
    def seal(self, sealed_file: str) -> Iterator[Sealing]:
        """Write a sealed file under a fresh file key; the blob appears only when the block ends without an error."""
        with self._parts.blobs.create(sealed_file) as raw:
            file_key = new_file_key()
            writer = PayloadWriter(raw, file_key)
            yield Sealing(sealed_file, file_key, writer)
            writer.close()
            raw.commit()

    def discard(self, sealing: Sealing) -> None:
        """Remove the payload of a sealed file that is not needed after all."""
        self._parts.blobs.delete(sealing.id)

    def wrap(self, sealing: Sealing, context: KekContext) -> tuple[SealedFile, list[HeaderRow]]:
        """Return the description of a sealed file and the header row for its body's key-encryption key."""
        description = SealedFile(
            id=sealing.id,
            body=context.body,
            dataset=context.dataset,
            version=int(context.version),
            agreement=context.agreement,
            digest=sealing.writer.digest,
            payload_size=sealing.writer.payload_size,
        )
        kek = self._kek_of(context.body)
        row = grant_to_kek(
            self._parts.custodian, kek, sealing.file_key, context, sealed_file=sealing.id, holder=kek.kek_id
        )
        return description, [row]

    def _kek_of(self, body: str) -> KekReference:
        with self._parts.read() as connection:
            tenant = find_tenant(connection, TenantScope(body))
        if tenant is None:
            raise NotFoundError(f"{body} has no tenancy on this node.", advice=f"Run `commonweal join {body}`.")
        return self._parts.custodian.current_kek(tenant.kek)

    def sweep(self) -> None:
        """Remove every payload that no record names: what a crash left between a blob and its transaction."""
        with self._parts.read() as connection:
            held = {each.id for each in list_sealed_files(connection)}
        for blob in set(self._parts.blobs.find_blobs()) - held:
            self._parts.blobs.delete(blob)

    @contextmanager
    def recording(self, sealing: Sealing) -> Iterator[None]:
        """Remove the payload again when the block, which is to record it, fails."""
        try:
            yield
        except BaseException:
            self._parts.blobs.delete(sealing.id)
            raise

    def open(self, connection: Connection, sealed_file: str) -> SealedContent:
        """Return a reader of a sealed file's content; close it after.

        Raises:
            NotFoundError: it was shredded.
            ProofError: the header or the payload is not what was written.
        """
        description = get_sealed_file(connection, sealed_file)
        row = find_header_row(connection, sealed_file, KEK_STANZA)
        if row is None:
            raise ProofError(f"No wrap of sealed file {sealed_file} is left: nobody can open it.")
        context = KekContext(description.body, description.dataset, str(description.version), description.agreement)
        file_key = unwrap_with_kek(self._parts.custodian, parse_header(row.header), context)
        return SealedContent(self._parts.blobs.open(sealed_file), file_key, description.payload_size)
