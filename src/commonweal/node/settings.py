"""Configuration: what a home folder says of itself, and where its unlock secret is."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from commonweal.adapters.folder import make_private_folder, write_whole
from commonweal.core import CommonwealError, InputError, NotFoundError, StoreError

DEFAULT_PORT = 8400
WHEN_DEMANDED = "when-demanded"
ABOUT_PEOPLE = "people"
MAX_BACKUP_DAYS = 3650
SETTINGS_FILE = "node.json"
DATABASE = "node.db"
KEYSTORE = "keystore.json"
KEY_LEDGER = "keys.json"
KMS_SECRET = "unlock.kms"  # noqa: S105  the file's name
BLOBS = "blobs"
RESTORED = "restored.json"
LOG = "log"


@dataclass(frozen=True, slots=True)
class Settings:
    """What `HOME/node.json` holds; nothing in it is secret.

    `node` is the node's identifier, `origin` the name of its log, `body` and `operator` whose node it is and who
    runs it, `public_key` the hex of the Ed25519 key that signs its checkpoints, `custodian` the URL of where its keys
    lie, `host` and `port` where `serve` listens. `one_person` lets one person alone do what takes two with keys,
    `countersign` says when an agreement takes both sides' signatures: `when-demanded` or, of `people`, always.
    `backup_days` is how long a backup is kept, and `country` (ISO 3166) where the custodian stands, empty if not said.
    `source_hosts` are the hosts, networks and folders of SQLite files, else closed to it, that sources are read from.
    """

    node: str
    origin: str
    body: str
    operator: str
    public_key: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    hosts: tuple[str, ...] = field(default_factory=tuple)
    demo: bool = False
    custodian: str = "file:"
    one_person: bool = False
    countersign: str = WHEN_DEMANDED
    backup_days: int = 35
    country: str = ""
    source_hosts: tuple[str, ...] = field(default_factory=tuple)

    @property
    def url(self) -> str:
        """Return the address the node answers at."""
        return f"http://{self.host}:{self.port}"


def write_settings(home: Path, settings: Settings) -> None:
    """Write `HOME/node.json`."""
    write_whole(home / SETTINGS_FILE, json.dumps(asdict(settings), indent=2).encode() + b"\n")


def read_settings(home: Path) -> Settings:
    """Return what `HOME/node.json` holds.

    Raises:
        NotFoundError: there is no node in that folder.
        StoreError: the file is there and is not one of ours.
    """
    path = home / SETTINGS_FILE
    try:
        values = json.loads(path.read_bytes())
        listed = {name: tuple(values.get(name, ())) for name in ("hosts", "source_hosts")}
        return _verified(Settings(**{**values, **listed}))
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(
            f"There is no node in {home}.",
            advice="Make one with `commonweal init BODY --home DIR`, or name its folder with --home.",
        ) from None
    except (OSError, ValueError, TypeError, AttributeError):
        raise StoreError(
            f"{path} is damaged: it does not hold this node's settings.",
            advice="Restore node.json from a backup; it holds no secret.",
        ) from None


def _verified(settings: Settings) -> Settings:
    named = [settings.node, settings.origin, settings.body, settings.operator, settings.host, *settings.hosts]
    named += [settings.custodian, settings.country, *settings.source_hosts]
    if not all(isinstance(each, str) for each in named) or len(bytes.fromhex(settings.public_key)) != 32:
        raise ValueError("a name is no text, or the public key is not 32 bytes")
    if settings.countersign not in {WHEN_DEMANDED, ABOUT_PEOPLE}:
        raise ValueError("no such rule of countersigning")
    if not 0 < settings.port < 1 << 16:
        raise ValueError("no such port")
    if not 1 <= settings.backup_days <= MAX_BACKUP_DAYS:
        raise ValueError("no such number of days")
    return settings


def secret_folder(node: str) -> Path:
    """Return the user's folder for a node's secrets, which never lies under the node's home."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "commonweal" / node


def operator_token_file(node: str) -> Path:
    """Return the 0600 file, beside the unlock secret, that holds the token of the operator while a node serves."""
    return secret_folder(node) / "operator-token"


class MissingSecretError(CommonwealError):
    """The secret that unlocks a home's keys is not on this machine."""

    code = "node.secret-missing"
    default_advice = "Set COMMONWEAL_UNLOCK, give a systemd credential `commonweal-unlock`, or restore that file."


@dataclass(frozen=True, slots=True)
class UnlockSecret:
    """The secret that unlocks the keystore, and in words where it came from (the key register shows it)."""

    value: bytes
    place: str


def make_unlock_secret(home: Path, node: str, environment: Mapping[str, str] = os.environ) -> UnlockSecret:
    """Return the unlock secret for a new home: the one given from outside, else a fresh one in a 0600 file."""
    given = _given_secret(environment)
    if given is not None:
        return given
    path = secret_folder(node) / "unlock"
    _refuse_inside(home, path)
    make_private_folder(path.parent)
    write_whole(path, secrets.token_urlsafe(32).encode(), mode=0o600)
    return UnlockSecret(path.read_bytes(), "software, same machine (a 0600 file in the user's configuration folder)")


def find_unlock_secret(home: Path, node: str, environment: Mapping[str, str] = os.environ) -> UnlockSecret:
    """Return the unlock secret of a home: environment, systemd credential, or the user's configuration folder.

    Raises:
        MissingSecretError: it is in none of them.
        InputError: it lies under the home, where a copy of the folder would carry it along.
    """
    given = _given_secret(environment)
    if given is not None:
        return given
    path = secret_folder(node) / "unlock"
    _refuse_inside(home, path)
    try:
        return UnlockSecret(
            path.read_bytes().strip(), "software, same machine (a 0600 file in the user's configuration folder)"
        )
    except OSError:
        raise MissingSecretError(
            f"The secret that unlocks the keys of node {node} is not on this machine ({path}).",
        ) from None


def _given_secret(environment: Mapping[str, str]) -> UnlockSecret | None:
    value = environment.get("COMMONWEAL_UNLOCK", "")
    if value:
        return UnlockSecret(value.encode(), "given by the environment at start")
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    credential = Path(folder) / "commonweal-unlock"
    if folder and credential.is_file():
        return UnlockSecret(credential.read_bytes().strip(), "systemd credential")
    return None


def _refuse_inside(home: Path, path: Path) -> None:
    if path.resolve().is_relative_to(home.resolve()):
        raise InputError(
            f"The unlock secret would lie under the node's home ({path}).",
            advice="Set XDG_CONFIG_HOME to a folder outside the home, or give the secret by COMMONWEAL_UNLOCK.",
        )
