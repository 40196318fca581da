"""Named mutants: each breaks a promise in a copy of the product, and the test that is named with it must fail."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 240


@dataclass(frozen=True)
class Mutant:
    """One change of the product, in one file or alike in several, and the test that must catch it."""

    file: str
    old: str
    new: str
    caught_by: str
    also: tuple[str, ...] = ()


NO_CIPHER = """

class ChaCha20Poly1305:
    def __init__(self, key):
        pass

    def encrypt_into(self, nonce, plain, associated, sealed):
        sealed[:] = bytes(plain) + bytes(16)

    def decrypt_into(self, nonce, sealed, associated, plain):
        plain[:] = sealed[:-16]

"""

MUTANTS = {
    "drop the fsync of each commit": Mutant(
        "adapters/sql/engine.py",
        '("synchronous", "FULL")',
        '("synchronous", "OFF")',
        "tests/adapters/sql/test_engine.py",
    ),
    "skip the policy at the doors of delivery": Mutant(
        "node/deliver/delivering.py",
        "if not decision.permitted:",
        "if False:",
        "tests/story/test_promises.py::test_an_end_holds_from_the_next_request_at_every_door",
    ),
    "skip the check that a token is of this agreement": Mutant(
        "node/deliver/delivering.py",
        "if recipient.credential.agreement != agreement_id:",
        "if False:",
        "tests/story/test_doors.py::test_each_caller_meets_the_answer_of_the_table",
    ),
    "seal without a cipher": Mutant(
        "keys/writer.py",
        "\nfrom cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305\n",
        NO_CIPHER,
        "tests/story/test_capture.py::test_nothing_of_anybody_is_on_the_wire_or_on_the_disk",
        also=("keys/reader.py",),
    ),
    "answer before the delivery is in the log": Mutant(
        "node/deliver/delivering.py",
        "            transaction.record(authorise(",
        "            transaction.recorded += 1\n            _ = (authorise(",
        "tests/story/test_promises.py::test_every_access_is_in_the_log_before_its_answer",
    ),
    "skip the check of roles": Mutant(
        "node/callers.py",
        "        if not self.may(permission, body):",
        "        if False:",
        "tests/story/test_doors.py::test_each_caller_meets_the_answer_of_the_table",
    ),
    "skip the signature of a link": Mutant(
        "deliver/link.py",
        "if not hmac.compare_digest(expected.encode(), signature.encode()):",
        "if False:",
        "tests/story/test_promises.py::test_a_link_opens_nothing_but_its_own_file",
    ),
    "open the plain doors of a sealed agreement": Mutant(
        "node/deliver/delivering.py",
        "if shut := decide_door(agreement, door):",
        "if False:",
        "tests/story/test_sealed.py",
    ),
    "wrap a sealed release for a key of the node": Mutant(
        "node/deliver/releasing.py",
        "if agreement.sealed_to:",
        "if False:",
        "tests/story/test_sealed.py",
    ),
    "take in a sealed file with any header": Mutant(
        "deliver/sealed.py",
        "if hashlib.sha256(header).hexdigest() != self._manifest.header_digest:",
        "if False:",
        "tests/rooms/deliver/test_sealed.py",
    ),
    "believe a manifest of another agreement": Mutant(
        "deliver/sealed.py",
        "if manifest.agreement != agreement:",
        "if False:",
        "tests/rooms/deliver/test_sealed.py",
    ),
    "serve without the certificate that was given": Mutant(
        "cli/operating.py",
        "    tls = Tls(*pair) if (pair := _tls_files(tls_cert, tls_key)) else None\n",
        "    tls = None\n",
        "tests/story/test_capture.py::test_nothing_of_anybody_is_on_the_wire_or_on_the_disk",
    ),
    "judge a delivery before its transaction only": Mutant(
        "node/deliver/delivering.py",
        "            _require(decision)\n            verify_unchanged(transaction.connection, standing, release)\n",
        "",
        "tests/node/test_overtaken.py",
    ),
    "give the wider terms after a narrowing": Mutant(
        "node/deliver/releasing.py",
        "if find_agreement(connection, TenantScope(agreement.discloser), agreement.id) != agreement:",
        "if False:",
        "tests/node/test_overtaken.py",
    ),
    "sign on a dataset that was withdrawn meanwhile": Mutant(
        "node/publish/datasets.py",
        '    if dataset.status != "live":\n',
        "    if False:\n",
        "tests/node/test_overtaken.py",
    ),
    "let an open stream run on after the end": Mutant(
        "node/ending.py",
        "deliveries.record(transaction, now, for_ever=changed.status in _CLOSED)",
        "pass",
        "tests/node/test_tally.py",
    ),
    "agree by default to what no steward confirmed": Mutant(
        "node/casework/questions.py",
        'each.classification.value if each.confirmed else "personal"',
        "each.classification.value",
        "tests/properties/test_lawful.py",
    ),
    "let a standby agreement read that nobody switched on": Mutant(
        "agree/rules.py",
        "switched_on = agreement.status is AgreementStatus.STANDBY and activation_at(agreement, at) is not None",
        "switched_on = agreement.status is AgreementStatus.STANDBY",
        "tests/properties/test_lawful.py",
    ),
}


EVERY_DAY = list(MUTANTS)[:5]
AT_NIGHT = [pytest.param(name, marks=pytest.mark.nightly) for name in MUTANTS if name not in EVERY_DAY]


@pytest.mark.parametrize("name", [*EVERY_DAY, *AT_NIGHT])
def test_the_mutant_is_caught(tmp_path: Path, name: str) -> None:
    mutant = MUTANTS[name]
    ignored = shutil.ignore_patterns("__pycache__", "frontend")
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file in (mutant.file, *mutant.also):
        mutate(tmp_path / "src" / "commonweal" / file, mutant)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutant.caught_by]
    mutated = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}  # also for the nodes that the test serves apart
    done = subprocess.run(
        command, cwd=tmp_path, env=mutated, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "\nFAILED tests/" in done.stdout
    assert "\nERROR tests/" not in done.stdout


def mutate(file: Path, mutant: Mutant) -> None:
    source = file.read_text()
    assert mutant.old in source, "the mutant names a line that is no longer there"
    file.write_text(source.replace(mutant.old, mutant.new))
