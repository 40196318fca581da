"""Which custodian keeps a node's keys: chosen by URL at `init`, and opened at every start."""

from collections.abc import Mapping
from pathlib import Path

from commonweal.adapters.custody import Device, DeviceCustodian, OpenBaoDevice
from commonweal.adapters.keystore import FileCustodian
from commonweal.core import Clock, InputError
from commonweal.keys import Custodian

from .settings import KEY_LEDGER, KEYSTORE, KMS_SECRET, UnlockSecret, find_unlock_secret, make_unlock_secret

FILE = "file:"
KMS = "awskms:"
DEVICES = ("pkcs11:", "openbao:")


class MissingExtraError(InputError):
    """A custodian whose library is not installed."""

    code = "node.extra-missing"
    default_advice = "Install the extra that the sentence names, with pip."


def make_secret(home: Path, node: str, url: str, environment: Mapping[str, str]) -> UnlockSecret:
    """Return what unlocks the custodian of a new home: made here for `file:`, by KMS for `awskms:`, else given.

    Raises:
        InputError: `url` names no custodian.
        MissingSecretError: a device's PIN or token was not given.
    """
    if url.startswith(KMS):
        return _from_kms(home, node, url, new=True)
    if url.startswith(DEVICES):
        return find_unlock_secret(home, node, environment)
    if url != FILE:
        raise InputError(
            "That is no custodian of keys.",
            advice="Use file:, pkcs11:token=LABEL?module-path=FILE, openbao:https://HOST:PORT/MOUNT or awskms:KEY.",
        )
    return make_unlock_secret(home, node, environment)


def find_secret(home: Path, node: str, url: str) -> UnlockSecret:
    """Return what unlocks the custodian of a home; errors as `find_unlock_secret` and those of KMS."""
    return _from_kms(home, node, url, new=False) if url.startswith(KMS) else find_unlock_secret(home, node)


def make_custodian(home: Path, node: str, url: str, secret: UnlockSecret, clock: Clock) -> Custodian:
    """Make the custodian of a new home, empty but for what it needs itself.

    Raises:
        CustodianUnavailableError: the device does not answer.
        WrongSecretError: it does not accept the secret.
    """
    if url.startswith(DEVICES):
        return DeviceCustodian.create(home / KEY_LEDGER, _device(url, secret), label=node, clock=clock)
    return FileCustodian.create(home / KEYSTORE, secret.value, clock=clock, protection=secret.place)


def open_custodian(home: Path, url: str, secret: UnlockSecret, clock: Clock) -> Custodian:
    """Open the custodian of a home; errors as `make_custodian`, and KeystoreDamagedError for its file."""
    if url.startswith(DEVICES):
        return DeviceCustodian.open(home / KEY_LEDGER, _device(url, secret), clock=clock)
    return FileCustodian.open(home / KEYSTORE, secret.value, clock=clock, protection=secret.place)


def custody_files(url: str) -> tuple[str, ...]:
    """Return the files of a home that its custodian keeps there: keys sealed, or what they are for."""
    if url.startswith(DEVICES):
        return (KEY_LEDGER,)
    return (KEYSTORE, KMS_SECRET) if url.startswith(KMS) else (KEYSTORE,)


def _device(url: str, secret: UnlockSecret) -> Device:
    if url.startswith("openbao:"):
        return OpenBaoDevice(url, secret.value)
    try:
        from commonweal.adapters.custody import Pkcs11Device  # noqa: PLC0415  an extra
    except ModuleNotFoundError:
        raise MissingExtraError("PKCS#11 needs the extra `hsm`: pip install 'commonweal[hsm]'.") from None
    return Pkcs11Device(url, secret.value)


def _from_kms(home: Path, node: str, url: str, *, new: bool) -> UnlockSecret:
    try:
        from commonweal.adapters.custody import KmsSecret  # noqa: PLC0415  an extra
    except ModuleNotFoundError:
        raise MissingExtraError("AWS KMS needs the extra `awskms`: pip install 'commonweal[awskms]'.") from None
    kms = KmsSecret(url, node)
    value = kms.make(home / KMS_SECRET) if new else kms.open(home / KMS_SECRET)
    return UnlockSecret(value, f"software, in the node's memory; unlocked by {kms.place}")
