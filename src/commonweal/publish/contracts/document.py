"""The data contract: ODCS 3.1 in, what the node enforces out, and back."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    Description,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)

from commonweal.publish.errors import ContractError
from commonweal.publish.kinds import Classification, FieldType
from commonweal.publish.limits import ENGINE, fault, is_finite, read_limit, write_limit
from commonweal.publish.model import DataContract, Field
from commonweal.publish.promises import NONE_MAY, FieldRule, Limit, Metric
from commonweal.publish.validating import read_validator, write_validator

from .odcs import parse_odcs
from .term_writing import TABLE, write_relationships, write_service_levels, write_table_rules
from .terms import Terms

MAX_FIELDS = 4096
MAX_PATTERN = 1000
CLASSIFICATION = "commonweal.classification"
NOTES = "commonweal.notes"

_DIMENSIONS = {Metric.MISSING: "completeness", Metric.INVALID: "conformity", Metric.DUPLICATE: "uniqueness"}
_NAME = re.compile(r"[^\x00-\x1f\x7f\x85\u2028\u2029]{1,128}")
_OPTIONS = {
    FieldType.STRING: frozenset({"pattern"}),
    FieldType.INTEGER: frozenset({"minimum", "maximum"}),
    FieldType.NUMBER: frozenset({"minimum", "maximum"}),
}


@lru_cache(maxsize=32)  # one contract serves many publishers, and reading it takes longer than checking a small file
def read_contract(document: bytes) -> DataContract:
    """Return the data contract that an ODCS 3 document (UTF-8 YAML) makes.

    Enforced are `logicalType`, `required`, `unique`, `primaryKey`, `logicalTypeOptions` minimum, maximum and pattern
    (RE2, on the whole text), `enum`, the library metrics nullValues, missingValues, duplicateValues (of several
    properties, on the table) and invalidValues, rowCount, `relationships` to datasets of the node, the service levels
    latency and frequency, and rules of type custom for the engine `commonweal`: a `validator` of a field; and of the
    table a row `rule`, a `reference`, what to `reconcile`, and the `volume`. A limit (`mustBeLessThan`, with the unit
    percent) lets some rows break a promise; of severity warning it stops nothing. The classification is the custom
    property `commonweal.classification`, else `classification` when it is one of ours, else personal; notes are the
    contract's custom property `commonweal.notes`. A document never confirms a classification: a steward does.

    Raises:
        ContractError: it is no ODCS document, has not exactly one table, or promises what the node cannot
            check; `reasons` name each place.
    """
    odcs = parse_odcs(document)
    table = _only_table(odcs)
    faults = [*_identity_faults(odcs), *_table_faults(table)]
    fields, keyed = list[Field](), sum(bool(each.primaryKey) for each in table.properties or [])
    for number, each in enumerate(table.properties or []):
        place = f"schema[0].properties[{number}]"
        try:
            fields.append(_field(each, place, is_keyed=keyed == 1))
        except ContractError as error:
            faults.extend(error.reasons)
    terms = _read_terms(odcs, table, fields)
    faults += terms.faults
    if faults:
        raise ContractError("The data contract cannot be enforced as it stands.", reasons=tuple(faults))
    return DataContract(
        id=odcs.id or "",
        version=odcs.version or "",
        title=odcs.name or odcs.id or "",
        description=_describe(odcs.description),
        fields=tuple(fields),
        minimum_rows=terms.minimum_rows,
        notes=_notes(odcs.customProperties),
        promises=terms.promises(),
    )


def write_contract(contract: DataContract) -> str:
    """Return the data contract as an ODCS 3.1 document that `read_contract` reads back, confirmations aside."""
    table = SchemaObject(
        name=TABLE,
        logicalType="object",
        properties=[_property(each, _place_in_key(contract, each)) for each in contract.fields],
        relationships=write_relationships(contract.promises) or None,
        quality=[
            _metric_rule(metric="rowCount", mustBeGreaterOrEqualTo=contract.minimum_rows),
            *write_table_rules(contract.promises),
        ],
    )
    document = OpenDataContractStandard(
        kind="DataContract",
        apiVersion="v3.1.0",
        id=contract.id,
        version=contract.version,
        name=contract.title,
        status="active",
        description=Description(purpose=contract.description) if contract.description else None,
        schema=[table],
        slaProperties=write_service_levels(contract.promises) or None,
        customProperties=[CustomProperty(property=NOTES, value=list(contract.notes))] if contract.notes else None,
    )
    return document.to_yaml()


def _read_terms(odcs: OpenDataContractStandard, table: SchemaObject, fields: Sequence[Field]) -> Terms:
    properties = table.properties or []
    named = {each.name or "": FieldType.STRING for each in properties}  # a field at fault is there, its type unknown
    terms = Terms(named | {each.name: each.type for each in fields})
    terms.read_primary_key(properties)
    for number, each in enumerate(properties):
        terms.read_relationships(each.name or "", each.relationships or [], f"schema[0].properties[{number}]")
    terms.read_relationships("", table.relationships or [], "schema[0]")
    terms.read_quality(table.quality or [])
    terms.read_service_levels(odcs.slaProperties or [])
    return terms


def _only_table(odcs: OpenDataContractStandard) -> SchemaObject:
    tables = odcs.schema_ or []
    if len(tables) != 1:
        raise ContractError(
            f"The data contract describes {len(tables)} tables.",
            advice="Describe exactly one table under `schema`; one dataset holds one table.",
        )
    return tables[0]


def _identity_faults(odcs: OpenDataContractStandard) -> Iterator[str]:
    if not (odcs.apiVersion or "").startswith("v3."):
        yield "apiVersion must be version 3 of the standard, such as v3.1.0."
    for place, text in (("id", odcs.id), ("version", odcs.version)):
        if not _is_name(text):
            yield f"{place} must be 1 to 128 printable characters."


def _table_faults(table: SchemaObject) -> Iterator[str]:
    properties = table.properties or []
    if not 1 <= len(properties) <= MAX_FIELDS:
        yield f"schema[0].properties must list 1 to {MAX_FIELDS} fields."
    names = [(each.name or "").casefold() for each in properties]
    for name, count in Counter(names).items():
        if count > 1:
            yield f"schema[0].properties[{names.index(name)}].name is used again (capitals make no difference)."


def _field(odcs: SchemaProperty, place: str, *, is_keyed: bool) -> Field:
    kind = _field_type(odcs, place)
    rules = _FieldRules(kind, place)
    rules.read_options(odcs.logicalTypeOptions or {})
    rules.read_quality(odcs.quality or [])
    rules.read_allowed(f"{place}.enum", [each.value for each in odcs.enum or []])
    rules.finish()
    return Field(
        name=odcs.name or "",
        type=kind,
        description=odcs.description or "",
        required=bool(odcs.required or odcs.primaryKey or rules.required),
        unique=bool(odcs.unique or (odcs.primaryKey and is_keyed) or rules.unique),
        minimum=rules.minimum,
        maximum=rules.maximum,
        pattern=rules.pattern,
        allowed=rules.allowed,
        validator=rules.validator,
        valid_on=rules.valid_on,
        classification=_classification(odcs, place),
        rules=tuple(rules.rules),
        validator_limit=rules.validator_limit,
    )


def _field_type(odcs: SchemaProperty, place: str) -> FieldType:
    if not _is_name(odcs.name) or (odcs.name or "").strip() != odcs.name:
        raise fault(f"{place}.name must be 1 to 128 printable characters with no space at either end.")
    if odcs.properties or odcs.items or odcs.map:
        raise fault(f"{place} is nested; a field of a table holds one value.")
    try:
        return FieldType(odcs.logicalType or "")
    except ValueError:
        raise fault(f"{place}.logicalType must be one of: {', '.join(FieldType)}.") from None


class _FieldRules:
    """Gathers what one ODCS property demands of its values."""

    def __init__(self, kind: FieldType, place: str) -> None:
        self.kind, self.place = kind, place
        self.required = self.unique = False
        self.minimum: float | None = None
        self.maximum: float | None = None
        self.pattern = ""
        self.allowed: tuple[str, ...] = ()
        self.validator = ""
        self.valid_on: date | None = None
        self.validator_limit = NONE_MAY
        self.rules: list[FieldRule] = []

    def read_options(self, options: dict[str, Any]) -> None:
        known = _OPTIONS.get(self.kind, frozenset())
        for key in options:
            if key not in known:
                raise fault(f"{self.place}.logicalTypeOptions.{key} cannot be checked on a {self.kind} field.")
        self.minimum = self._bound(options, "minimum")
        self.maximum = self._bound(options, "maximum")
        self._read_pattern(f"{self.place}.logicalTypeOptions.pattern", options.get("pattern"))

    def read_quality(self, rules: Sequence[DataQuality]) -> None:
        for number, rule in enumerate(rules):
            place = f"{self.place}.quality[{number}]"
            if rule.type == "custom" and rule.engine == ENGINE:
                self._read_validator(rule, place)
                continue
            metric = _metric(rule, place)
            limit = read_limit(rule, place) if metric else NONE_MAY
            if limit != NONE_MAY and metric != "rowCount":
                self._read_limited(metric, limit, rule, place)
                continue
            match metric:
                case "nullValues" | "missingValues":
                    self.required = True
                case "duplicateValues":
                    self.unique = True
                case "invalidValues":
                    self._read_valid(f"{place}.arguments", rule.arguments or {})
                case "rowCount":
                    raise fault(f"{place}: rowCount belongs to the table, not to a field.")

    def _read_limited(self, metric: str, limit: Limit, rule: DataQuality, place: str) -> None:
        """Read a library metric with a limit; the values it allows are its own, and no one else's."""
        kind = Metric.MISSING if metric == "missingValues" else Metric(metric)
        apart = _FieldRules(self.kind, self.place)
        if kind is Metric.INVALID:
            apart._read_valid(f"{place}.arguments", rule.arguments or {})
        self.rules.append(FieldRule(kind, limit, apart.allowed, apart.pattern))

    def read_allowed(self, place: str, values: object) -> None:
        if not isinstance(values, list) or not all(_is_listable(each) for each in values):
            raise fault(f"{place} must be a list of texts or whole numbers; put each text in quotes.")
        self.allowed += tuple(str(each) for each in values if str(each) not in self.allowed)

    def finish(self) -> None:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise fault(f"{self.place}.logicalTypeOptions.minimum is above the maximum.")

    def _read_validator(self, rule: DataQuality, place: str) -> None:
        if self.validator:
            raise fault(f"{place}: a field may have one validator.")
        self.validator, self.valid_on, self.validator_limit = read_validator(rule, place)

    def _read_valid(self, place: str, arguments: dict[str, Any]) -> None:
        if not arguments or set(arguments) - {"validValues", "pattern"}:
            raise fault(f"{place} must hold validValues, or pattern, and nothing else.")
        self.read_allowed(f"{place}.validValues", arguments.get("validValues", []))
        if "pattern" in arguments:
            self._read_pattern(f"{place}.pattern", arguments["pattern"])

    def _read_pattern(self, place: str, pattern: object) -> None:
        if pattern is None:
            return
        if not isinstance(pattern, str) or not 1 <= len(pattern) <= MAX_PATTERN or "\0" in pattern:
            raise fault(f"{place} must be a regular expression of 1 to {MAX_PATTERN} characters.")
        if self.kind is not FieldType.STRING or self.pattern not in {"", pattern}:
            raise fault(f"{place}: a string field may have one pattern, other fields none.")
        self.pattern = pattern

    def _bound(self, options: dict[str, Any], key: str) -> float | None:
        value = options.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value):
            raise fault(f"{self.place}.logicalTypeOptions.{key} must be a number.")
        return float(value)


def _metric(rule: DataQuality, place: str) -> str:
    """Return the library metric that a rule names; a rule in words asks nothing of the node."""
    if rule.type == "text":
        return ""
    metric = rule.metric or rule.rule
    if metric is None:
        raise fault(
            f"{place} is of a type that the node cannot check; only library metrics, text and our own validators are."
        )
    return metric


def _classification(odcs: SchemaProperty, place: str) -> Classification:
    ours = {each.value for each in Classification}
    stated = [each.value for each in odcs.customProperties or [] if each.property == CLASSIFICATION]
    for value in stated:
        if value not in ours:
            raise fault(f"{place}.customProperties: {CLASSIFICATION} must be one of: {', '.join(sorted(ours))}.")
        return Classification(value)
    return Classification(odcs.classification) if odcs.classification in ours else Classification.PERSONAL


def _notes(properties: Sequence[CustomProperty] | None) -> tuple[str, ...]:
    for each in properties or []:
        if each.property == NOTES:
            listed = each.value if isinstance(each.value, list) else [each.value]
            if not all(isinstance(note, str) and note.strip() for note in listed):
                raise ContractError(f"customProperties: {NOTES} must be sentences.")
            return tuple(listed)
    return ()


def _describe(description: Description | None) -> str:
    parts = (description.purpose, description.usage, description.limitations) if description else ()
    return " ".join(part.strip() for part in parts if part)


def _place_in_key(contract: DataContract, field: Field) -> int | None:
    key = next((each.fields for each in contract.promises.keys if each.primary), ())
    return key.index(field.name) + 1 if field.name in key else None


def _property(field: Field, place_in_key: int | None) -> SchemaProperty:
    options = {"minimum": field.minimum, "maximum": field.maximum, "pattern": field.pattern or None}
    stated = {key: value for key, value in options.items() if value is not None}
    return SchemaProperty(
        name=field.name,
        logicalType=field.type.value,
        logicalTypeOptions=stated or None,
        description=field.description or None,
        required=field.required or None,
        unique=field.unique or None,
        primaryKey=True if place_in_key else None,
        primaryKeyPosition=place_in_key,
        classification=field.classification.value,
        quality=[*_listing(field.allowed), *write_validator(field), *map(_limited, field.rules)] or None,
        customProperties=[CustomProperty(property=CLASSIFICATION, value=field.classification.value)],
    )


def _limited(rule: FieldRule) -> DataQuality:
    operator, more = write_limit(rule.limit)
    arguments: dict[str, object] = {"validValues": list(rule.allowed)} if rule.allowed else {}
    arguments |= {"pattern": rule.pattern} if rule.pattern else {}
    terms = {"metric": rule.metric.value, "arguments": arguments or None} | (operator or {"mustBe": 0}) | more
    return _metric_rule(**terms, dimension=_DIMENSIONS[rule.metric])


def _listing(allowed: tuple[str, ...]) -> list[DataQuality]:
    if not allowed:
        return []
    arguments = {"validValues": list(allowed)}
    return [_metric_rule(metric="invalidValues", arguments=arguments, mustBe=0, dimension="conformity")]


def _metric_rule(**terms: object) -> DataQuality:
    return DataQuality.model_validate(terms)


def _is_name(text: str | None) -> bool:
    return text is not None and _NAME.fullmatch(text) is not None and text.isprintable()


def _is_listable(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
