"""What an ODCS 3.1 document promises of its table as a whole: read, each fault with its place."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from open_data_contract_standard.model import DataQuality, Relationship, SchemaProperty, ServiceLevelAgreementProperty

from commonweal.publish.errors import ContractError
from commonweal.publish.kinds import FieldType
from commonweal.publish.limits import ENGINE, LIMITS, SEVERITY, fault, is_finite, read_amount, read_limit, stops_at
from commonweal.publish.promises import (
    Frequency,
    Freshness,
    Limit,
    Period,
    Promises,
    Reconciliation,
    Reference,
    RowRule,
    UniqueKey,
    Unit,
    Volume,
)
from commonweal.publish.row_rules import verify_rule

MOST_PROMISES = 200

_UNITS = {
    **dict.fromkeys(("min", "minute", "minutes"), Unit.MINUTE),
    **dict.fromkeys(("h", "hr", "hour", "hours"), Unit.HOUR),
    **dict.fromkeys(("d", "day", "days"), Unit.DAY),
    **dict.fromkeys(("w", "week", "weeks"), Unit.WEEK),
    **dict.fromkeys(("mo", "month", "months"), Unit.MONTH),
    **dict.fromkeys(("y", "yr", "year", "years"), Unit.YEAR),
}
_DATASET = re.compile(r"[^\s/.]{1,100}/[a-z0-9-]{1,64}")
_DATED = {FieldType.DATE, FieldType.TIMESTAMP}
_Pairs = tuple[tuple[str, str], ...]


class Terms:
    """Gathers what an ODCS document promises of its table as a whole; `faults` names each place that cannot stand."""

    def __init__(self, kinds: Mapping[str, FieldType]) -> None:
        self._kinds = kinds
        self.faults: list[str] = []
        self.minimum_rows = 1
        self._keys: list[UniqueKey] = []
        self._rules: list[RowRule] = []
        self._references: list[Reference] = []
        self._reconciliations: list[Reconciliation] = []
        self._freshness: list[Freshness] = []
        self._frequency: Frequency | None = None
        self._volume: Volume | None = None

    def promises(self) -> Promises:
        """Return what was gathered."""
        return Promises(
            tuple(self._keys),
            tuple(self._rules),
            tuple(self._references),
            tuple(self._reconciliations),
            tuple(self._freshness),
            self._frequency,
            self._volume,
        )

    def read_primary_key(self, properties: Sequence[SchemaProperty]) -> None:
        """Read a primary key of several properties, in the order of their positions."""
        key = sorted((each for each in properties if each.primaryKey), key=lambda each: each.primaryKeyPosition or 0)
        if len(key) > 1:
            self._keys.append(UniqueKey(tuple(each.name or "" for each in key), primary=True))

    def read_relationships(self, own: str, listed: Sequence[Relationship], place: str) -> None:
        """Read the relationships of a property, or with `own` empty those of the table."""
        for number, each in enumerate(listed):
            self._try(self._relationship, f"{place}.relationships[{number}]", own, each)

    def read_quality(self, rules: Sequence[DataQuality]) -> None:
        """Read the quality rules of the table."""
        if len(rules) > MOST_PROMISES:
            self.faults.append(f"schema[0].quality has more than {MOST_PROMISES} rules.")
            return
        for number, rule in enumerate(rules):
            if rule.type != "text":
                self._try(self._rule, f"schema[0].quality[{number}]", rule)

    def read_service_levels(self, listed: Sequence[ServiceLevelAgreementProperty]) -> None:
        """Read latency (or freshness) of a field, and frequency; every other service level is no check of data."""
        for number, each in enumerate(listed):
            self._try(self._service_level, f"slaProperties[{number}]", each)

    def _try(self, read: Callable[..., None], place: str, *values: object) -> None:
        try:
            read(place, *values)
        except ContractError as error:
            self.faults += error.reasons

    def _field(self, name: object, place: str) -> str:
        text = str(name)
        for candidate in (text, text.partition(".")[2]):
            if candidate in self._kinds:
                return candidate
        raise fault(f"{place} names a field that the data contract does not have.")

    def _relationship(self, place: str, own: str, each: Relationship) -> None:
        ours = [own] if own else [each.from_] if isinstance(each.from_, str) else each.from_ or []
        targets = [each.to] if isinstance(each.to, str) else each.to or []
        parts = [target.split(".") for target in targets]
        if len(ours) != len(targets):
            raise fault(f"{place} must name as many fields in `to` as in `from`.")
        if any(len(part) != 3 for part in parts) or len({tuple(part[:2]) for part in parts}) != 1:
            raise fault(f"{place}.to must name fields of one dataset of the node, each as BODY.NAME.FIELD.")
        stops = [
            stops_at(term.value, f"{place}.customProperties")
            for term in each.customProperties or []
            if term.property == SEVERITY
        ]
        self._add_reference(
            place,
            [(name, part[2]) for name, part in zip(ours, parts, strict=True)],
            f"{parts[0][0]}/{parts[0][1]}",
            Limit(stops=all(stops)),
        )

    def _add_reference(self, place: str, pairs: Sequence[tuple[str, str]], dataset: str, limit: Limit) -> None:
        fields = tuple(self._field(ours, place) for ours, _ in pairs)
        self._references.append(Reference(fields, dataset, tuple(theirs for _, theirs in pairs), limit))

    def _rule(self, place: str, rule: DataQuality) -> None:
        if rule.type == "custom" and rule.engine == ENGINE:
            self._custom(place, rule)
        elif (rule.metric or rule.rule) == "rowCount":
            self._row_count(place, rule)
        elif (rule.metric or rule.rule) == "duplicateValues":
            self._duplicates(place, rule)
        else:
            raise fault(
                f"{place}: of a table the node checks rowCount with a least number of rows, duplicateValues of several "
                f"properties, and rules of type custom for the engine {ENGINE}."
            )

    def _row_count(self, place: str, rule: DataQuality) -> None:
        bound, above = rule.mustBeGreaterOrEqualTo, rule.mustBeGreaterThan
        if not stops_at(rule.severity, f"{place}.severity"):
            raise fault(f"{place}: too few rows always stop a source, so rowCount is no warning.")
        if bound is not None and is_finite(bound):
            self.minimum_rows = max(math.ceil(bound), 0)
        elif above is not None and is_finite(above):
            self.minimum_rows = max(math.floor(above) + 1, 0)
        else:
            raise fault(f"{place}: of a table the node checks rowCount with a least number of rows only.")

    def _duplicates(self, place: str, rule: DataQuality) -> None:
        terms = rule.arguments or {}
        listed = terms.get("properties")
        if set(terms) != {"properties"} or not isinstance(listed, list) or len(listed) < 2:
            raise fault(f"{place}.arguments must hold `properties`, two or more fields, and nothing else.")
        fields = tuple(self._field(each, f"{place}.arguments.properties") for each in listed)
        if len(set(fields)) < len(fields):
            raise fault(f"{place}.arguments.properties names a field twice.")
        self._keys.append(UniqueKey(fields, limit=read_limit(rule, place)))

    def _custom(self, place: str, rule: DataQuality) -> None:
        terms = rule.implementation
        if not isinstance(terms, dict):
            raise fault(f"{place}.implementation must hold a mapping.")
        kind = next((each for each in _CUSTOM if each in terms), None)
        if kind is None:
            raise fault(f"{place}.implementation must hold one of: {', '.join(_CUSTOM)}.")
        known = {kind, *LIMITS, *(["when"] if kind == "rule" else [])}
        if set(terms) - known:
            raise fault(f"{place}.implementation holds something beside {', '.join(sorted(known))}.")
        _CUSTOM[kind](self, f"{place}.implementation", rule, terms)

    def _row_rule(self, place: str, rule: DataQuality, terms: Mapping[str, Any]) -> None:
        texts = {key: terms.get(key, "") for key in ("rule", "when")}
        for key, text in texts.items():
            if not isinstance(text, str):
                raise fault(f"{place}.{key} must be text.")
            if text or key == "rule":
                _verify_rule(f"{place}.{key}", text, self._kinds)
        limit = read_limit(rule, place, terms)
        name = " ".join((rule.name or "").split())[:128]
        self._rules.append(RowRule(texts["rule"], texts["when"], name if name.isprintable() else "", limit))

    def _reference(self, place: str, rule: DataQuality, terms: Mapping[str, Any]) -> None:
        told = _mapping(terms["reference"], f"{place}.reference", {"dataset", "fields"})
        dataset, pairs = _dataset(told, f"{place}.reference"), _pairs(told["fields"], f"{place}.reference.fields")
        self._add_reference(f"{place}.reference.fields", pairs, dataset, read_limit(rule, place, terms))

    def _reconcile(self, place: str, rule: DataQuality, terms: Mapping[str, Any]) -> None:
        told = _mapping(terms["reconcile"], f"{place}.reconcile", {"dataset", "by", "fields"})
        dataset = _dataset(told, f"{place}.reconcile")
        by, fields = (
            tuple((self._field(ours, place), theirs) for ours, theirs in _pairs(told[key], f"{place}.reconcile.{key}"))
            for key in ("by", "fields")
        )
        self._reconciliations.append(Reconciliation(dataset, by, fields, read_limit(rule, place, terms)))

    def _drift(self, place: str, rule: DataQuality, terms: Mapping[str, Any]) -> None:
        told = _mapping(terms["volume"], f"{place}.volume", {"within"})
        if self._volume is not None:
            raise fault(f"{place}: a table has one volume.")
        percent = read_amount(told["within"], f"{place}.volume.within")
        self._volume = Volume(percent, stops=rule.severity == "error" and stops_at(rule.severity, place))

    def _service_level(self, place: str, each: ServiceLevelAgreementProperty) -> None:
        stops = any(
            stops_at(term.value, f"{place}.customProperties")
            for term in each.customProperties or []
            if term.property == SEVERITY
        )
        if each.property in {"latency", "freshness"} and each.element:
            field = self._field(each.element, f"{place}.element")
            if self._kinds[field] not in _DATED:
                raise fault(f"{place}.element must name a date or a timestamp.")
            self._freshness.append(Freshness(field, _period(each, place), stops))
        elif each.property == "frequency" and not each.element:
            self._frequency = Frequency(_period(each, place), stops)


_CUSTOM: dict[str, Callable[[Terms, str, DataQuality, Mapping[str, Any]], None]] = {
    "rule": Terms._row_rule,  # noqa: SLF001  the table of its own methods
    "reference": Terms._reference,  # noqa: SLF001
    "reconcile": Terms._reconcile,  # noqa: SLF001
    "volume": Terms._drift,  # noqa: SLF001
}


def _verify_rule(place: str, text: str, kinds: Mapping[str, FieldType]) -> None:
    try:
        verify_rule(text, kinds)
    except ContractError as error:
        raise fault(f"{place}: {error.reasons[0]}") from None


def _period(each: ServiceLevelAgreementProperty, place: str) -> Period:
    unit = _UNITS.get((each.unit or "").lower())
    number = read_amount(each.value, f"{place}.value")
    if unit is None or not 0 < number <= 10_000:
        raise fault(f"{place} must be a number of up to 10,000 with the unit {', '.join(Unit)}.")
    return Period(number, unit)


def _mapping(terms: object, place: str, keys: set[str]) -> dict[str, Any]:
    if not isinstance(terms, dict) or set(terms) != keys:
        raise fault(f"{place} must hold {', '.join(sorted(keys))}, and nothing else.")
    return terms


def _dataset(terms: Mapping[str, Any], place: str) -> str:
    name = terms["dataset"]
    if not isinstance(name, str) or not _DATASET.fullmatch(name):
        raise fault(f"{place}.dataset must be BODY/NAME, a dataset of the node.")
    return name


def _pairs(terms: object, place: str) -> _Pairs:
    if not isinstance(terms, dict) or not terms or not all(isinstance(each, str) for each in terms.values()):
        raise fault(f"{place} must name, for each of our fields, a field of the dataset.")
    return tuple(terms.items())
