"""The key register by REST."""

from typing import Any

from fastapi import APIRouter

from commonweal.core import to_rfc3339
from commonweal.web.state import TheNode, ThePerson

router = APIRouter(prefix="/api/v1")

Answer = dict[str, Any]


@router.get("/keys", tags=["keys"], operation_id="listKeys")
def list_keys(node: TheNode, caller: ThePerson) -> Answer:
    """List the key register: what each key is for, where it is, who can use it, what it opens."""
    return {
        "keys": [
            {
                "key": each.record.key_id,
                "version": each.record.version,
                "purpose": each.record.purpose.value,
                "body": each.body,
                "algorithm": each.record.algorithm,
                "state": each.record.state.value,
                "created": to_rfc3339(each.record.created),
                "place": each.record.place,
                "protection": each.record.protection,
                "holders": list(each.holders),
                "opens": each.opens,
            }
            for each in node.keys.list(caller)
        ]
    }
