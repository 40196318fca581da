"""Published rules of identifiers: their own examples are valid, one wrong character is told, nothing is mended."""

import csv
from datetime import date
from pathlib import Path

import pytest

from commonweal.publish import VALIDATORS, Classification, Fault, Valid, find_validator

SHARED = Path(__file__).parents[4] / "shared" / "data"

GOOD = {
    "nhs-number": ("9434765919", "943 476 5919", "4010232137", "9990000018"),
    "chi-number": ("0101011237", "2902041233", "070201 0014"),
    "hc-number": ("3200000074",),
    "nino": ("AB123456C", "AB 12 34 56 C", "JG103759A", "AB123456"),
    "utr": ("1955839661", "11111 11111", "1955839661K"),
    "upn": ("B801200005001", "V80120000500X"),
    "postcode": ("SW1A 1AA", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 1HQ", "EC1A 1BB", "GIR 0AA", "BX11LT"),
    "uprn": ("1", "100023336956", "000000000001"),
    "gss-code": ("E09000022", "S12000033", "W06000001", "N09000003", "K02000001"),
    "urn": ("134909",),
    "ukprn": ("10007774",),
    "ods-code": ("RF4", "G6V2S", "K0N6A", "Y03007", "QHM", "RF401"),
    "nhs-trust": ("RF4", "G6V2S", "K0N6A"),
    "company-number": ("00000006", "SC123456", "OC301540", "NI000001", "IP12345R"),
    "charity-number": ("1089464", "200051", "200051-12", "SC005336", "NIC100002"),
    "sic-2007": ("01110", "62020", "99999"),
    "sort-code": ("200000", "20-00-00", "20 00 00"),
    "iban": ("GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432", "DE89370400440532013000", "NO9386011117947"),
    "vat-number": ("980780684", "GB 980 7806 84", "GB980780684001", "GD001", "HA500"),
}
BAD = {
    "nhs-number": ("9434765918", "943476591", "0000000000", "94347659190", "९434765919"),
    "chi-number": ("3201010000", "0113010000", "3002010000", "2902010000", "9434765919"),
    "hc-number": ("9434765919", "3200000077"),
    "nino": ("QQ123456C", "GB123456A", "AO123456A", "DA123456A", "AB123456E", "AB12345C", "TN010170A", "ab123456c"),
    "utr": ("0955839661", "195583966"),
    "upn": ("A801200005001", "I801200005001", "B80120000500"),
    "postcode": ("RH2 OSH", "SWIA 1AA", "Q1 1AA", "SW1A 1CA", "SW1A  1AA", "S01 4AA", "SW1A", "sw1a 1aa", "SW1A 1AA\n"),
    "uprn": ("2.00E+11", "0", "1234567890123", "-1"),
    "gss-code": ("E0900002", "X09000022", "e09000022"),
    "urn": ("034909", "12345"),
    "ukprn": ("20007774", "1000777"),
    "ods-code": ("R", "RF4-1", "rf4", "ABCDEFG"),
    "nhs-trust": ("R99", "RF401"),
    "company-number": ("6", "XX123456", "00000000", "123456789"),
    "charity-number": ("12345", "SC123456", "NIC200000", "100002"),
    "sic-2007": ("1110", "01111", "ABCDE"),
    "sort-code": ("000000", "2000000"),
    "iban": ("GB82WEST12345698765433", "GB82WEST1234569876543", "ZZ82WEST12345698765432", "GB00WEST12345698765432"),
    "vat-number": ("980780685", "GD500", "HA499", "000000000", "98078068"),
}


def check(code: str, text: str) -> Valid | Fault:
    return VALIDATORS[code].check(text)


def test_every_validator_has_examples_of_both_kinds() -> None:
    assert set(GOOD) == set(BAD) == set(VALIDATORS)


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in GOOD.items() for text in texts])
def test_what_the_rule_allows_is_valid(code: str, text: str) -> None:
    assert isinstance(check(code, text), Valid)
    assert VALIDATORS[code].is_valid(text)


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in BAD.items() for text in texts])
def test_what_it_does_not_is_told_without_the_text(code: str, text: str) -> None:
    told = check(code, text)
    assert isinstance(told, Fault)
    assert told.reason.startswith("it")
    assert text.strip() not in told.reason.split()


@pytest.mark.parametrize(
    ("code", "text", "meant"),
    [
        ("postcode", "RH2 OSH", "RH2 0SH"),
        ("postcode", "SWIA IAA", "SW1A 1AA"),
        ("postcode", "S01 4AA", "SO1 4AA"),
        ("postcode", " sw1a 1aa ", "SW1A 1AA"),
        ("postcode", "nothing of it at all", ""),
        ("nino", "ab123456c", "AB123456C"),
        ("nino", "QQ123456C", ""),
        ("company-number", "6", "00000006"),
        ("company-number", "SC6", "SC000006"),
        ("sic-2007", "1110", "01110"),
        ("nhs-number", "9434765918", ""),
    ],
)
def test_what_may_be_meant_is_suggested_and_only_if_it_is_one_thing(code: str, text: str, meant: str) -> None:
    told = check(code, text)
    assert isinstance(told, Fault)
    assert told.suggestion == meant


def test_a_number_for_tests_and_a_temporary_one_are_noted() -> None:
    assert check("nhs-number", "9990000018") == Valid("The range 999 is kept for tests.")
    assert check("nhs-number", "9434765919") == Valid()


def test_a_trust_is_told_by_the_register_of_the_day() -> None:
    then, now = find_validator("nhs-trust", date(2020, 4, 1)), find_validator("nhs-trust", date(2026, 11, 1))
    assert then is not None
    assert now is not None
    assert now.is_valid("G6V2S")
    assert then.check("G6V2S") == Fault("it is not the code of an NHS trust that was open on 2020-04-01")
    assert find_validator("nothing") is None


def test_every_rule_is_cited_and_says_what_it_reveals() -> None:
    for code, each in VALIDATORS.items():
        assert each.code == code
        assert len(each.rule) > 40
        assert each.reveals in {Classification.PERSONAL, Classification.NOT_PERSONAL}


@pytest.mark.parametrize(
    ("file", "column", "code", "count", "wrong"),
    [
        ("nhs/ods-etr-trusts-2020-headerless.csv", 9, "postcode", 227, 0),
        ("nhs/ods-etr-trusts-2020-headerless.csv", 0, "nhs-trust", 228, 0),
        ("nhs/trusts-2026.csv", 0, "nhs-trust", 203, 1),
        ("nhs/ae_attendances_by_provider.csv", 1, "nhs-trust", 12766, 2913),
        ("covid/covid-19-cases-uk.csv", 2, "gss-code", 23341, 1),
        ("schools/school_fsm_2022-23.csv", 0, "urn", 24443, 1),
    ],
)
def test_real_columns_keep_their_rules_but_for_a_header(
    file: str, column: int, code: str, count: int, wrong: int
) -> None:
    with (SHARED / file).open(encoding="utf-8", newline="") as text:
        filled = [row[column] for row in csv.reader(text) if row[column].strip()]
    assert (len(filled), sum(not VALIDATORS[code].is_valid(each) for each in filled)) == (count, wrong)
