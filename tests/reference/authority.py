"""Who may do what: roles and permissions, and the policies that decide on data."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import cedarpy

from commonweal.decide import PolicyEngine, load_policy_texts
from commonweal.identity import PERMISSIONS, Permission, Role
from commonweal.node.callers import OPERATOR_FOR_TENANTS

from .source import PRODUCT, Source
from .tables import code, codes, entry, page, table
from .words import explain

GROUPS = {"read": "Reading under an agreement", "dataset": "Reading and asking alike", "ask": "Asking for data"}
GROUPS |= {"default": "Agreeing by default"}


def write_roles() -> str:
    """Return the page of roles and permissions."""
    of_roles = explain("roles", [each.value for each in Role])
    of_permissions = explain("permissions", [each.value for each in Permission])
    roles = [(code(each), of_roles[each.value], codes(sorted(PERMISSIONS[each]))) for each in Role]
    asked = find_permissions_asked_for()
    permissions = [
        (code(each), of_permissions[each.value], codes(_holders(each)), "yes" if each in asked else "not yet")
        for each in Permission
    ]
    return page(
        "Roles and permissions",
        "A person belongs to one public body and holds roles in it; they may do there what any of their roles may, and "
        "nothing in another body. The local operator's keyboard may be lent to a named person with `--as`: the "
        "event then names both.",
        "## Roles",
        table(("role", "who it is", "may"), roles),
        "## Permissions",
        "Some permissions stand ready for acts that this version asks nobody for.",
        table(("permission", "what it allows", "roles", "asked for"), permissions),
        "## The node's operator",
        "For a body that has a tenancy on the node, its operator may only "
        f"{codes(sorted(OPERATOR_FOR_TENANTS))}: ask, and stop; never publish, decide or agree for another body.",
    )


def find_permissions_asked_for(source: Source = PRODUCT) -> set[Permission]:
    """Return the permissions that some act of the code asks for."""
    named = {
        node.attr
        for module, tree in source.trees.items()
        for node in ast.walk(tree)
        if not module.startswith("identity/")
        and isinstance(node, ast.Attribute)
        and ast.unparse(node.value) == "Permission"
    }
    return {Permission[each] for each in named}


def _holders(permission: Permission) -> list[str]:
    return [role.value for role in Role if permission in PERMISSIONS[role]]


def write_policies() -> str:
    """Return the page of policies, in the order in which their reasons are told."""
    names = PolicyEngine().policy_ids
    parsed = cedarpy.PolicySet.from_str(load_policy_texts().policies).to_pst().static_policies.values()
    entries = {each.annotations["id"]: _policy(each.effect, each.annotations) for each in parsed}
    return page(
        "Policies",
        f"The {len(names)} Cedar policies in `src/commonweal/decide/policies`, the same on every node of this version. "
        "Each condition is a `forbid` of its own, so that a refusal names every fault at once. Words in braces are "
        "filled in when a question is decided. No decision, or a policy that cannot be evaluated, is a refusal. Every "
        "decision carries the digest of the set.",
        *_sections(names, entries),
    )


def _sections(names: Iterable[str], entries: Mapping[str, str]) -> Iterator[str]:
    for group, members in groupby(names, key=lambda each: each.partition(".")[0]):
        yield f"## {GROUPS[group]}"
        yield from (entries[each] for each in members)


def _policy(effect: str, told: Mapping[str, str]) -> str:
    more = {
        "Cites": "citation",
        "What would change it": "would_change",
        "What a person judges": "judge",
        "What a permit says": "passed",
    }
    lines = (f"{words}: {told[name]}" for words, name in more.items() if name in told)
    return entry(told["id"], f"{effect.capitalize()}: {told['reason']}", *lines)
