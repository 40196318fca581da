"""The command of a receiving key: the public half, for others to seal to."""

from urllib.parse import quote

from .rendering import say, show_json
from .session import Target, connect

HERE = Target()


def recipient(body: str = "own", /, *, target: Target = HERE) -> None:
    """Print the age recipient of a body of this node: what others seal to, so that only its node opens it.

    Args:
        body: the body (default: that of the person who asks).
        target: the node.
    """
    with connect(target) as node:
        answer = node.get(f"/api/v1/bodies/{quote(body, safe='')}/recipient")
    return show_json(answer) if target.json else say(answer["recipient"])
