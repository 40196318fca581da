"""The node: where ports meet adapters, and every use case of the journey is one method."""

from typing import TYPE_CHECKING

__all__ = [
    "DEFAULT_PORT",
    "AskCommand",
    "Asked",
    "BackupManifest",
    "Caller",
    "CheckedFile",
    "Done",
    "Draft",
    "DraftedFile",
    "Finding",
    "Front",
    "HomeReport",
    "NoRecipientError",
    "Node",
    "Opened",
    "PublishCommand",
    "Published",
    "Recipient",
    "Restored",
    "RuleCommand",
    "Serving",
    "Settings",
    "StagedSource",
    "Standing",
    "UnlockSecret",
    "Waiting",
    "bearer_token",
    "check_file",
    "create_home",
    "draft_contract",
    "examine_home",
    "keep_backup",
    "open_home",
    "operator_token_file",
    "read_settings",
    "remove_expired",
    "restore_home",
    "secret_folder",
    "verify_home",
]

if TYPE_CHECKING:
    from .asking import NoRecipientError
    from .backups.keeping import keep_backup, remove_expired
    from .backups.manifest import BackupManifest
    from .backups.restoring import Restored, restore_home
    from .callers import Caller, Recipient, bearer_token
    from .choosing import PublishCommand
    from .commands import AskCommand, Asked, RuleCommand
    from .delivering import Opened, Standing
    from .drafting import Draft
    from .examining import Finding, examine_home
    from .founding import create_home
    from .home import Node, open_home
    from .keys.acts import Done, Waiting
    from .local_files import CheckedFile, DraftedFile, check_file, draft_contract
    from .publishing import Published
    from .serving import Front, Serving
    from .settings import DEFAULT_PORT, Settings, UnlockSecret, operator_token_file, read_settings, secret_folder
    from .staging import StagedSource
    from .verifying import HomeReport, verify_home
else:
    _HOMES = {
        "AskCommand": "commands",
        "Asked": "commands",
        "BackupManifest": "backups.manifest",
        "bearer_token": "callers",
        "Caller": "callers",
        "check_file": "local_files",
        "CheckedFile": "local_files",
        "create_home": "founding",
        "DEFAULT_PORT": "settings",
        "Done": "keys.acts",
        "Draft": "drafting",
        "draft_contract": "local_files",
        "DraftedFile": "local_files",
        "examine_home": "examining",
        "Finding": "examining",
        "Front": "serving",
        "HomeReport": "verifying",
        "keep_backup": "backups.keeping",
        "Node": "home",
        "NoRecipientError": "asking",
        "open_home": "home",
        "Opened": "delivering",
        "operator_token_file": "settings",
        "PublishCommand": "choosing",
        "Published": "publishing",
        "read_settings": "settings",
        "Recipient": "callers",
        "remove_expired": "backups.keeping",
        "restore_home": "backups.restoring",
        "Restored": "backups.restoring",
        "RuleCommand": "commands",
        "secret_folder": "settings",
        "Serving": "serving",
        "Settings": "settings",
        "StagedSource": "staging",
        "Standing": "delivering",
        "UnlockSecret": "settings",
        "verify_home": "verifying",
        "Waiting": "keys.acts",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
