"""Claim: sealing and opening run at 0.8 or more of the speed of the bare cipher.

Limit: a loop of `cryptography`'s ChaCha20Poly1305 over the same 64 KiB chunks, into one reused buffer. Ours:
`keys.PayloadWriter` and `keys.PayloadReader`. Beside them age itself by pyrage, in one call; and what a node does with
a file that it keeps, sealing through a `keys.DigestSink` (SHA-256, for the log), against the bare loop with that same
SHA-256. All work from memory to memory in pieces of 1 MiB (pyrage: in one piece); what is sealed goes to a sink that
only counts. The measures are ratios of speed, ours to the bare loop's.
"""

import hashlib
from dataclasses import dataclass

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from benchmarks.measure import Act, Measure, Result, Rounds, Scale, interleaved, profile_of
from commonweal.keys import DigestSink, PayloadReader, PayloadWriter, new_file_key

CLAIM = "Sealing and opening a file run at 0.8 or more of the speed of a bare ChaCha20-Poly1305 loop."
GOAL = 0.8
CHUNK, TAG, PIECE = 64 << 10, 16, 1 << 20
KEY = bytes(range(32))


class Sink:
    """Takes bytes and counts them."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: memoryview, /) -> int:
        self.size += len(data)
        return len(data)


class HashingSink(Sink):
    """Takes bytes, counts them and hashes them."""

    def __init__(self) -> None:
        super().__init__()
        self._hash = hashlib.sha256()

    def write(self, data: memoryview, /) -> int:
        self._hash.update(data)
        return super().write(data)


@dataclass(frozen=True)
class Memory:
    """Sealed bytes, read by position without a copy beyond the one that the port asks for."""

    data: bytes

    def pread(self, offset: int, size: int, /) -> bytes:
        return self.data[offset : offset + size]


class Bench:
    """The same data, plain and sealed in each side's way."""

    def __init__(self, size: int) -> None:
        self.plain = (bytes(range(256)) * (size // 256))[:size]
        self._file_key = new_file_key()
        self._identity = pyrage.x25519.Identity.generate()
        self._aged = pyrage.encrypt(self.plain, [self._identity.to_public()])
        self._sealed = self._seal_whole()
        self._bare = self._encrypt_whole()
        self.read_back()

    def seal(self) -> None:
        """Seal with `PayloadWriter`."""
        self._seal(Sink())

    def _seal(self, sink: Sink | DigestSink) -> None:
        view = memoryview(self.plain)
        with PayloadWriter(sink, self._file_key) as writer:
            for start in range(0, len(view), PIECE):
                writer.write(view[start : start + PIECE])

    def seal_and_hash(self) -> None:
        """Seal with `PayloadWriter` through a `DigestSink`."""
        self._seal(DigestSink(Sink()))

    def encrypt(self) -> None:
        """Encrypt with the bare cipher."""
        self._encrypt(Sink())

    def encrypt_and_hash(self) -> None:
        """Encrypt with the bare cipher, and take the SHA-256 of the outcome."""
        self._encrypt(HashingSink())

    def _encrypt(self, sink: Sink) -> None:
        cipher, view, out = ChaCha20Poly1305(KEY), memoryview(self.plain), bytearray(CHUNK + TAG)
        for index, start in enumerate(range(0, len(view), CHUNK)):
            chunk = view[start : start + CHUNK]
            size = cipher.encrypt_into(index.to_bytes(12, "big"), chunk, None, memoryview(out)[: len(chunk) + TAG])
            sink.write(memoryview(out)[:size])

    def open(self) -> None:
        """Open with `PayloadReader`."""
        reader, buffer = PayloadReader(Memory(self._sealed), self._file_key, len(self._sealed)), bytearray(PIECE)
        while reader.readinto(buffer):
            pass

    def decrypt(self) -> None:
        """Decrypt with the bare cipher."""
        cipher, view, out = ChaCha20Poly1305(KEY), memoryview(self._bare), bytearray(CHUNK)
        for index, start in enumerate(range(0, len(view), CHUNK + TAG)):
            chunk = view[start : start + CHUNK + TAG]
            cipher.decrypt_into(index.to_bytes(12, "big"), chunk, None, memoryview(out)[: len(chunk) - TAG])

    def age_encrypt(self) -> None:
        """Encrypt with age."""
        pyrage.encrypt(self.plain, [self._identity.to_public()])

    def age_decrypt(self) -> None:
        """Decrypt with age."""
        pyrage.decrypt(self._aged, [self._identity])

    def read_back(self) -> None:
        """Check that each side's sealed bytes hold the data."""
        ours = PayloadReader(Memory(self._sealed), self._file_key, len(self._sealed)).read()
        if not ours == self.plain == pyrage.decrypt(self._aged, [self._identity]):
            raise RuntimeError("what was sealed does not read back")

    def _seal_whole(self) -> bytes:
        sealed = bytearray()
        with PayloadWriter(_Keep(sealed), self._file_key) as writer:
            writer.write(self.plain)
        return bytes(sealed)

    def _encrypt_whole(self) -> bytes:
        cipher, starts = ChaCha20Poly1305(KEY), range(0, len(self.plain), CHUNK)
        return b"".join(
            cipher.encrypt(index.to_bytes(12, "big"), self.plain[start : start + CHUNK], None)
            for index, start in enumerate(starts)
        )


@dataclass(frozen=True)
class _Keep:
    kept: bytearray

    def write(self, data: memoryview, /) -> int:
        self.kept.extend(data)
        return len(data)


def run(scale: Scale) -> Result:
    """Time sealing and opening on each side."""
    bench = Bench(scale.pick(full=256, quick=64, tiny=2) << 20)
    bare = {"bare": bench.encrypt, "bare with SHA-256": bench.encrypt_and_hash}
    ours = {"ours": bench.seal, "ours with SHA-256": bench.seal_and_hash}
    sealing = interleaved({**bare, **ours, "age": bench.age_encrypt}, scale)
    opening = interleaved({"bare": bench.decrypt, "ours": bench.open, "age": bench.age_decrypt}, scale)
    measures = [
        _speed("sealing", sealing),
        _speed("opening", opening),
        _speed("sealing, each with SHA-256,", sealing, " with SHA-256"),
    ]
    slow: Act = bench.seal if not measures[0].ok else bench.open
    return Result(
        name="sealing",
        claim=CLAIM,
        measures=sorted(measures, key=lambda measure: measure.ratio),
        runs=scale.runs,
        rivals={f"sealing, {name}": cost for name, cost in sealing.rivals("bare").items()}
        | {f"opening, {name}": cost for name, cost in opening.rivals("bare").items()},
        libraries=("cryptography", "pyrage"),
        profile=lambda: profile_of(slow),
        notes={"mib": len(bench.plain) >> 20, "rivals' ratio": "time to the bare cipher's; the measures are speeds"},
    )


def _speed(name: str, rounds: Rounds, how: str = "") -> Measure:
    return Measure(f"{name} speed", rounds.ratio(f"bare{how}", f"ours{how}"), at_least=GOAL)
