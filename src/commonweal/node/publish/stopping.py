"""What the steward whose source the gate stops is shown beyond the findings: shapes of cells, who mends, how."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from commonweal.adapters.duckdb import EngineError, Onto, Publisher
from commonweal.publish import Finding, GateError, QualityResult, ShownFinding, SourceError, SourceFormat


@contextmanager
def showing_shapes(
    engine: Publisher, offered: str, form: SourceFormat | Onto, number: Callable[[int], int], quality: QualityResult
) -> Iterator[None]:
    """Give a `GateError` that the block raises the shapes of the cells at fault, for the steward who sent the source.

    Args:
        engine: it checked the source and is still open.
        offered: the source's address for the engine.
        form: its form.
        number: gives the number by which the check told a row, for the engine's own.
        quality: what the check found.
    """
    try:
        yield
    except GateError as error:
        error.shown = _shown(engine, offered, form, number, quality)
        raise


def _shown(
    engine: Publisher, offered: str, form: SourceFormat | Onto, number: Callable[[int], int], quality: QualityResult
) -> tuple[ShownFinding, ...]:
    rows = range(1, quality.rows + 1)
    places = {told: bisect_left(rows, told, key=number) + 1 for each in quality.findings for told in each.rows if told}
    wanted: dict[str, list[int]] = {}
    for each in quality.findings:
        wanted.setdefault(each.field, []).extend(places[told] for told in each.rows if told)
    try:
        shapes = engine.sample(offered, form, wanted)
    except (EngineError, SourceError):
        shapes = {}
    return tuple(_show(each, shapes.get(each.field, {}), places) for each in quality.findings)


def _show(finding: Finding, shapes: Mapping[int, str], places: Mapping[int, int]) -> ShownFinding:
    found = (shapes.get(places[told], "") for told in finding.rows if told)
    return ShownFinding(finding, tuple(dict.fromkeys(each for each in found if each.strip())))
