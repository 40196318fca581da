"""The commands of a recipient: a profile, and reading what it opens."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter
from cyclopts.validators import Number

from commonweal.core import InputError

from .profiles import read_profile
from .rendering import say, show_json
from .sealed_reading import SealedSource, opener_of
from .session import Target, connect
from .streams import STANDARD, writing

if TYPE_CHECKING:
    from commonweal.adapters.wire import NodeClient

HERE = Target()
Form = Literal["csv", "parquet", "ndjson", "age"]
_SEALED_CHANGES = "A sealed agreement has no changes to read: what it releases only the recipient's key opens."


def profile(
    agreement: str,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    target: Target = HERE,
) -> None:
    """Write a Delta Sharing profile with which the recipient's own tools read an agreement.

    Args:
        agreement: the agreement.
        output: the file to write, mode 0600 (default: AGREEMENT.share).
        target: where to act.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/agreements/{quote(agreement, safe='')}/profile")
    path = output or Path(f"{agreement}.share")
    write_profile(path, answer)
    if target.json:
        return show_json({"profile": str(path), "endpoint": answer["endpoint"], "expires": answer["expirationTime"]})
    tools = "with the recipient's key at hand" if "commonweal" in answer else "or any Delta Sharing client"
    return say(
        f"Wrote {path}: a credential, so keep it private. It expires at {answer['expirationTime']}.",
        f"Next: `commonweal read {path}`, {tools}.",
    )


def write_profile(path: Path, content: dict[str, Any]) -> None:
    """Write a profile so that only its owner can read it."""
    from commonweal.adapters.folder import write_whole

    write_whole(path, json.dumps(content, indent=2).encode() + b"\n", mode=0o600)


def read(
    profile: Path,
    /,
    *,
    format: Form = "csv",  # noqa: A002  the option's name
    fields: str = "",
    purpose: str = "",
    changes_from: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    changes_to: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    identity: Annotated[list[Path] | None, Parameter(name=("--identity", "-i"))] = None,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    target: Target = HERE,
) -> None:
    """Read what a profile opens, as CSV, Parquet or NDJSON, on standard output or into a file.

    Under a sealed agreement the file is first held against the manifest that the discloser's node signed, then opened
    with an identity of --identity, or by the recipient's own node: --home, or --node with --token.

    Args:
        profile: the .share file.
        format: csv, parquet or ndjson; or age, to keep a sealed file as it is, with its manifest beside it.
        fields: only these fields, with commas.
        purpose: the purpose, if it is to be stated.
        changes_from: instead of the rows, what changed since this version: rows with _change_type, _commit_version and
            _commit_timestamp.
        changes_to: the version up to which (default: the newest).
        identity: a file of identities, as `keygen` writes it, that open a sealed file; may be given again.
        output: the file to write.
        target: the recipient's node, whose key opens a sealed file; --as names who reads there.
    """
    from commonweal.adapters.wire import NodeClient

    held = read_profile(profile)
    query = {name: value for name, value in (("fields", fields), ("purpose", purpose)) if value}
    changes = _changes(changes_from, changes_to)
    with closing(NodeClient(held.endpoint, held.token)) as client:
        if held.sealed is None:
            agreement, written = _read_plain(client, query | changes, format, output, as_json=target.json)
        elif changes:
            raise InputError(_SEALED_CHANGES, advice="Read the whole version again.")
        else:
            source, agreement = SealedSource(client, held.sealed, query), held.sealed.agreement
            _require_place(output, as_json=target.json)
            opener = opener_of(identity or [], target)
            written = source.keep(output) if format == "age" else source.read(format, output, opener)
    if target.json:
        show_json({"file": str(output), "bytes": written, "agreement": agreement})


def _read_plain(
    client: "NodeClient", query: dict[str, str], form: Form, output: Path | None, *, as_json: bool
) -> tuple[str, int]:
    agreement = client.get("/delta-sharing/shares")["items"][0]["name"]
    path = f"/api/v1/agreements/{agreement}/data.{form}"
    if "from" in query:
        path, query = f"/api/v1/agreements/{agreement}/changes", {**query, "format": form}
    with client.stream(path, **query) as pieces:
        _require_place(output, as_json=as_json)
        with writing(output or STANDARD) as file:
            return agreement, sum(map(file.write, pieces))


def _changes(start: int | None, end: int | None) -> dict[str, str]:
    if end is not None and start is None:
        raise InputError("Changes need a version to start from.", advice="Give --changes-from VERSION too.")
    return {name: str(value) for name, value in (("from", start), ("to", end)) if value is not None}


def _require_place(output: Path | None, *, as_json: bool) -> None:
    if as_json and output is None:
        raise InputError("With --json the data needs a place of its own.", advice="Give --output FILE.")
