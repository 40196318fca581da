"""The commands of access requests beside the asking: the form, the list with its clock, an appeal, what waits."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter

from commonweal.core import InputError, UnreadableFileError, from_rfc3339, words_of

from .rendering import say, show_json, show_table
from .session import Target, connect

HERE = Target()
_LARGEST = 1 << 20


def register(app: App) -> None:
    """Add the commands to the command line."""
    requests = App(name="requests", help="Fill in the form of a request; see those that wait, and by when.")
    requests.command(form)
    requests.command(list_requests, name="list")
    requests.command(show)
    requests.command(ageing)
    app.command(requests)
    app.command(appeal)


def form(
    dataset: str,
    /,
    *,
    recipient: Annotated[str, Parameter(name="--for")],
    purpose: str = "",
    gateway: str = "",
    fields: str = "",
    rows: Annotated[list[str] | None, Parameter(negative=())] = None,
    until: str = "",
    answers: Path | None = None,
    template: str = "",
    target: Target = HERE,
) -> None:
    """Write the form of a request as JSON, filled in as far as the node can; answer it and give it to `request`.

    Args:
        dataset: the dataset, as BODY/NAME.
        recipient: the body that is going to ask.
        purpose: the purpose's code (default: the template's).
        gateway: the legal gateway relied on.
        fields: the fields wanted, with commas (default: all).
        rows: a condition such as council=E09000022; repeat for more.
        until: the last day it is needed, or a moment with its offset.
        answers: a form with answers so far, which are checked and kept.
        template: the common case it starts from; see `commonweal templates list`.
        target: where to ask.
    """
    asked = ask_form(
        dataset, recipient=recipient, purpose=purpose, gateway=gateway, fields=fields, rows=rows or [], until=until
    )
    given = read_form(answers) if answers else {}
    template = require_purpose(purpose, template, given)
    with connect(target) as node:
        show_json(node.post("/api/v1/request-forms", {**asked, **given, "template": template}))


def list_requests(*, every: bool = False, target: Target = HERE) -> None:
    """List the access requests of your body that wait, with the day an answer is due and the days left.

    Args:
        every: those too that are answered.
        target: the node, and who asks.
    """
    with connect(target) as node:
        found = node.get("/api/v1/requests")["requests"]
    shown = [each for each in found if every or each["status"] in {"asked", "appealed", "permitted"}]
    if target.json:
        return show_json({"requests": shown})
    if not shown:
        return say("No access request waits." if not every else "There is no access request.")
    rows = [{**each, "due": each["due"] or "", "clock": _clock(each), "with": each["with"] or ""} for each in shown]
    return show_table(rows, ("request", "status", "dataset", "recipient", "due", "clock", "with"))


def show(request: str, /, *, target: Target = HERE) -> None:
    """Show one access request: its form, what is left open and why that matters, and by when an answer is due.

    Args:
        request: the access request.
        target: the node, and who asks.
    """
    with connect(target) as node:
        answer = node.get(f"/api/v1/requests/{quote(request, safe='')}")
    if target.json:
        return show_json(answer)
    say(f"{request}: {answer['recipient']} asks for {answer['dataset']}, {answer['purpose']}; {answer['status']}.")
    for code, values in answer["answers"].items():
        say(f"  {code}: {'; '.join(values)}")
    for each in answer["unanswered"]:
        say(f"  {each['question']}: not answered. {each['wording']} {each['why']}")
    return say_due(answer)


def ageing(*, target: Target = HERE) -> None:
    """Say how many access requests wait for each body, and how many are overdue; anybody may ask.

    Args:
        target: the node.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/insight/requests")
    if target.json:
        return show_json(answer)
    if not answer["bodies"]:
        return say("No access request waits for anybody.")
    return show_table(answer["bodies"], ("body", "waiting", "overdue", "oldest_working_days"))


def appeal(request: str, /, *, reason: str, target: Target = HERE) -> None:
    """Appeal a refusal, once: another named person of the body that holds the data looks again.

    Args:
        request: the access request that a person refused.
        reason: why the answer should be another; both bodies read it.
        target: the node, and who acts.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/requests/{quote(request, safe='')}/appeal", {"reason": reason})
    if target.json:
        return show_json(answer)
    return say(f"Request {request} is appealed. Another named person answers by {answer['due']}.")


def ask_form(
    dataset: str, *, recipient: str, purpose: str, gateway: str, fields: str, rows: list[str], until: str
) -> dict[str, Any]:
    """Return what a body asks for, as the node takes it."""
    return {
        "dataset": dataset,
        "recipient": recipient,
        "purpose": purpose,
        "gateway": gateway,
        "fields": words_of(fields),
        "rows": rows,
        "until": moment_of(until),
    }


def moment_of(text: str) -> str | None:
    """Return the moment that `text` means: a day counts to its end, in UTC."""
    if not text:
        return None
    try:
        if len(text) == len("2026-12-31"):
            day = datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=1)
            return day.isoformat()
        return from_rfc3339(text).isoformat()
    except ValueError:
        raise InputError(f"{text[:40]!r} is neither a day nor a moment.", advice="Write 2027-03-31.") from None


def require_purpose(purpose: str, template: str, form: dict[str, Any]) -> str:
    """Return the template that is named, by itself or in a form; empty where only a purpose is.

    Raises:
        InputError: neither is.
    """
    named = template or str(form.get("template", ""))
    if not (purpose or named):
        raise InputError("Say what the data is for.", advice="Give --purpose CODE, or --template CODE.")
    return named


def read_form(path: Path) -> dict[str, Any]:
    """Return the answers in a file, and the terms and the template where it has them, as the node takes them.

    It is a form as `requests form` writes it, or a JSON object of answers by their code.

    Raises:
        UnreadableFileError: it cannot be read, or is larger than 1 MiB.
        InputError: it is no such JSON.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError:
        raise UnreadableFileError(f"{path} cannot be read.", advice="Give the path of a form.") from None
    if len(raw) > _LARGEST:
        raise UnreadableFileError(f"{path} is larger than 1 MiB, so it is no form.", advice="Give the path of a form.")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    answers = found.get("answers", found) if isinstance(found, dict) else None
    if not isinstance(answers, dict):
        raise InputError(f"{path} is no form of a request.", advice="`commonweal requests form` writes one.")
    beside = found if answers is not found else {}
    terms, template = beside.get("terms"), beside.get("template")
    return {
        "answers": answers,
        **({"terms": terms} if isinstance(terms, dict) else {}),
        **({"template": template} if isinstance(template, str) else {}),
    }


def say_clock(answer: dict[str, Any]) -> None:
    """Say what of the form is left open for a person who decides, how to give it, and by when an answer is due."""
    if answer["kind"] != "open" and answer["unanswered"]:
        codes = [each["question"] for each in answer["unanswered"]]
        say(
            f"Not answered in its form, and shown as such to who decides: {', '.join(codes)}.",
            f"  `commonweal requests show {answer['request']}` says why each matters. Next time: "
            "`commonweal requests form` writes the form, `request --answers FILE` gives it.",
        )
    say_due(answer)


def say_due(answer: dict[str, Any]) -> None:
    """Say by when an answer is due, where one is."""
    if answer["due"]:
        late = f", and now with {answer['with']}" if answer["with"] else ""
        say(f"An answer is due by {answer['due']}: {_clock(answer)}{late}.")


def _clock(answer: dict[str, Any]) -> str:
    if answer["due"] is None:
        return ""
    days = abs(answer["days_left"])
    told = f"{days} working {'day' if days == 1 else 'days'}"
    if answer["clock"] == "overdue":
        return f"overdue by {told}" if days else "overdue"
    return f"{told} left" if days else "due today"
