"""A rule pack: the law of data sharing as a versioned value that can be asked."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeVar

from commonweal.core import NotFoundError
from commonweal.identity import PublicBody

from .differing import Difference, compare_packs
from .model import (
    DataCategory,
    Gateway,
    GatewayFit,
    GatewayKind,
    LawfulBasis,
    LegalPerson,
    Provision,
    Purpose,
    SpecialCategory,
    Told,
)
from .regime import doubt_of_competence
from .rules import NOTHING_TOLD, assess_gateway, concerns, demands
from .words import NamedData, NamedPurpose, UnknownPurposeError, find_data, find_mentioned, find_purpose

_T = TypeVar("_T")


class UnknownGatewayError(NotFoundError):
    """No gateway of the pack has that identifier; `reasons` lists near ones."""

    code = "law.unknown-gateway"
    default_advice = "Use the identifier of a gateway in the rule pack, such as `wra12-s130-131`, or leave it out."


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """A validated rule pack.

    `digest` is the SHA-256 of its bytes in lower-case hexadecimal, `as_of` the day the whole was last reviewed.
    `disclaimer` and `standing_conditions` are shown with every answer, `enforcement_conditions` instead of the latter
    where Part 3 of the Data Protection Act 2018 applies. `competent_authorities` are kinds and slugs of bodies that
    Schedule 7 to that Act names, as far as it is loaded. `is_local` marks a body's own pack, which stands beside the
    common one; `twins` are its versions of gateways that both packs hold, `differences` where the two differ.
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
    data_categories: Mapping[str, DataCategory] = field(default_factory=dict)
    legal_persons: Mapping[str, LegalPerson] = field(default_factory=dict)
    provisions: Mapping[str, Provision] = field(default_factory=dict)
    enforcement_conditions: tuple[str, ...] = ()
    competent_authorities: frozenset[str] = frozenset()
    is_local: bool = False
    twins: Mapping[str, Gateway] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()

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

    def find_purpose(self, text: str) -> NamedPurpose:
        """Return the purpose that a code or a plain description means.

        Raises:
            UnknownPurposeError: none is meant (`law.unknown-purpose`).
            AmbiguousPurposeError: several could be (`law.ambiguous-purpose`).
        """
        return find_purpose(text, self.purposes)

    def find_data(self, text: str) -> NamedData:
        """Return the categories of data that plain words with commas name.

        Raises:
            DataWordsError: it is no list of words (`law.data-words`).
        """
        return find_data(text, self.data_categories)

    def find_mentioned(self, text: str) -> tuple[DataCategory, ...]:
        """Return the categories of data that a text such as a title mentions, by the words of the pack."""
        return find_mentioned(text, self.data_categories)

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

    def assess(
        self,
        gateway: Gateway,
        discloser: PublicBody,
        recipient: PublicBody,
        purpose: Purpose,
        told: Told = NOTHING_TOLD,
    ) -> GatewayFit:
        """Return whether a gateway permits a disclosure, with all that the pack knows besides the gateway itself.

        Bodies that are no legal person of their own act as another; restrictions on the data that is told add what
        they ask for; under Part 3 of the Data Protection Act 2018 it must be known that the recipient is a competent
        authority; and where a local pack has the gateway too, both versions must permit it.
        """
        told = replace(told, acts_as=self.legal_persons)
        asked = [gateway, *([self.twins[gateway.id]] if gateway.id in self.twins else [])]
        fits = [assess_gateway(each, discloser, recipient, purpose, told) for each in asked]
        limits = self._demanding(discloser, recipient, purpose, told)
        competence = doubt_of_competence(self.competent_authorities, discloser, recipient, purpose, told)
        missing = (each for fit in fits for each in fit.missing)
        bars = (each for fit in fits for each in fit.bars)
        return GatewayFit(
            tuple(dict.fromkeys((*missing, *limits, *competence))),
            tuple(dict.fromkeys(bars)),
            unsure=any(fit.unsure for fit in fits),
        )

    def _demanding(self, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told) -> tuple[str, ...]:
        if told.data is None:
            return ()
        limits = self.find_limits(discloser, recipient, purpose, told)
        return tuple(each for limit in limits for each in demands(limit.needs_a_person))

    def find_gateways(
        self, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told = NOTHING_TOLD
    ) -> tuple[Gateway, ...]:
        """Return the gateways that nothing bars, those that fit first, then by how little is missing."""
        assessed = {
            gateway.id: self.assess(gateway, discloser, recipient, purpose, told) for gateway in self.gateways.values()
        }
        open_ones = [gateway for gateway in self.gateways.values() if not assessed[gateway.id].bars]
        return tuple(sorted(open_ones, key=lambda gateway: len(assessed[gateway.id].missing)))

    def find_restrictions(
        self, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told = NOTHING_TOLD
    ) -> tuple[Gateway, ...]:
        """Return the conditions and restrictions that the disclosure has to meet, in the order of the pack."""
        limits = (gateway for gateway in self.gateways.values() if gateway.kind.limits)
        told = replace(told, acts_as=self.legal_persons)
        return tuple(gateway for gateway in limits if concerns(gateway, discloser, recipient, purpose, told))

    def find_limits(
        self, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told
    ) -> tuple[Gateway, ...]:
        """Return the restrictions, and besides them what would lift a duty of confidence."""
        lifting = (each for each in self.gateways.values() if each.kind is GatewayKind.DISSOLVES)
        told = replace(told, acts_as=self.legal_persons)
        lifted = (each for each in lifting if concerns(each, discloser, recipient, purpose, told))
        return (*self.find_restrictions(discloser, recipient, purpose, told), *lifted)

    def beside(self, local: "RulePack") -> "RulePack":
        """Return this pack with a body's local one beside it.

        What only the local pack holds is added. Of what both hold this pack's entry is shown and the local gateway
        must permit as well, so that a local entry never loosens a common one; `differences` says where they differ.
        The digest of both is the SHA-256 of their two digests with a plus sign between them, in ASCII.
        """
        shared = self.gateways.keys() & local.gateways.keys()
        return replace(
            self,
            version=f"{self.version}+{local.version}",
            digest=hashlib.sha256(f"{self.digest}+{local.digest}".encode("ascii")).hexdigest(),
            purposes=_joined(local.purposes, self.purposes),
            gateways=_joined(local.gateways, self.gateways),
            data_categories=_joined(local.data_categories, self.data_categories),
            legal_persons=_joined(local.legal_persons, self.legal_persons),
            provisions=_joined(local.provisions, self.provisions),
            twins=MappingProxyType({key: local.gateways[key] for key in shared}),
            differences=tuple(each for each in compare_packs(self, local) if each.change == "changed"),
        )


def _joined(local: Mapping[str, _T], common: Mapping[str, _T]) -> Mapping[str, _T]:
    return MappingProxyType({**common, **{key: each for key, each in local.items() if key not in common}})


def _near(text: str, keys: Iterable[str]) -> list[str]:
    wanted = text.strip().lower()[:100]
    folded = {key.lower(): key for key in keys}
    close = get_close_matches(wanted, folded, n=3, cutoff=0.5)
    within = [key for key in folded if wanted and wanted in key]
    return [folded[key] for key in dict.fromkeys((*close, *within))][:5]
