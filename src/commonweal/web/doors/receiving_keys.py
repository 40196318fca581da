"""The keys by which bodies of this node receive, by REST: a recipient to seal to, and headers opened for its body."""

from base64 import b64encode
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from commonweal.web.state import TheNode, ThePerson

from .forms import Form

router = APIRouter(prefix="/api/v1", tags=["keys"])

Answer = dict[str, Any]
_LONGEST_HEADER = 256 * 1024


class HeaderForm(Form):
    """The header of an age file, which is ASCII text: from its first line to the end of the one that begins `---`."""

    header: str = Field(min_length=1, max_length=_LONGEST_HEADER)


@router.get("/bodies/{body}/recipient", operation_id="getRecipient")
def get_recipient(node: TheNode, caller: ThePerson, body: str) -> Answer:
    """Return the age recipient to which others seal what is for a body of this node; `own` is the caller's body."""
    found, recipient = node.receiving.show(caller, "" if body == "own" else body)
    return {"body": found.slug, "name": found.name, "recipient": recipient}


@router.post("/headers/opening", operation_id="openHeader")
def open_header(node: TheNode, caller: ThePerson, form: HeaderForm) -> Answer:
    """Open an age header that is sealed to the caller's body: the key of that one file, in base64."""
    file_key = node.receiving.open_header(caller, form.header.encode("ascii", "replace"))
    return {"file_key": b64encode(file_key).decode("ascii")}
