"""OpenBao (or Vault) as a device: its transit engine makes, uses and destroys keys that never leave it."""

import base64
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from commonweal.core import InputError
from commonweal.keys import CustodianUnavailableError, KekWrap, UnknownKeyError, WrongSecretError

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_VERSION = "vault:v1:"
_NONCE_SIZE = 12
_BATCH = 100  # it refuses JSON of more than a thousand strings
_TIMEOUT = 10.0
_PLAIN = re.compile(r"[^A-Za-z0-9.]")


class OpenBaoDevice:
    """A `Device` over the transit engine at `openbao:https://HOST:PORT/MOUNT`, with a token that may use it.

    Each version of a key is a transit key of its own, not exportable and without plaintext backup, so that one can be
    destroyed while the others live. The token needs create, update, read and delete under the mount.
    """

    def __init__(self, url: str, token: bytes) -> None:
        """Connect lazily to the engine that `url` names.

        Raises:
            InputError: the address is malformed, or is plain HTTP beyond loopback.
            WrongSecretError: the token is not one.
        """
        address = urlsplit(url.removeprefix("openbao:"))
        secure = address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOOPBACK)
        if not secure or not address.path.strip("/") or address.username or address.query:
            raise InputError(
                "That is not the address of an OpenBao transit engine.",
                advice="Write openbao:https://HOST:PORT/MOUNT; plain http only to this machine.",
            )
        self.place = f"openbao:{address.geturl()}"
        self.protection = f"OpenBao transit at {address.hostname}; no key leaves it"
        self._http = httpx.Client(
            base_url=f"{address.scheme}://{address.netloc}/v1/{address.path.strip('/')}",
            headers={"X-Vault-Token": _printable(token), "X-Vault-Request": "true"},
            timeout=_TIMEOUT,
        )

    def close(self) -> None:
        """Let go of the connection; see `Device.close`."""
        self._http.close()

    def make_kek(self, label: str) -> None:
        """Make an AES-256-GCM key; see `Device.make_kek`."""
        self._ask("POST", f"/keys/{_name(label)}", {"type": "aes256-gcm96"})

    def wrap(self, label: str, plaintexts: Sequence[tuple[bytes, bytes]]) -> list[KekWrap]:
        """Seal each plaintext, a hundred to a call; see `Device.wrap`."""
        items = [{"plaintext": _encode(each), "associated_data": _encode(bound)} for each, bound in plaintexts]
        path = f"/encrypt/{self._held(label)}"
        answers = [self._ask("POST", path, {"batch_input": each}) for each in _batches(items)]
        return [_wrapped(each) for answer in answers for each in answer["batch_results"]]

    def unwrap(self, label: str, wraps: Sequence[tuple[KekWrap, bytes]]) -> list[bytes | None]:
        """Open each wrap, a hundred to a call; see `Device.unwrap`."""
        items = [
            {"ciphertext": _VERSION + _encode(each.nonce + each.ciphertext), "associated_data": _encode(bound)}
            for each, bound in wraps
        ]
        return [opened for each in _batches(items) for opened in self._decrypt(label, each)]

    def _decrypt(self, label: str, items: Sequence[dict[str, str]]) -> list[bytes | None]:
        sent = {"batch_input": items, "partial_failure_response_code": httpx.codes.OK}
        answer = self._try("POST", f"/decrypt/{_name(label)}", sent)
        if answer.status_code == httpx.codes.BAD_REQUEST and self._held(label):
            return [None] * len(items)
        return [_opened(each) for each in _data(answer)["batch_results"]]

    def make_signing_key(self, label: str) -> bytes:
        """Make an Ed25519 key; see `Device.make_signing_key`."""
        self._ask("POST", f"/keys/{_name(label)}", {"type": "ed25519"})
        return base64.b64decode(self._ask("GET", f"/keys/{_name(label)}")["keys"]["1"]["public_key"])

    def sign(self, label: str, message: bytes) -> bytes:
        """Sign `message`; see `Device.sign`."""
        answer = self._ask("POST", f"/sign/{self._held(label)}", {"input": _encode(message)})
        return base64.b64decode(answer["signature"].removeprefix(_VERSION))

    def destroy(self, label: str) -> None:
        """Destroy a key; see `Device.destroy`."""
        if self._is_held(label):
            self._ask("POST", f"/keys/{_name(label)}/config", {"deletion_allowed": True})
            self._ask("DELETE", f"/keys/{_name(label)}")

    def _held(self, label: str) -> str:
        """Return a key's name, if it is there: encrypting to a name that is not would make a key."""
        if not self._is_held(label):
            raise UnknownKeyError("OpenBao holds no such key.")
        return _name(label)

    def _is_held(self, label: str) -> bool:
        answer = self._try("GET", f"/keys/{_name(label)}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        _data(answer)
        return True

    def _ask(self, method: str, path: str, sent: dict[str, Any] | None = None) -> dict[str, Any]:
        return _data(self._try(method, path, sent))

    def _try(self, method: str, path: str, sent: dict[str, Any] | None = None) -> httpx.Response:
        try:
            return self._http.request(method, path, json=sent)
        except httpx.HTTPError as error:
            raise CustodianUnavailableError(
                f"OpenBao, which holds this node's keys, does not answer: {type(error).__name__}."
            ) from None


def _data(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success:
        found: dict[str, Any] = (answer.json() if answer.content else {}).get("data") or {}
        return found
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise WrongSecretError(
            "OpenBao does not accept this node's token, or the token may not do this.",
            advice="Give a live token whose policy allows create, update, read and delete under the transit mount.",
        )
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise CustodianUnavailableError(
            "OpenBao has no transit engine there.", advice="Enable it: `bao secrets enable -path=MOUNT transit`."
        )
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise CustodianUnavailableError("OpenBao is sealed.", advice="Unseal it; the node goes on by itself.")
    raise CustodianUnavailableError(f"OpenBao could not do it: status {answer.status_code}.")


def _batches(items: Sequence[dict[str, str]]) -> list[Sequence[dict[str, str]]]:
    return [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]


def _wrapped(result: dict[str, Any]) -> KekWrap:
    sealed = base64.b64decode(result["ciphertext"].removeprefix(_VERSION))
    return KekWrap(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:])


def _opened(result: dict[str, Any]) -> bytes | None:
    return None if result.get("error") else base64.b64decode(result["plaintext"])


def _name(label: str) -> str:
    """Return a label as a transit key's name: what it may not hold, and the hyphen, becomes -XX."""
    return _PLAIN.sub(lambda found: f"-{ord(found[0]):02x}", label)


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _printable(token: bytes) -> str:
    text = token.decode("ascii", "replace")
    if not text.isprintable() or not text.isascii():
        raise WrongSecretError("That is not an OpenBao token.")
    return text
