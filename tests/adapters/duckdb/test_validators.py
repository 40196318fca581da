"""The gate holds values to published rules: rows are told, values never."""

from datetime import date

from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.publish import Dimension, Field, FieldType

CONTRACT = contract_of(
    Field("nino", FieldType.STRING, validator="nino"),
    Field("postcode", FieldType.STRING, validator="postcode"),
    Field("trust", FieldType.STRING, validator="nhs-trust", valid_on=date(2020, 4, 1)),
)
HEADER = b"nino,postcode,trust\n"


def test_a_source_that_keeps_the_rules_passes_and_blanks_are_no_fault(bench: Bench) -> None:
    found = bench.check(HEADER + b"AB123456C,SW1A 1AA,RF4\n,,\n \t,RH2 0SH,\n", CONTRACT)
    assert (found.rows, found.findings) == (3, ())


def test_what_breaks_them_is_told_by_row_and_never_by_value(bench: Bench) -> None:
    rows = b"AB123456C,SW1A 1AA,RF4\nQQ123456C,RH2 OSH,G6V2S\nQQ123456C,nowhere,\n"
    found = bench.check(HEADER + rows, CONTRACT)
    assert [(each.check, each.rows, each.stops) for each in found.findings] == [
        ("validator", (2, 3), True),
        ("validator", (2, 3), True),
        ("validator", (2,), True),
        ("confusion", (2,), False),
    ]
    assert [each.sentence for each in found.findings] == [
        "nino is not a valid National Insurance number in 2 rows (rows 2 and 3).",
        "postcode is not a valid postcode in 2 rows (rows 2 and 3).",
        "trust is not a valid code of an NHS trust that was open on 2020-04-01 in 1 row (row 2).",
        "postcode would be a valid postcode if O and 0, or I and 1, changed places (look before you correct it) in 1 "
        "row (row 2).",
    ]
    assert {each.dimension for each in found.findings} == {Dimension.VALIDITY}
    assert not found.passed
    for value in ("QQ123456C", "OSH", "0SH", "G6V2S", "nowhere"):
        assert value not in str(found)
