"""The node: where ports meet adapters, and every use case of the journey is one method."""

from typing import TYPE_CHECKING

__all__ = [
    "DEFAULT_PORT",
    "AskCommand",
    "Asked",
    "Caller",
    "Draft",
    "Finding",
    "Front",
    "HomeReport",
    "Node",
    "Opened",
    "PublishCommand",
    "Published",
    "Recipient",
    "RegisterEntry",
    "RuleCommand",
    "Serving",
    "Settings",
    "StagedSource",
    "Standing",
    "UnlockSecret",
    "bearer_token",
    "create_home",
    "examine_home",
    "open_home",
    "operator_token_file",
    "read_settings",
    "secret_folder",
    "verify_home",
]

if TYPE_CHECKING:
    from .callers import Caller, Recipient, bearer_token
    from .commands import AskCommand, Asked, RuleCommand
    from .delivering import Opened, Standing
    from .drafting import Draft
    from .examining import Finding, examine_home
    from .founding import create_home
    from .home import Node, open_home
    from .key_register import RegisterEntry
    from .publishing import PublishCommand, Published
    from .serving import Front, Serving, operator_token_file
    from .settings import DEFAULT_PORT, Settings, UnlockSecret, read_settings, secret_folder
    from .staging import StagedSource
    from .verifying import HomeReport, verify_home
else:
    _HOMES = {
        "AskCommand": "commands",
        "Asked": "commands",
        "bearer_token": "callers",
        "Caller": "callers",
        "create_home": "founding",
        "DEFAULT_PORT": "settings",
        "Draft": "drafting",
        "examine_home": "examining",
        "Finding": "examining",
        "Front": "serving",
        "HomeReport": "verifying",
        "Node": "home",
        "open_home": "home",
        "Opened": "delivering",
        "operator_token_file": "serving",
        "PublishCommand": "publishing",
        "Published": "publishing",
        "read_settings": "settings",
        "Recipient": "callers",
        "RegisterEntry": "key_register",
        "RuleCommand": "commands",
        "secret_folder": "settings",
        "Serving": "serving",
        "Settings": "settings",
        "StagedSource": "staging",
        "Standing": "delivering",
        "UnlockSecret": "settings",
        "verify_home": "verifying",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
