"""May a data contract follow the one of the version before: what breaks for readers is refused unless it is said."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from commonweal.publish.errors import ContractChangedError
from commonweal.publish.model import Dataset, Dimension, Finding, QualityResult

from .change import Comparison
from .comparing import compare_contracts

_GONE = frozenset({"removed", "renamed"})


def verify_succession(comparison: Comparison, dataset: str, read: Iterable[Collection[str]], *, said: bool) -> None:
    """Return when the new data contract may follow: nothing breaks, its version says so, or its steward does (`said`).

    Args:
        comparison: what changed.
        dataset: the dataset's identifier.
        read: for each live agreement on the dataset the fields that it opens.
        said: the steward says that it is a new version of the data contract.

    Raises:
        ContractChangedError: it may not; `reasons` are the breaking changes and what they do to agreements.
    """
    if comparison.passes or said:
        return
    told = tuple(each.sentence for each in comparison.changes if each.breaks)
    raise ContractChangedError(
        f"The data contract of {dataset} changed in ways that break for those who read it.",
        reasons=(*told, *tell_agreements(comparison, read), comparison.verdict()),
    )


def tell_agreements(comparison: Comparison, read: Iterable[Collection[str]]) -> tuple[str, ...]:
    """Say of how many live agreements a field would vanish, and which field; never whose they are."""
    opened = [set(each) for each in read]
    told = []
    for change in comparison.changes:
        count = sum(change.field in each for each in opened) if change.kind in _GONE else 0
        if count:
            verb = "1 live agreement opens" if count == 1 else f"{count:,} live agreements open"
            told.append(f"{verb} {change.field}, which would vanish.")
    return tuple(told)


def tell_changes(quality: QualityResult, comparison: Comparison) -> QualityResult:
    """Return the quality result with what changed in the data contract among its findings; none stops anything."""
    told = tuple(
        Finding(
            "contract-changed",
            each.field,
            Dimension.CONSISTENCY,
            0,
            (),
            f"The data contract changed: {each.sentence}",
            stops=False,
        )
        for each in comparison.changes
    )
    return replace(quality, findings=(*quality.findings, *told))


def compare_with(known: Dataset | None, dataset: Dataset) -> Comparison | None:
    """Return what changed since the data contract that a dataset has, None where it has none or nothing changed."""
    found = compare_contracts(known.contract, dataset.contract) if known else None
    return found if found and found.changes else None
