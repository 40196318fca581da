"""What must hold of every decision, whatever is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonweal.decide import AgreementFacts, AskQuestion, PolicyEngine, ReadQuestion, Verdict

ENGINE = PolicyEngine()
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FEW = settings(max_examples=100)

names = st.frozensets(st.sampled_from(["a", "b", "c", "d"]))
moments = st.integers(0, 4).map(lambda days: EPOCH + timedelta(days=days))
duties = st.frozensets(st.sampled_from(["tokenise:a", "tokenise:b", "aggregate"]))
bodies = st.sampled_from(["lambeth", "leeds"])
datasets = st.sampled_from(["dwp/ctr", "dwp/other"])
purposes = st.sampled_from(["p", "q"])
classes = st.sampled_from(
    ["not-personal", "personal", "special-category", "confidential", "third-party-licensed", "disclosive", "novel", ""]
)
sentences = st.lists(st.text(max_size=20), max_size=2).map(tuple)
any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)

agreements = st.builds(
    AgreementFacts,
    id=st.just("agr-1"),
    dataset=datasets,
    discloser=st.just("dwp"),
    recipient=bodies,
    purposes=st.frozensets(purposes),
    fields=names,
    starts=moments,
    ends=moments,
    status=st.sampled_from(["signed", "signed", "revoked", "suspended", "superseded", "offered", "standby", "paused"]),
    obligations=duties,
)
reads = st.builds(
    ReadQuestion,
    recipient=bodies,
    dataset=datasets,
    dataset_status=st.sampled_from(["live", "live", "withdrawn"]),
    known_fields=names,
    fields=names,
    purpose=purposes,
    at=moments,
    agreement=agreements,
    obligations_met=duties,
)
asks = st.builds(
    AskQuestion,
    recipient=st.sampled_from(["lambeth", "lambeth", "dwp"]),
    recipient_live=st.sampled_from([True, True, False]),
    discloser=st.just("dwp"),
    discloser_live=st.sampled_from([True, True, False]),
    dataset=st.just("dwp/ctr"),
    dataset_status=st.sampled_from(["live", "live", "withdrawn"]),
    access=st.sampled_from(["open", "shared", "closed", "?"]),
    field_classes=st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), classes, min_size=1),
    fields=names,
    purpose=purposes,
    at=moments,
    gateway=st.sampled_from(["", "g"]),
    gateway_fits=st.sampled_from([None, True, True, False]),
    gateway_citation=st.sampled_from(["", "An Act, section 1"]),
    gateway_missing=sentences,
    gateway_bars=sentences,
    fitting_gateways=st.dictionaries(st.sampled_from(["g", "h"]), st.just("An Act"), max_size=2),
)
# A question in which little is wrong, so that permits are common enough to be tested.
mild_asks = asks.map(
    lambda ask: replace(
        ask,
        recipient="lambeth",
        recipient_live=True,
        discloser_live=True,
        dataset_status="live",
        fields=frozenset(ask.field_classes),
        gateway_bars=(),
        gateway_fits=True,
        gateway="g",
    )
)


RESTING = ("offered", "standby", "suspended", "superseded")
"""Every status but signed and revoked; the recipient is told each in its own words."""


def faults_of_read(read: ReadQuestion) -> list[str]:
    """List, without Cedar, every condition of a read that fails, in the order of the policy files."""
    agreement = read.agreement
    is_own = agreement.recipient == read.recipient
    conditions = {
        "read.recipient": agreement.recipient == read.recipient,
        "read.dataset": agreement.dataset == read.dataset,
        "read.purpose": read.purpose in agreement.purposes,
        "read.fields-agreed": read.fields <= agreement.fields,
        "read.started": agreement.starts <= read.at,
        "read.expired": read.at < agreement.ends,
        "read.revoked": agreement.status == "signed" or (is_own and agreement.status in RESTING),
        "read.offered": not (is_own and agreement.status == "offered"),
        "read.standby": not (is_own and agreement.status == "standby"),
        "read.suspended": not (is_own and agreement.status == "suspended"),
        "read.superseded": not (is_own and agreement.status == "superseded"),
        "read.obligations": agreement.obligations <= read.obligations_met,
        "dataset.fields": bool(read.fields) and read.fields <= read.known_fields,
        "dataset.live": read.dataset_status == "live",
    }
    return [name for name, holds in conditions.items() if not holds]


def faults_of_ask(ask: AskQuestion) -> list[str]:
    """List, without Cedar, every condition of an access request that fails, in the order of the policy files."""
    named = bool(ask.gateway or ask.gateway_bars or ask.gateway_missing) or ask.gateway_fits is not None
    does_not_fit = ask.gateway_fits is not True and not ask.gateway_missing
    bare = not named and bool(ask.fields & (of_class(ask, "personal") | of_class(ask, "special-category")))
    conditions = {
        "dataset.fields": bool(ask.fields) and ask.fields <= set(ask.field_classes),
        "dataset.live": ask.dataset_status == "live",
        "ask.gateway-bars": not named or not (ask.gateway_bars or does_not_fit),
        "ask.gateway-not-named": not (bare and ask.fitting_gateways),
        "ask.no-gateway-fits": not (bare and not ask.fitting_gateways),
        "ask.discloser-live": ask.discloser_live and (ask.recipient_live or ask.recipient != ask.discloser),
        "ask.recipient-live": ask.recipient_live and (ask.discloser_live or ask.recipient != ask.discloser),
        "ask.own-dataset": ask.recipient != ask.discloser,
    }
    return [name for name, holds in conditions.items() if not holds]


def needs_of_ask(ask: AskQuestion) -> list[str]:
    """List, without Cedar, why the node may not agree by itself to an access request that nothing refuses."""
    conditions = {
        "default.personal": not ask.fields & of_class(ask, "personal"),
        "default.special-category": not ask.fields & of_class(ask, "special-category"),
        "default.confidential": not ask.fields & of_class(ask, "confidential"),
        "default.licensed": not ask.fields & of_class(ask, "third-party-licensed"),
        "default.disclosive": not ask.fields & of_class(ask, "disclosive"),
        "default.closed": ask.access in {"open", "shared"},
        "default.gateway-steps": not ask.gateway_missing,
    }
    return [name for name, holds in conditions.items() if not holds]


CONDITIONS_OF_ASK = frozenset(
    each
    for each in ENGINE.policy_ids
    if each.startswith(("dataset.", "ask.", "default."))
    and each not in {"ask.under-gateway", "ask.no-gateway-needed", "default.presumption"}
)


def of_class(ask: AskQuestion, wanted: str) -> set[str]:
    known = {"special-category", "confidential", "third-party-licensed", "disclosive", "not-personal"}
    return {name for name, each in ask.field_classes.items() if (each if each in known else "personal") == wanted}


def once(names: list[str]) -> list[str]:
    """Leave out what is said again at once: a policy that lists bars or steps gives a reason for each."""
    return [name for place, name in enumerate(names) if name not in names[:place]]


def consistent(read: ReadQuestion) -> ReadQuestion:
    """Return the read with everything in order, so that one change at a time can break it."""
    agreement = replace(
        read.agreement,
        recipient=read.recipient,
        dataset=read.dataset,
        purposes=frozenset({read.purpose}),
        fields=read.fields | {"a"},
        starts=read.at,
        ends=read.at + timedelta(days=1),
        status="signed",
        obligations=read.obligations_met,
    )
    fields = read.fields | {"a"}
    return replace(read, agreement=agreement, fields=fields, known_fields=fields, dataset_status="live")


@FEW
@given(reads)
def test_a_read_lists_exactly_the_conditions_that_failed(read: ReadQuestion) -> None:
    decision = ENGINE.decide_read(read)
    faults = faults_of_read(read)
    assert [each.policy for each in decision.reasons] == (faults or ["read.agreed"])
    assert decision.permitted == (not faults)


@FEW
@given(asks | mild_asks)
def test_an_answer_to_a_request_lists_exactly_the_conditions_that_failed(ask: AskQuestion) -> None:
    decision = ENGINE.decide_ask(ask)
    said = once([each.policy for each in decision.reasons])
    faults, needs = faults_of_ask(ask), needs_of_ask(ask)
    if faults:
        assert (decision.verdict, said) == (Verdict.REFUSE, faults)
        return
    assert said[0] in {"ask.under-gateway", "ask.no-gateway-needed"}
    assert said[1:] == (needs or ["default.presumption"])
    by_steps = Verdict.CONDITIONS if needs == ["default.gateway-steps"] else Verdict.PERSON
    assert decision.verdict is (by_steps if needs else Verdict.PERMIT)
    assert once([each.policy for each in decision.to_judge()]) == needs
    assert len(decision.passed) == (0 if needs else len(CONDITIONS_OF_ASK))
    assert {each.policy for each in decision.passed} <= CONDITIONS_OF_ASK


@FEW
@given(asks | mild_asks, st.data())
def test_what_speaks_against_it_never_opens_anything(ask: AskQuestion, data: st.DataObject) -> None:
    """One bar, missing step, protected field or closed door more: a permit comes only from a permit."""
    field = data.draw(st.sampled_from(sorted(ask.field_classes)))
    protected = data.draw(classes.filter(lambda each: each != "not-personal"))
    worse = data.draw(
        st.sampled_from(
            [
                replace(ask, gateway_bars=(*ask.gateway_bars, "A bar.")),
                replace(ask, gateway_missing=(*ask.gateway_missing, "A step.")),
                replace(ask, field_classes={**ask.field_classes, field: protected}),
                replace(ask, fields=ask.fields | {"nobody knows it"}),
                replace(ask, access="closed"),
                replace(ask, dataset_status="withdrawn"),
                replace(ask, recipient_live=False),
            ]
        )
    )
    before, after = ENGINE.decide_ask(ask).verdict, ENGINE.decide_ask(worse).verdict
    assert after is not Verdict.PERMIT or before is Verdict.PERMIT
    if before is Verdict.PERSON:
        assert after in {Verdict.PERSON, Verdict.REFUSE}


@FEW
@given(reads, st.text(min_size=1, max_size=10))
def test_a_duty_more_never_opens_a_read(read: ReadQuestion, duty: str) -> None:
    assume(duty not in read.obligations_met)
    bound = replace(read.agreement, obligations=read.agreement.obligations | {duty})
    decision = ENGINE.decide_read(replace(read, agreement=bound))
    assert not decision.permitted
    assert "read.obligations" in {each.policy for each in decision.reasons}


@FEW
@given(reads, moments)
def test_an_expired_or_revoked_agreement_reads_nothing(read: ReadQuestion, later: datetime) -> None:
    sound = consistent(read)
    assert ENGINE.decide_read(sound).permitted
    late = replace(sound, at=max(later, sound.agreement.ends))
    assert not ENGINE.decide_read(late).permitted
    revoked = replace(sound, agreement=replace(sound.agreement, status="revoked"))
    assert not ENGINE.decide_read(revoked).permitted


@FEW
@given(asks | mild_asks)
def test_nothing_personal_is_permitted(ask: AskQuestion) -> None:
    others = {"not-personal", "confidential", "third-party-licensed", "disclosive"}
    personal = any(ask.field_classes.get(field, "personal") not in others for field in ask.fields)
    assume(personal)
    assert ENGINE.decide_ask(ask).verdict in {Verdict.PERSON, Verdict.REFUSE}


@FEW
@given(asks | mild_asks)
def test_only_confirmed_plain_fields_are_agreed_by_default(ask: AskQuestion) -> None:
    if ENGINE.decide_ask(ask).permitted:
        assert ask.fields
        assert {ask.field_classes[field] for field in ask.fields} == {"not-personal"}
        assert ask.access in {"open", "shared"}
        assert not ask.gateway_bars
        assert not ask.gateway_missing


@FEW
@given(asks | mild_asks, st.text(min_size=1, max_size=20))
def test_a_bar_always_refuses(ask: AskQuestion, bar: str) -> None:
    barred = ENGINE.decide_ask(replace(ask, gateway_bars=(*ask.gateway_bars, bar)))
    assert barred.verdict is Verdict.REFUSE
    assert bar in barred.sentences()


@FEW
@given(mild_asks, st.sampled_from(["personal", "special-category"]))
def test_personal_data_without_a_named_gateway_is_refused(ask: AskQuestion, classification: str) -> None:
    fields = dict.fromkeys(ask.field_classes, classification)
    unnamed = replace(ask, field_classes=fields, gateway="", gateway_fits=None, gateway_missing=())
    decision = ENGINE.decide_ask(unnamed)
    assert decision.verdict is Verdict.REFUSE
    advice = " ".join(decision.would_change())
    assert all(gateway in advice and citation in advice for gateway, citation in ask.fitting_gateways.items())


@FEW
@given(reads, any_text, st.frozensets(any_text))
def test_any_text_gets_an_answer_and_never_data(read: ReadQuestion, text: str, fields: frozenset[str]) -> None:
    sound = consistent(read)
    assume(fields and not fields <= sound.agreement.fields and text not in {"p", "q"})
    for strange in (replace(sound, purpose=text), replace(sound, fields=fields), replace(sound, recipient=text)):
        decision = ENGINE.decide_read(strange)
        assert decision.verdict is Verdict.REFUSE
        assert decision.reasons
