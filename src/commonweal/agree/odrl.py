"""An agreement on the wire: ODRL 2.2 in JSON-LD."""

from datetime import datetime

from commonweal.core import Json, to_rfc3339
from commonweal.request import Operator, RowCondition

from .model import Agreement

_CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
_OPERATORS = {
    Operator.EQUALS: "eq",
    Operator.NOT_EQUALS: "neq",
    Operator.LESS: "lt",
    Operator.LESS_OR_EQUAL: "lteq",
    Operator.GREATER: "gt",
    Operator.GREATER_OR_EQUAL: "gteq",
    Operator.IN: "isAnyOf",
}


def to_odrl(agreement: Agreement, *, base: str) -> dict[str, Json]:
    """Return the agreement as an ODRL 2.2 `Agreement` in JSON-LD; `base` is the node's address without a final `/`.

    One permission to `read` the dataset's fields and rows, constrained by purpose and time, with the
    discloser's duties to tokenise fields and to seal what it releases to a recipient. Fields, tokenising and sealing
    are terms of the node's own profile (ODRL Information Model 2.2, section 4). It holds the values of row
    conditions: it is for the parties, never for the log.
    """
    parties: dict[str, Json] = {
        "assigner": f"{base}/bodies/{agreement.discloser}",
        "assignee": f"{base}/bodies/{agreement.recipient}",
    }
    permission: dict[str, Json] = {
        "action": "read",
        "target": _target(agreement, base),
        "constraint": _constraints(agreement, base),
    }
    if duties := _duties(agreement, base):
        permission["duty"] = duties
    return {
        "@context": [_CONTEXT, {"cw": f"{base}/odrl-profile#"}],
        "@type": "Agreement",
        "uid": f"{base}/agreements/{agreement.id}",
        "profile": f"{base}/odrl-profile",
        **parties,
        "permission": [permission],
    }


def _target(agreement: Agreement, base: str) -> Json:
    fields = _constraint("cw:field", "isAnyOf", [*agreement.fields])
    return {
        "@type": "AssetCollection",
        "source": f"{base}/datasets/{agreement.dataset}",
        "refinement": [fields, *(_row_refinement(each) for each in agreement.rows)],
    }


def _row_refinement(condition: RowCondition) -> Json:
    values: Json = [*condition.values] if condition.operator is Operator.IN else condition.values[0]
    return {"cw:field": condition.field, **_constraint("cw:value", _OPERATORS[condition.operator], values)}


def _constraints(agreement: Agreement, base: str) -> list[Json]:
    return [
        _constraint("purpose", "eq", {"@id": f"{base}/purposes/{agreement.purpose}"}),
        _constraint("dateTime", "gteq", _moment(agreement.starts)),
        _constraint("dateTime", "lt", _moment(agreement.ends)),
    ]


def _duties(agreement: Agreement, base: str) -> list[Json]:
    tokenise: list[Json] = [_duty("cw:tokenise", agreement, base, {"cw:field": each}) for each in agreement.tokenised]
    if not agreement.sealed_to:
        return tokenise
    return [*tokenise, _duty("cw:seal", agreement, base, {"cw:sealedTo": agreement.sealed_to})]


def _duty(action: str, agreement: Agreement, base: str, terms: dict[str, Json]) -> Json:
    return {
        "action": action,
        "assignee": f"{base}/bodies/{agreement.discloser}",
        "target": f"{base}/datasets/{agreement.dataset}",
        **terms,
    }


def _constraint(left: str, operator: str, right: Json) -> dict[str, Json]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _moment(moment: datetime) -> Json:
    return {"@value": to_rfc3339(moment), "@type": "xsd:dateTime"}
