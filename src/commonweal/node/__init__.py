"""The node: where ports meet adapters, and every use case of the journey is one method."""

from typing import TYPE_CHECKING

__all__ = [
    "DEFAULT_PORT",
    "AskCommand",
    "Asked",
    "BackupManifest",
    "Caller",
    "CheckedFile",
    "DefectReport",
    "Done",
    "Draft",
    "DraftedFile",
    "FindCommand",
    "Finding",
    "FoundWays",
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
    "Said",
    "Serving",
    "Settings",
    "SourceCommand",
    "StagedSource",
    "Standing",
    "UnlockSecret",
    "Waiting",
    "WaitingRequest",
    "bearer_token",
    "check_file",
    "common_pack",
    "create_home",
    "describe_difference",
    "describe_entry",
    "describe_pack",
    "draft_contract",
    "examine_home",
    "find_law",
    "find_nation",
    "keep_backup",
    "list_entries",
    "open_home",
    "operator_token_file",
    "pack_with_local",
    "read_pack_file",
    "read_settings",
    "remove_expired",
    "restore_home",
    "secret_folder",
    "verify_home",
    "verify_pack_file",
]

if TYPE_CHECKING:
    from .asking import NoRecipientError
    from .backups.keeping import keep_backup, remove_expired
    from .backups.manifest import BackupManifest
    from .backups.restoring import Restored, restore_home
    from .callers import Caller, Recipient, bearer_token
    from .choosing import PublishCommand
    from .commands import AskCommand, Asked, RuleCommand
    from .defects import DefectReport
    from .drafting import Draft, Said
    from .examining import Finding, examine_home
    from .fetching import SourceCommand
    from .founding import create_home
    from .home import Node, open_home
    from .keys.acts import Done, Waiting
    from .law import (
        FindCommand,
        FoundWays,
        common_pack,
        find_law,
        find_nation,
        pack_with_local,
        read_pack_file,
        verify_pack_file,
    )
    from .law_in_words import describe_difference, describe_entry, describe_pack, list_entries
    from .local_files import CheckedFile, DraftedFile, check_file, draft_contract
    from .publishing import Published
    from .serving import Front, Serving
    from .settings import DEFAULT_PORT, Settings, UnlockSecret, operator_token_file, read_settings, secret_folder
    from .staging import StagedSource
    from .standing import Opened, Standing
    from .verifying import HomeReport, verify_home
    from .waiting import WaitingRequest
else:
    _HOMES = {
        "AskCommand": "commands",
        "Asked": "commands",
        "BackupManifest": "backups.manifest",
        "bearer_token": "callers",
        "Caller": "callers",
        "check_file": "local_files",
        "CheckedFile": "local_files",
        "common_pack": "law",
        "create_home": "founding",
        "DEFAULT_PORT": "settings",
        "DefectReport": "defects",
        "describe_difference": "law_in_words",
        "describe_entry": "law_in_words",
        "describe_pack": "law_in_words",
        "Done": "keys.acts",
        "Draft": "drafting",
        "draft_contract": "local_files",
        "DraftedFile": "local_files",
        "examine_home": "examining",
        "find_law": "law",
        "find_nation": "law",
        "FindCommand": "law",
        "Finding": "examining",
        "FoundWays": "law",
        "Front": "serving",
        "HomeReport": "verifying",
        "keep_backup": "backups.keeping",
        "list_entries": "law_in_words",
        "Node": "home",
        "NoRecipientError": "asking",
        "open_home": "home",
        "Opened": "standing",
        "operator_token_file": "settings",
        "pack_with_local": "law",
        "PublishCommand": "choosing",
        "Published": "publishing",
        "read_pack_file": "law",
        "read_settings": "settings",
        "Recipient": "callers",
        "remove_expired": "backups.keeping",
        "restore_home": "backups.restoring",
        "Restored": "backups.restoring",
        "RuleCommand": "commands",
        "Said": "drafting",
        "secret_folder": "settings",
        "Serving": "serving",
        "Settings": "settings",
        "SourceCommand": "fetching",
        "StagedSource": "staging",
        "Standing": "standing",
        "UnlockSecret": "settings",
        "verify_home": "verifying",
        "verify_pack_file": "law",
        "Waiting": "keys.acts",
        "WaitingRequest": "waiting",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
