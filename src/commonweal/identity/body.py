"""A public body: who it is, what kind of body it is and when it was open."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias, cast, get_args

from commonweal.core import InputError

Nation: TypeAlias = Literal["", "E", "W", "S", "NI"]
Status: TypeAlias = Literal["live", "closed"]


class Sector(StrEnum):
    """The part of public life a body belongs to, as the survey of 4,400 civil servants counts sharing."""

    WHITEHALL = "whitehall"
    DEVOLVED = "devolved"
    LOCAL = "local"
    HEALTH = "health"
    POLICE = "police"
    EDUCATION = "education"
    THIRD = "third"
    PRIVATE = "private"


class Kind(StrEnum):
    """What a body is in law, as far as the registers tell; legal gateways name these kinds."""

    DEPARTMENT = "department"
    AGENCY = "agency"
    NON_DEPARTMENTAL_BODY = "non-departmental-body"
    PUBLIC_CORPORATION = "public-corporation"
    COURT = "court"
    GOVERNMENT_OFFICE = "government-office"
    DEVOLVED = "devolved"
    COUNCIL = "council"
    NHS_TRUST = "nhs-trust"
    NHS_BODY = "nhs-body"
    POLICE_FORCE = "police-force"
    SCHOOL = "school"
    UNIVERSITY = "university"
    CHARITY = "charity"
    HOUSING_PROVIDER = "housing-provider"
    UTILITY = "utility"
    SUPPLIER = "supplier"

    @property
    def sector(self) -> Sector:
        """Return the sector that bodies of this kind belong to."""
        return _SECTORS.get(self, Sector.WHITEHALL)


_SECTORS = {
    Kind.DEVOLVED: Sector.DEVOLVED,
    Kind.COUNCIL: Sector.LOCAL,
    Kind.NHS_TRUST: Sector.HEALTH,
    Kind.NHS_BODY: Sector.HEALTH,
    Kind.POLICE_FORCE: Sector.POLICE,
    Kind.SCHOOL: Sector.EDUCATION,
    Kind.UNIVERSITY: Sector.EDUCATION,
    Kind.CHARITY: Sector.THIRD,
    Kind.HOUSING_PROVIDER: Sector.THIRD,
    Kind.UTILITY: Sector.PRIVATE,
    Kind.SUPPLIER: Sector.PRIVATE,
}

PARTNER_KINDS = frozenset(
    {Kind.SCHOOL, Kind.UNIVERSITY, Kind.CHARITY, Kind.HOUSING_PROVIDER, Kind.UTILITY, Kind.SUPPLIER}
)

NHS_REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "Y56": "London",
        "Y58": "South West",
        "Y59": "South East",
        "Y60": "Midlands",
        "Y61": "East of England",
        "Y62": "North West",
        "Y63": "North East and Yorkshire",
        "W00": "Wales",
    }
)
"""NHS England region codes and `W00` for Wales, with their names (Organisation Data Service)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBody:
    """A body that publishes, asks for or receives data.

    `id` is a stable CURIE (`government-organisation:D10`, `local-authority-eng:LBH`, `ods:RJ1`,
    `police-force:kent`); `slug` is `[a-z0-9-]` and unique over a register. `region` and `board` are the
    Organisation Data Service codes of a trust, `gss` the ONS code of a council's area; `nation` is empty for
    a body of the whole United Kingdom or one whose register does not say. `opened` and `closed` are the first
    and last day the register gives; `status` is what the register calls it at its own date.
    """

    id: str
    slug: str
    name: str
    kind: Kind
    nation: Nation = ""
    region: str = ""
    board: str = ""
    gss: str = ""
    abbreviation: str = ""
    opened: date | None = None
    closed: date | None = None
    status: Status = "live"
    aliases: tuple[str, ...] = ()

    @property
    def sector(self) -> Sector:
        """Return the sector of its kind."""
        return self.kind.sector

    @property
    def code(self) -> str:
        """Return the part of `id` after the register's name, such as `D10`, `LBH` or `RJ1`."""
        return self.id.partition(":")[2]

    @property
    def live(self) -> bool:
        """Return whether its register counts it as live."""
        return self.status == "live"

    @property
    def region_name(self) -> str:
        """Return the NHS region's name, or an empty string where there is none."""
        return NHS_REGIONS.get(self.region, "")

    def is_open(self, on: date) -> bool:
        """Return whether its register shows it open on that day.

        Without an opening day nothing is shown, so the answer is False. A closing day counts as open; a
        closed body without one shows no end, so ask `live` about the present.
        """
        return self.opened is not None and self.opened <= on and (self.closed is None or on <= self.closed)


def fold_name(text: str) -> str:
    """Return the form names are compared in: no case, accents, apostrophes or punctuation, `&` as `and`."""
    text = text.casefold().replace("&", " and ").replace("'", "").replace("’", "")
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _GAPS.sub(" ", text).strip()


_GAPS = re.compile(r"[^a-z0-9]+")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SCHEME = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}")


def is_slug(text: str) -> bool:
    """Return whether `text` has the form of a body's slug: at most 150 of `[a-z0-9-]`, no stray hyphen."""
    return len(text) <= 150 and _SLUG.fullmatch(text) is not None


def new_partner(*, scheme: str, number: str, name: str, kind: Kind, nation: Nation = "", slug: str = "") -> PublicBody:
    """Return a body that no register here holds: a charity, a supplier, a university.

    Args:
        scheme: the register that numbers it, such as `charity-eng`, `company` or `ukprn`.
        number: its number there, 1 to 20 letters, digits and hyphens.
        name: its registered name, 1 to 200 printable characters.
        kind: one of `PARTNER_KINDS`.
        nation: where it works, empty for more than one.
        slug: how addresses name it; made from the name when left out.

    Raises:
        InputError: a part is not of that form (`identity.malformed-partner`).
    """
    slug = slug or fold_name(name).replace(" ", "-")
    faults = {
        "The scheme must be words of a to z joined by hyphens.": _SCHEME.fullmatch(scheme),
        "The number must be 1 to 20 letters, digits or hyphens.": _NUMBER.fullmatch(number),
        "The name must be 1 to 200 printable characters.": 0 < len(name.strip()) <= 200 and name.isprintable(),
        "The slug must be words of a to z and 0 to 9 joined by hyphens.": is_slug(slug),
        "The kind must be one that public registers leave out, such as charity or supplier.": kind in PARTNER_KINDS,
    }
    reasons = tuple(fault for fault, met in faults.items() if not met)
    if reasons:
        raise MalformedPartnerError("This partner cannot be added.", reasons=reasons)
    return PublicBody(id=f"{scheme}:{number}", slug=slug, name=name.strip(), kind=kind, nation=nation)


def parse_partner(*, number: str, name: str, kind: str, nation: str = "", slug: str = "") -> PublicBody:
    """Return a partner from a person's words: `number` is the register and the number there, `charity-eng:263710`.

    Raises:
        MalformedPartnerError: a part is not of the form asked for (`identity.malformed-partner`).
    """
    scheme, _, numbered = number.strip().partition(":")
    if kind not in set(Kind) or nation not in get_args(Nation):
        listed = ", ".join(sorted(PARTNER_KINDS))
        reasons = (f"The kind is one of {listed}, and the nation E, W, S, NI or left out.",)
        raise MalformedPartnerError("This partner cannot be added.", reasons=reasons)
    return new_partner(
        scheme=scheme, number=numbered, name=name, kind=Kind(kind), nation=cast("Nation", nation), slug=slug
    )


class KnownBodyError(InputError):
    """A partner that could be taken for another body."""

    code = "identity.known-body"
    default_advice = "Use that body; where they are two, give the partner a slug and a name of its own."


class MalformedPartnerError(InputError):
    """A partner's scheme, number, name, slug or kind is not of the form asked for."""

    code = "identity.malformed-partner"
    default_advice = "Correct each part that is listed and add the partner again."
