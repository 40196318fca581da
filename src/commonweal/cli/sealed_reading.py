"""Reading under a sealed agreement: the manifest first, then the file, which is opened where the recipient's key is."""

from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.core import InputError, NotFoundError

from .profiles import SealedProfile, beside
from .sealing import unwrappers_of
from .session import Target, connect
from .streams import STANDARD, writing

if TYPE_CHECKING:
    from commonweal.adapters.received import Received
    from commonweal.adapters.wire import NodeClient
    from commonweal.deliver import SealedManifest
    from commonweal.keys import PayloadReader

Opener = Callable[[bytes], bytes]
"""From the header of an age file to its file key."""


@dataclass(frozen=True, slots=True)
class SealedSource:
    """A sealed agreement as one reading asks for it."""

    client: "NodeClient"
    profile: SealedProfile
    query: Mapping[str, str]

    def keep(self, output: Path | None) -> int:
        """Write the sealed file to `output` and its manifest beside it, both or neither; return the file's bytes.

        Raises:
            ProofError: the manifest or the file does not prove itself.
        """
        from commonweal.adapters.received import take_in

        if output is None or output == STANDARD:
            raise InputError("A sealed file is kept beside its manifest.", advice="Give --output FILE.")
        manifest, signed = self._manifest()
        with writing(output) as file, writing(beside(output)) as note, self._stream() as pieces:
            take_in(pieces, manifest, file)
            note.write(signed)
        return manifest.header_size + manifest.payload_size

    def read(self, form: str, output: Path | None, opener: Opener) -> int:
        """Write what is sealed as `csv`, `ndjson` or `parquet`, and return its bytes.

        Nothing is written before the whole file has proved to be the manifest's. Errors as `keep`.
        """
        from commonweal.adapters.received import receive

        manifest, _ = self._manifest()
        folder = None if output is None or output == STANDARD else output.absolute().parent
        with self._stream() as pieces, receive(pieces, manifest, folder) as received:
            return _write(received, form, output or STANDARD, opener)

    def _stream(self) -> AbstractContextManager[Iterator[bytes]]:
        return self.client.stream(f"/api/v1/agreements/{self.profile.agreement}/data.age", **self.query)

    def _manifest(self) -> "tuple[SealedManifest, bytes]":
        from commonweal.keys import MAX_MANIFEST_SIZE

        path = f"/api/v1/agreements/{self.profile.agreement}/manifest"
        signed = self.client.fetch(path, most=MAX_MANIFEST_SIZE, **self.query)
        return self.profile.verify(signed, **self.query), signed


def opener_of(identity: list[Path], target: Target) -> Opener:
    """Return what opens a header: identities from files, or else the custodian of the recipient's node."""
    return (lambda header: _open_with_files(header, identity)) if identity else (lambda header: _ask(header, target))


def _open_with_files(header: bytes, identity: list[Path]) -> bytes:
    from commonweal.keys import parse_header, unwrap_header

    return unwrap_header(parse_header(header), unwrappers_of(identity))


def _ask(header: bytes, target: Target) -> bytes:
    try:
        with connect(target) as node:
            answer = node.post("/api/v1/headers/opening", {"header": header.decode("ascii")})
    except NotFoundError as error:
        raise NotFoundError(
            f"The file is sealed. {error}",
            advice="Give --identity FILE with the identity it is sealed to, or --home DIR of the recipient's node.",
        ) from None
    return b64decode(answer["file_key"])


def _write(received: "Received", form: str, output: Path, opener: Opener) -> int:
    with received.open(opener(received.header)) as reader, writing(output) as file:
        return sum(map(file.write, _rows(reader, form)))


def _rows(reader: "PayloadReader", form: str) -> Iterator[bytes]:
    from commonweal.adapters.duckdb import Exporter
    from commonweal.adapters.received import pieces_of
    from commonweal.adapters.sealed import SealedFiles

    if form == "parquet":
        return pieces_of(reader)
    files = SealedFiles()
    path = files.offer("release", reader)
    return Exporter(files).csv(path) if form == "csv" else Exporter(files).ndjson(path)
