"""The law of data sharing as versioned data: purposes, lawful bases, legal gateways and whether they fit."""

from typing import TYPE_CHECKING

from .adoption import RulePackAdopted, adopt_pack
from .model import (
    Confidence,
    Gateway,
    GatewayFit,
    GatewayKind,
    InForce,
    LawfulBasis,
    Purpose,
    Route,
    SpecialCategory,
)
from .pinned import PINNED_PACKS
from .rule_pack import RulePack, UnknownGatewayError, UnknownPurposeError
from .rules import assess_gateway, citation

if TYPE_CHECKING:
    from .reading import LARGEST_PACK, LawError, UntrustedPackError, parse_pack

__all__ = [
    "LARGEST_PACK",
    "PINNED_PACKS",
    "Confidence",
    "Gateway",
    "GatewayFit",
    "GatewayKind",
    "InForce",
    "LawError",
    "LawfulBasis",
    "Purpose",
    "Route",
    "RulePack",
    "RulePackAdopted",
    "SpecialCategory",
    "UnknownGatewayError",
    "UnknownPurposeError",
    "UntrustedPackError",
    "adopt_pack",
    "assess_gateway",
    "citation",
    "parse_pack",
]


def __getattr__(name: str) -> object:
    """Import what needs the JSON Schema validator only when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import reading

    return getattr(reading, name)
