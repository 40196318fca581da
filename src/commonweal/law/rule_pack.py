"""A rule pack: the law of data sharing as a versioned value that can be asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from commonweal.core import NotFoundError
from commonweal.identity import PublicBody

from .model import Gateway, LawfulBasis, Purpose, SpecialCategory
from .rules import assess_gateway, concerns


class UnknownPurposeError(NotFoundError):
    """No purpose of the pack has that code; `reasons` lists near ones, or else all."""

    code = "law.unknown-purpose"
    default_advice = "Use the code of a purpose in the rule pack, such as `council-tax-reduction`."


class UnknownGatewayError(NotFoundError):
    """No gateway of the pack has that identifier; `reasons` lists near ones."""

    code = "law.unknown-gateway"
    default_advice = "Use the identifier of a gateway in the rule pack, such as `wra12-s130-131`, or leave it out."


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """A validated rule pack.

    `digest` is the SHA-256 of its bytes in lower-case hexadecimal, `as_of` the day the whole was last
    reviewed. `disclaimer` and `standing_conditions` are shown with every answer.
    """

    version: str
    as_of: date
    digest: str
    disclaimer: str
    standing_conditions: tuple[str, ...]
    lawful_bases: Mapping[str, LawfulBasis]
    special_categories: Mapping[str, SpecialCategory]
    purposes: Mapping[str, Purpose]
    gateways: Mapping[str, Gateway]

    def purpose(self, code: str) -> Purpose:
        """Return the purpose with that code, in any case.

        Raises:
            UnknownPurposeError: there is none; `reasons` lists near ones, or else all (`law.unknown-purpose`).
        """
        found = self.purposes.get(code.strip().lower())
        if found is None:
            near = _near(code, self.purposes)
            reasons = tuple(f"{key}: {self.purposes[key].title}" for key in near)
            every = (f"Its purposes are {', '.join(self.purposes)}.",)
            raise UnknownPurposeError("The rule pack has no such purpose.", reasons=reasons or every)
        return found

    def gateway(self, gateway_id: str) -> Gateway:
        """Return the gateway with that identifier, in any case.

        Raises:
            UnknownGatewayError: there is none; `reasons` lists near ones (`law.unknown-gateway`).
        """
        wanted = gateway_id.strip().lower()
        for key, gateway in self.gateways.items():
            if key.lower() == wanted:
                return gateway
        near = _near(gateway_id, self.gateways)
        reasons = tuple(f"{key}: {self.gateways[key].title}" for key in near)
        raise UnknownGatewayError("The rule pack has no such legal gateway.", reasons=reasons)

    def find_gateways(self, discloser: PublicBody, recipient: PublicBody, purpose: Purpose) -> tuple[Gateway, ...]:
        """Return the gateways that nothing bars, those that fit first, then by how little is missing."""
        assessed = {
            gateway.id: assess_gateway(gateway, discloser, recipient, purpose) for gateway in self.gateways.values()
        }
        open_ones = [gateway for gateway in self.gateways.values() if not assessed[gateway.id].bars]
        return tuple(sorted(open_ones, key=lambda gateway: len(assessed[gateway.id].missing)))

    def find_restrictions(self, discloser: PublicBody, recipient: PublicBody, purpose: Purpose) -> tuple[Gateway, ...]:
        """Return the conditions and restrictions that the disclosure has to meet, in the order of the pack."""
        limits = (gateway for gateway in self.gateways.values() if gateway.kind.limits)
        return tuple(gateway for gateway in limits if concerns(gateway, discloser, recipient, purpose))


def _near(text: str, keys: Iterable[str]) -> list[str]:
    wanted = text.strip().lower()[:100]
    folded = {key.lower(): key for key in keys}
    close = get_close_matches(wanted, folded, n=3, cutoff=0.5)
    within = [key for key in folded if wanted and wanted in key]
    return [folded[key] for key in dict.fromkeys((*close, *within))][:5]
