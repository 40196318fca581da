"""The commands of the journey: search, explain, request, decide, agree, sign, revoke, profile, read."""

import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Group, Parameter

from commonweal.core import InputError, words_of

from .demands import Demands
from .emergencies import OnStandby
from .reading import profile, read
from .rendering import say, show_json, show_table
from .requests import ask_form, moment_of, read_form, require_purpose, say_clock
from .session import Target, connect

HERE = Target()
NOTHING = Demands()
ALWAYS_ON = OnStandby()

_PERMITTING = Parameter(group=Group("To permit", sort_key=2))
_ON_EVERY_READ = Parameter(group=Group("To permit: what holds on every read", sort_key=3))
_STANDBY = Parameter(group=Group("To permit for an emergency only", sort_key=4))
_REFUSING = Parameter(group=Group("To refuse", sort_key=5))


def register(app: App) -> None:
    """Add the commands to the command line."""
    for command in (search, explain, request, decide, agree, sign, revoke, profile, read):
        app.command(command)


def search(
    *words: str, body: str = "", sector: str = "", access: str = "", limit: int = 20, target: Target = HERE
) -> None:
    """Find datasets by words and facets.

    Args:
        words: what to look for; nothing lists everything.
        body: only this body's.
        sector: only this sector's (whitehall, local, health, police, third, private …).
        access: only open, shared or closed.
        limit: how many at most.
        target: where to look.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/datasets", q=" ".join(words), body=body, sector=sector, access=access, limit=limit)
    if target.json:
        return show_json(answer)
    show_table(answer["datasets"], ("dataset", "title", "access", "version", "rows", "quality"))
    if not answer["datasets"]:
        sys.stderr.write("No dataset matches.\n")
    return None


Recipient = Annotated[str, Parameter(name="--for")]
Rows = Annotated[list[str] | None, Parameter(negative=())]


def explain(
    dataset: str,
    /,
    *,
    recipient: Recipient,
    purpose: str,
    gateway: str = "",
    fields: str = "",
    rows: Rows = None,
    target: Target = HERE,
) -> None:
    """Say whether a body may have a dataset for a purpose, why, and what would change the answer.

    Args:
        dataset: the dataset, as BODY/NAME.
        recipient: the body that would receive it.
        purpose: the purpose's code, such as council-tax-reduction.
        gateway: the legal gateway relied on.
        fields: the fields wanted, with commas (default: all).
        rows: a condition such as council=E09000022; repeat for more.
        target: where to ask.
    """
    with connect(target) as node:
        answer = node.post(
            "/api/v1/explanations",
            ask_form(
                dataset, recipient=recipient, purpose=purpose, gateway=gateway, fields=fields, rows=rows or [], until=""
            ),
        )
    if target.json:
        return show_json(answer)
    _say_decision(answer)
    for passed in answer["passed"]:
        say(f"  Passed: {passed['sentence']}")
    return None


def request(
    dataset: str,
    /,
    *,
    recipient: Recipient,
    purpose: str = "",
    gateway: str = "",
    fields: str = "",
    rows: Rows = None,
    until: str = "",
    seal_to: str = "",
    answers: Path | None = None,
    template: str = "",
    target: Target = HERE,
) -> None:
    """Ask for data: refused with reasons, agreed by default, or put before a named person.

    Args:
        dataset: the dataset, as BODY/NAME.
        recipient: the body that asks.
        purpose: the purpose's code (default: the template's).
        gateway: the legal gateway relied on.
        fields: the fields wanted, with commas (default: all).
        rows: a condition such as council=E09000022; repeat for more.
        until: the last day it is needed, or a moment with its offset.
        seal_to: the age recipient that alone may open it, or `own` for the asking body's key on this node.
        answers: the share-request form, as `requests form` writes it, with your answers; what is left out stays open.
        template: the common case it starts from, which fills in what you leave out; see `commonweal templates list`.
        target: where to ask.
    """
    given = read_form(answers) if answers else {}
    template = require_purpose(purpose, template, given)
    with connect(target) as node:
        answer = node.post(
            "/api/v1/requests",
            {
                **ask_form(
                    dataset,
                    recipient=recipient,
                    purpose=purpose,
                    gateway=gateway,
                    fields=fields,
                    rows=rows or [],
                    until=until,
                ),
                "seal_to": seal_to,
                **given,
                "template": template,
            },
        )
    if target.json:
        return show_json(answer)
    say(f"Request {answer['request']}: {answer['status']}.")
    _say_decision(answer)
    if answer["agreement"]:
        return say(f"Agreement {answer['agreement']} is signed. Next: `commonweal profile {answer['agreement']}`.")
    say_clock(answer)
    return say(f"Next, a named person of {answer['discloser']}: `commonweal decide {answer['request']}`.")


def decide(
    request: str,
    /,
    *,
    permit: Annotated[bool, _PERMITTING] = False,
    refuse: Annotated[str, _REFUSING] = "",
    fields: Annotated[str, _PERMITTING] = "",
    rows: Annotated[Rows, _PERMITTING] = None,
    tokenise: Annotated[str, _PERMITTING] = "",
    until: Annotated[str, _PERMITTING] = "",
    text: Annotated[str, _REFUSING] = "",
    would_change: Annotated[str, _REFUSING] = "",
    sealed: Annotated[bool, _PERMITTING] = False,
    countersign: Annotated[bool, _PERMITTING] = False,
    as_asked: Annotated[bool, _PERMITTING] = False,
    standby: Annotated[OnStandby, _STANDBY] = ALWAYS_ON,
    demands: Annotated[Demands, _ON_EVERY_READ] = NOTHING,
    target: Target = HERE,
) -> None:
    """Give a named person's answer to a request: permit it, perhaps narrowed, or refuse it with a coded reason.

    Args:
        request: the access request.
        permit: say yes.
        refuse: say no: breach-risk, systems, quality, law, cost or other.
        fields: permit only these fields, with commas.
        rows: permit only rows that meet this condition; repeat for more.
        tokenise: give these fields as keyed tokens only, with commas.
        until: the agreement's last day, or a moment with its offset.
        text: why it is refused.
        would_change: what would turn a refusal round.
        sealed: permit only what is sealed to a key of the recipient, so that nobody else can open it.
        countersign: have the other side sign too before it is in force.
        as_asked: leave out the terms that the request's template proposes.
        standby: who may switch the agreement on in an emergency, and for how long.
        demands: what the agreement demands on every read.
        target: where to act; --as names the person.
    """
    if permit == bool(refuse):
        raise InputError("Say either --permit or --refuse CODE.")
    with connect(target) as node:
        answer = node.post(
            f"/api/v1/requests/{quote(request, safe='')}/ruling",
            {
                "permit": permit,
                "fields": words_of(fields),
                "rows": rows or [],
                "tokenise": words_of(tokenise),
                "until": moment_of(until),
                "reason": refuse,
                "text": text,
                "would_change": would_change,
                "sealed": sealed,
                "countersign": countersign,
                "as_asked": as_asked,
                "standby_hours": standby.standby_hours,
                "officers": standby.officer or [],
                "conditions": demands.as_json(),
            },
        )
    if target.json:
        return show_json(answer)
    verb = "permitted" if answer["permitted"] else "refused"
    following = f" Next: `commonweal agree {request}`." if answer["permitted"] else ""
    started = [f"From the template, as nothing else was said: {each}." for each in answer["from_template"]]
    return say(*started, f"Request {request} is {verb} by {answer['decided_by']}.{following}")


def agree(request: str, /, *, target: Target = HERE) -> None:
    """Sign the agreement that a decision permits: it is in force from then on, or waits for the other side to sign.

    Args:
        request: the access request.
        target: where to act; --as names the person.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/requests/{quote(request, safe='')}/agreement")
    if target.json:
        return show_json(answer)
    return say(
        f"Agreement {answer['agreement']} is {answer['state']} until {answer['ends']}: {', '.join(answer['fields'])}.",
        *_say_sealed(answer["sealed_to"]),
        *_say_standby(answer),
        _say_next(answer),
    )


def sign(agreement: str, /, *, target: Target = HERE) -> None:
    """Sign an offered agreement for the side that has not yet; it is in force from then on.

    Args:
        agreement: the agreement.
        target: where to act; --as names the person.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/agreements/{quote(agreement, safe='')}/signature")
    if target.json:
        return show_json(answer)
    signed = answer["signatures"][-1]
    return say(
        f"{signed['person']} signed agreement {agreement} for {signed['body']} as {signed['capacity']}.",
        f"SHA-256 of the terms: {signed['digest']}.",
        f"It is {answer['state']} until {answer['ends']}. {_say_next(answer)}",
    )


def revoke(agreement: str, /, *, reason: str, target: Target = HERE) -> None:
    """Revoke an agreement: the next request is refused and open streams are cut.

    Args:
        agreement: the agreement.
        reason: why; both parties find it with the agreement.
        target: where to act.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/agreements/{quote(agreement, safe='')}/revocation", {"reason": reason})
    if target.json:
        return show_json(answer)
    return say(f"Agreement {agreement} is revoked. What the recipient has already opened cannot be taken back.")


def _say_standby(answer: dict[str, Any]) -> list[str]:
    if answer["standby"] is None:
        return []
    officers, hours = ", ".join(answer["standby"]["officers"]), answer["standby"]["hours"]
    return [
        f"It opens nothing until {officers} switches it on, for {hours} hours at most: "
        f"`commonweal activate {answer['agreement']} --reason TEXT`."
    ]


def _say_next(answer: dict[str, Any]) -> str:
    if answer["awaits"]:
        return f"Next, a person with authority at {answer['awaits']}: `commonweal sign {answer['agreement']}`."
    return f"Next: `commonweal profile {answer['agreement']}`."


def _say_sealed(recipient: str) -> list[str]:
    from commonweal.request import shorten_recipient

    return [f"What it opens is sealed to {shorten_recipient(recipient)}: nobody else can open it."] if recipient else []


def _say_decision(answer: dict[str, Any]) -> None:
    words = {
        "permit": "Permitted",
        "conditions": "Permitted once its conditions are met",
        "person": "A named person must decide",
        "refuse": "Refused",
    }
    say(f"{words[answer['outcome']]}: {answer['dataset']} for {answer['recipient']}, {answer['purpose']}.")
    steps = {each["step"] for each in answer["missing"]}
    for reason in answer["reasons"]:
        still = "Still missing: " if reason["sentence"] in steps else ""
        say(f"  - {still}{reason['sentence']}{_cited(reason)}")
    if answer["decides"]:
        say(f"  {answer['decides']['sentence']}")
    for judged in answer["to_judge"]:
        say(f"  To judge: {judged['question']}{_cited(judged)}")
    for change in answer["would_change"]:
        say(f"  What would change it: {change}")
    say(answer["advice"])


def _cited(told: dict[str, Any]) -> str:
    return f" ({told['citation']})" if told["citation"] else ""
