"""The node: where ports meet adapters, and every use case of the journey is one method."""

from .asking import AskCommand, Asked, RuleCommand
from .auditing import HomeReport, verify_home
from .callers import Caller, Recipient, bearer_token
from .delivering import Opened, Standing
from .examining import Finding, examine_home
from .home import Node, create_home, open_home
from .publishing import PublishCommand, Published
from .serving import Front, Serving, operator_token_file
from .settings import DEFAULT_PORT, Settings, UnlockSecret, read_settings, secret_folder

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
