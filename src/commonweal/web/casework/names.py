"""Names for identifiers: what a page says for a body, a person, a dataset or a purpose."""

from collections.abc import Callable

from commonweal.core import NotFoundError
from commonweal.node import Node, find_template


class Names:
    """Looks each identifier up once; one that nobody knows any more stands for itself."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._found: dict[tuple[str, str], str] = {}

    def body(self, slug: str) -> str:
        """Return a public body's name."""
        return self._name("body", slug, lambda: self._node.parts.register.get_body(slug).name)

    def person(self, identifier: str) -> str:
        """Return a person's name."""
        return self._name("person", identifier, lambda: self._node.bodies.get_person(identifier).name)

    def dataset(self, identifier: str) -> str:
        """Return a dataset's title."""
        return self._name("dataset", identifier, lambda: self._node.datasets.get(identifier).title)

    def purpose(self, code: str) -> str:
        """Return a purpose's title."""
        return self._name("purpose", code, lambda: self._node.parts.pack.purpose(code).title)

    def gateway(self, identifier: str) -> str:
        """Return a legal gateway's title."""
        return self._name("gateway", identifier, lambda: self._node.parts.pack.gateway(identifier).title)

    def template(self, code: str) -> str:
        """Return the title of a template of requests."""
        return self._name("template", code, lambda: find_template(code).title)

    def _name(self, kind: str, identifier: str, find: Callable[[], str]) -> str:
        key = (kind, identifier)
        if key not in self._found:
            self._found[key] = _found_or(identifier, find) if identifier else ""
        return self._found[key]


def _found_or(identifier: str, find: Callable[[], str]) -> str:
    try:
        return find()
    except NotFoundError:
        return identifier
