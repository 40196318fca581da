"""What a dataset tells of its data: a category only adds to what a gateway has to cover, and to what restricts it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.adapters.packaged import load_register
from commonweal.law import PERSONAL, Told
from commonweal.node import common_pack
from commonweal.node.law.categories import tell_data
from commonweal.publish import Access, Classification, DataContract, Dataset, Field, FieldType, Marking

PACK, REGISTER = common_pack(), load_register()
ABOUT = Classification.PERSONAL


def field(name: str, *, classification: Classification = ABOUT, confirmed: bool = True, validator: str = "") -> Field:
    return Field(name, FieldType.STRING, classification=classification, confirmed=confirmed, validator=validator)


def dataset(*fields: Field, title: str = "Records", keywords: tuple[str, ...] = ()) -> Dataset:
    contract = DataContract("urn:x", "1.0", title, "", fields)
    return Dataset(
        id="dwp/records",
        body="dwp",
        name="records",
        title=title,
        description="",
        contract=contract,
        access=Access.SHARED,
        marking=Marking.OFFICIAL,
        licence="",
        steward="p@dwp",
        created=datetime(2026, 11, 22, tzinfo=UTC),
        keywords=keywords,
    )


def told(found: Dataset, *asked: str) -> dict[str, str] | None:
    known = tell_data(PACK, found, asked or found.contract.field_names())
    return None if known is None else dict(known)


@pytest.mark.parametrize(
    ("found", "categories"),
    [
        (dataset(field("diagnosis_code"), field("nhs_number", validator="nhs-number")), {"health", "nhs-number"}),
        (dataset(field("tax_code"), field("UTR")), {"tax"}),
        (dataset(field("upn"), field("attendance")), {"pupil"}),
        (dataset(field("conviction"), field("surname")), {"offences", "identity"}),
        (dataset(field("ethnic_group"), field("postcode")), {"protected-traits", "address"}),
        (dataset(field("ref"), title="School census 2026"), {"pupil"}),
        (dataset(field("ref"), title="Hospital episodes"), {"health"}),
        (dataset(field("ref"), title="Records of arrests"), {"offences"}),
        (dataset(field("ref"), keywords=("income tax",)), {"tax"}),
        (dataset(field("ref")), {PERSONAL}),
        (dataset(field("ref"), field("nino")), {PERSONAL, "identity"}),
        (dataset(field("ward"), title="Names of residents"), {PERSONAL}),
        (dataset(field("stock", classification=Classification.NOT_PERSONAL, confirmed=False)), {PERSONAL}),
    ],
)
def test_categories_are_told_by_fields_keywords_and_title(found: Dataset, categories: set[str]) -> None:
    known = told(found)
    assert known is not None
    assert set(known) == categories


def test_only_what_is_asked_counts_and_nothing_is_told_of_what_is_not_about_people() -> None:
    plain = field("stock", classification=Classification.NOT_PERSONAL)
    found = dataset(field("diagnosis"), field("postcode"), plain, title="Stock")
    assert set(told(found, "postcode") or ()) == {"address"}
    assert told(found, "stock") is None


def test_what_the_finder_is_barred_by_bars_a_dataset_too() -> None:
    """Education Act 2005, section 110, reaches benefits and pupils, not health."""
    bodies = REGISTER.resolve("DWP"), REGISTER.resolve("DfE")
    gateway, purpose = PACK.gateway("edu05-s110"), PACK.purpose("free-school-meals")
    patients = Told(data=told(dataset(field("nino"), field("diagnosis"))))
    words = PACK.find_data("national insurance, diagnosis").classes
    assert PACK.assess(gateway, *bodies, purpose, patients).bars
    assert PACK.assess(gateway, *bodies, purpose, patients) == PACK.assess(gateway, *bodies, purpose, Told(data=words))


names = st.sampled_from(["nino", "ref", "diagnosis", "tax code", "upn", "ethnicity", "arrests", "postcode", "award"])
titles = st.sampled_from(["Records", "Hospital episodes", "Tax credits", "Arrests", "School census", "Claimants"])
bodies = st.sampled_from(["DWP", "HMRC", "lambeth", "rj1", "kent-police", "DfE", "nhs-england"])


@settings(max_examples=12)
@given(
    fields=st.lists(names, min_size=1, max_size=4, unique=True),
    title=titles,
    discloser=bodies,
    recipient=bodies,
    purpose=st.sampled_from(sorted(PACK.purposes)),
)
def test_a_category_never_widens_what_is_allowed(
    fields: list[str], title: str, discloser: str, recipient: str, purpose: str
) -> None:
    one, other = REGISTER.resolve(discloser), REGISTER.resolve(recipient)
    before = Told(data={PERSONAL: PERSONAL}, on=date(2026, 11, 22))
    after = replace(before, data=told(dataset(*map(field, fields), title=title)))
    for gateway in (each for each in PACK.gateways.values() if each.kind.authorises):
        was, now = (PACK.assess(gateway, one, other, PACK.purpose(purpose), each) for each in (before, after))
        assert now.bars or not was.bars
        assert set(was.missing) <= set(now.missing)
        assert was.fits or not now.fits
