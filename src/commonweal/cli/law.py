"""`commonweal law`: the law of data sharing as data, and the way from one body to another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from . import rule_packs
from .rendering import say, show_json, show_table

if TYPE_CHECKING:
    from commonweal.law import RulePack

Json = Annotated[bool, Parameter(name="--json")]
Local = Annotated[Path | None, Parameter(name="--local")]
Trust = Annotated[list[str] | None, Parameter(name="--trust", negative=())]

_MOST_NEAR = 3


def register(app: App) -> None:
    """Add the commands to the command line."""
    law = App(name="law", help="Look at the law of data sharing, find a legal gateway, compare and prove rule packs.")
    for command in (find, list_, show, diff, verify):
        law.command(command, name=command.__name__.rstrip("_"))
    rule_packs.register(law)
    app.command(law)


def find(
    *,
    discloser: Annotated[str, Parameter(name="--from")],
    recipient: Annotated[str, Parameter(name="--to")],
    purpose: str,
    data: str = "",
    nation: str = "",
    regime: Literal["uk-gdpr", "law-enforcement"] | None = None,
    local: Local = None,
    trust: Trust = None,
    as_json: Json = False,
) -> None:
    """Say which legal gateways lead from one body to another, what each still needs, and what would need less.

    Decision support: a lawyer decides. The answer about data on people always ends with a named person.

    Args:
        discloser: the body that holds the data, by any of its names; or a kind of body, such as kind:council.
        recipient: the body that would receive it, likewise.
        purpose: what for: a purpose's code, or plain words.
        data: what data, in plain words with commas, such as benefits,address (default: data about people).
        nation: where the people are: E, W, S, NI or the name.
        regime: under which regime the discloser holds the data (default: law-enforcement for a police force, else
            uk-gdpr); for another purpose than law enforcement UK GDPR then applies.
        local: a body's own rule pack, to stand beside the common one.
        trust: the SHA-256 of a local pack that the body has adopted.
        as_json: answer in JSON on standard output.
    """
    from commonweal.core import SystemClock
    from commonweal.node import FindCommand, find_law, pack_with_local

    command = FindCommand(discloser, recipient, purpose, data, nation, regime or "")
    found = find_law(command, SystemClock().now(), pack=pack_with_local(local, trust or ()))
    answer = found.describe()
    show_json(answer) if as_json else _say_ways(answer)


def list_(topic: str = "", /, *, local: Local = None, trust: Trust = None, as_json: Json = False) -> None:
    """List what the rule pack holds: legal gateways, conditions, markings, exemptions from openness, retention.

    Args:
        topic: only this topic, such as gateway or retention.
        local: a body's own rule pack, to stand beside the common one.
        trust: the SHA-256 of a local pack that the body has adopted.
        as_json: answer in JSON on standard output.
    """
    from commonweal.node import describe_pack, list_entries, pack_with_local

    pack = pack_with_local(local, trust or ())
    entries = list_entries(pack, topic)
    if as_json:
        return show_json({"pack": describe_pack(pack), "entries": entries})
    return show_table(entries, ("id", "topic", "title", "confidence", "in_force", "citation"))


def show(identifier: str, /, *, local: Local = None, trust: Trust = None, as_json: Json = False) -> None:
    """Show one entry of the rule pack whole: who to whom, for what, on what conditions, and how far it was checked.

    Args:
        identifier: the entry, such as wra12-s130-131.
        local: a body's own rule pack, to stand beside the common one.
        trust: the SHA-256 of a local pack that the body has adopted.
        as_json: answer in JSON on standard output.
    """
    from commonweal.node import describe_entry, describe_pack, pack_with_local

    pack = pack_with_local(local, trust or ())
    entry = describe_entry(pack, identifier)
    if as_json:
        return show_json({**entry, "pack": describe_pack(pack)})
    say(f"{entry['id']}: {entry['title']}")
    for name, value in entry.items():
        if name not in {"id", "title", "routes"} and value not in ("", None, []):
            say(f"  {name.replace('_', ' ')}: {'; '.join(map(str, value)) if isinstance(value, list) else value}")
    _say_routes(entry)
    return say(pack.disclaimer)


def diff(pack: Path, other: Path | None = None, /, *, as_json: Json = False) -> None:
    """Show where two rule packs differ; with one, where it differs from the pack that ships.

    Args:
        pack: a rule pack; the older one, where two are given.
        other: the newer one.
        as_json: answer in JSON on standard output.
    """
    from commonweal.law import compare_packs
    from commonweal.node import common_pack, describe_difference, describe_pack, read_pack_file

    first = read_pack_file(pack)
    old, new = (common_pack(), first) if other is None else (first, read_pack_file(other))
    found = [describe_difference(each) for each in compare_packs(old, new)]
    if as_json:
        return show_json({"old": describe_pack(old), "new": describe_pack(new), "differences": found})
    say(f"From {old.version} of {old.as_of} to {new.version} of {new.as_of}: {len(found)} entries differ.")
    for each in found:
        say(f"  {each['change']}: {each['what']} {each['id']}")
        for part in _dicts(each["parts"]):
            say(f"    {part['part']}: {part['before'] or '(nothing)'} -> {part['after'] or '(nothing)'}")
    return None


def verify(pack: Path | None = None, /, *, trust: Trust = None, as_json: Json = False) -> None:
    """Prove a rule pack: its digest is pinned or given, it fits its schema, and every name in it exists.

    Args:
        pack: the rule pack (default: the one that ships).
        trust: a SHA-256 to accept besides those pinned in this release.
        as_json: answer in JSON on standard output.
    """
    from commonweal.node import common_pack, describe_pack, verify_pack_file

    proved: RulePack = common_pack() if pack is None else verify_pack_file(pack, trust or ())
    told = describe_pack(proved)
    if as_json:
        return show_json({"verified": True, **told})
    return say(
        f"Rule pack {proved.version} of {proved.as_of} is proved: SHA-256 {proved.digest}.",
        f"It holds {told['gateways']} gateways and {told['provisions']} other provisions.",
    )


def _say_ways(answer: dict[str, Any]) -> None:
    say(answer["answer"])
    _say_taken(answer)
    for sentence in answer["reasons"]:
        say(f"  - {sentence}")
    if answer["duty"]:
        say("", f"A duty: {answer['duty']}")
    _say_gateways(answer["gateways"])
    for heading, entries, told in (
        ("What limits it:", answer["restrictions"], "limits"),
        ("What the data calls for besides:", answer["conditions"], "rule"),
    ):
        if entries:
            say("", heading)
        for each in entries:
            say(f"  {each['title']} ({each['citation']})", *([f"    {each[told]}"] if each[told] else []))
    _say_rungs(answer["rungs"])
    for each in answer["differences"]:
        say("", f"The local pack differs on {each['id']}: {', '.join(part[0] for part in each['parts'])}.")
    say("", f"Rule pack {answer['pack']['version']} of {answer['pack']['as_of']}. {answer['disclaimer']}")


def _say_taken(answer: dict[str, Any]) -> None:
    purpose, data = answer["purpose"], answer["data"]
    near = f" Near: {', '.join(purpose['near'][:_MOST_NEAR])}." if purpose["near"] else ""
    say(f"Purpose taken: {purpose['code']} (“{purpose['title']}”).{near}")
    say(f"Regime: {answer['regime']['why']}")
    if data["unknown"]:
        say(f"Not known as data, so taken for data about people: {', '.join(data['unknown'])}.")


def _say_gateways(gateways: list[dict[str, Any]]) -> None:
    if gateways:
        say("", "Legal gateways, best first:")
    for each in gateways:
        state = "fits" if each["fits"] else "barred" if each["bars"] else "unsure"
        say(f"  {each['title']} [{state}; {each['confidence']}, as of {each['as_of']}]  {each['id']}")
        say(f"    {each['citation']}")
        for sentence in each["bars"] or each["missing"]:
            say(f"    - {sentence}")


def _say_rungs(rungs: list[dict[str, Any]]) -> None:
    say("", "How little would do:")
    for each in rungs:
        marks = [word for word, told in (("needs less", each["needs_less"]), ("usual", each["proposed"])) if told]
        noted = f" ({', '.join(marks)})" if marks else ""
        say(f"  {each['rung']}{noted}: {each['why']}")


def _say_routes(entry: dict[str, Any]) -> None:
    for each in _dicts(entry.get("routes", [])):
        say(f"  route: {', '.join(each['from'])} -> {', '.join(each['to'])}: {', '.join(each['purposes'])}")
        for clause in each["needs"]:
            say(f"    needs a person to confirm that {clause}")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return list(value)
