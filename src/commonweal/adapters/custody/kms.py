"""AWS KMS as the keeper of a keystore's unlock secret: the keystore's keys open only while KMS agrees.

Only an emulator was tried. KMS destroys a key only after a week's wait, so keys lie in a `file:` keystore, where one
can be destroyed at once, and KMS seals its unlock secret. While the node runs they are in its memory.
"""

import secrets
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commonweal.adapters.folder import write_whole
from commonweal.core import InputError
from commonweal.keys import CustodianUnavailableError, KeystoreDamagedError, WrongSecretError

_FORBIDDEN = frozenset({"AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId"})
_LARGEST_BLOB = 8 * 1024


class KmsSecret:
    """The unlock secret of one node, sealed by the key at `awskms:KEY?region=REGION` and bound to the node's name.

    Credentials are found as boto3 finds them.
    """

    def __init__(self, url: str, node: str) -> None:
        """Connect lazily.

        Raises:
            InputError: the URL names no key.
        """
        key, _, query = url.removeprefix("awskms:").partition("?")
        options = {name: values[0] for name, values in parse_qs(query).items()}
        if not key or not set(options) <= {"region", "endpoint"}:
            raise InputError("That KMS URL names no key.", advice="Write awskms:KEY-OR-ALIAS?region=eu-west-2")
        self.place = f"awskms:{key}"
        self._key, self._context = key, {"commonweal-node": node}
        self._client: Any = boto3.client("kms", region_name=options.get("region"), endpoint_url=options.get("endpoint"))

    def make(self, path: Path) -> bytes:
        """Make a fresh secret, leave it sealed at `path`, and return it.

        Raises:
            CustodianUnavailableError: KMS does not answer.
            WrongSecretError: the credentials may not use the key.
        """
        secret = secrets.token_bytes(32)
        answer = self._ask("encrypt", KeyId=self._key, Plaintext=secret)
        write_whole(path, answer["CiphertextBlob"], mode=0o600)
        return secret

    def open(self, path: Path) -> bytes:
        """Return the secret that lies sealed at `path`; errors as `make`.

        Raises:
            KeystoreDamagedError: the file is missing, or is not what this key sealed for this node.
        """
        try:
            with path.open("rb") as file:
                sealed = file.read(_LARGEST_BLOB)
        except OSError:
            raise KeystoreDamagedError("The sealed unlock secret is missing or cannot be read.") from None
        return bytes(self._ask("decrypt", KeyId=self._key, CiphertextBlob=sealed)["Plaintext"])

    def _ask(self, name: str, **sent: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, name)(EncryptionContext=self._context, **sent)
        except ClientError as error:
            _explain(str(error.response.get("Error", {}).get("Code", "")))
        except BotoCoreError as error:
            raise CustodianUnavailableError(f"AWS KMS cannot be asked: {type(error).__name__}.") from None
        return answer


def _explain(code: str) -> NoReturn:
    if code in _FORBIDDEN:
        raise WrongSecretError(
            "AWS KMS does not let these credentials use the key.", advice="Allow kms:Encrypt and kms:Decrypt on it."
        ) from None
    if code == "InvalidCiphertextException":
        raise KeystoreDamagedError("The sealed unlock secret is not what this key sealed for this node.") from None
    raise CustodianUnavailableError(f"AWS KMS could not do it: {code}.") from None
