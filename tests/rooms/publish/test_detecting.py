"""What a field is likely to reveal, from its name and its values, with evidence that quotes none of them."""

import pytest

from commonweal.publish import (
    Classification,
    count_withheld,
    detect_field,
    detect_table,
    quasi_identifiers,
)

PERSONAL, SPECIAL = Classification.PERSONAL, Classification.SPECIAL
PLAIN, DISCLOSIVE = Classification.NOT_PERSONAL, Classification.DISCLOSIVE
PEOPLE = ("Amara B Okafor", "Mr J Smith", "Carys Davies", "Priya Patel")
NINOS = ("AB123456C", "JG103759A", "CE654321B", "not known", "AB654321D")
TEXTS = (
    "she rang about the flat and asked us to call her back",
    "no reply to the letter that we sent him in the spring",
)


@pytest.mark.parametrize(
    ("name", "values", "likely", "kind", "evidence"),
    [
        ("ref", NINOS, PERSONAL, "nino", "4 of 5 sampled values pass the check of a National Insurance number"),
        ("ref", ("QQ123456A",) * 4, PERSONAL, "nino", "all 4 sampled values have the form of a National Insurance"),
        ("ref", ("9434765919", "4010232137", "9990000018"), PERSONAL, "nhs-number", "check of an NHS number"),
        ("where", ("SW1A 1AA", "M1 1AE", "B33 8TH"), PERSONAL, "postcode", "check of a postcode"),
        ("who", PEOPLE, PERSONAL, "person-name", "all 4 sampled values begin like names of people"),
        ("when", ("1941-01-02", "17/03/1999", "2003-05-06"), PERSONAL, "date-of-birth", "span 62 years"),
        ("when", ("2021-01-02", "2021-03-17", "2023-05-06"), PERSONAL, "", "nothing shows"),
        ("opened", ("1941-01-02", "1999-03-17", "2003-05-06"), PERSONAL, "", "nothing shows"),
        ("contact", ("a@b.gov.uk", "c@d.org", "x"), PERSONAL, "email", "2 of 3 sampled values are email addresses"),
        ("contact", ("020 7946 0000", "+44 20 7946 0000", "x"), PERSONAL, "phone", "telephone numbers"),
        ("line 1", ("1 High Street", "2 Mill Lane", "3 The Close"), PERSONAL, "address", "words of addresses"),
        ("memo", TEXTS * 2, PERSONAL, "free-text", "free text, in which anything may stand"),
        ("group", ("White British", "Black African", "Mixed"), SPECIAL, "ethnicity", "words for ethnicity"),
        ("group", ("Muslim", "Christian", "No religion"), SPECIAL, "religion", "words for religion"),
        ("group", ("Heterosexual", "Gay or lesbian", "Bisexual"), SPECIAL, "sexuality", "words for sexual orientation"),
        ("group", ("UNISON", "GMB", "Unite"), SPECIAL, "union", "names of trade unions"),
        ("group", ("Asthma", "Type 2 diabetes", "Epilepsy"), SPECIAL, "health", "words for health"),
        ("group", ("F", "M", "F"), PERSONAL, "sex", "words for sex"),
        ("claimants", ("12", "3", "140"), DISCLOSIVE, "count", "1 of 3 sampled values are counts of people under ten"),
        ("claimants", ("12", "<10", "140"), DISCLOSIVE, "count", "1 mark stands where a small count was withheld"),
        ("claimants", ("12", "30", "140"), PLAIN, "count", "none of the sampled values under ten"),
        ("area", ("E09000022", "E09000028", "S12000033"), PLAIN, "gss-code", "check of a GSS code"),
        ("seller", ("Catch Ltd", "Veolia plc", "Kent Council"), PLAIN, "organisation", "words of organisations"),
        ("supplier", ("Catch Ltd", "Veolia plc", "Kent Council"), PERSONAL, "supplier", "sole traders"),
        ("amount", ("1.50", "2.50", "3.50"), PLAIN, "plain", "speaks of money"),
        ("zxy", ("q", "w", "e"), PERSONAL, "", "nothing shows that it is not personal"),
    ],
)
def test_values_tell(name: str, values: tuple[str, ...], likely: Classification, kind: str, evidence: str) -> None:
    found = detect_field(name, values)
    assert (found.classification, found.kind) == (likely, kind)
    assert evidence in found.evidence
    assert not [each for each in values if len(each) > 3 and each in found.evidence]


@pytest.mark.parametrize(
    ("name", "likely", "kind"),
    [
        ("Date of birth", PERSONAL, "date-of-birth"),
        ("dob", PERSONAL, "date-of-birth"),
        ("ethnic_group", SPECIAL, "ethnicity"),
        ("ReligionOrBelief", SPECIAL, "religion"),
        ("sexual_orientation", SPECIAL, "sexuality"),
        ("Trade union member", SPECIAL, "union"),
        ("diagnosis", SPECIAL, "health"),
        ("Local health board", PERSONAL, ""),
        ("Number of men", DISCLOSIVE, "count"),
        ("la_name", PLAIN, "organisation"),
        ("Invoice Nett Amount", PLAIN, "plain"),
        ("anything", PERSONAL, ""),
    ],
)
def test_a_name_alone_tells_too_and_the_unknown_is_personal(name: str, likely: Classification, kind: str) -> None:
    found = detect_field(name)
    assert (found.classification, found.kind) == (likely, kind)
    assert found.evidence


def test_two_values_prove_nothing() -> None:
    assert detect_field("zxy", ("AB123456C", "JG103759A")).kind == ""


def test_a_special_name_is_not_lowered_by_its_values() -> None:
    assert detect_field("ethnicity", ("E09000022", "E09000028", "S12000033")).classification is SPECIAL
    assert detect_field("surname", ("Kent Council", "Veolia plc", "Catch Ltd")).classification is PERSONAL


def test_what_stands_beside_a_person_is_personal_and_the_validator_is_named() -> None:
    found = {each.field: each for each in detect_table({"nino": NINOS, "award": ("1.50", "2.50", "3.50")})}
    assert found["award"].classification is PERSONAL
    assert "stands beside nino" in found["award"].evidence
    assert found["nino"].validator == "nino"
    assert detect_table({"award": ("1.50", "2.50", "3.50")})[0].classification is PLAIN


def test_marks_that_were_taken_out_still_tell() -> None:
    assert count_withheld({"< 10": 12, "*": 1, "n/a": 5}) == 13
    found = detect_table({"benefit": ("12", "30", "140")}, {"benefit": 13})[0]
    assert (found.classification, found.evidence[:14]) == (DISCLOSIVE, "13 marks stand")


def test_fields_that_single_people_out_together_are_named_only_where_there_are_people() -> None:
    people = detect_table({"dob": (), "sex": (), "postcode": (), "award": ()})
    assert quasi_identifiers(people) == ("dob", "sex", "postcode")
    assert quasi_identifiers(detect_table({"postcode": (), "address": ()})) == ()
    assert quasi_identifiers(detect_table({"dob": (), "award": ()})) == ()
