"""What the API tells of a dataset's quality: dimensions, findings with what to do, profile and trend."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from commonweal.node import Caller, Node
from commonweal.publish import Dataset, DatasetVersion, DimensionResult, Finding, ShownFinding, how_to_mend, trend_of

Answer = dict[str, Any]


def quality_answer(
    node: Node, caller: Caller | None, dataset: Dataset, versions: Sequence[DatasetVersion]
) -> Answer | None:
    """Return the quality of a dataset's newest version, and the trend; None before anything is published."""
    if not versions:
        return None
    newest = versions[0]
    return {
        "version": newest.number,
        "dimensions": [_dimension(each) for each in newest.quality.dimensions],
        "findings": [finding_answer(each) for each in newest.quality.findings],
        **profile_answer(node, caller, dataset, newest),
        "trend": [
            {
                "version": each.number,
                "published": each.published,
                "rows": each.rows,
                "missing_share": each.missing_share,
                "failed": {dimension.value: count for dimension, count in each.failed.items()},
            }
            for each in trend_of(versions)
        ],
    }


def profile_answer(node: Node, caller: Caller | None, dataset: Dataset, version: DatasetVersion) -> Answer:
    """Return a version's rows and the profile of its fields, with values where the caller may see them."""
    profile = node.defects.profile_of(caller, dataset, version)
    return {"rows": version.rows, "profile": {field: asdict(each) for field, each in profile.items()}}


def finding_answer(finding: Finding) -> Answer:
    """Return a finding and what to do about it."""
    return {
        "check": finding.check,
        "field": finding.field,
        "dimension": finding.dimension.value,
        "count": finding.count,
        "rows": list(finding.rows),
        "sentence": finding.sentence,
        "how_to_mend": how_to_mend(finding),
        "stops": finding.stops,
    }


def shown_answer(shown: ShownFinding) -> Answer:
    """Return a finding that stopped a source, with the shapes of the first cells at fault, for its steward."""
    return {**finding_answer(shown.finding), "shapes": list(shown.shapes), "told": shown.sentence()}


def _dimension(result: DimensionResult) -> Answer:
    return {
        "dimension": result.dimension.value,
        "measured": result.measured,
        "rows": result.rows,
        "failed": result.failed,
    }
