"""What must hold of law, policy and agreement together: who may be given what, and what opens anything."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties.test_policy import ENGINE, asks, mild_asks

from commonweal.agree import (
    Activation,
    Agreement,
    AgreementStatus,
    NotAgreeableError,
    Signature,
    Standby,
    UnnamedError,
    sign,
    terms_as_asked,
)
from commonweal.core import Actor
from commonweal.decide import AskQuestion, Verdict
from commonweal.deliver import ask_to_read
from commonweal.law import GatewayKind
from commonweal.node import AskCommand, FindCommand, Node, common_pack, find_law
from commonweal.node.casework.questions import Questions
from commonweal.publish import Access, Classification, DataContract, Dataset, Field, FieldType, Marking
from commonweal.request import AccessRequest, RequestStatus

if TYPE_CHECKING:
    from tests.conftest import Home

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PACK = common_pack()
FEW = settings(max_examples=60)
NOT_ABOUT_PEOPLE = {"not-personal", "confidential", "third-party-licensed", "disclosive"}

bodies = st.sampled_from(["DWP", "HMRC", "lambeth", "rj1", "kent-police", "DVLA", "DHSC", "R0A"])
purposes = st.sampled_from(sorted(PACK.purposes))
classifications = st.sampled_from(list(Classification))
fields = st.lists(st.tuples(classifications, st.booleans()), min_size=1, max_size=3)
moments = st.integers(-3, 3).map(lambda days: AT + days * DAY)
activations = st.builds(
    lambda start, hours: Activation(
        "per-officer", AT + start * DAY, AT + start * DAY + timedelta(hours=hours), "Flood"
    ),
    st.integers(-2, 2),
    st.sampled_from([1, 24, 72]),
)


def dataset_of(body: str, classified: "list[tuple[Classification, bool]]", access: Access = Access.SHARED) -> Dataset:
    contract = DataContract(
        "x.y",
        "1.0.0",
        "Q",
        "",
        tuple(
            Field(f"f{number}", FieldType.STRING, classification=each, confirmed=confirmed)
            for number, (each, confirmed) in enumerate(classified)
        ),
    )
    return Dataset(
        id=f"{body}/q",
        body=body,
        name="q",
        title="Q",
        description="",
        contract=contract,
        access=access,
        marking=Marking.OFFICIAL,
        licence="",
        steward="per-steward",
        created=AT,
    )


AGREEMENT = Agreement(
    id="agr-1",
    request="req-1",
    dataset="dwp/q",
    discloser="dwp",
    recipient="lambeth",
    purpose="p",
    gateway="",
    citation="",
    fields=("f0",),
    rows=(),
    tokenised=(),
    starts=AT - DAY,
    ends=AT + DAY,
    decided_by="per-lead",
    signatures=(Signature("per-lead", "dwp", AT - DAY),),
)
agreements = st.builds(
    lambda status, starts, ends, switched, on_standby: replace(
        AGREEMENT,
        status=status,
        starts=starts,
        ends=ends,
        activations=tuple(switched),
        standby=Standby(("per-officer",), 72) if on_standby or status is AgreementStatus.STANDBY else None,
    ),
    st.sampled_from(list(AgreementStatus)),
    moments,
    moments,
    st.lists(activations, max_size=2),
    st.booleans(),
)


def opens(agreement: Agreement, at: datetime) -> bool:
    """Say, without the policies, whether an agreement opens anything at a moment."""
    if not agreement.starts <= at < agreement.ends:
        return False
    if agreement.status is AgreementStatus.STANDBY:
        return any(each.at <= at < each.until for each in agreement.activations)
    return agreement.status is AgreementStatus.SIGNED


@FEW
@given(agreements, moments)
def test_only_an_agreement_in_force_reads(agreement: Agreement, at: datetime) -> None:
    """Expired, early, suspended, superseded, offered, revoked, or on standby and not switched on: nothing is read."""
    dataset = dataset_of("dwp", [(Classification.NOT_PERSONAL, True)])
    question = ask_to_read(agreement, dataset, recipient="lambeth", fields=("f0",), purpose="p", at=at)
    decision = ENGINE.decide_read(question)
    assert decision.permitted == opens(agreement, at)
    assert decision.reasons


def is_about_people(ask: AskQuestion) -> bool:
    return any(ask.field_classes.get(each, "personal") not in NOT_ABOUT_PEOPLE for each in ask.fields)


@FEW
@given(asks | mild_asks)
def test_nothing_about_people_is_agreed_without_a_named_person(ask: AskQuestion) -> None:
    """Whatever is decided: without `decided_by` there is no agreement on data about people, and none on a refusal."""
    decision = ENGINE.decide_ask(ask)
    request = AccessRequest(
        id="req-1",
        dataset=ask.dataset,
        discloser=ask.discloser,
        recipient=ask.recipient,
        purpose=ask.purpose,
        gateway=ask.gateway,
        fields=tuple(sorted(ask.fields)),
        rows=(),
        asked_by="per-analyst",
        asked=AT,
        status=RequestStatus.ASKED,
    )
    terms = terms_as_asked(request, starts=AT, ends=AT + DAY)

    def agree() -> Agreement:
        return sign(request, decision, terms, identifier="agr-1", actor=Actor("per-analyst", "lambeth"), at=AT)[0]

    if decision.verdict is Verdict.REFUSE:
        with pytest.raises(NotAgreeableError):
            agree()
    elif is_about_people(ask) or decision.verdict is not Verdict.PERMIT:
        with pytest.raises(UnnamedError):
            agree()
    else:
        assert agree().signatures[-1].by_default


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, new_home: "Callable[[Path], Home]") -> "Iterator[Node]":
    """A node whose law and policies answer."""
    opened: AbstractContextManager[Node] = new_home(tmp_path_factory.mktemp("lawful") / "home").open()
    with opened as found:
        yield found


def put(node: Node, dataset: Dataset, recipient: str, purpose: str, gateway: str = "") -> AskQuestion:
    """Return the question that a request puts on the node, of every field of a dataset."""
    command = AskCommand(dataset.id, recipient, purpose, gateway)
    receiver = node.parts.register.resolve(recipient)
    return Questions(node.parts)._question(command, dataset, receiver)


@settings(FEW, max_examples=40)
@given(discloser=bodies, recipient=bodies, purpose=purposes)
def test_the_finder_and_the_node_answer_alike(node: Node, discloser: str, recipient: str, purpose: str) -> None:
    """What `law find` says of data about people is what a request under the gateway that it names is answered."""
    slug = node.parts.register.resolve(discloser).slug
    dataset = dataset_of(slug, [(Classification.PERSONAL, False)])
    found = find_law(FindCommand(discloser, recipient, purpose), node.parts.clock.now())
    best = found.ways.best.gateway.id if found.ways.best else ""
    question = put(node, dataset, recipient, purpose, best)
    decision = ENGINE.decide_ask(question)
    assert decision.verdict is found.decision.verdict
    if found.ways.best is not None:
        assert question.gateway_missing == found.ways.best.fit.missing
        assert question.gateway_bars == ()


@settings(FEW, max_examples=40)
@given(
    parties=st.tuples(bodies, bodies),
    purpose=purposes,
    classified=fields,
    gateway=st.sampled_from(["", *sorted(PACK.gateways)]),
    access=st.sampled_from(list(Access)),
)
def test_nothing_about_people_goes_without_a_ground_in_law_and_a_person(
    node: Node,
    *,
    parties: tuple[str, str],
    purpose: str,
    classified: "list[tuple[Classification, bool]]",
    gateway: str,
    access: Access,
) -> None:
    """Every discloser here is a public body: it needs a power, express or implied, or a duty, in force and assessed."""
    discloser, recipient = parties
    slug = node.parts.register.resolve(discloser).slug
    question = put(node, dataset_of(slug, classified, access), recipient, purpose, gateway)
    decision = ENGINE.decide_ask(question)
    plain = all(each is Classification.NOT_PERSONAL and confirmed for each, confirmed in classified)
    if decision.verdict in {Verdict.PERMIT, Verdict.CONDITIONS}:
        assert plain
        assert access is not Access.CLOSED
    people = any(not confirmed or each.value not in NOT_ABOUT_PEOPLE for each, confirmed in classified)
    if people and decision.verdict is not Verdict.REFUSE:
        ground = PACK.gateways[question.gateway]
        assert ground.kind in {GatewayKind.POWER, GatewayKind.IMPLIED_POWER, GatewayKind.DUTY, GatewayKind.PRESUMPTION}
        assert decision.verdict is Verdict.PERSON
        assert decision.citations
        if ground.confidence == "recall" or ground.in_force != "yes":
            assert question.gateway_missing
