"""Reads a rule pack from bytes that may come from anywhere."""

import hashlib
import json
from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import yaml
from jsonschema import Draft202012Validator

from commonweal.core import ProofError
from commonweal.identity import Kind

from .model import ANY, ANY_PUBLIC_BODY, Gateway, GatewayKind, LawfulBasis, Purpose, Route, SpecialCategory
from .rule_pack import RulePack

LARGEST_PACK = 1 << 20
"""The size in bytes beyond which a pack is refused unread."""

_DEEPEST = 12
_WORDS = frozenset({ANY, ANY_PUBLIC_BODY, *Kind})
_Entry: TypeAlias = Mapping[str, Any]
_T = TypeVar("_T")


class LawError(ProofError):
    """A rule pack that is not of the form this node reads; `reasons` lists the first faults."""

    code = "law.pack-malformed"
    default_advice = "Correct the pack by its schema, or go back to the pack that ships with Commonweal."


class UntrustedPackError(LawError):
    """A rule pack whose digest is neither pinned in the package nor adopted by this body."""

    code = "law.pack-not-adopted"
    default_advice = "Restore the pack that ships with Commonweal, or have an authorised person adopt this one."


def parse_pack(data: bytes, *, pinned: Collection[str]) -> RulePack:
    """Return the rule pack that `data` is, once it has proved itself.

    1. At most `LARGEST_PACK` bytes, with a SHA-256 among `pinned`.
    2. UTF-8 YAML of one document, without aliases, tags or repeated keys, at most 12 deep; scalars are text.
    3. Valid by `pack.schema.json`.
    4. Every identifier is unique and every purpose and kind that a gateway names exists.

    Args:
        data: the bytes of the pack.
        pinned: digests the node trusts, in lower-case hexadecimal: `PINNED_PACKS` and any it has adopted.

    Raises:
        UntrustedPackError: the digest is not among them (`law.pack-not-adopted`).
        LawError: it fails any other step (`law.pack-malformed`).
    """
    # 1
    if len(data) > LARGEST_PACK:
        raise LawError("The rule pack is larger than 1 MiB.")
    digest = hashlib.sha256(data).hexdigest()
    if digest not in pinned:
        raise UntrustedPackError(f"The rule pack with digest {digest} is neither pinned nor adopted.")
    # 2, 3, 4
    document = _read_yaml(data)
    _verify_schema(document)
    return _build_pack(document, digest)


class _PackLoader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]  # chosen at run time
    """Reads every scalar as text and refuses a key that comes twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
        keys = [key.value for key, _ in node.value]
        if any(not isinstance(key, str) for key in keys) or len(set(keys)) < len(keys):
            raise yaml.YAMLError("a key comes twice or is not text")
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _read_yaml(data: bytes) -> object:
    try:
        text = data.decode("utf-8")
        _verify_shape(text)
        return yaml.load(text, Loader=_PackLoader)  # noqa: S506  builds only text, lists and mappings
    except (UnicodeDecodeError, yaml.YAMLError, ValueError):
        raise LawError("The rule pack is not YAML of the plain kind that packs are written in.") from None


def _verify_shape(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_PackLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise LawError("A rule pack may hold no YAML anchor, alias or tag.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise LawError(f"The rule pack is nested more than {_DEEPEST} deep.")


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((files(__package__) / "pack.schema.json").read_bytes()))


def _verify_schema(document: object) -> None:
    faults = []
    for error in _validator().iter_errors(document):
        faults.append(f"{error.json_path} breaks the rule “{error.validator}”.")
        if len(faults) == 10:
            break
    if faults:
        raise LawError("The rule pack does not fit its schema.", reasons=tuple(faults))


def _build_pack(document: Any, digest: str) -> RulePack:
    try:
        pack = RulePack(
            version=document["version"],
            as_of=date.fromisoformat(document["as_of"]),
            digest=digest,
            disclaimer=document["disclaimer"],
            standing_conditions=tuple(document["standing_conditions"]),
            lawful_bases=_index("lawful basis", map(_read_basis, document["lawful_bases"]), "id"),
            special_categories=_index(
                "special category", (SpecialCategory(**entry) for entry in document["special_categories"]), "id"
            ),
            purposes=_index("purpose", (Purpose(**entry) for entry in document["purposes"]), "code"),
            gateways=_index("gateway", map(_read_gateway, document["gateways"]), "id"),
        )
    except ValueError:
        raise LawError("The rule pack holds a day that is not in the calendar.") from None
    _verify_routes(pack)
    return pack


def _index(what: str, entries: Iterable[_T], key: str) -> Mapping[str, _T]:
    index: dict[str, _T] = {}
    for entry in entries:
        if index.setdefault(getattr(entry, key), entry) is not entry:
            raise LawError(f"The rule pack holds the {what} {getattr(entry, key)} twice.")
    return MappingProxyType(index)


def _read_basis(entry: _Entry) -> LawfulBasis:
    return LawfulBasis(**{**entry, "for_public_tasks": entry["for_public_tasks"] == "yes"})


def _read_gateway(entry: _Entry) -> Gateway:
    source, preconditions = entry["source"], entry["preconditions"]
    return Gateway(
        id=entry["id"],
        title=entry["title"],
        kind=GatewayKind(entry["kind"]),
        act=source["act"],
        provision=source["provision"],
        url=source.get("url", ""),
        extent=frozenset(entry.get("extent", ())),
        confidence=entry["confidence"],
        in_force=entry["in_force"],
        as_of=date.fromisoformat(entry["as_of"]),
        routes=tuple(map(_read_route, entry["fit"])),
        checked_here=tuple(preconditions["checked_here"]),
        needs_a_person=tuple(preconditions["needs_a_person"]),
        data=entry.get("data", ""),
        limits=entry.get("limits", ""),
        offence=entry.get("offence", ""),
        notes=tuple(entry.get("notes", ())),
        seen=tuple(entry.get("seen", ())),
        unconfirmed=tuple(entry.get("unconfirmed", ())),
    )


def _read_route(entry: _Entry) -> Route:
    return Route(
        disclosers=frozenset(entry["from"]),
        excluded=frozenset(entry.get("not_from", ())),
        recipients=frozenset(entry["to"]),
        purposes=frozenset(entry["purposes"]),
        needs=tuple(entry.get("needs", ())),
    )


def _verify_routes(pack: RulePack) -> None:
    known = {ANY, *pack.purposes}
    for gateway in pack.gateways.values():
        for route in gateway.routes:
            if strange := sorted(route.purposes - known):
                raise LawError(f"Gateway {gateway.id} names purposes the pack lacks: {', '.join(strange)}.")
