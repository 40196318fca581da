"""The promises about several fields of a row, and about rows of other datasets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from commonweal.publish.model import DataContract, Dimension
from commonweal.publish.promises import Promises, Reconciliation, Reference, RowRule, UniqueKey
from commonweal.publish.row_rules import compile_rule, fields_of

from .checks import Check, breaking, repeating
from .values import Cell

Cells = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Beside:
    """The rows of another dataset that are joined to those of the source, under the alias that the checks use."""

    alias: str
    rows: exp.Select
    on: exp.Expr


def relation_of(dataset: str, promises: Promises) -> str:
    """Return the name of the relation that holds what the promises read of another dataset.

    Its columns are `f1`, `f2` … in the order of `Promises.reads`.
    """
    return f"reference{list(promises.reads()).index(dataset) + 1}"


def key_checks(keys: Iterable[UniqueKey], cells: Cells) -> Iterator[Check]:
    """Yield the checks of the keys whose fields are all there."""
    for key in keys:
        if set(key.fields) <= set(cells):
            told = "repeat the values of an earlier row"
            blank = _check("unique-together", Dimension.UNIQUENESS, f"{listed(key.fields)} together", told)
            yield replace(repeating(blank, [cells[name] for name in key.fields]), limit=key.limit)


def rule_checks(contract: DataContract, cells: Cells) -> Iterator[Check]:
    """Yield the checks of the row rules whose fields are all there."""
    kinds = {each.name: each.type for each in contract.fields}
    for rule in contract.promises.rules:
        texts = [each for each in (rule.rule, rule.when) if each]
        if {name for text in texts for name in fields_of(text)} <= set(cells):
            broken: list[exp.Expr] = [exp.not_(compile_rule(rule.rule, kinds, lambda name: cells[name].value))]
            if rule.when:
                broken.append(compile_rule(rule.when, kinds, lambda name: cells[name].value))
            blank = _check("rule", Dimension.CONSISTENCY, f"The rule {_told(rule)}", "is broken")
            yield replace(breaking(blank, exp.and_(*broken)), limit=rule.limit)


def reference_checks(
    promises: Promises, cells: Cells, held: Sequence[str]
) -> Iterator[tuple[Beside, tuple[Check, ...]]]:
    """Yield what is to be joined, and the checks that need it, for each reference to a dataset that is `held`."""
    promised: tuple[Reference | Reconciliation, ...] = (*promises.references, *promises.reconciliations)
    for number, each in enumerate(promised, start=1):
        needed = each.fields if isinstance(each, Reference) else [ours for ours, _ in (*each.by, *each.fields)]
        if each.dataset in held and set(needed) <= set(cells):
            joined = _Joined(promises, each.dataset, f"r{number}")
            yield joined.reference(each, cells) if isinstance(each, Reference) else joined.reconcile(each, cells)


class _Joined:
    """One other dataset, as it is joined for one promise."""

    def __init__(self, promises: Promises, dataset: str, alias: str) -> None:
        self._dataset, self._alias = dataset, alias
        self._relation = relation_of(dataset, promises)
        self._fields = promises.reads()[dataset]

    def reference(self, each: Reference, cells: Cells) -> tuple[Beside, tuple[Check, ...]]:
        ours = [cells[name].value for name in each.fields]
        theirs = [self._column(name) for name in each.targets]
        rows = exp.select(*map(exp.column, theirs)).distinct().from_(self._relation)
        told = f"{'does' if len(ours) == 1 else 'do'} not stand in {self._dataset}"
        blank = _check("reference", Dimension.CONSISTENCY, listed(each.fields), told, each.fields)
        check = replace(breaking(blank, exp.and_(*_given(ours), self._is_lost(theirs))), limit=each.limit)
        return Beside(self._alias, rows, self._on(ours, theirs)), (check,)

    def reconcile(self, each: Reconciliation, cells: Cells) -> tuple[Beside, tuple[Check, ...]]:
        ours, theirs = [cells[name].value for name, _ in each.by], [self._column(name) for _, name in each.by]
        compared = [self._column(name) for _, name in each.fields if self._column(name) not in theirs]
        once = exp.EQ(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
        rows = (
            exp.select(*map(exp.column, theirs), *(_any(name) for name in dict.fromkeys(compared)))
            .from_(self._relation)
            .where(exp.and_(*_given(map(exp.column, theirs))))
            .group_by(*map(exp.column, theirs))
            .having(once)
        )
        checks = (self._unfound(each, ours, theirs), *self._unequal(each, ours, theirs, cells))
        limited = tuple(replace(check, limit=each.limit) for check in checks)
        return Beside(self._alias, rows, self._on(ours, theirs)), limited

    def _unfound(self, each: Reconciliation, ours: list[exp.Column], theirs: list[str]) -> Check:
        names = [name for name, _ in each.by]
        told = f"{'names' if len(names) == 1 else 'name'} no row, or more than one, of {self._dataset}"
        blank = _check("unfound", Dimension.ACCURACY, listed(names), told, names)
        return breaking(blank, exp.and_(*_given(ours), self._is_lost(theirs)))

    def _unequal(
        self, each: Reconciliation, ours: list[exp.Column], theirs: list[str], cells: Cells
    ) -> Iterator[Check]:
        found = exp.and_(*_given(ours), exp.not_(self._is_lost(theirs)))
        for name, other in each.fields:
            there = exp.column(self._column(other), table=self._alias)
            same = exp.NullSafeEQ(this=cells[name].value, expression=there)
            blank = _check("unequal", Dimension.ACCURACY, name, f"is not what {self._dataset} has", [name])
            yield breaking(blank, exp.and_(found.copy(), exp.not_(same)))

    def _column(self, name: str) -> str:
        return f"f{self._fields.index(name) + 1}"

    def _on(self, ours: Sequence[exp.Column], theirs: Sequence[str]) -> exp.Expr:
        pairs = zip(ours, theirs, strict=True)
        return exp.and_(*(exp.EQ(this=own, expression=exp.column(each, table=self._alias)) for own, each in pairs))

    def _is_lost(self, theirs: Sequence[str]) -> exp.Expr:
        return exp.column(theirs[0], table=self._alias).is_(exp.null())


def listed(words: Sequence[str]) -> str:
    """Return words as a list in words."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _given(values: Iterable[exp.Column]) -> list[exp.Expr]:
    return [each.copy().is_(exp.null()).not_() for each in values]


def _any(name: str) -> exp.Expr:
    return exp.alias_(exp.AnyValue(this=exp.column(name)), name)


def _told(rule: RowRule) -> str:
    if rule.name:
        return f"“{rule.name}”"
    return f"“{rule.rule}”" + (f" (when {rule.when})" if rule.when else "")


def _check(name: str, dimension: Dimension, subject: str, told: str, fields: Sequence[str] = ()) -> Check:
    field = fields[0] if len(fields) == 1 else ""
    return Check(name, field, dimension, subject, told)
