"""The node: where ports meet adapters, and every use case of the journey is one method."""

from .asking import AskCommand, Asked, RuleCommand
from .callers import Caller, Recipient, bearer_token
from .delivering import Opened, Standing
from .home import Node, create_home, open_home
from .publishing import PublishCommand, Published
from .settings import DEFAULT_PORT, Settings, read_settings, secret_folder

__all__ = [
    "DEFAULT_PORT",
    "AskCommand",
    "Asked",
    "Caller",
    "Node",
    "Opened",
    "PublishCommand",
    "Published",
    "Recipient",
    "RuleCommand",
    "Settings",
    "Standing",
    "bearer_token",
    "create_home",
    "open_home",
    "read_settings",
    "secret_folder",
]
