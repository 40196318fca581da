"""Events in words: a sentence for each name, who acted, and where the thing it happened to is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from commonweal.core import Event, Json
from commonweal.identity import is_slug

from .names import Names
from .wording import describe_size, listed

SENTENCES = {
    "agreement.narrowed": "{actor} narrowed the agreement on {dataset} with {recipient}: {reason}",
    "agreement.relinquished": "{actor} gave up the agreement on {dataset}: {reason}",
    "agreement.renewal-refused": "Law and policy refused to renew the agreement on {dataset} with {recipient}",
    "agreement.renewed": "{actor} renewed the agreement on {dataset} with {recipient}: {reason}",
    "agreement.resumed": "{actor} resumed the agreement on {dataset} with {recipient}: {reason}",
    "agreement.activated": "{actor} switched the agreement on {dataset} on for {recipient}: {reason}",
    "agreement.deactivated": "{actor} switched the agreement on {dataset} off: {reason}",
    "agreement.reviewed": "{actor} reviewed what was switched on for {recipient}: {finding}",
    "agreement.revoked": "{actor} revoked the agreement on {dataset} with {recipient}: {reason}",
    "agreement.countersigned": "{actor} signed the agreement on {dataset} with {recipient} for the other side",
    "agreement.signed": "The agreement on {dataset} with {recipient} was signed{by_default}",
    "agreement.superseded": "{actor} replaced the agreement on {dataset} with {recipient} by a newer one: {reason}",
    "agreement.suspended": "{actor} suspended the agreement on {dataset} with {recipient}: {reason}",
    "agreement.viewed": "{actor} looked at the agreement{door}",
    "agreements.listed": "{actor} looked at the list of agreements",
    "body.joined": "{subject_body} joined this node and got its key",
    "credential.issued": "{actor} was given a token to read under an agreement",
    "dataset.classified": "{actor} classified fields of {subject_dataset}, which is {access}: {reason}",
    "dataset.described": "{actor} described {subject_dataset} as {access}",
    "dataset.downloaded": "Somebody downloaded the open dataset {subject_dataset}",
    "dataset.published": "{actor} published version {number} of {subject_dataset}, {rows} rows",
    "dataset.reinstated": "{actor} put {subject_dataset} back into the catalogue: {reason}",
    "dataset.twinned": "{actor} published a synthetic twin of {subject_dataset}",
    "dataset.withdrawn": "{actor} withdrew {subject_dataset}: {reason}",
    "deletion.certified": "{actor} certified that {recipient} deleted its copies: {how}",
    "decision.explained": "{actor} asked what the answer on {dataset} for {recipient} would be: {verdict}",
    "defect.answered": "{actor} answered a defect in {dataset}: {status}",
    "defect.closed": "{actor} closed a defect in {dataset}",
    "defect.mended": "{actor} said that version {mended_in} of {dataset} has a defect mended",
    "defect.raised": "{actor} raised a defect in version {version} of {dataset}",
    "defect.viewed": "{actor} looked at a defect",
    "defects.listed": "{actor} looked at the list of defects",
    "delivery.authorised": "{actor} was let read {rows} rows of {dataset}{door}",
    "delivery.completed": "{bytes} left in {hits}",
    "delivery.refused": "A reading by {actor} was refused{door}: {reasons}",
    "document.viewed": "{actor} looked at a document of the agreement: {document}",
    "events.viewed": "{actor} looked at the log{about}",
    "exposure.viewed": "{actor} looked at what a leak of {subject} would expose",
    "key.viewed": "{actor} looked at the key {subject}",
    "exposure.notified": "{actor} told {subject_body} that a key may have leaked: {reason}",
    "exposure.step-taken": "{actor} contained a leak: {step}",
    "header.opened": "{actor} had the key of a sealed file opened by the key of their body",
    "key.made": "Key {subject} was made at its first use",
    "key.rotated": "{actor} gave key {key} version {version}",
    "keys.act-by-one-person": "{actor} alone did with a key what takes two: {act} of {what}",
    "keys.act-confirmed": "{actor} confirmed {act} of {what}",
    "keys.act-done": "{actor} carried out {act} of {what}",
    "keys.act-proposed": "{actor} proposed {act} of {what}: {reason}",
    "keys.act-viewed": "{actor} looked at an act on keys",
    "keys.act-withdrawn": "{actor} withdrew {act} of {what}",
    "keys.acts-listed": "{actor} looked at the acts on keys that wait",
    "keys.listed": "{actor} looked at the key register",
    "keys.one-person-allowed": "{actor} let one person alone act on keys: {reason}",
    "keys.two-people-required": "{actor} had acts on keys take two people: {reason}",
    "link.issued": "A sign-in link was made for {actor}",
    "manifest.signed": "{actor} was given the manifest of version {version} of {dataset}, sealed",
    "people.listed": "{actor} looked at the list of people",
    "partner.added": "{actor} made {name} known to the node, a body of the kind {kind}",
    "duties.listed": "{actor} looked at what agreements leave to be done",
    "onward.consented": "{actor} consented that {recipient} shares with {to}: {reason}",
    "person.added": "{actor} gave {subject_person} the roles {roles}",
    "person.signed-in": "{actor} signed in",
    "person.signed-out": "{actor} signed out",
    "publication.stopped": "The gate held back {subject_dataset} of {actor}: {reasons}",
    "recipient.shown": "{actor} was shown to which key others seal: {subject}",
    "records.sealed": "The stored agreements and requests of this node were sealed against editing",
    "release.written": "The {rows} rows of {dataset} that the agreement opens were sealed in a file of their own",
    "review.recorded": "{actor} reviewed the agreement on {dataset} with {recipient}: {finding}",
    "request.answered": "Law and policy answered the request of {recipient} for {dataset}: {verdict}",
    "request.appealed": "{actor} appealed the refusal of {dataset} to {recipient}",
    "request.asked": "{actor} asked for {dataset} on behalf of {recipient}",
    "request.decided": "{actor} {status} the request of {recipient} for {dataset}",
    "request.draft-ended": "{actor} sent or discarded the draft of a request",
    "request.draft-saved": "{actor} filled in the part {section} of the draft of a request",
    "request.drafted": "{actor} began the draft of a request for {dataset}",
    "request.escalated": "The node handed the overdue request of {recipient} to {told}",
    "request.refused": "Law and policy refused the request of {recipient} for {dataset}",
    "request.reminded": "The node reminded {told} of the request of {recipient}",
    "request.viewed": "{actor} looked at the access request",
    "requests.listed": "{actor} looked at the list of access requests",
    "rule_pack.adopted": "{actor} adopted rule pack {version}",
    "rule_pack.withdrawn": "{actor} withdrew rule pack {version}",
    "schedule.begun": "{actor} had a run of the schedule of {dataset} begun",
    "schedule.ended": "A run of the schedule of {dataset} ended: {sentence}",
    "schedule.made": "{actor} had {dataset} published from an address {timetable}",
    "schedule.paused": "{actor} paused the schedule of {dataset}",
    "schedule.removed": "{actor} removed the schedule of {dataset}",
    "schedule.resumed": "{actor} resumed the schedule of {dataset}",
    "schedule.run-lost": "A run of schedule {subject} was cut off with the process, and is due again",
    "schedule.viewed": "{actor} looked at schedule {subject}",
    "schedules.listed": "{actor} looked at the list of schedules",
    "security-case.viewed": "{actor} looked at the security case of the agreement",
    "session.issued": "A session began for {actor}",
    "shredding.certified": "{what} was shredded, and certified: {reason}",
    "source.fetched": "{actor} had the node read {address}",
    "wraps.deleted": "{wraps} wraps of {subject} were deleted",
    "wraps.passed-on": "{wraps} wraps passed to version {version} of {key}, {left} are left",
}
"""For each name of an event its sentence; an event of another name is told by that name."""

_VERDICTS = {
    "permit": "yes",
    "conditions": "a further step is needed",
    "person": "a person must decide",
    "refuse": "no",
}
_ACTS = {
    "contain": "the containment of a leak",
    "rotate": "the rotation",
    "shred-agreement": "the shredding",
    "shred-body": "the shredding",
    "shred-version": "the shredding",
}
_DOORS = {
    "parquet": "Parquet URL",
    "csv": "CSV URL",
    "ndjson": "NDJSON URL",
    "delta-sharing": "Delta Sharing",
    "age": "sealed file",
    "manifest": "manifest",
}
_KEYS = frozenset({"kek", "receiving", "token", "recipient", "bearer"})
"""How the names of keys begin."""
_PAGES = {"act": "/keys/acts/", "agr": "/agreements/", "def": "/defects/", "req": "/requests/"}


class Logged(Protocol):
    """An event and its index in the log."""

    @property
    def index(self) -> int:
        """Return the index; the first event has 0."""
        ...

    @property
    def event(self) -> Event:
        """Return the event."""
        ...


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event in a list; `proof` is the address of its proof, empty for those who may not read it."""

    index: int
    name: str
    sentence: str
    at: datetime
    actor: str
    actor_body: str
    operator: str
    body: str
    subject: str
    subject_path: str
    proof: str


@dataclass(frozen=True, slots=True)
class TrailView:
    """One page of the log, newest first; `older` and `newest` are addresses, empty at the ends."""

    events: tuple[EventLine, ...]
    subject: str
    name: str
    names: tuple[str, ...]
    shows_views: bool
    whole: str
    older: str
    newest: str


def view_event(found: Logged, names: Names, *, provable: bool = True) -> EventLine:
    """Return an event as a page tells it."""
    event = found.event
    return EventLine(
        index=found.index,
        name=event.name,
        sentence=tell(event, names),
        at=event.at,
        actor=_actor(event, names),
        actor_body=names.body(event.actor.body),
        operator=names.person(event.actor.operator),
        body=names.body(event.body),
        subject=event.subject,
        subject_path=_path(event.subject),
        proof=f"/audit/{found.index}" if provable else "",
    )


def tell(event: Event, names: Names) -> str:
    """Return what happened as one sentence without its full stop; an unknown event is told by its name."""
    template = SENTENCES.get(event.name)
    return (
        template.format_map(_Words(_words(event, names)))
        if template
        else event.name.replace(".", " ").replace("-", " ")
    )


def trail_path(*, subject: str = "", name: str = "", views: bool = False, before: int | None = None) -> str:
    """Return the address of a page of the log."""
    query = {"subject": subject, "name": name, "views": "yes" if views else "", "before": before}
    kept = {key: value for key, value in query.items() if value not in {"", None}}
    return f"/audit?{urlencode(kept)}" if kept else "/audit"


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _words(event: Event, names: Names) -> dict[str, str]:
    facts = event.facts
    words = {key: _fact(value) for key, value in facts.items()}
    for key, name in _NAMED.items():
        if key in words:
            words[key] = name(names, words[key])
    return words | {
        "actor": _actor(event, names),
        "subject": event.subject,
        "subject_body": names.body(event.subject) if is_slug(event.subject) else event.subject,
        "subject_person": names.person(event.subject),
        "subject_dataset": names.dataset(event.subject) if "/" in event.subject else event.subject,
        "by_default": ", by default" if facts.get("by_default") else "",
        "door": f" by {_DOORS.get(words['door'], words['door'])}" if words.get("door") else "",
        "told": _people(facts.get("to"), names),
        "about": f", at what is said of {event.subject}" if event.subject != "log" else "",
    }


_NAMED: Mapping[str, Callable[[Names, str], str]] = {
    "act": lambda _names, text: _ACTS.get(text, text),
    "dataset": Names.dataset,
    "recipient": Names.body,
    "verdict": lambda _names, text: _VERDICTS.get(text, text),
    "rows": lambda _names, text: f"{int(text):,}" if text.isdigit() else text,
    "bytes": lambda _names, text: describe_size(int(text)),
    "hits": lambda _names, text: "one reading" if text == "1" else f"{text} readings",
}


def _fact(value: Json) -> str:
    if isinstance(value, list):
        return listed([str(each) for each in value], "and")
    return str(value)


def _people(value: Json, names: Names) -> str:
    told = value if isinstance(value, list) else []
    return listed([names.person(str(each)) for each in told], "and") or "nobody, since none may answer"


def _actor(event: Event, names: Names) -> str:
    if not event.actor.body:
        return "Somebody"
    return names.person(event.actor.person)


def _path(subject: str) -> str:
    kind, dash, _ = subject.partition("-")
    if dash and kind in _KEYS:
        return f"/keys/show?{urlencode({'key': subject})}"
    if "/" in subject:
        return f"/datasets/{subject}"
    return f"{_PAGES[kind]}{subject}" if dash and kind in _PAGES else ""


def choose_names(names: Iterable[str], chosen: str) -> tuple[str, ...]:
    """Return the names of events to choose from, with the chosen one even when it is unknown."""
    return tuple(sorted({*names, chosen} - {""}))
