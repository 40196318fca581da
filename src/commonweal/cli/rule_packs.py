"""The commands of a node's rule packs: adopt a body's own, list those in force, withdraw one."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from cyclopts import App

from commonweal.core import UnreadableFileError

from .rendering import say, show_json, show_table
from .session import Target, connect

HERE = Target()
PACKS = "/api/v1/law/packs"
_COLUMNS = ("scope", "version", "digest", "body", "adopted_by", "adopted")


def register(law: App) -> None:
    """Add the commands to `commonweal law`."""
    law.command(adopt)
    law.command(packs)
    law.command(withdraw_pack)


def adopt(pack: Path, /, *, target: Target = HERE) -> None:
    """Adopt a body's own rule pack on its node, beside the common one: in force at once, and signed by the node.

    It may add to the common pack and never loosens it. A newer version takes the place of the one before.

    Args:
        pack: the rule pack, a YAML file that says `scope: local`.
        target: the node, and who adopts: an information-governance lead or operator of the node's own body.
    """
    text = _read(pack)
    with connect(target) as node:
        _show(node.post(PACKS, {"pack": text}), target)


def packs(*, target: Target = HERE) -> None:
    """List the rule packs that a node applies, who adopted each and when, and where the local one differs.

    Args:
        target: the node.
    """
    with connect(target) as node:
        _show(node.get(PACKS), target)


def withdraw_pack(digest: str, /, *, target: Target = HERE) -> None:
    """Apply a body's own rule pack no longer. Agreements that rest on it stand until they are revoked.

    Args:
        digest: its SHA-256, as `law packs` shows it.
        target: the node, and who withdraws it.
    """
    with connect(target) as node:
        _show(node.post(f"{PACKS}/{quote(digest, safe='')}/withdrawal"), target)


def _read(pack: Path) -> str:
    from commonweal.law import LARGEST_PACK, read_pack

    try:
        with pack.open("rb") as file:
            content = file.read(LARGEST_PACK + 1)
    except OSError as error:
        raise UnreadableFileError(f"{pack} cannot be read: {error.strerror or type(error).__name__}.") from None
    read_pack(content)
    return content.decode()


def _show(answer: dict[str, Any], target: Target) -> None:
    if target.json:
        return show_json(answer)
    show_table(answer["packs"], _COLUMNS)
    for each in answer["differences"]:
        parts = ", ".join(part["part"] for part in each["parts"])
        say(f"The local pack differs on {each['what']} {each['id']}: {parts}.")
    return say(f"Decisions carry rule pack {answer['version']}, SHA-256 {answer['digest']}.")
