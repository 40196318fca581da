"""A hardware security module as a device, by PKCS#11: keys are made in it, not extractable, and used in it."""

import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass, exceptions

from commonweal.core import InputError
from commonweal.keys import CustodianUnavailableError, KekWrap, UnknownKeyError, WrongSecretError

T = TypeVar("T")

_NONCE_SIZE = 12
_EDWARDS25519 = b"\x13\x0cedwards25519"  # the curve by name, as a DER PrintableString (PKCS#11 3.0, section 2.3.10)
_POINT_PREFIX = b"\x04\x20"  # a DER octet string of 32 bytes
_LOST = (
    exceptions.SessionHandleInvalid,
    exceptions.SessionClosed,
    exceptions.DeviceRemoved,
    exceptions.DeviceError,
    exceptions.TokenNotPresent,
    exceptions.TokenNotRecognised,
    exceptions.UserNotLoggedIn,
    exceptions.ObjectHandleInvalid,
    exceptions.KeyHandleInvalid,
)


class Pkcs11Device:
    """A `Device` over a token: `pkcs11:token=LABEL?module-path=/usr/lib/….so` (RFC 7512), and its user PIN.

    One session does everything, one call at a time. When it is lost, the token pulled for one, the next call opens
    another.
    """

    def __init__(self, url: str, pin: bytes) -> None:
        """Find the token lazily.

        Raises:
            InputError: the URL names no token or no module.
            WrongSecretError: the PIN is not text.
        """
        path, _, query = url.removeprefix("pkcs11:").partition("?")
        named = dict(each.split("=", 1) for each in path.split(";") if "=" in each)
        self._module = parse_qs(query).get("module-path", [""])[0]
        self._token = unquote(named.get("token", ""))
        if not self._module or not self._token:
            raise InputError(
                "That PKCS#11 URL names no token, or no module.",
                advice="Write pkcs11:token=LABEL?module-path=/usr/lib/…/MODULE.so",
            )
        self.place = f"pkcs11:token={self._token}?module-path={self._module}"
        self.protection = f"PKCS#11 token {self._token}; no key leaves it"
        self._pin = _text(pin)
        self._lock = threading.RLock()
        self._session: pkcs11.Session | None = None

    def close(self) -> None:
        """Close the session; see `Device.close`."""
        with self._lock:
            self._forget()

    def make_kek(self, label: str) -> None:
        """Make an AES-256 key; see `Device.make_kek`."""
        template = {
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.ENCRYPT: True,
            Attribute.DECRYPT: True,
            Attribute.WRAP: False,
            Attribute.UNWRAP: False,
        }

        def work(session: pkcs11.Session) -> None:
            try:
                _secret_key(session, label)
            except UnknownKeyError:
                session.generate_key(KeyType.AES, 256, label=label, store=True, template=template)

        self._use(work)

    def wrap(self, label: str, plaintexts: Sequence[tuple[bytes, bytes]]) -> list[KekWrap]:
        """Seal each plaintext in the device; see `Device.wrap`."""

        def work(session: pkcs11.Session) -> list[KekWrap]:
            key = _secret_key(session, label)
            return [_encrypt(key, *each) for each in plaintexts]

        return self._use(work)

    def unwrap(self, label: str, wraps: Sequence[tuple[KekWrap, bytes]]) -> list[bytes | None]:
        """Open each wrap in the device; see `Device.unwrap`."""

        def work(session: pkcs11.Session) -> list[bytes | None]:
            key = _secret_key(session, label)
            return [_decrypt(key, *each) for each in wraps]

        return self._use(work)

    def make_signing_key(self, label: str) -> bytes:
        """Make an Ed25519 key; see `Device.make_signing_key`."""
        private = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}

        def work(session: pkcs11.Session) -> bytes:
            with suppress(UnknownKeyError):
                return _public_point(_find(session, label, ObjectClass.PUBLIC_KEY))
            parameters = session.create_domain_parameters(
                KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _EDWARDS25519}, local=True
            )
            public, _ = parameters.generate_keypair(
                mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, label=label, store=True, private_template=private
            )
            return _public_point(public)

        return self._use(work)

    def sign(self, label: str, message: bytes) -> bytes:
        """Sign `message` in the device; see `Device.sign`."""

        def work(session: pkcs11.Session) -> bytes:
            return bytes(_find(session, label, ObjectClass.PRIVATE_KEY).sign(message, mechanism=Mechanism.EDDSA))

        return self._use(work)

    def destroy(self, label: str) -> None:
        """Destroy every object of that label; see `Device.destroy`."""

        def work(session: pkcs11.Session) -> None:
            for each in list(session.get_objects({Attribute.LABEL: label})):
                each.destroy()

        self._use(work)

    def _use(self, work: Callable[[pkcs11.Session], T]) -> T:
        with self._lock:
            try:
                return work(self._opened())
            except _LOST:
                self._forget()
            except exceptions.PKCS11Error as error:
                raise _unavailable(error) from None
            try:
                return work(self._opened())
            except exceptions.PKCS11Error as error:
                self._forget()
                raise _unavailable(error) from None

    def _opened(self) -> pkcs11.Session:
        if self._session is None:
            self._session = self._open()
        return self._session

    def _open(self) -> pkcs11.Session:
        try:
            token = pkcs11.lib(self._module).get_token(token_label=self._token)
            try:
                return token.open(rw=True, user_pin=self._pin)
            except exceptions.UserAlreadyLoggedIn:  # another session of this process has logged in for all
                return token.open(rw=True)
        except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange):
            raise WrongSecretError(
                "The token does not accept the PIN.", advice="Give its user PIN; a few wrong ones lock the token."
            ) from None
        except (exceptions.PinLocked, exceptions.PinExpired):
            raise CustodianUnavailableError(
                "The token is locked.", advice="Have its security officer set a new user PIN."
            ) from None
        except exceptions.NoSuchToken:
            raise CustodianUnavailableError(f"No token is called {self._token}.") from None
        except (exceptions.PKCS11Error, RuntimeError, OSError) as error:
            raise _unavailable(error) from None

    def _forget(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(exceptions.PKCS11Error):
                session.close()


def _encrypt(key: Any, plaintext: bytes, associated_data: bytes) -> KekWrap:
    nonce = secrets.token_bytes(_NONCE_SIZE)
    parameters = GCMParams(nonce, associated_data, 128)
    return KekWrap(nonce, bytes(key.encrypt(plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=parameters)))


def _decrypt(key: Any, wrap: KekWrap, associated_data: bytes) -> bytes | None:
    parameters = GCMParams(wrap.nonce, associated_data, 128)
    try:
        return bytes(key.decrypt(wrap.ciphertext, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
    except (exceptions.EncryptedDataInvalid, exceptions.EncryptedDataLenRange, exceptions.GeneralError):
        return None  # tokens differ in how they say that a tag is wrong


def _secret_key(session: pkcs11.Session, label: str) -> Any:
    return _find(session, label, ObjectClass.SECRET_KEY)


def _find(session: pkcs11.Session, label: str, kind: ObjectClass) -> Any:
    found = list(session.get_objects({Attribute.LABEL: label, Attribute.CLASS: kind}))
    if not found:
        raise UnknownKeyError("The token holds no such key.")
    return found[0]


def _public_point(key: Any) -> bytes:
    return bytes(key[Attribute.EC_POINT]).removeprefix(_POINT_PREFIX)


def _unavailable(error: Exception) -> CustodianUnavailableError:
    return CustodianUnavailableError(
        f"The PKCS#11 token, which holds this node's keys, cannot be used: {type(error).__name__}."
    )


def _text(pin: bytes) -> str:
    try:
        return pin.decode()
    except UnicodeDecodeError:
        raise WrongSecretError("That is not a PIN.") from None
