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

from .model import (
    ANY,
    NOT_PERSONAL,
    PERSONAL,
    DataCategory,
    Gateway,
    GatewayKind,
    LawfulBasis,
    LegalPerson,
    Objective,
    Provision,
    Purpose,
    Route,
    SpecialCategory,
    Specified,
)
from .rule_pack import RulePack

LARGEST_PACK = 1 << 20
"""The size in bytes beyond which a pack is refused unread."""

_DEEPEST = 12
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
    return read_pack(data)


def read_pack(data: bytes) -> RulePack:
    """Return the rule pack that `data` is, for looking at it: it may be nobody's law yet.

    Steps 2 to 4 of `parse_pack`, and its size.

    Raises:
        LawError: it fails one (`law.pack-malformed`).
    """
    if len(data) > LARGEST_PACK:
        raise LawError("The rule pack is larger than 1 MiB.")
    document = _read_yaml(data)
    _verify_schema(document)
    return _build_pack(document, hashlib.sha256(data).hexdigest())


def join_packs(common: RulePack, local: RulePack) -> RulePack:
    """Return a common pack with a body's local one beside it (`RulePack.beside`).

    Raises:
        LawError: the second is no local pack, or names what neither of them holds (`law.pack-malformed`).
    """
    if not local.is_local or common.is_local:
        raise LawError("A local pack says `scope: local`, and stands beside a common one.")
    joined = common.beside(local)
    _verify_names(joined)
    for gateway in joined.twins.values():
        _verify_gateway(gateway, joined)
    return joined


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
    def section(name: str) -> Any:
        return document.get(name, ())

    try:
        pack = RulePack(
            version=document["version"],
            as_of=date.fromisoformat(document["as_of"]),
            digest=digest,
            disclaimer=document["disclaimer"],
            standing_conditions=tuple(section("standing_conditions")),
            enforcement_conditions=tuple(section("enforcement_conditions")),
            lawful_bases=_index("lawful basis", map(_read_basis, section("lawful_bases")), "id"),
            special_categories=_index(
                "special category", (SpecialCategory(**entry) for entry in section("special_categories")), "id"
            ),
            purposes=_index("purpose", map(_read_purpose, section("purposes")), "code"),
            gateways=_index("gateway", map(_read_gateway, section("gateways")), "id"),
            data_categories=_index("data category", map(_read_category, section("data_categories")), "code"),
            legal_persons=_index("legal person", (LegalPerson(**entry) for entry in section("legal_persons")), "body"),
            provisions=_index("provision", map(_read_provision, section("provisions")), "id"),
            competent_authorities=frozenset(section("competent_authorities")),
            is_local=document.get("scope") == "local",
        )
    except ValueError:
        raise LawError("The rule pack holds a day that is not in the calendar.") from None
    if not pack.is_local:
        _verify_names(pack)
    return pack


def _index(what: str, entries: Iterable[_T], key: str) -> Mapping[str, _T]:
    index: dict[str, _T] = {}
    for entry in entries:
        if index.setdefault(getattr(entry, key), entry) is not entry:
            raise LawError(f"The rule pack holds the {what} {getattr(entry, key)} twice.")
    return MappingProxyType(index)


def _read_basis(entry: _Entry) -> LawfulBasis:
    return LawfulBasis(**{**entry, "for_public_tasks": entry["for_public_tasks"] == "yes"})


def _read_purpose(entry: _Entry) -> Purpose:
    enforces = entry.get("enforces") == "yes"
    return Purpose(**{**entry, "also": tuple(entry.get("also", ())), "enforces": enforces})


def _read_category(entry: _Entry) -> DataCategory:
    also, calls_for = tuple(entry.get("also", ())), tuple(entry.get("calls_for", ()))
    return DataCategory(entry["code"], entry["title"], entry["class"], also, calls_for)


def _read_provision(entry: _Entry) -> Provision:
    return Provision(
        id=entry["id"],
        topic=entry["topic"],
        title=entry["title"],
        act=entry["source"]["act"],
        provision=entry["source"]["provision"],
        extent=frozenset(entry.get("extent", ())),
        confidence=entry["confidence"],
        in_force=entry["in_force"],
        as_of=date.fromisoformat(entry["as_of"]),
        rule=entry["rule"],
        seen=tuple(entry.get("seen", ())),
    )


def _read_gateway(entry: _Entry) -> Gateway:
    source, preconditions, effective = entry["source"], entry["preconditions"], entry.get("effective", {})
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
        covers=frozenset(entry.get("covers", (ANY,))),
        specified=_read_specified(entry["specified"]) if "specified" in entry else None,
        starts=_read_day(effective.get("from")),
        ends=_read_day(effective.get("until")),
        regime=entry.get("regime", ""),
    )


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _read_specified(entry: _Entry) -> Specified:
    return Specified(
        by=entry["by"],
        loaded=entry["loaded"],
        objectives=tuple(map(_read_objective, entry.get("objectives", ()))),
        read=frozenset(entry.get("read", ())),
        source=entry.get("source", ""),
        confidence=entry.get("confidence", "recall"),
        as_of=_read_day(entry.get("as_of")),
    )


def _read_objective(entry: _Entry) -> Objective:
    return Objective(
        bodies=frozenset(entry["bodies"]),
        purposes=frozenset(entry["purposes"]),
        extent=frozenset(entry.get("extent", ())),
        provision=entry.get("provision", ""),
    )


def _read_route(entry: _Entry) -> Route:
    return Route(
        disclosers=frozenset(entry["from"]),
        excluded=frozenset(entry.get("not_from", ())),
        recipients=frozenset(entry["to"]),
        purposes=frozenset(entry["purposes"]),
        needs=tuple(entry.get("needs", ())),
        not_for=frozenset(entry.get("not_for", ())),
    )


def _verify_names(pack: RulePack) -> None:
    for gateway in pack.gateways.values():
        _verify_gateway(gateway, pack)
    for category in pack.data_categories.values():
        if strange := sorted(set(category.calls_for) - set(pack.provisions)):
            raise LawError(f"Data category {category.code} calls for what the pack lacks: {', '.join(strange)}.")


def _verify_gateway(gateway: Gateway, pack: RulePack) -> None:
    known = {ANY, *pack.purposes}
    objectives = gateway.specified.objectives if gateway.specified else ()
    named = frozenset[str]().union(
        *(route.purposes | route.not_for for route in gateway.routes),
        *(each.purposes for each in objectives),
        gateway.specified.read if gateway.specified else (),
    )
    if strange := sorted(named - known):
        raise LawError(f"Gateway {gateway.id} names purposes the pack lacks: {', '.join(strange)}.")
    if strange := sorted(gateway.covers - {ANY, PERSONAL, NOT_PERSONAL, *pack.data_categories}):
        raise LawError(f"Gateway {gateway.id} names data the pack lacks: {', '.join(strange)}.")
