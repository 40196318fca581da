"""The law of data sharing as versioned data: purposes, lawful bases, legal gateways and whether they fit."""

from typing import TYPE_CHECKING

from .adoption import PackNotNewerError, RulePackAdopted, adopt_pack, verify_newer, withdraw_pack
from .differing import Difference, compare_packs, in_words
from .finding import Assessed, Rung, Ways, duty_in_words, find_ways
from .model import (
    NATIONS,
    PERSONAL,
    Confidence,
    DataCategory,
    Gateway,
    GatewayFit,
    GatewayKind,
    InForce,
    LawfulBasis,
    LegalPerson,
    Objective,
    Provision,
    Purpose,
    Regime,
    Route,
    SpecialCategory,
    Specified,
    Told,
    citation,
)
from .parties import UnknownKindError, find_parties, find_party
from .pinned import PINNED_PACKS
from .rule_pack import RulePack, UnknownGatewayError
from .rules import assess_gateway
from .words import AmbiguousPurposeError, DataWordsError, NamedData, NamedPurpose, UnknownPurposeError

if TYPE_CHECKING:
    from .reading import LARGEST_PACK, LawError, UntrustedPackError, join_packs, parse_pack, read_pack

__all__ = [
    "LARGEST_PACK",
    "NATIONS",
    "PERSONAL",
    "PINNED_PACKS",
    "AmbiguousPurposeError",
    "Assessed",
    "Confidence",
    "DataCategory",
    "DataWordsError",
    "Difference",
    "Gateway",
    "GatewayFit",
    "GatewayKind",
    "InForce",
    "LawError",
    "LawfulBasis",
    "LegalPerson",
    "NamedData",
    "NamedPurpose",
    "Objective",
    "PackNotNewerError",
    "Provision",
    "Purpose",
    "Regime",
    "Route",
    "RulePack",
    "RulePackAdopted",
    "Rung",
    "SpecialCategory",
    "Specified",
    "Told",
    "UnknownGatewayError",
    "UnknownKindError",
    "UnknownPurposeError",
    "UntrustedPackError",
    "Ways",
    "adopt_pack",
    "assess_gateway",
    "citation",
    "compare_packs",
    "duty_in_words",
    "find_parties",
    "find_party",
    "find_ways",
    "in_words",
    "join_packs",
    "parse_pack",
    "read_pack",
    "verify_newer",
    "withdraw_pack",
]


def __getattr__(name: str) -> object:
    """Import what needs the JSON Schema validator only when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import reading

    return getattr(reading, name)
