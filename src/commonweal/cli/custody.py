"""The commands of the key register: every key, one key, what its leak would expose, an agreement's security case."""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter

from commonweal.core import InputError

from . import key_acts, receiving
from .rendering import say, show_json, show_table
from .session import Target, connect

HERE = Target()
_COLUMNS = ("key", "version", "purpose", "body", "state", "due", "last_used", "opens", "place")


def register(app: App) -> None:
    """Add the commands to the command line."""
    keys = App(name="keys", help="The key register.")
    keys.command(list_keys, name="list")
    for command in (show, exposure, case):
        keys.command(command)
    keys.command(receiving.recipient)
    key_acts.register(app, keys)
    app.command(keys)


def list_keys(*, as_csv: Annotated[bool, Parameter(name="--csv")] = False, target: Target = HERE) -> None:
    """List every key: what it is for, whose it is, until when it is good, what last used it, what it opens.

    Args:
        as_csv: answer in CSV on standard output, with every column there is.
        target: the node.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/keys")
    if target.json:
        return show_json(answer)
    if as_csv:
        return _show_csv(answer["keys"])
    return show_table([_shortened(each) for each in answer["keys"]], _COLUMNS)


def show(key: str, /, *, target: Target = HERE) -> None:
    """Show everything that is known of one key: each version, who could use it, and all that they open.

    Args:
        key: the key, as `keys list` names it.
        target: the node.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/keys/show", key=key)
    if target.json:
        return show_json(answer)
    for version in answer["versions"]:
        say(f"{version['key']}, version {version['version']}: {version['use']}.", *_facts(version))
    opened = [
        f"{_of(each)}, {each['part'] or 'all of it'} ({each['sealed_file']})" for each in answer["opens_versions"]
    ]
    opened += [f"{each['agreement']}: {_of(each)} ({each['sealed_file']})" for each in answer["opens_releases"]]
    return say("Opens:" if opened else "Opens nothing that is kept here.", *_indented(opened))


def exposure(key: str, /, *, apply: bool = False, reason: str = "", target: Target = HERE) -> None:
    """Say what is lost if a key leaks, what a thief would need besides, and what to do, in order.

    Args:
        key: the key, as `keys list` names it.
        apply: propose that the node takes those steps; a second person confirms.
        reason: why, for --apply.
        target: the node, and who acts.
    """
    if apply and not reason.strip():
        raise InputError("To apply it takes a reason.", advice="Give it with --reason TEXT.")
    if apply:
        return key_acts.propose_act("contain", key, reason, target)
    with connect(target) as node:
        answer = node.get("/api/v1/keys/exposure", key=key)
    return show_json(answer) if target.json else _say_exposure(answer)


def case(agreement: str, /, *, target: Target = HERE) -> None:
    """Show the security case of an agreement: what is sealed for whom, under which keys, what cannot be taken back.

    Args:
        agreement: the agreement.
        target: the node.
    """
    with connect(target) as node:
        answer = node.get(f"/api/v1/agreements/{quote(agreement, safe='')}/security-case")
    return show_json(answer) if target.json else _say_case(answer)


def _say_exposure(answer: Mapping[str, Any]) -> None:
    say(f"If {answer['key']} leaks: {answer['lost']}", "", *_headed("Lost", _lost(answer)))
    say(*_headed("A thief would need besides", answer["needs"]))
    steps = [f"{number}. [{each['kind']}] {each['sentence']}" for number, each in enumerate(answer["steps"], 1)]
    say(*_headed("What to do, in this order", steps))


def _lost(answer: Mapping[str, Any]) -> list[str]:
    counted = f"{answer['files']:,} sealed files, up to {answer['people']:,} people in all"
    named = {"agreements": "Agreements", "recipients": "Who reads under them", "falls_with": "Keys that fall with it"}
    lists = [f"{words}: {', '.join(answer[name])}" for name, words in named.items() if answer[name]]
    personal = [each["sentence"] for each in answer["datasets"] if each["people"]]
    others = len(answer["datasets"]) - len(personal)
    return [counted, *personal, *([f"Datasets of which nothing personal lies open: {others}"] * bool(others)), *lists]


def _say_case(answer: Mapping[str, Any]) -> None:
    from commonweal.request import shorten_recipient

    sealed_to = shorten_recipient(answer["sealed_to"]) or "nobody's own key: the node opens the release as it is read"
    say(
        f"{answer['title']} ({answer['dataset']}, {answer['marking']}), from {answer['discloser']} "
        f"to {answer['recipient']}: {answer['state']}.",
        f"Sealed to {sealed_to}.",
        "",
    )
    fields = [f"{e['field']}: {e['classification']}{', only as tokens' * e['tokenised']}" for e in answer["fields"]]
    say(*_headed("Fields", fields))
    for key in answer["keys"]:
        lines = (f"{key['place']}; {key['protection']}; country {key['country']}", *key["holders"], key["breach"])
        say(*_headed(f"{key['key']}, version {key['version']}: {key['use']}", lines))
    say(*_headed("On the way", answer["on_the_way"]), *_headed("How long", answer["retention"]))
    say(*_headed("What revoking it does", answer["on_revocation"]))
    say(*_headed("What cannot be taken back", answer["beyond_recall"]))
    say(*_headed("Evidence", [f"event {e['index']}: {e['event']}, {e['at']}" for e in answer["evidence"]]))


def _shortened(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line whose moments are days, and whose overdue day says so."""
    days = {name: (row[name] or "")[:10] for name in ("due", "last_used")}
    return {**row, **days, "due": f"{days['due']} overdue" if row["overdue"] else days["due"]}


def _show_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(rows[0] if rows else ())
    for row in rows:
        writer.writerow("; ".join(map(str, each)) if isinstance(each, list) else each for each in row.values())


def _facts(version: Mapping[str, Any]) -> list[str]:
    left_out = {"key", "version", "use", "holders"}
    facts = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in version.items()
        if name not in left_out and value not in {None, ""}
    ]
    return [*_indented(facts), "  who could use it:", *(f"    {each}" for each in version["holders"]), ""]


def _of(opened: Mapping[str, Any]) -> str:
    return f"{opened['dataset']} version {opened['version']}"


def _headed(heading: str, lines: Iterable[str]) -> list[str]:
    return [heading, *_indented(lines), ""]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {each}" for each in lines]
