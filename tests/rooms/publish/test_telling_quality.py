"""What is told of quality: the trend, what to do about a finding, and profiles stored before they told values."""

from dataclasses import replace

import pytest
from tests.rooms.publish.test_defects import AT, VERSION

from commonweal.adapters.sql.documents import dump, load
from commonweal.publish import (
    Bar,
    DatasetVersion,
    Dimension,
    DimensionResult,
    FieldProfile,
    Finding,
    QualityResult,
    ShownFinding,
    ValueCount,
    how_to_mend,
    trend_of,
)

LATE = Finding("required", "a", Dimension.COMPLETENESS, 4, (1, 2), "a is empty in 4 rows (rows 1 and 2).", stops=False)
READ = Finding("reading", "", Dimension.CONSISTENCY, 40, (), "Of 40 rows 40 were kept.", stops=False)


def version(number: int, quality: QualityResult, **profile: FieldProfile) -> DatasetVersion:
    return replace(VERSION, number=number, quality=quality, profile=profile)


def test_a_profile_of_an_older_version_is_read_as_the_counts_it_has() -> None:
    new = version(
        1, QualityResult(40), a=FieldProfile(38, 2, 5, top=(ValueCount("x", 9),), bars=(Bar("1", "2", None),))
    )
    assert load(DatasetVersion, dump(new)) == new
    old = dump(version(1, QualityResult(40))).replace('"profile":{}', '"profile":{"a":{"present":38,"missing":2}}')
    found = load(DatasetVersion, old).profile["a"]
    assert (found, found.missing_share, found.shows_values) == (FieldProfile(38, 2), 0.05, False)


def test_the_trend_counts_by_dimension_the_oldest_of_the_last_twelve_first() -> None:
    counted = QualityResult(40, (LATE, READ), (DimensionResult(Dimension.VALIDITY, measured=True, rows=40, failed=7),))
    versions = [version(each, QualityResult(40, (LATE, READ)), a=FieldProfile(30, 10)) for each in range(20, 1, -1)]
    trend = trend_of([version(21, counted), *versions])
    assert [each.number for each in trend] == list(range(10, 22))
    assert (trend[0].failed, trend[0].missing_share, trend[0].published) == ({Dimension.COMPLETENESS: 4}, 0.25, AT)
    assert (trend[-1].failed, trend[-1].missing_share) == ({Dimension.VALIDITY: 7}, None)
    assert trend[0].all_failed == 4


@pytest.mark.parametrize("dimension", Dimension)
def test_every_finding_says_what_to_do(dimension: Dimension) -> None:
    assert how_to_mend(replace(LATE, check="a check of tomorrow", dimension=dimension)).endswith(".")
    assert how_to_mend(LATE).startswith("Fill the empty cells")


def test_a_finding_shows_shapes_and_what_to_do() -> None:
    told = ShownFinding(LATE, ("AA9", "9")).sentence()
    assert told.startswith(f"{LATE.sentence} They look like AA9, 9 (A for a letter, 9 for a digit). Fill")
    assert ShownFinding(LATE).sentence() == f"{LATE.sentence} {how_to_mend(LATE)}"
