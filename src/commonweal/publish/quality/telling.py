"""What the one query answers, in words: the findings, and what they say of each of the six dimensions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time

from commonweal.publish.model import DataContract, Dimension, DimensionResult, Finding, QualityResult
from commonweal.publish.promises import ALONE, Circumstances, Freshness, Volume

from .across import listed
from .checks import CONFUSION, Check
from .plan import CheckPlan

_LAST = 5
"""With how many of the last versions the number of rows is compared."""

_USUAL = Volume(50)
"""What is expected where a data contract says nothing: of tables of 20 rows and more, after two versions."""
_FORMER, _SMALL = 2, 20


def findings_from(
    plan: CheckPlan,
    answer: Sequence[object],
    rows: Mapping[int, Sequence[int]] | None = None,
    number: Callable[[int], int] = int,
    circumstances: Circumstances = ALONE,
) -> QualityResult:
    """Return what the query's one row says, in words: stopping findings first, then the most frequent.

    Args:
        plan: the plan whose query was run.
        answer: the row it answered.
        rows: for the place in the plan of each check that failed, the first rows that break it.
        number: gives the number by which a row is to be told, for the number the engine gave it; 0 where it is not.
        circumstances: the moment, the versions before, and the other datasets that were held.
    """
    total, end = _whole(answer[0]), 1 + len(plan.checks)
    if len(answer) != end + len(plan.freshness):
        raise ValueError("the engine did not answer what it was asked")
    counts = [_whole(each) for each in answer[1:end]]
    found = list(plan.header_findings)
    for place, (check, count) in enumerate(zip(plan.checks, counts, strict=True)):
        if not check.limit.passes(count, total):
            first = (rows or {}).get(place, ())
            found.append(_breach(check, count, tuple(filter(None, map(number, first)))))
    told = len(found)
    if total < plan.contract.minimum_rows:
        found.append(_too_few(total, plan.contract.minimum_rows))
    found += _of_time(plan, answer[end:], circumstances)
    found += _of_volume(plan.contract, total, circumstances)
    tally = _Tally(total, plan, counts, [*plan.header_findings, *found[told:]])
    dimensions = tuple(tally.tell(each, found, circumstances) for each in Dimension)
    found.sort(key=lambda each: (not each.stops, -each.count))
    return QualityResult(total, tuple(found), dimensions, circumstances.references)


class _Tally:
    """Sums up, for each dimension, what was measured and how much of it failed."""

    def __init__(self, rows: int, plan: CheckPlan, counts: Sequence[int], beside: Iterable[Finding]) -> None:
        self._rows, self._plan = rows, plan
        self._counted = [
            (check.dimension, count)
            for check, count in zip(plan.checks, counts, strict=True)
            if check.name != CONFUSION
        ]
        self._beside = [(each.dimension, each.count) for each in beside]

    def tell(self, dimension: Dimension, found: Sequence[Finding], circumstances: Circumstances) -> DimensionResult:
        """Return what is to be said of one dimension; one that nothing measured says no more than that."""
        of_it = [each for each in found if each.dimension is dimension and each.count]
        if not (of_it or self._is_measured(dimension, circumstances)):
            return DimensionResult(dimension)
        failed = sum(count for each, count in (*self._counted, *self._beside) if each is dimension)
        stops, warns = (any(each.stops is way for each in of_it) for way in (True, False))
        return DimensionResult(dimension, measured=True, rows=self._rows, failed=failed, stops=stops, warns=warns)

    def _is_measured(self, dimension: Dimension, circumstances: Circumstances) -> bool:
        if dimension is Dimension.TIMELINESS:
            on_time = self._plan.contract.promises.frequency and circumstances.at and circumstances.former
            return bool(self._plan.freshness or on_time)
        return dimension is Dimension.COMPLETENESS or any(each is dimension for each, _ in self._counted)


def _of_time(plan: CheckPlan, newest: Sequence[object], circumstances: Circumstances) -> Iterator[Finding]:
    at = circumstances.at
    if at is None:
        return
    for each, value in zip(plan.freshness, newest, strict=True):
        if sentence := _stale(each, value, at):
            yield Finding("freshness", each.field, Dimension.TIMELINESS, 1, (), sentence, each.stops)
    promised = plan.contract.promises.frequency
    before = max((each.published for each in circumstances.former), default=at)
    if promised is not None and at - before > promised.every.longest:
        sentence = (
            f"This version comes {_days(at, before)} after the one before; the data contract promises one every "
            f"{promised.every.told()}."
        )
        yield Finding("frequency", "", Dimension.TIMELINESS, 1, (), sentence, promised.stops)


def _stale(promised: Freshness, value: object, at: datetime) -> str:
    """Return what to say of a newest value; a date counts until its day has ended."""
    within = f"the data contract promises at most {promised.within.told()}"
    if not isinstance(value, date):
        return f"{promised.field} has no value up to the moment of publication, so the data shows no age; {within}."
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.max, UTC)
    if at - moment <= promised.within.longest:
        return ""
    return f"The newest value of {promised.field} is {_days(at, moment)} old; {within}."


def _of_volume(contract: DataContract, rows: int, circumstances: Circumstances) -> Iterator[Finding]:
    before = [each.rows for each in circumstances.former[:_LAST]]
    if not before:
        return
    middle = sorted(before)[len(before) // 2]
    is_telling = len(before) >= _FORMER and max(rows, middle) >= _SMALL
    promised = contract.promises.volume or (_USUAL if is_telling else None)
    if promised is None:
        return
    expected = f"the data contract expects {promised.percent:g}% at most"
    if not contract.promises.volume:
        expected = f"more than {promised.percent:g}% is told where the data contract says nothing"
    drift = abs(rows - middle) * 100 / middle if middle else 100.0 * bool(rows)
    if drift > promised.percent:
        versions = "the version before" if len(before) == 1 else f"the last {len(before)} versions (the middle one)"
        sentence = (
            f"The data has {_rows_told(rows)}, {drift:.0f}% {'fewer' if rows < middle else 'more'} than {versions} "
            f"with {middle:,}; {expected}."
        )
        yield Finding("volume", "", Dimension.COMPLETENESS, abs(rows - middle), (), sentence, promised.stops)


def _breach(check: Check, count: int, rows: tuple[int, ...]) -> Finding:
    where = ""
    if rows:
        first = "the first are rows" if count > len(rows) else "rows" if len(rows) > 1 else "row"
        where = f" ({first} {listed([str(each) for each in rows])})"
    allowed = f"; the data contract allows {check.limit.told()}" if check.limit.told() else ""
    sentence = f"{check.subject} {check.told} in {_rows_told(count)}{where}{allowed}."
    return Finding(check.name, check.field, check.dimension, count, rows, sentence, check.limit.stops)


def _too_few(rows: int, smallest: int) -> Finding:
    sentence = f"The data has {_rows_told(rows)}; the data contract requires at least {smallest:,}."
    return Finding("minimum-rows", "", Dimension.COMPLETENESS, smallest - rows, (), sentence)


def _rows_told(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _days(late: datetime, early: datetime) -> str:
    hours = round((late - early).total_seconds() / 3600)
    if hours < 48:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return f"{hours // 24:,} days"


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("the engine answered a check with something other than a count")
    return value
