"""Decides a question of access and says why."""

from typing import TYPE_CHECKING

from .model import AgreementFacts, AskQuestion, Decision, DeliveryFacts, OnwardBar, ReadQuestion, Reason, Verdict
from .policies import PolicySetError, PolicyTexts, load_policy_texts

__all__ = [
    "AgreementFacts",
    "AskQuestion",
    "Decision",
    "DeliveryFacts",
    "OnwardBar",
    "PolicyEngine",
    "PolicySetError",
    "PolicyTexts",
    "ReadQuestion",
    "Reason",
    "Verdict",
    "load_policy_texts",
]

if TYPE_CHECKING:
    from .engine import PolicyEngine
else:

    def __getattr__(name: str) -> object:
        if name == "PolicyEngine":
            from .engine import PolicyEngine

            return PolicyEngine
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
