"""The node: where ports meet adapters, and every use case of the journey is one method."""

from typing import TYPE_CHECKING

__all__ = [
    "DEFAULT_PORT",
    "AskCommand",
    "Asked",
    "Caller",
    "Finding",
    "Front",
    "HomeReport",
    "Node",
    "Opened",
    "PublishCommand",
    "Published",
    "Recipient",
    "RuleCommand",
    "Serving",
    "Settings",
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
    from .examining import Finding, examine_home
    from .home import Node, create_home, open_home
    from .publishing import PublishCommand, Published
    from .serving import Front, Serving, operator_token_file
    from .settings import DEFAULT_PORT, Settings, UnlockSecret, read_settings, secret_folder
    from .verifying import HomeReport, verify_home
else:
    _HOMES = {
        "AskCommand": "commands",
        "Asked": "commands",
        "Caller": "callers",
        "DEFAULT_PORT": "settings",
        "Finding": "examining",
        "Front": "serving",
        "HomeReport": "verifying",
        "Node": "home",
        "Opened": "delivering",
        "PublishCommand": "publishing",
        "Published": "publishing",
        "Recipient": "callers",
        "RuleCommand": "commands",
        "Serving": "serving",
        "Settings": "settings",
        "Standing": "delivering",
        "UnlockSecret": "settings",
        "bearer_token": "callers",
        "create_home": "home",
        "examine_home": "examining",
        "open_home": "home",
        "operator_token_file": "serving",
        "read_settings": "settings",
        "secret_folder": "settings",
        "verify_home": "verifying",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
