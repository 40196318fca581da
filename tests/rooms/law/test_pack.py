import hashlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.adapters.packaged import load_common_pack_bytes, load_register
from commonweal.core import Outcome
from commonweal.identity import Kind, Person, Role, RoleError
from commonweal.law import (
    LARGEST_PACK,
    PINNED_PACKS,
    LawError,
    RulePack,
    UnknownGatewayError,
    UnknownPurposeError,
    UntrustedPackError,
    adopt_pack,
    citation,
    parse_pack,
)

COMMON = load_common_pack_bytes()
PACK = parse_pack(COMMON, pinned=PINNED_PACKS)


def trusted(data: bytes) -> RulePack:
    return parse_pack(data, pinned={hashlib.sha256(data).hexdigest()})


def test_the_pinned_digest_is_the_packs() -> None:
    assert {hashlib.sha256(COMMON).hexdigest()} == PINNED_PACKS
    assert PACK.digest in PINNED_PACKS


def test_the_pack_holds_47_gateways_and_each_is_cited_and_dated() -> None:
    assert len(PACK.gateways) == 47
    for gateway in PACK.gateways.values():
        assert citation(gateway)
        assert gateway.as_of <= PACK.as_of
        assert gateway.is_stale(date(2028, 1, 1))
        assert not gateway.is_stale(date(2027, 11, 21))


def test_every_purpose_is_used_or_falls_under_a_gateway_for_any() -> None:
    named = {purpose for gateway in PACK.gateways.values() for route in gateway.routes for purpose in route.purposes}
    assert named - {"any"} <= set(PACK.purposes)
    assert set(PACK.purposes) - named == {"open-publication", "ppe-supply"}


def test_every_body_a_route_names_is_a_kind_or_in_the_register() -> None:
    register = load_register()
    words = {"any", "any-public-body", "same-legal-person", *Kind}
    for gateway in PACK.gateways.values():
        for route in gateway.routes:
            for entry in (route.disclosers | route.excluded | route.recipients) - words:
                assert register.get_body(entry).live


def test_lawful_bases_and_special_categories_are_those_of_uk_gdpr() -> None:
    assert list(PACK.lawful_bases) == ["a", "b", "c", "d", "e", "ea", "f"]
    assert [key for key, basis in PACK.lawful_bases.items() if not basis.for_public_tasks] == ["ea", "f"]
    assert "".join(PACK.special_categories) == "abcdefghij"


def test_an_unknown_purpose_or_gateway_lists_near_ones() -> None:
    with pytest.raises(UnknownPurposeError) as purpose:
        PACK.purpose("council-tax-support")
    assert "council-tax-reduction: Council tax reduction" in purpose.value.reasons
    with pytest.raises(UnknownGatewayError) as gateway:
        PACK.gateway("wra12-s130")
    assert gateway.value.reasons[0].startswith("wra12-s130-131: ")
    assert {purpose.value.outcome, gateway.value.outcome} == {Outcome.NOT_FOUND}
    with pytest.raises(UnknownPurposeError) as part:
        PACK.purpose("fraud")
    assert "fraud-prevention: Preventing fraud" in part.value.reasons
    with pytest.raises(UnknownPurposeError) as nothing_near:
        PACK.purpose("zzz")
    assert all(code in nothing_near.value.reasons[0] for code in PACK.purposes)
    assert PACK.purpose(" Research ").code == "research"
    assert PACK.gateway("CA04-S16la").id == "ca04-s16LA"


def test_a_tampered_pack_is_refused() -> None:
    tampered = COMMON.replace(b"confidence: recall", b"confidence: confirmed", 1)
    with pytest.raises(UntrustedPackError, match="neither pinned nor adopted") as caught:
        parse_pack(tampered, pinned=PINNED_PACKS)
    assert caught.value.outcome is Outcome.UNPROVEN
    assert caught.value.outcome.exit_code == 6


def test_an_adopted_pack_is_read() -> None:
    other = COMMON.replace(b'version: "2026.4"', b'version: "2026.5"')
    assert trusted(other).version == "2026.5"


def alias_bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


HOSTILE = {
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "nul": b"version: \0",
    "latin-1": "title: café".encode("latin-1"),
    "utf-16": COMMON.decode().encode("utf-16"),
    "alias bomb": alias_bomb(),
    "10 MB": b"a: b\n" * 2_000_000,
    "just too large": b" " * (LARGEST_PACK + 1),
    "deep flow": b"[" * 100_000,
    "deep block": "\n".join(" " * n + "- " for n in range(1000)).encode(),
    "python tag": b"!!python/object/apply:os.system ['true']",
    "local tag": b"!thing {a: b}",
    "two documents": b"a: b\n---\na: b\n",
    "unclosed": b"{a: [b",
    "a list": b"[a, b]",
    "a word": b"pack",
    "key twice": COMMON.replace(b'version: "2026.4"', b'version: "2026.4"\nversion: "2026.5"'),
    "key that is a list": b"? [a]\n: b",
    "merge key": b"a: {b: c}\n<<: {d: e}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused_even_when_its_digest_is_trusted(name: str) -> None:
    with pytest.raises(LawError) as caught:
        trusted(HOSTILE[name])
    assert caught.value.code == "law.pack-malformed"
    assert caught.value.outcome is Outcome.UNPROVEN


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: restriction", "kind: rumour", r"kind"),
        ("confidence: recall", "confidence: certain", r"confidence"),
        ('in_force: "no"', 'in_force: "maybe"', r"in_force"),
        ("as_of: 2026-11-21", "as_of: yesterday", r"as_of"),
        ("purposes: [debt-recovery]", "purposes: []", r"purposes"),
        ("purposes: [debt-recovery]", "purposes: [Debt recovery]", r"purposes"),
        ("https://www.legislation.gov.uk/ukpga/2017/30/section/35", "javascript:alert(1)", r"url"),
        ("  - id: dea-s48\n", "  - id: dea-s48\n    permits: everything\n", r"additionalProperties"),
        ('version: "2026.4"', "version: new", r"version"),
    ],
)
def test_a_pack_outside_its_schema_is_refused_with_the_place(old: str, new: str, said: str) -> None:
    assert old in COMMON.decode()
    with pytest.raises(LawError, match="schema") as caught:
        trusted(COMMON.decode().replace(old, new, 1).encode())
    assert re.search(said, " ".join(caught.value.reasons))


def test_only_the_first_ten_faults_are_listed() -> None:
    with pytest.raises(LawError) as caught:
        trusted(COMMON.replace(b"confidence: ", b"certainty: "))
    assert len(caught.value.reasons) == 10


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("purposes: [debt-recovery]", "purposes: [debt-collection]", "lacks: debt-collection"),
        ("- id: dea-s48", "- id: dea-s56", "gateway dea-s56 twice"),
        ("code: debt-recovery", "code: research", "purpose research twice"),
        ("as_of: 2026-11-21", "as_of: 2026-02-30", "calendar"),
    ],
)
def test_a_pack_that_contradicts_itself_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(LawError, match=said):
        trusted(COMMON.decode().replace(old, new, 1).encode())


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_a_pack_or_our_error(data: bytes) -> None:
    with pytest.raises(LawError):
        trusted(data)


@settings(max_examples=25)
@given(st.integers(min_value=0, max_value=len(COMMON) - 1), st.binary(min_size=1, max_size=3))
def test_any_damage_gives_a_pack_or_our_error(place: int, patch: bytes) -> None:
    damaged = COMMON[:place] + patch + COMMON[place + len(patch) :]
    try:
        assert trusted(damaged).gateways
    except LawError as error:
        assert error.outcome is Outcome.UNPROVEN


def adopt(role: Role, body: str = "lambeth") -> Callable[[], object]:
    adopter = Person("per-1", "Amina Shah", body, frozenset({role}))
    return lambda: adopt_pack(PACK, body="lambeth", person=adopter, at=datetime(2026, 11, 21, tzinfo=UTC))


def test_an_adoption_names_the_pack_the_person_and_the_moment() -> None:
    adopter = Person("per-1", "Amina Shah", "lambeth", frozenset({Role.OPERATOR}))
    adopted = adopt_pack(PACK, body="lambeth", person=adopter, at=datetime(2026, 11, 21, tzinfo=UTC))
    assert adopted.statement() == {
        "statement": "rule_pack.adopted",
        "digest": PACK.digest,
        "version": "2026.4",
        "at": "2026-11-21T00:00:00.000000Z",
        "body": "lambeth",
        "person": "per-1",
    }
    event = adopted.event(signature="c2ln", operator="root")
    assert (event.name, event.subject, event.actor.operator) == ("rule_pack.adopted", PACK.digest, "root")
    assert event.facts == {"version": "2026.4", "signature": "c2ln"}


@pytest.mark.parametrize("attempt", [adopt(Role.ANALYST), adopt(Role.OPERATOR, body="southwark")])
def test_only_the_bodys_own_operator_or_governance_lead_adopts(attempt: Callable[[], object]) -> None:
    with pytest.raises(RoleError):
        attempt()


def test_the_front_door_names_only_what_it_holds() -> None:
    with pytest.raises(AttributeError, match="parse_everything"):
        __import__("commonweal.law", fromlist=["x"]).parse_everything  # noqa: B018  the look-up is the test
