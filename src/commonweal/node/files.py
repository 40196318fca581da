"""Sealed files of the node: written once under their own file key, opened through the body's key-encryption key."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection

from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.bodies import find_tenant
from commonweal.adapters.sql.datasets import SealedFile, find_header_row, get_sealed_file, list_sealed_files
from commonweal.core import InputError, NotFoundError, ProofError
from commonweal.identity import TenantScope
from commonweal.keys import (
    KEK_STANZA,
    BlobReader,
    DigestSink,
    HeaderRow,
    KekContext,
    KekReference,
    KeyDestroyedError,
    KeyState,
    PayloadReader,
    PayloadWriter,
    SealedFileError,
    UnknownKeyError,
    grant_to_kek,
    grant_to_recipient,
    new_file_key,
    parse_header,
    parse_recipient,
    unwrap_with_kek,
)
from commonweal.publish import DatasetVersion

from .parts import Parts


@dataclass(slots=True)
class Sealing:
    """A sealed file in the making: write to `writer`; after the block, `digest` and sizes are known."""

    id: str
    file_key: bytes
    writer: PayloadWriter
    sink: DigestSink

    @property
    def size(self) -> int:
        """Return the length of the plain content in bytes."""
        return self.writer.plain_size

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the payload."""
        return self.sink.digest


class SealedContent(PayloadReader):
    """The content of a sealed file, over the blob that holds it: the two close together."""

    def __init__(self, blob: BlobReader, file_key: bytes, payload_size: int) -> None:
        self._blob = blob
        super().__init__(blob, file_key, payload_size)

    def close(self) -> None:
        """Release the content and its blob. Safe to repeat; also done when nobody holds it any more."""
        super().close()
        self._blob.close()


class AgeFile:
    """A whole `.age` file over the blob that holds its payload: a header, then the payload; a `keys.BlobReader`."""

    def __init__(self, header: bytes, payload: BlobReader) -> None:
        self.header = header
        self._payload = payload

    @property
    def size(self) -> int:
        """Return the length of the file in bytes."""
        return len(self.header) + self._payload.size

    def pread(self, offset: int, size: int, /) -> bytes:
        """Return the `size` bytes at `offset`; fewer only where the file ends."""
        start = self.header[offset : offset + size]
        return start + self._payload.pread(max(offset - len(self.header), 0), size - len(start))

    def close(self) -> None:
        """Release the blob. Safe to repeat; also done when nobody holds the file any more."""
        self._payload.close()

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SealedStore:
    """Makes and opens the node's sealed files."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @contextmanager
    def seal(self, sealed_file: str) -> Iterator[Sealing]:
        """Write a sealed file under a fresh file key; the blob appears only when the block ends without an error."""
        with self._parts.blobs.create(sealed_file) as raw:
            file_key, sink = new_file_key(), DigestSink(raw)
            writer = PayloadWriter(sink, file_key)
            yield Sealing(sealed_file, file_key, writer, sink)
            writer.close()
            raw.commit()

    def reread(self, sealing: Sealing) -> SealedContent:
        """Return a reader of a sealed file that was just written and is not recorded yet; close it after."""
        return SealedContent(self._parts.blobs.open(sealing.id), sealing.file_key, sealing.writer.payload_size)

    def discard(self, sealing: Sealing) -> None:
        """Remove the payload of a sealed file that is not needed after all."""
        self._parts.blobs.delete(sealing.id)

    def wrap(self, sealing: Sealing, context: KekContext, kek_id: str) -> tuple[SealedFile, list[HeaderRow]]:
        """Return the description of a sealed file and the header row for the key that `key_choice` names.

        Do it within the unit of work that records both, so that the key's version is still the current one there.

        Raises:
            UnknownKeyError: the key is not held.
        """
        description = _describe(sealing, context)
        kek = self._parts.custodian.current_kek(kek_id) if kek_id else self._kek_of(context.body)
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

    @staticmethod
    def wrap_to(sealing: Sealing, context: KekContext, recipient: str) -> tuple[SealedFile, list[HeaderRow]]:
        """Return the description of a sealed file and the one header row for an age recipient.

        No key of this node opens it, so `open` will not: see `open_sealed`.
        """
        key = parse_recipient(recipient)
        row = grant_to_recipient(key, sealing.file_key, sealed_file=sealing.id, holder=recipient)
        return _describe(sealing, context), [row]

    def open_sealed(self, connection: Connection, sealed_file: str, recipient: str) -> AgeFile:
        """Return what an age recipient's tools open, header and payload, as it is held; close it after.

        Raises:
            NotFoundError: it was shredded.
            ProofError: it is not sealed to that recipient.
        """
        get_sealed_file(connection, sealed_file)
        row = find_header_row(connection, sealed_file, parse_recipient(recipient).kind)
        if row is None or row.holder != recipient:
            raise ProofError(f"Sealed file {sealed_file} is not sealed to the recipient of its agreement.")
        return AgeFile(row.header, self._parts.blobs.open(sealed_file))

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
            KeyDestroyedError: its key was destroyed.
            ProofError: the header or the payload is not what was written, or it is sealed to a recipient alone.
        """
        description = get_sealed_file(connection, sealed_file)
        row = find_header_row(connection, sealed_file, KEK_STANZA)
        if row is None:
            raise ProofError(f"No key of this node opens {sealed_file}: it is for its recipient's key, or for none.")
        context = KekContext(description.body, description.dataset, str(description.version), description.agreement)
        try:
            file_key = unwrap_with_kek(self._parts.custodian, parse_header(row.header), context)
        except SealedFileError:
            self._verify_not_destroyed(row)
            raise
        return SealedContent(self._parts.blobs.open(sealed_file), file_key, description.payload_size)

    @contextmanager
    def offering(
        self, files: SealedFiles, version: DatasetVersion, fields: Collection[str]
    ) -> Iterator[tuple[str, ...]]:
        """Offer to an engine those files of a version that hold `fields`, and no other; give the URLs.

        No file key is unwrapped but those of these files. They close when the block ends.

        Raises:
            InputError: the version holds none of the fields.
            KeyDestroyedError: a key that is needed was destroyed.
            CommonwealError: as for `open`.
        """
        wanted = version.files_with(fields)
        if not wanted:
            raise InputError(f"Version {version.number} of {version.dataset} has none of these fields.")
        with ExitStack() as opened:
            with self._parts.read() as connection:
                contents = [opened.enter_context(self.open(connection, each)) for each in wanted]
            yield tuple(files.offer(name, content) for name, content in zip(wanted, contents, strict=True))

    def verify_held(self, connection: Connection, sealed_file: str) -> None:
        """Check that the key under which a sealed file lies was not destroyed; nothing is unwrapped.

        Raises:
            KeyDestroyedError: it was.
        """
        row = find_header_row(connection, sealed_file, KEK_STANZA)
        if row is None:
            return
        try:
            self._parts.custodian.current_kek(row.holder)
        except UnknownKeyError:
            self._verify_not_destroyed(row)

    def _verify_not_destroyed(self, row: HeaderRow) -> None:
        for each in self._parts.custodian.list_keys():
            if (each.key_id, each.version, each.state) == (row.holder, row.version, KeyState.DESTROYED):
                raise KeyDestroyedError(
                    f"The key {row.holder} was destroyed, so nobody can read any more what lies under it."
                )


def _describe(sealing: Sealing, context: KekContext) -> SealedFile:
    return SealedFile(
        id=sealing.id,
        body=context.body,
        dataset=context.dataset,
        version=int(context.version),
        agreement=context.agreement,
        digest=sealing.digest,
        payload_size=sealing.writer.payload_size,
    )
