"""The command of documents: what an agreement gives rise to, and each of them as a file."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from commonweal.core import InputError

from .rendering import say, show_json
from .session import Target, connect
from .streams import STANDARD, writing

HERE = Target()
LARGEST = 64 << 20
"""Most bytes that a document may have."""

Name = Literal["dsa", "dpia", "dea-register", "ropa", "privacy-notice", "risk", "transparency-record"]
Form = Literal["html", "pdf", "json"]


def register(app: App) -> None:
    """Add the command to the command line."""
    app.command(documents)


def documents(
    agreement: str,
    /,
    *,
    document: Name | None = None,
    format: Form = "pdf",  # noqa: A002  the option's name
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), allow_leading_hyphen=True)] = None,
    target: Target = HERE,
) -> None:
    """List the documents that an agreement gives rise to, or write one of them from its signed terms.

    Each names what the node does not know, by whom it is to be completed and why it matters. Decision support; a
    lawyer decides.

    Args:
        agreement: the agreement.
        document: dsa (data sharing agreement), dpia (screening, and a skeleton where one is due), dea-register (entry
            under the Digital Economy Act), ropa (records of processing), privacy-notice, risk (risk-sharing terms)
            or transparency-record (where a tool has a part in decisions).
        format: pdf (accessible, PDF/UA-1), html or json.
        output: the file to write (default: AGREEMENT-DOCUMENT.FORMAT); - is standard output.
        target: the node, and who reads.
    """
    path = f"/api/v1/agreements/{quote(agreement, safe='')}/documents"
    if document is None:
        return _list(path, output, target)
    if target.json and output == STANDARD:
        raise InputError("With --json the document needs a place of its own.", advice="Give --output FILE.")
    place = output or Path(f"{agreement}-{document}.{format}")
    with connect(target) as node:
        content = node.fetch(f"{path}/{document}.{format}", most=LARGEST)
    with writing(place) as file:
        file.write(content)
    return _tell(place, len(content), target)


def _list(path: str, output: Path | None, target: Target) -> None:
    if output is not None:
        raise InputError("Which document is to be written is not said.", advice="Name it with --document.")
    with connect(target) as node:
        answer = node.get(path)
    if target.json:
        return show_json(answer)
    return say(*(_line(each) for each in answer["documents"]))


def _line(each: dict[str, Any]) -> str:
    return f"{each['document']}: {each['title']}. " + (
        f"Not due. {each['why_not']}" if each["why_not"] else each["about"]
    )


def _tell(place: Path, size: int, target: Target) -> None:
    if target.json:
        return show_json({"file": str(place), "bytes": size})
    if place == STANDARD:
        return None
    sys.stderr.flush()
    return say(f"Wrote {place}: {size:,} bytes. It holds the terms of the agreement: for its parties.")
