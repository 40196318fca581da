"""The way from one body to another: gateways that fit, what each still needs, what limits it, and what needs less."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from commonweal.identity import Nation, PublicBody

from .model import PERSONAL, Gateway, GatewayFit, GatewayKind, Provision, Purpose, Regime, Told, citation
from .regime import UnderRegime, under_regime
from .rule_pack import RulePack
from .words import NamedData, NamedPurpose

RUNGS = ("check", "aggregate", "de-identified", "rows")
MOST_BARRED = 5

_SUPPRESS = "Small numbers are suppressed or rounded, so that nobody can be told from the figures."
_WHYS = {
    "check": "One answer of yes or no about one person. The law asks the same, but nothing else leaves.",
    "aggregate": "Figures that identify nobody are not personal data, so they need no legal gateway.",
    "de-identified": "Still data about people while anybody can link it back, so the law asks the same; "
    "names and numbers stay behind.",
    "rows": "Everything the gateway asks for.",
}
_FORCE = {"yes": 0, "unconfirmed": 1, "no": 2}
_CHECKED = {"confirmed": 0, "secondary": 1, "recall": 2}


@dataclass(frozen=True, slots=True)
class Assessed:
    """A gateway and whether it permits the disclosure."""

    gateway: Gateway
    fit: GatewayFit

    @property
    def is_open(self) -> bool:
        """Return whether nothing bars it."""
        return not self.fit.bars


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of disclosure: what it needs in law, whether that is less than rows need, and why.

    `is_proposed` marks the lowest that usually meets the purpose.
    """

    name: str
    needs: tuple[str, ...]
    needs_less: bool
    why: str
    is_proposed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What the pack knows of a disclosure that somebody thinks of; `find_ways` gives it.

    `gateways` are ordered best first: those that nothing bars, then the nearest that something bars. `conditions` are
    provisions that the data calls for besides a gateway, under the `regime` of the disclosure.
    """

    discloser: PublicBody
    recipient: PublicBody
    purpose: NamedPurpose
    data: NamedData
    nation: Nation
    gateways: tuple[Assessed, ...]
    restrictions: tuple[Gateway, ...]
    conditions: tuple[Provision, ...]
    regime: UnderRegime

    @property
    def is_personal(self) -> bool:
        """Return whether any of the data is, or has to be taken for, data about people."""
        return any(cls in _ABOUT_PEOPLE for cls in self.data.classes.values())

    @property
    def best(self) -> Assessed | None:
        """Return the first gateway that nothing bars; None where there is none."""
        return next((each for each in self.gateways if each.is_open), None)

    @property
    def duty(self) -> Gateway | None:
        """Return the first duty among the gateways that nothing bars: not sharing is then what must be justified."""
        open_ones = (each.gateway for each in self.gateways if each.is_open)
        return next((each for each in open_ones if each.kind is GatewayKind.DUTY), None)

    def rungs(self) -> tuple[Rung, ...]:
        """Return the rungs of disclosure from the least to the most."""
        return tuple(_rungs(self))


_ENFORCEMENT = "law-enforcement"
_ABOUT_PEOPLE = frozenset({PERSONAL, "special-category"})


def find_ways(
    pack: RulePack,
    discloser: PublicBody,
    recipient: PublicBody,
    purpose: NamedPurpose,
    data: NamedData,
    *,
    nation: Nation = "",
    on: date | None = None,
    regime: Regime = "",
) -> Ways:
    """Return the gateways from one body to another for a purpose and some data, best first, and what limits them.

    1. Every ground of the pack is assessed with the bodies, the purpose, the data, the nation and the day.
    2. Those that nothing bars come first: a duty that was checked before a power, then by force, a power before a
       recognised interest, then by how far it was checked and by how little is missing. An implied power that names
       no purpose comes last.
    3. After them come at most five that something bars and that name the purpose and one of the bodies.

    `regime` is that under which the discloser holds the data; empty, law enforcement for the police, else UK GDPR.
    """
    told = Told(data=data.classes, nation=nation, on=on, acts_as=pack.legal_persons, regime=regime)
    under = under_regime(discloser, purpose.purpose, told)
    grounds = [each for each in pack.gateways.values() if each.kind.authorises]
    assessed = [  # 1
        Assessed(each, pack.assess(each, discloser, recipient, purpose.purpose, told)) for each in grounds
    ]
    open_ones = sorted((each for each in assessed if each.is_open), key=_rank)  # 2
    near = (each for each in assessed if not each.is_open and _is_near(each, discloser, recipient, purpose.purpose))
    barred = sorted(near, key=lambda each: (len(each.fit.bars), _rank(each)))[:MOST_BARRED]  # 3
    return Ways(
        discloser=discloser,
        recipient=recipient,
        purpose=purpose,
        data=data,
        nation=nation,
        gateways=(*open_ones, *barred),
        restrictions=pack.find_limits(discloser, recipient, purpose.purpose, told),
        conditions=tuple(_conditions(pack, data, under)),
        regime=under,
    )


def _rank(each: Assessed) -> tuple[int, ...]:
    gateway = each.gateway
    return (
        each.fit.unsure,
        gateway.kind is not GatewayKind.PRESUMPTION,
        gateway.kind is not GatewayKind.DUTY or gateway.confidence == "recall",
        _FORCE[gateway.in_force],
        gateway.kind is GatewayKind.RECOGNISED_INTEREST,
        _CHECKED[gateway.confidence],
        gateway.kind is GatewayKind.IMPLIED_POWER,
        len(each.fit.missing),
    )


def _is_near(each: Assessed, discloser: PublicBody, recipient: PublicBody, purpose: Purpose) -> bool:
    named = any(purpose.code in route.purposes for route in each.gateway.routes)
    absent = sum(f"{body.name} is not among" in bar for body in (discloser, recipient) for bar in each.fit.bars)
    return named and absent < 2


def _conditions(pack: RulePack, data: NamedData, under: UnderRegime) -> Iterator[Provision]:
    called = dict.fromkeys(each for category in data.categories for each in category.calls_for)
    if not under.is_part_3:
        yield from (pack.provisions[each] for each in called)
    elif any(cls in _ABOUT_PEOPLE for cls in data.classes.values()):
        yield from (each for each in pack.provisions.values() if each.topic == _ENFORCEMENT)


def duty_in_words(gateway: Gateway) -> str:
    """Return what a duty turns round, as a sentence."""
    if gateway.in_force == "yes":
        return (
            f"{citation(gateway)} makes sharing a duty. What must be justified is not sharing: "
            "a named person decides that, and it is recorded with the reason."
        )
    return (
        f"{citation(gateway)} would make sharing a duty; whether it is in force is not confirmed. "
        "Treat not sharing as what must be justified, by a named person, and recorded with the reason."
    )


def _rungs(ways: Ways) -> Iterator[Rung]:
    best = ways.best
    asked = best.fit.missing if best else (f"A legal gateway for “{ways.purpose.purpose.title}”: none is known.",)
    if not ways.is_personal:
        why = "Nothing of it is about people, so a lower rung would need no less."
        yield Rung("rows", (), needs_less=False, why=why, is_proposed=True)
        return
    proposed = ways.purpose.purpose.rung
    for rung in RUNGS:
        needs = (_SUPPRESS,) if rung == "aggregate" else asked
        yield Rung(rung, needs, rung == "aggregate", _WHYS[rung], rung == proposed)
