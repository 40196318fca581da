"""From plain words to the way: purposes, data, bodies of a kind, a body's own pack beside the common one."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Literal

import pytest

from commonweal.adapters.packaged import load_common_pack_bytes, load_register
from commonweal.core import Outcome
from commonweal.decide import Verdict
from commonweal.identity import Kind
from commonweal.law import (
    PINNED_PACKS,
    AmbiguousPurposeError,
    DataWordsError,
    GatewayFit,
    LawError,
    Objective,
    RulePack,
    Specified,
    Told,
    UnknownKindError,
    UnknownPurposeError,
    assess_gateway,
    compare_packs,
    find_parties,
    find_party,
    join_packs,
    parse_pack,
    read_pack,
)
from commonweal.node import FindCommand, find_law

COMMON = load_common_pack_bytes()
PACK = parse_pack(COMMON, pinned=PINNED_PACKS)
REGISTER = load_register()
AT = datetime(2026, 11, 22, tzinfo=UTC)

NEW_ACT = """
  - id: ha96-s213b
    title: Referring people who may be homeless
    kind: duty
    source: {act: Housing Act 1996, provision: section 213B}
    extent: [E]
    confidence: confirmed
    in_force: "yes"
    as_of: 2026-11-21
    fit:
      - from: [kind-to-be-replaced]
        to: [council]
        purposes: [refer-homeless-people]
    covers: [housing, identity]
    preconditions:
      checked_here: []
      needs_a_person:
        - the person agreed to be referred
""".replace("kind-to-be-replaced", "police-force")

LOCAL = f"""
version: "2026.1"
scope: local
as_of: 2026-11-21
disclaimer: Kent's own.
purposes:
  - {{code: refer-homeless-people, title: Referring, description: Referring people., also: [refer to housing]}}
gateways:
{NEW_ACT.strip(chr(10))}
  - id: wra12-s130-131
    title: Between DWP, councils and welfare-service bodies
    kind: power
    source: {{act: Welfare Reform Act 2012, provision: sections 130 to 133; SI 2012/1483}}
    confidence: confirmed
    in_force: "yes"
    as_of: 2026-11-21
    fit:
      - {{from: [any], to: [any], purposes: [any]}}
    preconditions:
      checked_here: []
      needs_a_person: [the Caldicott guardian agrees]
"""


def trusted(text: str) -> RulePack:
    data = text.encode()
    return parse_pack(data, pinned={hashlib.sha256(data).hexdigest()})


def assess(pack: RulePack, gateway: str, discloser: str, recipient: str, purpose: str) -> GatewayFit:
    bodies = REGISTER.resolve(discloser), REGISTER.resolve(recipient)
    return pack.assess(pack.gateway(gateway), *bodies, pack.purpose(purpose))


@pytest.mark.parametrize(
    ("text", "code", "exact"),
    [
        ("council-tax-reduction", "council-tax-reduction", True),
        ("Council Tax Reduction", "council-tax-reduction", True),
        ("council tax support", "council-tax-reduction", True),
        ("to work out who gets council tax support this year", "council-tax-reduction", False),
        ("medical research", "medical-research", True),
        ("some medical research on asthma", "medical-research", False),
        ("find families who may have free school meals", "free-school-meals", False),
        ("stop fraud", "fraud-prevention", False),
        ("costs of people living in fuel poverty", "fuel-poverty", False),
    ],
)
def test_plain_words_name_a_purpose(text: str, code: str, *, exact: bool) -> None:
    found = PACK.find_purpose(text)
    assert (found.purpose.code, found.exact) == (code, exact)
    assert found.purpose not in found.near


@pytest.mark.parametrize(
    ("text", "error", "near"),
    [
        ("fraud and research", AmbiguousPurposeError, "research: "),
        ("safeguarding adults, and child protection", AmbiguousPurposeError, "adult-safeguarding: "),
        ("debt", UnknownPurposeError, "debt-recovery: "),
        ("help children eat", UnknownPurposeError, "child-safeguarding: "),
        ("marketing", UnknownPurposeError, "Its purposes are"),
        ("", UnknownPurposeError, "Its purposes are"),
        ("x" * 10_000, UnknownPurposeError, "Its purposes are"),
    ],
)
def test_words_that_may_mean_several_purposes_or_none_are_never_taken_for_one(
    text: str, error: type[AmbiguousPurposeError | UnknownPurposeError], near: str
) -> None:
    with pytest.raises(error) as caught:
        PACK.find_purpose(text)
    assert any(each.startswith(near) for each in caught.value.reasons)
    assert caught.value.outcome.exit_code == 5


def test_no_word_names_two_purposes_or_two_kinds_of_data() -> None:
    for purpose in PACK.purposes.values():
        for phrase in (purpose.code, purpose.title, *purpose.also):
            assert PACK.find_purpose(phrase).purpose == purpose
    for category in PACK.data_categories.values():
        for word in (category.code, *category.also):
            assert PACK.find_data(word).categories == (category,)


def test_data_is_named_in_plain_words() -> None:
    found = PACK.find_data("Universal Credit, postcodes ,medical")
    assert [each.code for each in found.categories] == ["benefits", "address", "health"]
    assert found.classes == {"benefits": "personal", "address": "personal", "health": "special-category"}
    assert PACK.find_data("spend,zodiac").classes == {"spending": "not-personal", "unknown": "personal"}
    assert PACK.find_data(" ").classes == {"personal": "personal"}
    for faulty in (",", "a,,b", "x" * 81, "a\0b", ",".join("abcdefghijklmnopqrstuvwxyz12345")):
        with pytest.raises(DataWordsError) as caught:
            PACK.find_data(faulty)
        assert caught.value.outcome is Outcome.USAGE


def test_a_kind_stands_for_any_body_of_it() -> None:
    assert find_party("kind:police", REGISTER).name == "a police force"
    assert find_party("Kind:Local Authority", REGISTER, nation="W").nation == "W"
    assert find_party("kind:NHS trusts", REGISTER).name == "an NHS trust"
    assert find_party("kind:department", REGISTER, nation="S").nation == ""
    one, other = find_parties("kind:council", "kind:local-authority", REGISTER)
    assert (one.name, other.name, one.id == other.id) == ("a council", "another council", False)
    with pytest.raises(UnknownKindError) as caught:
        find_party("kind:zebra", REGISTER)
    assert "council" in caught.value.reasons[0]


def test_a_new_act_is_a_change_of_data_alone() -> None:
    """Housing Act 1996, section 213B, and the purpose it is for, added to the pack's text."""
    text = COMMON.decode()
    new_purpose = (
        "purposes:\n  - {code: refer-homeless-people, title: Referring homeless people, description: Referring.}\n"
    )
    text = text.replace("purposes:\n", new_purpose, 1) + NEW_ACT.lstrip("\n")
    command = FindCommand("kent-police", "lambeth", "Referring homeless people", "housing")
    found = find_law(command, AT, pack=trusted(text))
    assert found.ways.duty is not None
    assert found.ways.duty.id == "ha96-s213b"
    assert found.decision.verdict is Verdict.PERSON
    assert "What must be justified is not sharing" in str(found.describe()["duty"])
    before = find_law(command, AT)
    assert before.decision.verdict is Verdict.REFUSE
    assert before.ways.purpose.purpose.code == "homelessness"


def test_a_local_pack_adds_and_never_loosens() -> None:
    joined = join_packs(PACK, trusted(LOCAL))
    assert joined.find_purpose("refer to housing").purpose.code == "refer-homeless-people"
    common = assess(PACK, "wra12-s130-131", "DWP", "lambeth", "housing-benefit")
    both = assess(joined, "wra12-s130-131", "DWP", "lambeth", "housing-benefit")
    assert (common.fits, both.missing) == (True, ("Needs a person to confirm that the Caldicott guardian agrees.",))
    assert assess(joined, "wra12-s130-131", "HMRC", "lambeth", "research").bars
    (difference,) = joined.differences
    assert (difference.id, difference.change) == ("wra12-s130-131", "changed")
    assert {"needs_a_person", "routes"} <= {name for name, _, _ in difference.parts}
    answer = find_law(FindCommand("DWP", "lambeth", "housing-benefit"), AT, pack=joined).describe()
    assert "wra12-s130-131" in str(answer["differences"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("scope: local\n", "", "schema"),
        ("[refer-homeless-people]", "[refer-nobody]", "lacks: refer-nobody"),
        ("covers: [housing, identity]", "covers: [castles]", "lacks: castles"),
    ],
)
def test_a_local_pack_that_cannot_stand_beside_the_common_one_is_refused(old: str, new: str, said: str) -> None:
    assert old in LOCAL
    with pytest.raises(LawError, match=said):
        join_packs(PACK, trusted(LOCAL.replace(old, new)))
    with pytest.raises(LawError, match="scope: local"):
        join_packs(PACK, PACK)


def test_objectives_are_checked_for_both_bodies_once_they_are_loaded() -> None:
    """Digital Economy Act 2017, section 35(1): the same objective must be specified for each."""
    lists = (
        Objective(frozenset({"home-office", "lambeth"}), frozenset({"identity-verification"})),
        Objective(frozenset({"council"}), frozenset({"multiple-disadvantages"})),
    )
    gateway = replace(PACK.gateway("dea-s35"), specified=Specified("Schedule 4", "yes", lists))
    pack, command = replace(PACK, gateways={**PACK.gateways, "dea-s35": gateway}), ("home-office", "lambeth")
    assert not assess(pack, "dea-s35", *command, "identity-verification").bars
    assert "same objective" not in " ".join(assess(pack, "dea-s35", *command, "identity-verification").missing)
    other = assess(pack, "dea-s35", *command, "multiple-disadvantages")
    assert other.bars == (
        "Schedule 4 of Digital Economy Act 2017 does not specify “Multiple disadvantages” for Home Office.",
    )
    assert assess(pack, "dea-s35", "home-office", "southwark", "identity-verification").bars
    not_loaded = assess(PACK, "dea-s35", *command, "identity-verification")
    assert not not_loaded.fits
    assert any("is not loaded" in each for each in not_loaded.missing)


def test_a_list_that_was_read_in_part_never_bars_and_leaves_what_it_does_not_say_to_a_person() -> None:
    """SI 2018/912 as made: HMRC stands in paragraph 10, which is not among those for television retuning."""
    known = assess(PACK, "dea-s35", "DWP", "lambeth", "multiple-disadvantages")
    assert not known.bars
    assert not [each for each in known.missing if "Schedule 4" in each]
    for discloser, recipient, purpose in (
        ("HMRC", "lambeth", "television-retuning"),
        ("DWP", "cardiff", "fuel-poverty"),
        ("DCMS", "lambeth", "multiple-disadvantages"),
        ("DVLA", "lambeth", "multiple-disadvantages"),
    ):
        unknown = assess(PACK, "dea-s35", discloser, recipient, purpose)
        assert not unknown.bars
        assert any("what is loaded of it (Schedule 4 paragraphs 1 to 28" in each for each in unknown.missing)
    specified = PACK.gateway("dea-s35").specified
    assert specified is not None
    assert (specified.loaded, specified.confidence, specified.as_of) == ("part", "secondary", date(2026, 11, 22))
    words = {each for objective in specified.objectives for each in objective.bodies}
    assert all(word in set(Kind) or REGISTER.get_body(word).live for word in words)


@pytest.mark.parametrize(
    ("day", "said"), [("2021-01-01", "comes into force"), ("2024-01-01", ""), ("2026-01-01", "ended")]
)
def test_a_gateway_holds_from_its_first_day_to_its_last(day: str, said: str) -> None:
    gateway = replace(PACK.gateway("wra12-s130-131"), starts=date(2022, 1, 1), ends=date(2025, 12, 31))
    bodies = REGISTER.resolve("DWP"), REGISTER.resolve("lambeth")
    fit = assess_gateway(gateway, *bodies, PACK.purpose("housing-benefit"), Told(on=date.fromisoformat(day)))
    assert fit.fits == (not said)
    assert said in " ".join(fit.missing)


def test_two_packs_are_compared_part_by_part() -> None:
    older = COMMON.decode().replace("title: Debt owed to the public sector", "title: Debt")
    older = older.replace("  - id: foia-s21\n", "  - id: foia-s20\n")
    found = {(each.id, each.change): each for each in compare_packs(read_pack(older.encode()), PACK)}
    assert set(found) == {("dea-s48", "changed"), ("foia-s20", "removed"), ("foia-s21", "added")}
    assert found["dea-s48", "changed"].parts == (("title", "Debt", "Debt owed to the public sector"),)
    assert compare_packs(PACK, PACK) == ()


def test_an_agency_acts_as_its_department_only_as_far_as_is_known() -> None:
    known = assess(PACK, "dea-s35", "DVLA", "lambeth", "identity-verification")
    assert any("acts in law as department-for-transport" in each for each in known.missing)
    unknown = assess(PACK, "dea-s35", "wilton-park", "lambeth", "identity-verification")
    assert any("whose executive agency" in each for each in unknown.missing)
    assert REGISTER.get_body("wilton-park").slug not in PACK.legal_persons
    for each in PACK.legal_persons.values():
        assert REGISTER.get_body(each.body).live
        assert REGISTER.get_body(each.acts_as).live
        assert each.confidence in {"recall", "secondary"}


def test_what_a_category_calls_for_and_a_provision_is_dated() -> None:
    assert {each.topic for each in PACK.provisions.values()} >= {"marking", "retention", "openness-exemption"}
    assert all(each.as_of <= PACK.as_of and each.rule for each in PACK.provisions.values())
    with pytest.raises(LawError, match="calls for"):
        trusted(COMMON.decode().replace("calls_for: [art9]", "calls_for: [art99]", 1))


@pytest.mark.parametrize(
    ("recipient", "data", "regime", "asked"),
    [
        ("southwark", {"offences": "personal"}, "", True),
        ("southwark", None, "", True),
        ("probation-service", {"offences": "personal"}, "", True),
        ("gwent-police", {"offences": "personal"}, "", False),
        ("HMRC", {"offences": "personal"}, "", False),
        ("home-office", {"offences": "personal"}, "", False),
        ("hm-prison-and-probation-service", {"offences": "personal"}, "", False),
        ("southwark", {"statistics": "not-personal"}, "", False),
        ("southwark", {"employment": "personal"}, "uk-gdpr", False),
    ],
)
def test_under_part_3_somebody_says_whether_the_recipient_is_a_competent_authority(
    *, recipient: str, data: dict[str, str] | None, regime: Literal["", "uk-gdpr"], asked: bool
) -> None:
    told = Told(data=data, regime=regime)
    bodies = (REGISTER.resolve("kent-police"), REGISTER.resolve(recipient))
    fit = PACK.assess(PACK.gateway("cda98-s115"), *bodies, PACK.purpose("crime-and-disorder"), told)
    assert any("a competent authority for this purpose?" in each for each in fit.missing) == asked
    assert not any("competent authority" in each for each in fit.bars)


def test_an_agency_is_a_competent_authority_as_far_as_its_department_is_known() -> None:
    prisons = REGISTER.resolve("hm-prison-and-probation-service")
    fit = PACK.assess(
        PACK.gateway("cja03-s325"), REGISTER.resolve("kent-police"), prisons, PACK.purpose("public-protection")
    )
    assert any("acts in law as ministry-of-justice" in each for each in fit.missing)


def test_a_local_pack_makes_nobody_a_competent_authority() -> None:
    local = replace(PACK, competent_authorities=frozenset({"council"}), is_local=True)
    assert PACK.beside(local).competent_authorities == PACK.competent_authorities
