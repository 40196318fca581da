"""What must hold of the law finder, whoever asks whom for what, and whatever a pack adds."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.decide import Verdict
from commonweal.identity import Kind
from commonweal.law import Gateway, GatewayKind, RulePack
from commonweal.node import FindCommand, FoundWays, common_pack, find_law

AT = datetime(2026, 11, 22, tzinfo=UTC)
PACK = common_pack()
FEW = settings(max_examples=60)

bodies = st.sampled_from(["DWP", "HMRC", "lambeth", "rj1", "kent-police", "DVLA", *(f"kind:{each}" for each in Kind)])
words = st.lists(st.sampled_from([*PACK.data_categories, "zodiac"]), max_size=3, unique=True).map(",".join)
commands = st.builds(
    FindCommand, bodies, bodies, st.sampled_from(sorted(PACK.purposes)), words, st.sampled_from(["", "E", "S", "NI"])
)


def ask(command: FindCommand, pack: RulePack = PACK) -> FoundWays:
    return find_law(command, AT, pack=pack)


def with_gateway(gateway: Gateway) -> RulePack:
    return replace(PACK, gateways={**PACK.gateways, gateway.id: gateway})


@FEW
@given(commands)
def test_nothing_about_people_is_permitted_without_a_gateway_and_a_named_person(command: FindCommand) -> None:
    found = ask(command)
    if found.ways.is_personal:
        assert found.decision.verdict in {Verdict.PERSON, Verdict.REFUSE}
        if found.decision.verdict is Verdict.PERSON:
            assert found.ways.best is not None
            assert "named person" in " ".join(found.reasons())


@FEW
@given(command=commands, gateway=st.sampled_from(sorted(PACK.gateways)), bars=st.booleans())
def test_a_bar_or_a_step_more_never_opens_a_way(command: FindCommand, gateway: str, *, bars: bool) -> None:
    before = ask(command)
    changed = PACK.gateways[gateway]
    changed = (
        replace(changed, kind=GatewayKind.RESTRICTION)
        if bars
        else replace(changed, needs_a_person=(*changed.needs_a_person, "the moon is full"))
    )
    after = ask(command, with_gateway(changed))
    if before.decision.verdict is Verdict.REFUSE:
        assert after.decision.verdict is Verdict.REFUSE
    if after.decision.verdict is Verdict.PERMIT:
        assert before.decision.verdict is Verdict.PERMIT
    known = {each.gateway.id: each.fit for each in before.ways.gateways}
    for each in after.ways.gateways:
        if each.gateway.id in known:
            assert not each.fit.covers or known[each.gateway.id].covers
            assert set(each.fit.missing) >= set(known[each.gateway.id].missing) or each.gateway.id == gateway


@FEW
@given(commands)
def test_every_gateway_says_why_it_is_not_open_and_open_ones_come_first(command: FindCommand) -> None:
    gateways = ask(command).ways.gateways
    assert [each.is_open for each in gateways] == sorted((each.is_open for each in gateways), reverse=True)
    for each in gateways:
        assert each.gateway.kind.authorises
        assert not each.fit.covers or each.is_open
        if each.gateway.confidence == "recall" or each.gateway.in_force != "yes":
            assert each.fit.missing
