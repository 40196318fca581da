"""What the dataset page says of quality: dimensions, findings, profile, trend, and defects that wait."""

from collections.abc import Mapping, Sequence

from commonweal.identity import Permission
from commonweal.node import Caller, Node
from commonweal.publish import (
    Dataset,
    DatasetVersion,
    Dimension,
    DimensionResult,
    FieldProfile,
    Finding,
    QualityResult,
    how_to_mend,
    trend_of,
)

from .views import DefectCount, DimensionLine, FindingLine, ProfileLine, QualityView


def view_quality(
    node: Node, caller: Caller | None, dataset: Dataset, versions: Sequence[DatasetVersion]
) -> QualityView:
    """Return what a reader may know of the quality of a dataset's newest version, and of those before it.

    Values of fields are there for open data, and for those who are signed in and may read it.
    """
    newest = versions[0] if versions else None
    profile = node.defects.profile_of(caller, dataset, newest) if newest else {}
    return QualityView(
        dimensions=dimension_lines(newest.quality) if newest else (),
        findings=finding_lines(newest.quality.findings) if newest else (),
        mender=_mender(node, caller, dataset),
        profile=profile_lines(dataset, profile),
        withheld=newest is not None
        and any(newest.profile[name].shows_values > each.shows_values for name, each in profile.items()),
        trend=trend_of(versions),
        defects=_defects(node, caller, dataset, versions),
    )


def dimension_lines(quality: QualityResult) -> tuple[DimensionLine, ...]:
    """Return the six dimensions with what was found of each; none for a version from before they were kept."""
    return tuple(DimensionLine(each.dimension.value.capitalize(), _told(each)) for each in quality.dimensions)


def finding_lines(findings: Sequence[Finding]) -> tuple[FindingLine, ...]:
    """Return findings with what to do about each."""
    return tuple(
        FindingLine(each.sentence, each.dimension.value.capitalize(), how_to_mend(each), each.stops)
        for each in findings
    )


def profile_lines(dataset: Dataset, profile: Mapping[str, FieldProfile]) -> tuple[ProfileLine, ...]:
    """Return the profile of each field in the data contract's order."""
    named = [each for each in dataset.contract.fields if each.name in profile]
    return tuple(ProfileLine(each.name, each.type.value, each.is_plain, profile[each.name]) for each in named)


def _told(result: DimensionResult) -> str:
    if not result.measured:
        compared = result.dimension is Dimension.ACCURACY
        return "Not measured: it takes a reference to compare with" if compared else "Not measured"
    if not result.failed:
        return "No fault found"
    return "1 row failed" if result.failed == 1 else f"{result.failed:,} rows failed"


def _mender(node: Node, caller: Caller | None, dataset: Dataset) -> str:
    """Return who mends the data; a person's name is for those who are signed in."""
    body = node.parts.register.get_body(dataset.body).name
    if caller is None:
        return f"the data steward of {body}"
    return f"{node.bodies.get_person(dataset.steward).name}, data steward of {body}"


def _defects(
    node: Node, caller: Caller | None, dataset: Dataset, versions: Sequence[DatasetVersion]
) -> DefectCount | None:
    if caller is None or not versions:
        return None
    mends = caller.may(Permission.PUBLISH, dataset.body)
    return DefectCount(node.defects.count(caller, dataset), mends, node.defects.may_report(caller, dataset))
