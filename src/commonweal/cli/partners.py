"""The commands of partners: charities, suppliers, universities and others that no public register here holds."""

from cyclopts import App

from .rendering import say, show_json, show_table
from .session import Target, connect

HERE = Target()


def register(app: App) -> None:
    """Add the commands to the command line."""
    partners = App(name="partners", help="Charities, suppliers and others beside the public registers.")
    partners.command(add)
    partners.command(list_partners, name="list")
    app.command(partners)


def add(number: str, name: str, /, *, kind: str, nation: str = "", slug: str = "", target: Target = HERE) -> None:
    """Make a partner known to the node, so that it can ask and be asked like any body.

    Args:
        number: the register that numbers it and its number there, such as charity-eng:263710 or company:00445790.
        name: its registered name.
        kind: charity, supplier, university, school, housing-provider or utility.
        nation: E, W, S or NI, where it works in one alone.
        slug: how addresses name it (default: made from the name).
        target: the node.
    """
    form = {"number": number, "name": name, "kind": kind, "nation": nation, "slug": slug}
    with connect(target) as node:
        answer = node.post("/api/v1/partners", form)
    if target.json:
        return show_json(answer)
    return say(
        f"{answer['name']} ({answer['register']}) is known here as {answer['body']}.",
        f"To hold data on this node it joins: `commonweal join {answer['body']}`.",
    )


def list_partners(*, target: Target = HERE) -> None:
    """List the partners that the node knows.

    Args:
        target: the node.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/partners")
    if target.json:
        return show_json(answer)
    if not answer["partners"]:
        return say("No partner is known here beside the public registers.")
    return show_table(answer["partners"], ("body", "name", "register", "kind", "nation"))
