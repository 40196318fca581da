import pytest

from commonweal.adapters.packaged import load_common_pack_bytes, load_register
from commonweal.identity import Kind, new_partner
from commonweal.law import PINNED_PACKS, GatewayFit, assess_gateway, citation, parse_pack

PACK = parse_pack(load_common_pack_bytes(), pinned=PINNED_PACKS)
CHARITY = new_partner(scheme="charity-eng", number="263710", name="Shelter", kind=Kind.CHARITY)
LANDLORD = new_partner(scheme="rsh", number="L0001", name="Peabody", kind=Kind.HOUSING_PROVIDER)
ENERGY = new_partner(scheme="company", number="01234567", name="Anglian Power", kind=Kind.UTILITY)
UNIVERSITY = new_partner(scheme="ukprn", number="10007784", name="University College London", kind=Kind.UNIVERSITY)
REGISTER = load_register().with_bodies([CHARITY, LANDLORD, ENERGY, UNIVERSITY])


def assess(gateway: str, discloser: str, recipient: str, purpose: str) -> GatewayFit:
    return assess_gateway(
        PACK.gateway(gateway), REGISTER.resolve(discloser), REGISTER.resolve(recipient), PACK.purpose(purpose)
    )


CASES = [
    # gateway, discloser, recipient, purpose, answer, a word of its reason
    ("wra12-s130-131", "DWP", "lambeth", "council-tax-reduction", "fits", ""),
    ("wra12-s130-131", "DWP", "Caerdydd", "housing-benefit", "fits", ""),
    ("wra12-s130-131", "lambeth", "DWP", "housing-benefit", "fits", ""),
    ("wra12-s130-131", "lambeth", "southwark", "homelessness", "fits", ""),
    ("wra12-s130-131", "DWP", "Peabody", "housing-benefit", "missing", "registered provider"),
    ("wra12-s130-131", "DWP", "Peabody", "council-tax-reduction", "barred", "does not run from"),
    ("wra12-s130-131", "HMRC", "lambeth", "council-tax-reduction", "barred", "may disclose"),
    ("wra12-s130-131", "DWP", "Shelter", "homelessness", "barred", "may receive"),
    ("wra12-s130-131", "DWP", "lambeth", "debt-recovery", "barred", "not a purpose"),
    ("wra12-s130-131", "DWP", "DWP", "housing-benefit", "barred", "same body"),
    ("wra12-s130-131", "DWP", "Belfast City Council", "housing-benefit", "barred", "Northern Ireland"),
    ("wra12-s127", "HMRC", "DWP", "social-security", "missing", "proportionate"),
    ("wra12-s127", "DWP", "HMRC", "social-security", "barred", "does not run from"),
    ("edu05-s110", "DWP", "DfE", "free-school-meals", "fits", ""),
    ("edu05-s110", "HMRC", "welsh-government", "free-school-meals", "fits", ""),
    ("edu05-s110", "DfE", "lambeth", "free-school-meals", "fits", ""),
    ("edu05-s110", "DWP", "lambeth", "free-school-meals", "missing", "section 33"),
    ("edu05-s110", "DfE", "lambeth", "pupil-premium", "missing", "section 33"),
    ("edu05-s110", "DfE", "local-authority-sct:GLG", "free-school-meals", "barred", "Scotland"),
    ("dea-s35", "home-office", "lambeth", "identity-verification", "missing", "same objective"),
    ("dea-s35", "rj1", "lambeth", "identity-verification", "barred", "may disclose"),
    ("dea-s36-39", "lambeth", "Anglian Power", "fuel-poverty", "missing", "licensed"),
    ("dea-s48", "HMRC", "lambeth", "debt-recovery", "missing", "Schedule 7"),
    ("dea-s64", "DfE", "University College London", "research", "missing", "accredited"),
    ("dea-s64", "rj1", "University College London", "research", "barred", "may disclose"),
    ("ca04-s16LA", "kent-police", "kent-council", "child-safeguarding", "missing", "commencement"),
    ("ca04-s16LA", "gwent-police", "kent-council", "child-safeguarding", "barred", "Wales"),
    ("cda98-s115", "Shelter", "kent-police", "crime-and-disorder", "missing", "necessary or expedient"),
    ("cda98-s115", "kent-police", "Shelter", "crime-and-disorder", "barred", "may receive"),
    ("laaa14-sch9", "lambeth", "cabinet-office", "fraud-prevention", "missing", "data matching practice"),
    ("copi-reg3-notice", "rj1", "nhs-england", "covid-19-response", "missing", "no longer in force"),
    ("common-law", "cabinet-office", "lambeth", "official-statistics", "missing", "implied"),
    ("common-law", "HMRC", "lambeth", "official-statistics", "barred", "may disclose"),
    ("ndoo", "rj1", "nhs-england", "research", "barred", "restricts"),
    ("nhsa06-s251", "rj1", "nhs-england", "medical-research", "barred", "duty of confidence"),
    ("wt-mash", "kent-police", "kent-council", "child-safeguarding", "barred", "arrangement"),
    ("dpa18-exemptions", "DWP", "kent-police", "crime-and-disorder", "barred", "exempts"),
    ("ca04-s16LB", "rj1", "lambeth", "child-safeguarding", "barred", "condition"),
    ("open-data", "lambeth", "Shelter", "open-publication", "missing", "no field is personal"),
    ("open-data", "Shelter", "lambeth", "open-publication", "barred", "may disclose"),
    ("hsca12-s261", "nhs-england", "University College London", "health-promotion", "missing", "opt-out"),
]


@pytest.mark.parametrize(("gateway", "discloser", "recipient", "purpose", "answer", "said"), CASES)
def test_a_gateway_fits_lacks_something_or_is_barred(
    *, gateway: str, discloser: str, recipient: str, purpose: str, answer: str, said: str
) -> None:
    fit = assess(gateway, discloser, recipient, purpose)
    found = "barred" if fit.bars else "missing" if fit.missing else "fits"
    assert (found, fit.fits) == (answer, answer == "fits")
    assert said in " ".join(fit.bars or fit.missing)


def test_nothing_doubtful_ever_permits() -> None:
    """The law behind design decision 8: recollection, no force, an unmet precondition or an implied power."""
    for gateway in PACK.gateways.values():
        doubtful = (
            gateway.confidence == "recall"
            or gateway.in_force != "yes"
            or gateway.needs_a_person
            or gateway.kind.value not in {"power", "duty"}
        )
        for purpose in PACK.purposes.values():
            for discloser, recipient in (("DWP", "lambeth"), ("DWP", "DfE"), ("HMRC", "DWP"), ("rj1", "nhs-england")):
                fit = assess(gateway.id, discloser, recipient, purpose.code)
                assert not (doubtful and fit.fits), gateway.id


def test_the_gateways_found_start_with_the_one_that_fits() -> None:
    found = PACK.find_gateways(
        REGISTER.resolve("DWP"), REGISTER.resolve("lambeth"), PACK.purpose("council-tax-reduction")
    )
    assert [gateway.id for gateway in found] == ["wra12-s130-131", "open-data", "common-law"]
    assert citation(found[0]) == "Welfare Reform Act 2012, sections 130 to 133; SI 2012/1483"
    assert citation(PACK.gateway("pafera25")) == "Public Authorities (Fraud, Error and Recovery) Act 2025"


@pytest.mark.parametrize(
    ("discloser", "recipient", "purpose", "found"),
    [
        ("DWP", "lambeth", "council-tax-reduction", ["ssaa92-s122-123", "hmrc-onward"]),
        ("HMRC", "DWP", "social-security", ["crca05-s17-18"]),
        ("rj1", "nhs-england", "medical-research", ["ndoo", "hmrc-onward"]),
        ("rqf", "nhs-england", "medical-research", ["hmrc-onward"]),
        ("lambeth", "southwark", "homelessness", ["hmrc-onward"]),
    ],
)
def test_restrictions_are_found_beside_the_gateways(
    discloser: str, recipient: str, purpose: str, found: list[str]
) -> None:
    restrictions = PACK.find_restrictions(
        REGISTER.resolve(discloser), REGISTER.resolve(recipient), PACK.purpose(purpose)
    )
    assert [gateway.id for gateway in restrictions] == found
