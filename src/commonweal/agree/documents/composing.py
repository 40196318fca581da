"""Which documents an agreement gives rise to, and one of them made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from commonweal.agree.model import Agreement
from commonweal.agree.rules import AgreementState, state_at
from commonweal.core import NotFoundError
from commonweal.law import RulePack
from commonweal.publish import Dataset
from commonweal.request import Reply

from . import (
    impact_screening,
    privacy_notice,
    processing_record,
    register_entry,
    risk_terms,
    sharing_agreement,
    transparency_record,
)
from .document import Document, DocumentName, Section, origin
from .facts import DocumentFacts, is_about_people


class NotDueError(NotFoundError):
    """The agreement does not give rise to that document."""

    code = "agree.document-not-due"
    default_advice = "Ask for one of the documents that the agreement gives rise to; its page lists them."


@dataclass(frozen=True, slots=True)
class Due:
    """A document that an agreement gives rise to, or not; `why_not` is empty where it does."""

    name: DocumentName
    title: str
    about: str
    why_not: str = ""


_MAKERS: Mapping[DocumentName, ModuleType] = MappingProxyType(
    {
        DocumentName.SHARING: sharing_agreement,
        DocumentName.IMPACT: impact_screening,
        DocumentName.REGISTER: register_entry,
        DocumentName.RECORD: processing_record,
        DocumentName.NOTICE: privacy_notice,
        DocumentName.RISK: risk_terms,
        DocumentName.TRANSPARENCY: transparency_record,
    }
)
_NOT_PERSONAL = "Every field is confirmed as not about people, so there is nothing to record or to tell them."
_WARNINGS: Mapping[AgreementState, str] = MappingProxyType(
    {
        "offered": "Not in force: it waits for the other side's signature, and nothing is read under it yet.",
        "standby": "The agreement is for an emergency: nothing is read under it until an officer switches it on.",
        "pending": "The agreement has not begun.",
        "suspended": "The agreement is suspended: nothing is read under it until it is resumed.",
        "superseded": "Another agreement took its place: nothing is read under this one any more.",
        "expired": "The agreement has ended: nothing is read under it any more.",
        "revoked": "The agreement was revoked: nothing is read under it any more.",
    }
)


def documents_of(
    agreement: Agreement, dataset: Dataset, pack: RulePack, replies: Mapping[str, Reply]
) -> tuple[Due, ...]:
    """Return every document, each with why the agreement does not give rise to it, if so.

    `replies` are the answers to the share-request form by the code of their question.
    """
    reasons = {
        DocumentName.REGISTER: _why_no_entry(agreement, pack),
        DocumentName.RECORD: _why_not_personal(agreement, dataset),
        DocumentName.NOTICE: _why_not_personal(agreement, dataset),
        DocumentName.TRANSPARENCY: _why_no_tool(replies),
    }
    return tuple(Due(name, maker.TITLE, maker.ABOUT, reasons.get(name, "")) for name, maker in _MAKERS.items())


def compose_document(name: DocumentName, facts: DocumentFacts) -> Document:
    """Return one document of an agreement.

    Raises:
        NotDueError: the agreement does not give rise to it.
    """
    found = documents_of(facts.agreement, facts.dataset, facts.pack, facts.replies)
    due = next(each for each in found if each.name is name)
    if due.why_not:
        raise NotDueError(f"Agreement {facts.agreement.id} gives rise to no such document.", reasons=(due.why_not,))
    compose: Callable[[DocumentFacts], tuple[Section, ...]] = _MAKERS[name].compose
    warning = _WARNINGS.get(state_at(facts.agreement, facts.at), "")
    made = facts.provenance()
    return Document(name, due.title, due.about, warning, (*compose(facts), origin(made)), made)


def _why_no_entry(agreement: Agreement, pack: RulePack) -> str:
    gateway = pack.gateways.get(agreement.gateway)
    if gateway is not None and gateway.act == register_entry.ACT:
        return ""
    return "The agreement does not rely on the Digital Economy Act 2017, whose register this is."


def _why_no_tool(replies: Mapping[str, Reply]) -> str:
    reply = replies.get(transparency_record.QUESTION)
    if reply is None:
        return "The request does not say whether a tool has a part in decisions about people; if one has, it is due."
    return "" if "yes" in reply.values else "The request says that no tool has a part in decisions about people."


def _why_not_personal(agreement: Agreement, dataset: Dataset) -> str:
    return "" if is_about_people(dataset, agreement) else _NOT_PERSONAL
