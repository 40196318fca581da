"""The question behind an access request: who asks whom for what, under which power, and what the policies answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonweal.adapters.duckdb import verify_rows
from commonweal.adapters.sql.datasets import get_dataset
from commonweal.agree import Agreement
from commonweal.core import Json
from commonweal.decide import AskQuestion, Decision
from commonweal.identity import Permission, PublicBody
from commonweal.law import Gateway, GatewayFit, Regime, RulePack, Told, citation
from commonweal.node.callers import Caller
from commonweal.node.law.categories import tell_data
from commonweal.node.parts import Parts
from commonweal.node.publish.onward import Onward
from commonweal.publish import Dataset
from commonweal.request import RowCondition, parse_row_conditions

from .commands import AskCommand


@dataclass(frozen=True, slots=True)
class Case:
    """One question in full: who asks whom for what, and the answer."""

    dataset: Dataset
    recipient: PublicBody
    rows: tuple[RowCondition, ...]
    question: AskQuestion
    decision: Decision

    def facts(self) -> dict[str, Json]:
        """Return what an event may say of the question and its answer."""
        question, decision = self.question, self.decision
        return {
            "dataset": question.dataset,
            "recipient": question.recipient,
            "purpose": question.purpose,
            "gateway": question.gateway,
            "fields": [*sorted(question.fields)],
            "verdict": decision.verdict.value,
            "reasons": list(decision.sentences()),
            "citations": list(decision.citations),
            "policies": decision.policies,
            "pack": decision.pack,
        }


class Questions:
    """Puts questions to the policies."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._onward = Onward(parts)

    def put(self, caller: Caller, command: AskCommand) -> Case:
        """Return what a body may be told of its question, and on what grounds.

        Raises:
            RoleError: the caller may not ask for that body.
            RowConditionError: a row condition cannot be read; `ConditionError` when it is not of its field's type.
        """
        self._parts.require_log()
        recipient = self._parts.register.resolve(command.recipient)
        caller.require(Permission.REQUEST, recipient.slug)
        with self._parts.read() as connection:
            dataset = get_dataset(connection, self._parts.canonical_dataset(command.dataset))
        rows = read_rows(command.rows, dataset)
        question = self._question(command, dataset, recipient)
        return Case(dataset, recipient, rows, question, self._parts.policy.decide_ask(question))

    def ask_again(self, agreement: Agreement) -> Decision:
        """Return what law and policy answer today, by pack, policies and dataset, to what an agreement opens.

        Raises:
            NotFoundError: the rule pack has its purpose or its gateway no longer.
        """
        with self._parts.read() as connection:
            dataset = get_dataset(connection, agreement.dataset)
        command = AskCommand(
            agreement.dataset, agreement.recipient, agreement.purpose, agreement.gateway, fields=agreement.fields
        )
        recipient = self._parts.register.get_body(agreement.recipient)
        return self._parts.policy.decide_ask(self._question(command, dataset, recipient))

    def gateways(self, dataset: str, recipient: str, purpose: str) -> list[tuple[Gateway, GatewayFit]]:
        """Return the gateways that nothing bars from a dataset's body to `recipient`, those that fit first."""
        pack = self._parts.pack
        discloser = self._parts.register.resolve(dataset.partition("/")[0])
        receiver, wanted = self._parts.register.resolve(recipient), pack.purpose(purpose)
        with self._parts.read() as connection:
            found = get_dataset(connection, self._parts.canonical_dataset(dataset))
        told = self._told(pack, found, found.contract.field_names())
        gateways = pack.find_gateways(discloser, receiver, wanted, told)
        return [(each, pack.assess(each, discloser, receiver, wanted, told)) for each in gateways]

    def _question(self, command: AskCommand, dataset: Dataset, recipient: PublicBody) -> AskQuestion:
        pack = self._parts.pack
        discloser = self._parts.register.get_body(dataset.body)
        purpose = pack.purpose(command.purpose)
        gateway = pack.gateway(command.gateway) if command.gateway else None
        contract = dataset.contract
        classes = {each.name: each.classification.value if each.confirmed else "personal" for each in contract.fields}
        asked = frozenset(command.fields or contract.field_names())
        told = self._told(pack, dataset, asked)
        fit = pack.assess(gateway, discloser, recipient, purpose, told) if gateway else None
        fitting = {
            each.id: citation(each)
            for each in pack.find_gateways(discloser, recipient, purpose, told)
            if pack.assess(each, discloser, recipient, purpose, told).fits
        }
        return AskQuestion(
            recipient=recipient.slug,
            recipient_live=recipient.live,
            discloser=discloser.slug,
            discloser_live=discloser.live,
            dataset=dataset.id,
            dataset_status=dataset.status,
            access=dataset.access.value,
            field_classes=classes,
            fields=asked,
            purpose=purpose.code,
            at=self._parts.clock.now(),
            gateway=gateway.id if gateway else "",
            gateway_fits=None if fit is None else fit.fits,
            gateway_citation=citation(gateway) if gateway else "",
            gateway_missing=() if fit is None else fit.missing,
            gateway_bars=() if fit is None else fit.bars,
            fitting_gateways=fitting,
            pack=pack.digest,
            recipient_name=recipient.name,
            discloser_name=discloser.name,
            purpose_title=f"“{purpose.title}”",
            onward=tuple(self._onward.bars(dataset, recipient.slug)),
        )

    def _told(self, pack: RulePack, dataset: Dataset, asked: Iterable[str]) -> Told:
        """Return what a question tells of its data, as `law find` counts it: its categories, or nothing."""
        held: Regime = "law-enforcement" if dataset.regime == "law-enforcement" else ""
        return Told(data=tell_data(pack, dataset, asked), on=self._parts.clock.now().date(), regime=held)


def read_rows(texts: Sequence[str], dataset: Dataset) -> tuple[RowCondition, ...]:
    """Return row conditions on a dataset's fields, each value of its field's type.

    Raises:
        RowConditionError: one cannot be read; `ConditionError` when a value is not of its field's type.
    """
    contract = dataset.contract
    conditions = parse_row_conditions(texts, contract.field_names())
    verify_rows(conditions, {each.name: each.type for each in contract.fields})
    return conditions
