import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonweal.audit import (
    EMPTY_ROOT,
    Checkpoint,
    LogKey,
    LogProofError,
    parse_checkpoint,
    parse_vkey,
    sign_checkpoint,
    verify_checkpoint,
)
from commonweal.core import InputError

Sign = Callable[[bytes], bytes]


@pytest.fixture
def note(key: LogKey, sign: Sign) -> bytes:
    return sign_checkpoint(sign, key, 7, EMPTY_ROOT)


def test_a_signed_checkpoint_is_read_back(key: LogKey, note: bytes) -> None:
    assert verify_checkpoint(note, key) == Checkpoint(key.origin, 7, EMPTY_ROOT)


def test_a_key_is_known_by_its_verifier_string_and_fingerprint(key: LogKey) -> None:
    assert parse_vkey(key.vkey) == key
    assert len(bytes.fromhex(key.fingerprint)) == 32


@pytest.mark.parametrize("change", ["x{}", "{}x", "{}+", "no plus", "", "a+b+c", "{}\n"])
def test_another_verifier_string_is_refused(key: LogKey, change: str) -> None:
    with pytest.raises(LogProofError):
        parse_vkey(change.format(key.vkey))


@pytest.mark.parametrize(("origin", "public"), [("", 32), ("a b", 32), ("a+b", 32), ("a\x00", 32), ("a", 31)])
def test_a_log_key_must_fit_a_note(origin: str, public: int) -> None:
    with pytest.raises(InputError):
        LogKey(origin, bytes(public))


def test_a_custodian_that_signs_with_another_key_is_found_at_once(key: LogKey) -> None:
    with pytest.raises(LogProofError, match="does not verify"):
        sign_checkpoint(Ed25519PrivateKey.generate().sign, key, 7, EMPTY_ROOT)


def test_a_checkpoint_of_another_log_is_refused(key: LogKey, note: bytes) -> None:
    with pytest.raises(LogProofError, match="another log"):
        verify_checkpoint(note, LogKey("other.example/log", key.public_key))


def test_a_witness_may_add_its_line(key: LogKey, note: bytes) -> None:
    witnessed = note + b"\xe2\x80\x94 witness.example " + base64.b64encode(bytes(72)) + b"\n"
    assert verify_checkpoint(witnessed, key) == verify_checkpoint(note, key)
    assert [line.name for line in parse_checkpoint(witnessed).signatures] == [key.origin, "witness.example"]


def test_extension_lines_are_signed_and_passed_over(key: LogKey, sign: Sign) -> None:
    text = Checkpoint(key.origin, 7, EMPTY_ROOT).text + b"an extension\n"
    line = base64.b64encode(key.key_id + sign(text))
    note = text + b"\n\xe2\x80\x94 " + key.origin.encode() + b" " + line + b"\n"
    assert verify_checkpoint(note, key).size == 7


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n7\n", b"\n07\n"),
        (b"\n7\n", b"\n-7\n"),
        (b"\n7\n", b"\n7 \n"),
        (b"\n7\n", b"\n\xd9\xa7\n"),
        (b"\n7\n", b"\n" + b"9" * 5000 + b"\n"),
        (b"\n7\n", b"\n7\r\n"),
        (b"=\n\n", b"\n\n"),
        (b"\n\n", b"\n"),
        (b"\xe2\x80\x94 ", b"- "),
        (b"\xe2\x80\x94 ", b"\xff "),
        (b"node.example/log\n", b"\n"),
    ],
)
def test_a_malformed_checkpoint_is_refused(note: bytes, old: bytes, new: bytes) -> None:
    assert old in note
    with pytest.raises(LogProofError):
        parse_checkpoint(note.replace(old, new, 1))


def test_a_checkpoint_too_long_to_be_one_is_refused(note: bytes) -> None:
    with pytest.raises(LogProofError):
        parse_checkpoint(note + note.splitlines(keepends=True)[-1] * 1000)


def test_no_other_spelling_of_the_signature_passes(key: LogKey, note: bytes) -> None:
    # The last character before the padding carries two bits that decode to nothing.
    end = len(note) - len(b"=\n") - 1
    assert note[end + 1 :] == b"=\n"
    for character in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
        if character != note[end]:
            with pytest.raises(LogProofError):
                verify_checkpoint(note[:end] + bytes([character]) + note[end + 1 :], key)
