from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.adapters.packaged import load_register
from commonweal.core import CommonwealError, Outcome
from commonweal.identity import (
    NHS_REGIONS,
    AmbiguousBodyError,
    Kind,
    MalformedPartnerError,
    PublicBody,
    Register,
    RegisterError,
    Sector,
    Status,
    UnknownBodyError,
    is_slug,
    new_partner,
    parse_bodies,
)

REGISTER = load_register()
APRIL_2020 = date(2020, 4, 1)
HEADER = "id,slug,name,kind,nation,region,board,gss,abbreviation,opened,closed,status,aliases\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("government-organisation:D10", "department-for-work-pensions"),
        ("D10", "department-for-work-pensions"),
        ("d10", "department-for-work-pensions"),
        ("department-for-work-pensions", "department-for-work-pensions"),
        ("DWP", "department-for-work-pensions"),
        (" dwp ", "department-for-work-pensions"),
        ("Department for Work & Pensions", "department-for-work-pensions"),
        ("HMRC", "hm-revenue-customs"),
        ("HM Revenue and Customs", "hm-revenue-customs"),
        ("DfE", "department-for-education"),
        ("DHSC", "department-of-health-and-social-care"),
        ("Department of Health", "department-of-health-and-social-care"),
        ("PSFA", "public-sector-fraud-authority"),
        ("govuk-organisation:public-sector-fraud-authority", "public-sector-fraud-authority"),
        ("local-authority-eng:LBH", "lambeth"),
        ("LBH", "lambeth"),
        ("E09000022", "lambeth"),
        ("lambeth", "lambeth"),
        ("LAMBETH COUNCIL", "lambeth"),
        ("London Borough of Lambeth", "lambeth"),
        ("Bristol, City of", "bristol"),
        ("principal-local-authority:AGY", "isle-of-anglesey"),
        ("Sir Ynys Môn", "isle-of-anglesey"),
        ("sir ynys mon", "isle-of-anglesey"),
        ("Caerdydd", "cardiff"),
        ("local-authority-sct:GLG", "glasgow-city"),
        ("ods:RJ1", "rj1"),
        ("RJ1", "rj1"),
        ("GSTT", "rj1"),
        ("Guy’s and St Thomas’ NHS Foundation Trust", "rj1"),
        ("G6V2S", "g6v2s"),
        ("police-force:kent", "kent-police"),
        ("thames-valley", "thames-valley-police"),
        ("Thames Valley Police", "thames-valley-police"),
        ("BTP", "british-transport-police"),
        ("kent-council", "kent-council"),
        ("Kent County Council", "kent-council"),
    ],
)
def test_a_body_is_found_by_every_key_it_has(text: str, found: str) -> None:
    assert REGISTER.resolve(text).slug == found


def test_every_slug_and_every_id_find_their_own_body() -> None:
    for body in REGISTER.bodies:
        assert REGISTER.resolve(body.slug) is body
        assert REGISTER.resolve(body.id.upper()) is body
        assert REGISTER.get_body(body.slug) is body
        assert is_slug(body.slug)


def test_an_unknown_name_lists_near_ones_and_exits_5() -> None:
    with pytest.raises(UnknownBodyError) as caught:
        REGISTER.resolve("Lambth")
    assert caught.value.reasons == ("lambeth: London Borough of Lambeth",)
    assert caught.value.code == "identity.unknown-body"
    assert caught.value.outcome is Outcome.NOT_FOUND
    with pytest.raises(UnknownBodyError):
        REGISTER.get_body("Lambeth Council")
    with pytest.raises(UnknownBodyError, match="as long as that"):
        REGISTER.resolve("x" * 100_000)


def test_an_ambiguous_name_lists_its_choices() -> None:
    with pytest.raises(AmbiguousBodyError) as caught:
        REGISTER.resolve("kent")
    assert caught.value.reasons == ("kent-council: Kent County Council", "kent-police: Kent Police")
    assert caught.value.outcome is Outcome.AMBIGUOUS


def test_live_bodies_go_before_closed_ones() -> None:
    assert not REGISTER.get_body("rnk").live
    assert REGISTER.resolve("Tavistock and Portman NHS Foundation Trust").slug == "g6v2s"
    assert REGISTER.resolve("Tavistock and Portman NHS Foundation Trust", APRIL_2020).slug == "rnk"


def test_a_closed_body_is_still_found() -> None:
    assert not REGISTER.resolve("Poole Hospital NHS Foundation Trust").live


def test_220_trusts_outside_wales_were_open_on_1_april_2020() -> None:
    trusts = REGISTER.find_bodies(kind=Kind.NHS_TRUST, on=APRIL_2020)
    english = [trust for trust in trusts if trust.region != "W00"]
    assert len(english) == 220
    assert {trust.region for trust in english} == set(NHS_REGIONS) - {"W00"}
    assert all(trust.region_name for trust in english)
    nightingale = REGISTER.get_body("r0c")
    assert nightingale.closed == date(2020, 3, 26)
    assert nightingale not in english


def test_the_registers_are_whole() -> None:
    kinds = Counter(body.kind for body in REGISTER.bodies)
    assert kinds[Kind.COUNCIL] == 444
    assert kinds[Kind.NHS_TRUST] == 233
    assert kinds[Kind.POLICE_FORCE] == 45
    assert sum(1 for body in REGISTER.bodies if body.gss) == 419
    assert {REGISTER.resolve(key).sector for key in ("DWP", "lambeth", "RJ1", "kent-police", "NHS England")} == {
        Sector.WHITEHALL,
        Sector.LOCAL,
        Sector.HEALTH,
        Sector.POLICE,
    }


@pytest.mark.parametrize(
    ("opened", "closed", "status", "day", "is_open"),
    [
        (date(2020, 4, 1), None, "live", APRIL_2020, True),
        (date(2020, 4, 2), None, "live", APRIL_2020, False),
        (date(2010, 1, 1), date(2020, 4, 1), "closed", APRIL_2020, True),
        (date(2010, 1, 1), date(2020, 3, 31), "closed", APRIL_2020, False),
        (None, None, "live", APRIL_2020, False),
    ],
)
def test_open_means_that_the_register_shows_it(
    *, opened: date | None, closed: date | None, status: Status, day: date, is_open: bool
) -> None:
    body = PublicBody(id="ods:X", slug="x", name="X", kind=Kind.NHS_TRUST, opened=opened, closed=closed, status=status)
    assert body.is_open(day) is is_open


def test_a_partner_can_be_added_by_hand() -> None:
    shelter = new_partner(scheme="charity-eng", number="263710", name="Shelter", kind=Kind.CHARITY)
    register = REGISTER.with_bodies([shelter])
    assert register.resolve("charity-eng:263710") is shelter
    assert register.resolve("263710") is shelter
    assert (shelter.slug, shelter.sector, shelter.code) == ("shelter", Sector.THIRD, "263710")
    assert REGISTER.find_bodies(kind=Kind.CHARITY) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scheme": "../etc"}, "scheme"),
        ({"number": ""}, "number"),
        ({"number": "1/2"}, "number"),
        ({"name": "  ", "slug": "acme"}, "name"),
        ({"name": "A\nB"}, "name"),
        ({"slug": "A B"}, "slug"),
        ({"name": "‽"}, "slug"),
    ],
)
def test_a_malformed_partner_is_refused(change: dict[str, str], said: str) -> None:
    parts = {"scheme": "company", "number": "01234567", "name": "Acme Ltd", "slug": ""} | change
    with pytest.raises(MalformedPartnerError) as caught:
        new_partner(
            scheme=parts["scheme"], number=parts["number"], name=parts["name"], slug=parts["slug"], kind=Kind.SUPPLIER
        )
    assert len(caught.value.reasons) == 1
    assert said in caught.value.reasons[0]


def test_a_council_is_no_partner() -> None:
    with pytest.raises(MalformedPartnerError, match="cannot be added"):
        new_partner(scheme="company", number="1", name="Lambeth", kind=Kind.COUNCIL)


def test_one_slug_names_one_body() -> None:
    twin = new_partner(scheme="company", number="1", name="Lambeth", kind=Kind.SUPPLIER)
    with pytest.raises(RegisterError, match="lambeth"):
        REGISTER.with_bodies([twin])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id,slug\n",
        HEADER + "ods:X,x,X,nhs-trust\n",
        HEADER + "ods:X,x,X,castle,,,,,,,,live,\n",
        HEADER + "ods:X,x,X,nhs-trust,FR,,,,,,,live,\n",
        HEADER + "ods:X,x,X,nhs-trust,,,,,,1999,,live,\n",
        HEADER + "ods:X,X Y,X,nhs-trust,,,,,,,,live,\n",
        HEADER + "X,x,X,nhs-trust,,,,,,,,live,\n",
        HEADER + "ods:X,x,X,nhs-trust,,,,,,,,asleep,\n",
        HEADER + '"ods:X" y,x,X\n',
    ],
)
def test_a_malformed_register_is_refused(text: str) -> None:
    with pytest.raises(RegisterError):
        list(parse_bodies(text))


@settings(max_examples=60)
@given(st.text(max_size=300))
def test_any_words_find_a_body_or_our_error(text: str) -> None:
    register = Register(REGISTER.bodies[:50])
    try:
        assert register.resolve(text) in register.bodies
    except CommonwealError as error:
        assert (error.outcome.exit_code, str(error).isprintable()) == (5, True)


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_a_register_or_our_error(text: str) -> None:
    try:
        assert list(parse_bodies(HEADER + text)) == []
    except RegisterError as error:
        assert error.code == "identity.register-malformed"
