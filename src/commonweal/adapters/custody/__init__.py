"""Custodians whose keys lie outside this machine's memory: a ledger of them here, the keys in a device.

`Pkcs11Device` and `KmsSecret` need the extras `hsm` and `awskms`, so they are imported when they are first asked for.
"""

from typing import TYPE_CHECKING

from .device import Device, DeviceCustodian
from .ledger import KeyLedger
from .openbao import OpenBaoDevice

__all__ = ["Device", "DeviceCustodian", "KeyLedger", "KmsSecret", "OpenBaoDevice", "Pkcs11Device"]

if TYPE_CHECKING:
    from .kms import KmsSecret
    from .pkcs11 import Pkcs11Device
else:
    _EXTRAS = {"KmsSecret": "kms", "Pkcs11Device": "pkcs11"}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _EXTRAS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_EXTRAS[name]}", __name__), name)
