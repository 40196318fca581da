"""age v1 as others know it: the official vectors, Debian's `age`, npm's age-encryption, pyrage."""

import base64
import fcntl
import hashlib
import hmac
import io
import json
import os
import pty
import shutil
import subprocess
import termios
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.npm import fetch_packages, run_module

from commonweal.keys import (
    ArmorWriter,
    HybridIdentity,
    HybridTagRecipient,
    NotARecipientError,
    PassphraseIdentity,
    PassphraseRecipient,
    PublicRecipient,
    Recipient,
    SealedFileError,
    Stanza,
    TagRecipient,
    Unwrapper,
    X25519Identity,
    open_file,
    parse_identity,
    seal_file,
)

PLAIN = bytes(range(256)) * 600  # three chunks
ALL_VECTORS = 143

EXPORT_VECTORS = """
import * as vectors from "cctv-age";
const named = Object.entries(vectors).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]);
process.stdout.write(JSON.stringify(Object.fromEntries(named)));
"""
ENCRYPT = """
import { Encrypter } from "age-encryption";
import { readFileSync } from "node:fs";
const encrypter = new Encrypter();
const add = { recipient: "addRecipient", passphrase: "setPassphrase" }[WAY];
if (WAY === "passphrase") encrypter.setScryptWorkFactor(10);
encrypter[add](WORD);
process.stdout.write(await encrypter.encrypt(readFileSync(0)));
"""
DECRYPT = """
import { Decrypter } from "age-encryption";
import { readFileSync } from "node:fs";
const decrypter = new Decrypter();
decrypter[{ identity: "addIdentity", passphrase: "addPassphrase" }[WAY]](WORD);
process.stdout.write(await decrypter.decrypt(readFileSync(0)));
"""


def seal(*recipients: Recipient) -> bytes:
    target = io.BytesIO()
    seal_file(io.BytesIO(PLAIN), target, recipients)
    return target.getvalue()


def stream_of(sealed: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(sealed))


def unseal(sealed: bytes, *unwrappers: Unwrapper) -> bytes:
    return b"".join(open_file(stream_of(sealed), unwrappers))


def run_npm(program: str, way: str, word: str, given: bytes) -> bytes:
    constants = f"const WAY = {json.dumps(way)}, WORD = {json.dumps(word)};\n"
    return run_module(constants + program, given)


def test_every_official_vector_ends_as_it_says() -> None:
    vectors = json.loads(run_module(EXPORT_VECTORS))
    assert len(vectors) == ALL_VECTORS
    ended = {name: run_vector(base64.b64decode(content)) for name, content in vectors.items()}
    assert {name: told for name, told in ended.items() if told} == {}


def run_vector(content: bytes) -> str:
    """Return how a vector's end differs from the one it demands; nothing when it does not."""
    head, _, sealed = content.partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().splitlines()]
    told = dict(pairs)
    if told.get("compressed") == "zlib":
        sealed = zlib.decompress(sealed)
    unwrappers: list[Unwrapper] = [parse_identity(value) for key, value in pairs if key == "identity"]
    unwrappers += [PassphraseIdentity(value) for key, value in pairs if key == "passphrase"]
    found, ended = bytearray(), "success"
    try:
        for piece in open_file(stream_of(sealed), unwrappers):
            found += piece
    except NotARecipientError:
        ended = "no match"
    except SealedFileError:
        ended = "failure"
    wanted = told["expect"] if told["expect"] in {"success", "no match"} else "failure"
    if ended != wanted:
        return f"{ended} instead of {told['expect']}"
    if "payload" in told and hashlib.sha256(found).hexdigest() != told["payload"]:
        return "another payload"
    return ""


@pytest.mark.parametrize(
    "identity", [X25519Identity.generate(), HybridIdentity.generate()], ids=["classical", "hybrid"]
)
def test_npm_opens_what_we_seal_and_the_reverse(identity: X25519Identity | HybridIdentity) -> None:
    assert run_npm(DECRYPT, "identity", identity.reveal(), seal(identity.recipient)) == PLAIN
    assert unseal(run_npm(ENCRYPT, "recipient", str(identity.recipient), PLAIN), identity) == PLAIN


def test_npm_and_we_agree_on_a_passphrase() -> None:
    sealed = seal(PassphraseRecipient("correct horse", work_factor=10))
    assert run_npm(DECRYPT, "passphrase", "correct horse", sealed) == PLAIN
    assert unseal(run_npm(ENCRYPT, "passphrase", "correct horse", PLAIN), PassphraseIdentity("correct horse")) == PLAIN


class HardwareKey:
    """What a hardware key does with stanzas addressed to it, written from c2sp.org/age and RFC 9180 by itself."""

    def __init__(self, *, hybrid: bool) -> None:
        self.curve: EllipticCurvePrivateKey = generate_private_key(SECP256R1())
        self.lattice = MLKEM768PrivateKey.generate() if hybrid else None

    @property
    def recipient(self) -> PublicRecipient:
        if self.lattice is None:
            return TagRecipient(self._point(PublicFormat.CompressedPoint))
        return HybridTagRecipient(
            self.lattice.public_key().public_bytes_raw() + self._point(PublicFormat.UncompressedPoint)
        )

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        (stanza,) = stanzas
        tag, share = (base64.b64decode(each + "=" * (-len(each) % 4)) for each in stanza.args)
        info = f"age-encryption.org/{stanza.type}".encode()
        form = PublicFormat.CompressedPoint if self.lattice is None else PublicFormat.UncompressedPoint
        known_by = hashlib.sha256(self._point(form)).digest()[:4]
        assert hmac.digest(info, share + known_by, "sha256")[:4] == tag
        if self.lattice is None:
            suite = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
            return suite.decrypt(share + stanza.body, self.curve, info=info)
        return self._open_hybrid(share, stanza.body, info)

    def _open_hybrid(self, share: bytes, body: bytes, info: bytes) -> bytes:
        assert self.lattice is not None
        first = self.lattice.decapsulate(share[:1088])
        second = self.curve.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), share[1088:]))
        mine = self._point(PublicFormat.UncompressedPoint)
        shared = hashlib.sha3_256(first + second + share[1088:] + mine + b"MLKEM768-P256").digest()
        suite = b"HPKE\x00\x50\x00\x01\x00\x03"

        def extract(salt: bytes, label: bytes, material: bytes) -> bytes:
            return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, "sha256")

        context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
        secret = extract(shared, b"secret", b"")

        def expand(label: bytes, length: int) -> bytes:
            labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
            return HKDFExpand(SHA256(), length, labelled).derive(secret)

        return ChaCha20Poly1305(expand(b"key", 32)).decrypt(expand(b"base_nonce", 12), body, None)

    def _point(self, form: PublicFormat) -> bytes:
        return self.curve.public_key().public_bytes(Encoding.X962, form)


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_hardware_key_opens_what_we_and_npm_seal_to_it(hybrid: bool) -> None:
    key = HardwareKey(hybrid=hybrid)
    assert unseal(seal(key.recipient), key) == PLAIN
    assert unseal(run_npm(ENCRYPT, "recipient", str(key.recipient), PLAIN), key) == PLAIN


def find_age() -> str:
    found = shutil.which("age")
    assert found, "Debian's age is held against ours: apt-get install age"
    return found


@pytest.mark.parametrize("armored", [False, True])
def test_the_age_tool_opens_what_we_seal_and_the_reverse(tmp_path: Path, armored: bool) -> None:
    identity = X25519Identity.generate()
    secret = tmp_path / "identity.txt"
    secret.write_text(identity.reveal())
    sealed = seal(identity.recipient)
    if armored:
        text = io.BytesIO()
        with ArmorWriter(text) as armor:
            armor.write(sealed)
        sealed = text.getvalue()
    opened = subprocess.run([find_age(), "-d", "-i", secret], input=sealed, capture_output=True, check=True).stdout
    assert opened == PLAIN
    command = [find_age(), *(["--armor"] if armored else []), "-r", str(identity.recipient)]
    theirs = subprocess.run(command, input=PLAIN, capture_output=True, check=True).stdout
    assert unseal(theirs, identity) == PLAIN


def test_the_age_tool_and_we_agree_on_a_passphrase(tmp_path: Path) -> None:
    plain, ours, theirs = (tmp_path / name for name in ("plain", "ours.age", "theirs.age"))
    plain.write_bytes(PLAIN)
    ours.write_bytes(seal(PassphraseRecipient("battery staple", work_factor=10)))
    type_into([find_age(), "-d", "-o", str(tmp_path / "opened"), str(ours)], "battery staple\n")
    assert (tmp_path / "opened").read_bytes() == PLAIN
    type_into([find_age(), "-p", "-o", str(theirs), str(plain)], "battery staple\nbattery staple\n")
    assert unseal(theirs.read_bytes(), PassphraseIdentity("battery staple")) == PLAIN


def type_into(command: list[str], words: str) -> None:
    """Run a command that reads a passphrase from its terminal."""
    terminal, end = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  age asks /dev/tty, so it needs one
    ) as child:
        for line in words.splitlines(keepends=True):
            os.read(terminal, 1024)  # the question
            os.write(terminal, line.encode())
    os.close(terminal)
    os.close(end)
    assert child.returncode == 0


def test_the_packages_lie_where_they_are_looked_for() -> None:
    assert {"age-encryption", "axe-core", "cctv-age"} <= {each.name for each in fetch_packages().iterdir()}
