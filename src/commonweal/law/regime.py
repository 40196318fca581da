"""Which regime of data protection a disclosure goes by: UK GDPR, or Part 3 of the Data Protection Act 2018."""

from collections.abc import Iterator
from dataclasses import dataclass

from commonweal.identity import Kind, PublicBody

from .model import NOT_PERSONAL, Purpose, Regime, Told
from .parties import doubts_of_person, is_named

UK_GDPR: Regime = "uk-gdpr"
LAW_ENFORCEMENT: Regime = "law-enforcement"


@dataclass(frozen=True, slots=True)
class UnderRegime:
    """The regime of a disclosure; `held` is that under which the discloser holds the data, `why` says it in words."""

    code: Regime
    held: Regime
    why: str

    @property
    def is_part_3(self) -> bool:
        """Return whether Part 3 of the Data Protection Act 2018 governs the disclosure."""
        return self.code == LAW_ENFORCEMENT


def held_under(discloser: PublicBody, told: Told) -> Regime:
    """Return the regime under which a discloser holds its data: as is told, else law enforcement for the police."""
    if told.regime:
        return told.regime
    return LAW_ENFORCEMENT if discloser.kind is Kind.POLICE_FORCE else UK_GDPR


def under_regime(discloser: PublicBody, purpose: Purpose, told: Told) -> UnderRegime:
    """Return the regime of a disclosure for a purpose.

    Part 3 governs it only where the data is held for law enforcement and the purpose is one of law enforcement
    (sections 31 and 36); any other purpose goes by UK GDPR, once a law authorises it.
    """
    held = held_under(discloser, told)
    if held != LAW_ENFORCEMENT:
        return UnderRegime(UK_GDPR, held, "UK GDPR and Part 2 of the Data Protection Act 2018 apply.")
    held_so = f"{discloser.name} holds it for law enforcement, and “{purpose.title}” is"
    if purpose.enforces:
        return UnderRegime(LAW_ENFORCEMENT, held, f"{held_so} such a purpose: Part 3 applies.")
    other = f"{held_so} another purpose: a law must authorise that, and UK GDPR then applies."
    return UnderRegime(UK_GDPR, held, other)


def doubt_of_competence(
    known: frozenset[str], discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told
) -> Iterator[str]:
    """Yield what a person must answer where Part 3 applies and the recipient is not known to be a competent authority.

    `known` are kinds and slugs of bodies that Schedule 7 names. It is loaded in part, and a body outside it may be one
    by its statutory functions (section 30(1)(b)), so that this never bars.
    """
    about_people = told.data is None or set(told.data.values()) != {NOT_PERSONAL}
    if not about_people or not under_regime(discloser, purpose, told).is_part_3:
        return
    if is_named(known, recipient, told):
        yield from doubts_of_person(known, recipient, told)
        return
    yield (
        f"Needs a person to answer: is {recipient.name} a competent authority for this purpose? Schedule 7 to the Data "
        f"Protection Act 2018, as far as it is loaded, does not name it; it would need statutory functions of law "
        f"enforcement (section 30)."
    )
