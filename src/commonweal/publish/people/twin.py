"""A synthetic twin: a table of nobody under the fields of a dataset, made field by field from counts that are safe."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from commonweal.publish.errors import TwinError
from commonweal.publish.kinds import Classification, FieldType
from commonweal.publish.model import DataContract, Dataset, Field
from commonweal.publish.validating import validator_of

from .detecting import QUASI, detect_field
from .inventing import draw_public

RAREST = 10
"""Rows in which a value must stand before a twin may show it."""

EPSILON = 1.0
"""The noise on each count: two-sided geometric, so that one row more or less hardly shows in it."""

MOST_ROWS = 100_000
SUFFIX = "-synthetic"

_TRIED = 50
_MISSING = 0.05
_SPREAD = 4.0


@dataclass(frozen=True, slots=True)
class Marginal:
    """What is counted of one plain field: values as text in at least `RAREST` rows each, None where nothing stands.

    Where it `is_stepped` they are no values of the source but the beginnings of equal steps, and counts of the steps.
    """

    counts: Mapping[str | None, int]
    is_stepped: bool = False


@dataclass(frozen=True, slots=True)
class TwinPlan:
    """How a twin is made.

    `weights` has for each field taken from counts its values with noisy weights, `pools` for each invented text its
    values. A field in neither is drawn from a public range or its contract's list. `identifying` are the fields on
    whose combination no row may equal one of the source, `guarded` those of which no rare value of it may appear, and
    `stepped` those that hold nothing but the beginnings of steps.
    """

    contract: DataContract
    weights: Mapping[str, tuple[tuple[str | None, int], ...]]
    pools: Mapping[str, tuple[str, ...]]
    identifying: tuple[str, ...]
    guarded: tuple[str, ...]
    stepped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TwinCheck:
    """What holding a twin against its source found.

    `copies` rows equal one of the source in every identifying field, where `expected` would by chance; `rare` counts
    for each field the values shown that stand in fewer than `RAREST` rows of the source.
    """

    copies: int
    expected: float
    rare: Mapping[str, int]

    def verify(self) -> None:
        """Return when the twin shows nobody.

        Raises:
            TwinError: it has copies beyond chance, or shows a rare value; nothing is published.
        """
        reasons = [
            f"{name} shows {count:,} values that few rows of the source have, or that it was not made from."
            for name, count in self._shown()
        ]
        if self.copies > math.floor(self.expected + _SPREAD * math.sqrt(self.expected)):
            told = f"{self.copies:,} rows equal rows of the source; {self.expected:.1f} would by chance."
            reasons.insert(0, told)
        if reasons:
            raise TwinError("The synthetic twin could show somebody, so it is not published.", reasons=tuple(reasons))

    def _shown(self) -> Iterator[tuple[str, int]]:
        yield from ((name, count) for name, count in self.rare.items() if count)


def verify_rows(rows: int) -> int:
    """Return a number of rows that a twin may have.

    Raises:
        TwinError: it may not have so many, or none.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise TwinError(f"A twin has 1 to {MOST_ROWS:,} rows.")
    return rows


def is_counted(field: Field) -> bool:
    """Say whether values of a field may be counted for a twin: it is plain, and its values do not tell rows apart."""
    return field.is_plain and not field.unique


def is_invented(field: Field, marginal: Marginal | None) -> bool:
    """Say whether a field's values are invented texts: there are no counts and no list to take them from."""
    if marginal is not None or field.type is FieldType.BOOLEAN:
        return False
    return field.unique or (field.type is FieldType.STRING and not (field.allowed and not field.is_plain))


def plan_twin(
    dataset: Dataset,
    marginals: Mapping[str, Marginal],
    pools: Mapping[str, Sequence[str]],
    *,
    rows: int,
    random: Random,
) -> TwinPlan:
    """Return how the twin of a dataset is made, with noise on every count.

    Args:
        dataset: the dataset.
        marginals: what is counted of those fields that `is_counted` names and that have values to count.
        pools: for each field that `is_invented` names its invented texts, none of which stands in the source.
        rows: how many rows it is to have.
        random: a source of randomness that nobody can foretell.

    Raises:
        TwinError: a field has no value that may be shown.
    """
    fields = dataset.contract.fields
    weights = {each.name: _noisy(each, marginals[each.name], random) for each in fields if each.name in marginals}
    for each in fields:
        _verify_makeable(each, weights, pools, rows)
    kept = [_promise(each, [value for value, _ in weights.get(each.name, ()) if value], pools) for each in fields]
    relaxed = [each.name for each, twin in zip(fields, kept, strict=True) if _is_relaxed(each, twin)]
    stepped = {name for name, each in marginals.items() if each.is_stepped}
    contract = DataContract(
        id=f"{dataset.contract.id}{SUFFIX}",
        version=dataset.contract.version,
        title=f"{dataset.contract.title} (synthetic twin)",
        description=f"Synthetic: no row tells of a person. {dataset.contract.description}".strip(),
        fields=tuple(kept),
        minimum_rows=min(rows, dataset.contract.minimum_rows),
        notes=_notes(dataset, relaxed),
    )
    return TwinPlan(
        contract,
        weights,
        {name: tuple(each) for name, each in pools.items()},
        identifying=tuple(each.name for each in fields if not each.is_plain or detect_field(each.name).kind in QUASI),
        guarded=tuple(each.name for each in fields if each.name in {*weights, *pools} - stepped),
        stepped=tuple(each.name for each in fields if each.name in stepped),
    )


def make_rows(plan: TwinPlan, rows: int, random: Random) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a twin, each field drawn by itself; an empty text stands where nothing does."""
    fields = plan.contract.fields
    shuffled = {name: random.sample(each, len(each)) for name, each in plan.pools.items()}
    drawn = {
        name: ([value for value, _ in each], [weight for _, weight in each]) for name, each in plan.weights.items()
    }
    for number in range(rows):
        yield tuple(_value(each, number, drawn.get(each.name), shuffled.get(each.name), random) for each in fields)


def _value(
    field: Field,
    number: int,
    drawn: tuple[list[str | None], list[int]] | None,
    pool: list[str] | None,
    random: Random,
) -> str:
    if drawn is not None:
        return random.choices(*drawn)[0] or ""
    if field.unique and pool is not None:
        return pool[number]
    if not field.required and random.random() < _MISSING:
        return ""
    if pool is not None:
        return random.choice(pool)
    return random.choice(field.allowed) if field.allowed else draw_public(field, random)


def _noisy(field: Field, marginal: Marginal, random: Random) -> tuple[tuple[str | None, int], ...]:
    """Return values with noisy counts; those that few rows have, before or after the noise, are left out."""
    noisy = (
        (value, count + _geometric(random))
        for value, count in sorted(marginal.counts.items(), key=lambda each: each[0] or "")
        if count >= RAREST and not (value is None and field.required)
    )
    return tuple((value, weight) for value, weight in noisy if weight >= RAREST)


def _geometric(random: Random) -> int:
    """Return two-sided geometric noise: the difference of two numbers of failures before a success."""
    alpha = math.exp(-EPSILON)
    one, other = (int(math.log(1.0 - random.random()) / math.log(alpha)) for _ in range(2))
    return one - other


def _verify_makeable(
    field: Field, weights: Mapping[str, Sequence[object]], pools: Mapping[str, Sequence[str]], rows: int
) -> None:
    if field.name in weights and not weights[field.name]:
        raise TwinError(f"No value of {field.name} stands in {RAREST} rows or more, so none may be shown.")
    least = rows if field.unique else 1
    if field.name in pools and len(pools[field.name]) < least:
        raise TwinError(f"{field.name} cannot be invented for so many rows.", advice="Ask for fewer rows.")


def _promise(field: Field, values: Sequence[str], pools: Mapping[str, Sequence[str]]) -> Field:
    """Return a field of the twin's contract: its promises, but for those that invented values cannot keep."""
    tried = pools.get(field.name, values)[:_TRIED]
    validator = validator_of(field)
    keeps_rule = validator is not None and all(map(validator.is_valid, tried)) and field.valid_on is None
    keeps_pattern = bool(field.pattern) and all(_matches(field.pattern, each) for each in tried)
    listed = field.allowed if all(each in field.allowed for each in tried) else ()
    promised = Field(
        name=field.name,
        type=field.type,
        description=field.description,
        required=field.required,
        unique=field.unique,
        minimum=field.minimum,
        maximum=field.maximum,
        pattern=field.pattern if keeps_pattern else "",
        allowed=listed,
        validator=field.validator if keeps_rule else "",
        classification=Classification.NOT_PERSONAL,
    )
    return replace(promised, confirmed=True)


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _is_relaxed(field: Field, twin: Field) -> bool:
    before = (field.patterns(), field.allowed, field.validator, field.rules)
    return before != (twin.patterns(), twin.allowed, twin.validator, twin.rules)


def _notes(dataset: Dataset, relaxed: Sequence[str]) -> tuple[str, ...]:
    made = (
        f"Synthetic: made for trying tools on, beside {dataset.id}. No row tells of a person.",
        "Each field was drawn by itself, from the data contract and from counts with two-sided geometric noise "
        f"(epsilon {EPSILON:g} a field), without values that stand in fewer than {RAREST} rows. Nothing that holds "
        "between fields is kept: do not draw conclusions from it.",
        "Fields that tell of people have invented values only: NHS numbers begin with 999 and National Insurance "
        "numbers with QQ, which are issued to nobody.",
    )
    if not relaxed:
        return made
    return (
        *made,
        f"Not promised here, since invented values cannot keep it: the form or list of {', '.join(relaxed)}.",
    )
