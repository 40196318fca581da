"""Use cases of sharing onward: what a dataset was made from, who bars giving that to a third body, and who consents."""

from collections.abc import Iterator

from commonweal.adapters.sql.agreements import find_agreement
from commonweal.adapters.sql.datasets import find_dataset
from commonweal.agree import Agreement
from commonweal.core import Event, InputError, NotFoundError, RefusedError
from commonweal.decide import OnwardBar
from commonweal.identity import Permission, TenantScope
from commonweal.law import citation
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.publish import Access, Dataset

CONSENTED = "onward.consented"
LAW = {"hm-revenue-customs": "hmrc-onward"}
"""For a body whose information its restriction in the rule pack follows, wherever it goes, that restriction."""


class OriginError(InputError):
    """What a dataset is said to be made from is no agreement under which its body receives."""

    code = "publish.origin"
    default_advice = "Name agreements under which the body receives, as `commonweal agreements list` shows them."


class OnwardOpenError(RefusedError):
    """A dataset is to be open that was made from what may not be shared onward; `reasons` name each agreement."""

    code = "publish.onward-barred"
    default_advice = "Publish it as shared, so that each body asks, and the discloser can consent to that body."


class NoBarError(RefusedError):
    """Consent is given to sharing onward that nothing bars, or by another body than the discloser."""

    code = "agree.no-bar"
    default_advice = "Nothing more is needed: the agreement does not bar it."


class Onward:
    """Follows what datasets were made from."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def verify_origins(self, dataset: Dataset) -> None:
        """Return when a dataset may be published as made from the agreements that it names.

        Raises:
            OriginError: one is no agreement under which its body receives.
            OnwardOpenError: it is to be open, and one of them bars sharing onward.
        """
        for each in dataset.derived_from:
            found = self._find(dataset.body, each)
            if found is None or found.recipient != dataset.body:
                raise OriginError(f"{dataset.body} receives under no agreement {each[:100]!r}.")
        bars = tuple(self.bars(dataset, "")) if dataset.access is Access.OPEN else ()
        if bars:
            raise OnwardOpenError(f"{dataset.id} cannot be open.", reasons=tuple(each.sentence for each in bars))

    def bars(self, dataset: Dataset, recipient: str) -> Iterator[OnwardBar]:
        """Return what bars giving a dataset to `recipient`, a slug; an empty one is anybody.

        What a dataset was made from counts whole: also what the datasets behind its agreements were made from.
        """
        seen: set[str] = set()
        waiting = [dataset]
        while waiting:
            made = waiting.pop()
            for each in made.derived_from:
                agreement = self._find(made.body, each)
                if agreement is None or each in seen:
                    continue
                seen.add(each)
                if bar := self._bar(agreement, recipient):
                    yield bar
                waiting += self._behind(agreement)

    def is_barred(self, agreement: Agreement) -> bool:
        """Say whether the agreement, or law, bars the recipient from sharing onward without the discloser's consent."""
        return self._bar(agreement, "") is not None

    def consent(self, caller: Caller, agreement_id: str, to: str, reason: str) -> tuple[Agreement, str]:
        """Record that a named person of the discloser lets the recipient share onward to one body; return its slug.

        Raises:
            NotFoundError: the caller's body is no party to such an agreement.
            RoleError: the person may not agree for the discloser.
            NoBarError: nothing bars it.
        """
        agreement = self._find(caller.person.body, agreement_id)
        if agreement is None:
            raise NotFoundError(f"{caller.person.body} has no agreement {agreement_id}.")
        caller.require(Permission.AGREE, agreement.discloser)
        third = self._parts.register.resolve(to).slug
        if self._bar(agreement, third) is None:
            raise NoBarError(f"Nothing bars sharing onward to {third} under agreement {agreement_id}.")
        facts = {"dataset": agreement.dataset, "recipient": agreement.recipient, "to": third, "reason": reason}
        now = self._parts.clock.now()
        self._parts.record(Event(CONSENTED, now, agreement.discloser, agreement.id, caller.actor(), facts))
        return agreement, third

    def _find(self, body: str, agreement_id: str) -> Agreement | None:
        with self._parts.read() as connection:
            return find_agreement(connection, TenantScope(body), agreement_id)

    def _behind(self, agreement: Agreement) -> list[Dataset]:
        with self._parts.read() as connection:
            found = find_dataset(connection, agreement.dataset)
        return [found] if found is not None else []

    def _bar(self, agreement: Agreement, recipient: str) -> OnwardBar | None:
        law = self._law(agreement.discloser)
        if not (agreement.conditions.bars_onward or law) or recipient == agreement.discloser:
            return None
        if recipient and self._has_consented(agreement.id, recipient):
            return None
        name = self._parts.register.get_body(agreement.discloser).name
        sentence = f"It was made from what agreement {agreement.id} gave, and {name} has not consented to share it on"
        cited = law or f"Agreement {agreement.id}"
        return OnwardBar(agreement.id, name, f"{sentence}{f' with {recipient}' if recipient else ''}.", cited)

    def _law(self, discloser: str) -> str:
        try:
            return citation(self._parts.pack.gateway(LAW[discloser])) if discloser in LAW else ""
        except NotFoundError:
            return ""

    def _has_consented(self, agreement: str, to: str) -> bool:
        found = self._parts.log.find_events(subject=agreement, name=CONSENTED)
        return any(each.event.facts.get("to") == to for each in found)
