"""The commands of the key register."""

from cyclopts import App

from .rendering import show_json, show_table
from .session import Target, connect

HERE = Target()


def register(app: App) -> None:
    """Add the commands to the command line."""
    keys = App(name="keys", help="The key register.")
    keys.command(list_keys, name="list")
    app.command(keys)


def list_keys(*, target: Target = HERE) -> None:
    """List every key: what it is for, where it is, who can use it, how many files it opens.

    Args:
        target: the node.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/keys")
    if target.json:
        return show_json(answer)
    return show_table(answer["keys"], ("key", "version", "purpose", "body", "state", "opens", "place", "protection"))
