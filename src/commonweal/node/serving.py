"""Serving: how other processes of this machine find the node that serves a home, and speak to it."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.adapters.folder import make_private_folder, write_whole

from .callers import Caller
from .settings import operator_token_file

if TYPE_CHECKING:
    from .home import Node


@dataclass(frozen=True, slots=True)
class Front:
    """How the outside meets the node.

    `hosts` are host names beyond loopback, `is_secure` says whether readers come by TLS, and `url` is the address
    that profiles name (empty: the one in the node's settings).
    """

    hosts: tuple[str, ...] = ()
    is_secure: bool = False
    url: str = ""


class Serving:
    """Announces a serving node to the command line of the same user, until closed."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._place = node.parts.home / "serve.json"
        self._token = operator_token_file(node.parts.settings.node)

    def announce(self, url: str) -> str:
        """Write the address into the home and a fresh operator token outside it; return a sign-in link.

        From now on what is due by a schedule is run, and people are reminded of requests that wait.
        """
        make_private_folder(self._token.parent)
        write_whole(self._token, self._node.bodies.lend_operator_token().encode(), mode=0o600)
        write_whole(self._place, json.dumps({"url": url}).encode() + b"\n")
        self._node.scheduling.start()
        self._node.reminding.start()
        operator = self._node.bodies.get_person(self._node.parts.settings.operator)
        return f"{url}/sign-in?link={self._node.bodies.make_sign_in_link(Caller(operator))}"

    def close(self) -> None:
        """Take the announcement back; the token died with the process's memory."""
        self._place.unlink(missing_ok=True)
        self._token.unlink(missing_ok=True)
