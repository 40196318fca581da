"""The policy set as it ships: Cedar texts that a reviewer reads, and the digest that names them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from commonweal.core import StoreError


class PolicySetError(StoreError):
    """The policy set does not parse, does not fit its schema, or has a policy that explains nothing."""

    code = "decide.policy-set"
    default_advice = "Install Commonweal again: its policies are part of the package."


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """A schema and the policies written against it, each in Cedar's own syntax."""

    schema: str
    policies: str

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hexadecimal) of the schema, a zero byte and the policies, in UTF-8."""
        return hashlib.sha256(f"{self.schema}\0{self.policies}".encode()).hexdigest()


def load_policy_texts() -> PolicyTexts:
    """Return the policy set of this package, its files joined in the order of their names."""
    folder = files(__package__) / "policies"
    return PolicyTexts(
        schema=(folder / "schema.cedarschema").read_text(encoding="utf-8"),
        policies="\n".join(_cedar_texts()),
    )


def _cedar_texts() -> Iterator[str]:
    folder = files(__package__) / "policies"
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if each.name.endswith(".cedar"):
            yield each.read_text(encoding="utf-8")
