"""The commands of a recipient: a profile, and reading what it opens."""

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import Parameter

from commonweal.core import InputError, UnreadableFileError

from .rendering import say, show_json
from .session import Target, connect
from .streams import STANDARD, writing

HERE = Target()
Form = Literal["csv", "parquet", "ndjson"]


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
    return say(
        f"Wrote {path}: a credential, so keep it private. It expires at {answer['expirationTime']}.",
        f"Next: `commonweal read {path}`, or any Delta Sharing client.",
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
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Read what a profile opens, as CSV, Parquet or NDJSON, on standard output or into a file.

    Args:
        profile: the .share file.
        format: csv, parquet or ndjson.
        fields: only these fields, with commas.
        purpose: the purpose, if it is to be stated.
        output: the file to write.
        as_json: answer in JSON, with the data in --output.
    """
    from commonweal.adapters.wire import NodeClient

    endpoint, token = _credentials(profile)
    with closing(NodeClient(endpoint, token)) as client:
        agreement = client.get("/delta-sharing/shares")["items"][0]["name"]
        query = {name: value for name, value in (("fields", fields), ("purpose", purpose)) if value}
        with client.stream(f"/api/v1/agreements/{agreement}/data.{format}", **query) as pieces:
            if as_json and output is None:
                raise InputError("With --json the data needs a place of its own.", advice="Give --output FILE.")
            with writing(output or STANDARD) as file:
                written = sum(map(file.write, pieces))
    if as_json:
        show_json({"file": str(output), "bytes": written, "agreement": agreement})


def _credentials(profile: Path) -> tuple[str, str]:
    try:
        values = json.loads(profile.read_bytes())
        endpoint, token = str(values["endpoint"]), str(values["bearerToken"])
    except FileNotFoundError:
        raise UnreadableFileError(
            f"There is no profile {profile}.", advice="Write one with `commonweal profile`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UnreadableFileError(f"{profile} is not a Delta Sharing profile.", advice="Ask for a new one.") from None
    return endpoint.rstrip("/").removesuffix("/delta-sharing"), token
