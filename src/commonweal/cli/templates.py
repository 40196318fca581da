"""The commands of templates: the common cases that an access request can start from; without a node."""

from typing import Annotated, Any

from cyclopts import App, Parameter

from .rendering import say, show_json, show_table

Json = Annotated[bool, Parameter(name="--json")]


def register(app: App) -> None:
    """Add the commands to the command line."""
    templates = App(name="templates", help="See the common cases of sharing that an access request can start from.")
    templates.command(list_, name="list")
    templates.command(show)
    app.command(templates)


def list_(*, as_json: Json = False) -> None:
    """List the templates.

    Args:
        as_json: answer in JSON on standard output.
    """
    found = _described()
    if as_json:
        return show_json({"templates": found})
    rows = [{**each, "purpose": each["purpose"]["code"]} for each in found]
    return show_table(rows, ("code", "title", "purpose"))


def show(code: str, /, *, as_json: Json = False) -> None:
    """Show one template: when to use it, its law, how little usually does, the terms and answers it proposes.

    Args:
        code: the template's code.
        as_json: answer in JSON on standard output.
    """
    from commonweal.node import common_pack, describe_template, find_template

    answer: Any = describe_template(find_template(code), common_pack())
    if as_json:
        return show_json(answer)
    say(f"{answer['title']} ({answer['code']})", f"Use it when: {answer['when']}", f"Not when: {answer['when_not']}")
    say(f"Purpose: {answer['purpose']['title']} ({answer['purpose']['code']}). Lowest rung: {answer['rung']}.")
    for each in answer["gateways"]:
        say(f"Gateway: {each['citation']} ({each['id']})", *(f"  - still needs that {need}" for need in each["needs"]))
    say("Between: " + "; ".join(f"{each['from']} to {each['to']}" for each in answer["between"]))
    say(f"Usually enough: {_titles(answer['enough'])}. Usually too much: {_titles(answer['too_much'])}.")
    say("Proposed terms:", *(f"  {line}" for line in _terms(answer["terms"])))
    say(
        f"Answers it gives: {', '.join(answer['answers'])}.", "Sources:", *(f"  {each}" for each in answer["citations"])
    )
    return say(f"Next: `commonweal request DATASET --for BODY --template {answer['code']}`. Decision support only.")


def _described() -> list[Any]:
    from commonweal.node import common_pack, describe_template, list_templates

    return [describe_template(each, common_pack()) for each in list_templates()]


def _titles(data: list[dict[str, Any]]) -> str:
    return ", ".join(each["title"].lower() for each in data)


def _terms(terms: dict[str, Any]) -> list[str]:
    told = [
        (terms["days"], f"runs for {terms['days']} days"),
        (terms["review_days"], f"is reviewed after {terms['review_days']} days"),
        (terms["keep_days"] is not None, f"copies are deleted within {terms['keep_days']} days of the end"),
        (terms["tokenise"], f"only as tokens: fields named like {', '.join(terms['tokenise'])}"),
        (terms["bars_onward"], "the recipient may not share it onward"),
        (terms["doors"], f"leaves by these doors only: {', '.join(terms['doors'])}"),
        (terms["deliveries_per_day"], f"at most {terms['deliveries_per_day']} deliveries in 24 hours"),
        (terms["rows_per_day"], f"at most {terms['rows_per_day']} rows in 24 hours"),
    ]
    return [sentence for says, sentence in told if says]
