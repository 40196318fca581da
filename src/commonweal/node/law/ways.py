"""The law without a node: packs from files, and the way from one body to another with the answer of the policies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from commonweal.adapters.packaged import load_common_pack_bytes, load_register
from commonweal.core import InputError, Json, UnreadableFileError
from commonweal.decide import AskQuestion, Decision, PolicyEngine, Verdict
from commonweal.identity import Nation, Register
from commonweal.law import (
    LARGEST_PACK,
    NATIONS,
    PINNED_PACKS,
    NamedData,
    Regime,
    RulePack,
    Ways,
    citation,
    duty_in_words,
    find_parties,
    find_ways,
    join_packs,
    parse_pack,
    read_pack,
)

from .in_words import describe_gateway

_SAID = {
    "default.presumption": "The presumption is to share. A steward confirms field by field that nothing is personal, "
    "confidential, licensed from others or disclosive in small numbers.",
    "ask.no-gateway-needed": "No legal gateway is needed: nothing you named is about people.",
    "ask.no-gateway-fits": "The data is about people, or has to be taken for it, and the rule pack knows no law that "
    "leads from the one body to the other for this purpose.",
}
_ABOUT_PEOPLE = ("default.personal", "default.special-category")


class NationError(InputError):
    """A nation that is none of the four of the United Kingdom."""

    code = "law.nation"
    default_advice = "Write E, W, S or NI, or England, Wales, Scotland or Northern Ireland."


class RegimeError(InputError):
    """A regime of data protection that there is not."""

    code = "law.regime"
    default_advice = "Write uk-gdpr or law-enforcement, or leave it out."


@dataclass(frozen=True, slots=True)
class FindCommand:
    """Who would disclose what to whom and why, in a person's words; `data` is a list with commas.

    `regime` is that under which the discloser holds the data, `uk-gdpr` or `law-enforcement`; empty, it is told by who
    that is.
    """

    discloser: str
    recipient: str
    purpose: str
    data: str = ""
    nation: str = ""
    regime: str = ""


@dataclass(frozen=True, slots=True)
class FoundWays:
    """The ways the law has, and the answer that an access request for such data would get."""

    ways: Ways
    decision: Decision
    pack: RulePack

    @property
    def headline(self) -> str:
        """Return the answer in one plain sentence."""
        return _headline(self)

    def reasons(self) -> tuple[str, ...]:
        """Return why, in sentences."""
        told = _SAID | {each: _about_people(self.ways) for each in _ABOUT_PEOPLE}
        reasons = (each for each in self.decision.reasons if each.policy != "default.gateway-steps")
        return tuple(dict.fromkeys(told.get(each.policy, each.sentence) for each in reasons))

    def describe(self) -> dict[str, Json]:
        """Return the answer for a program: the form of `law find --json` and of `/api/v1/law/ways`."""
        return _describe(self)


@lru_cache(maxsize=1)
def common_pack() -> RulePack:
    """Return the pack that ships in the package, proved against its pinned digest.

    Raises:
        LawError: it is not the pack that was released (`law.pack-not-adopted`, `law.pack-malformed`).
    """
    return parse_pack(load_common_pack_bytes(), pinned=PINNED_PACKS)


@lru_cache(maxsize=1)
def _engine() -> PolicyEngine:
    return PolicyEngine()


def read_pack_file(path: Path) -> RulePack:
    """Return the pack in a file, for looking at it.

    Raises:
        UnreadableFileError: it cannot be read.
        LawError: it is no rule pack (`law.pack-malformed`).
    """
    return read_pack(_read(path))


def verify_pack_file(path: Path, trusted: Collection[str] = ()) -> RulePack:
    """Return the pack in a file, once it has proved itself by a digest that is pinned or given.

    Raises:
        UnreadableFileError: it cannot be read.
        LawError: it fails its proof (`law.pack-not-adopted`, `law.pack-malformed`).
    """
    return parse_pack(_read(path), pinned=PINNED_PACKS | {each.strip().lower() for each in trusted})


def pack_with_local(path: Path | None, trusted: Collection[str] = ()) -> RulePack:
    """Return the shipped pack, with a body's local one beside it where there is one.

    Raises:
        UnreadableFileError: the local pack cannot be read.
        LawError: it fails its proof or does not fit the common one.
    """
    return common_pack() if path is None else join_packs(common_pack(), verify_pack_file(path, trusted))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_PACK + 1)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror or type(error).__name__}.") from None


def find_nation(text: str) -> Nation:
    """Return the nation that `text` names; empty where it names none.

    Raises:
        NationError: it is none of the four (`law.nation`).
    """
    wanted = text.strip().lower()
    found: dict[str, Nation] = {"": "", "e": "E", "w": "W", "s": "S", "ni": "NI"}
    found |= {name.lower(): found[code.lower()] for code, name in NATIONS.items()}
    if wanted not in found:
        raise NationError("There is no such nation.")
    return found[wanted]


def find_regime(text: str) -> Regime:
    """Return the regime that `text` names; empty where it names none.

    Raises:
        RegimeError: it is neither of the two (`law.regime`).
    """
    known: dict[str, Regime] = {"": "", "uk-gdpr": "uk-gdpr", "law-enforcement": "law-enforcement"}
    wanted = text.strip().lower()
    if wanted not in known:
        raise RegimeError("There is no such regime of data protection.")
    return known[wanted]


def find_law(
    command: FindCommand,
    at: datetime,
    *,
    pack: RulePack | None = None,
    register: Register | None = None,
    engine: PolicyEngine | None = None,
) -> FoundWays:
    """Return the ways that the law has for a disclosure, and the answer of the same policies that decide requests.

    Args:
        command: who, to whom, why and what.
        at: the moment of the question.
        pack: the rule pack (default: the one that ships).
        register: the bodies that are known (default: those that ship).
        engine: the policies (default: those that ship).

    Raises:
        UnknownBodyError, AmbiguousBodyError, UnknownKindError: a body is not known, or several are meant.
        UnknownPurposeError, AmbiguousPurposeError: the purpose is not known, or several could be meant.
        DataWordsError, NationError, RegimeError: the data, the nation or the regime is not of its form.
    """
    pack, register = pack or common_pack(), register or load_register()
    nation = find_nation(command.nation)
    ways = find_ways(
        pack,
        *find_parties(command.discloser, command.recipient, register, nation=nation),
        pack.find_purpose(command.purpose),
        pack.find_data(command.data),
        nation=nation,
        on=at.date(),
        regime=find_regime(command.regime),
    )
    return FoundWays(ways, (engine or _engine()).decide_ask(_question(ways, pack, at)), pack)


def _question(ways: Ways, pack: RulePack, at: datetime) -> AskQuestion:
    """Return the question that an access request for such data would put to the policies.

    Data about people leans on the best gateway; where every one is barred none is named, so that it is refused.
    """
    classes = dict(ways.data.classes)
    best = ways.best if ways.is_personal else None
    return AskQuestion(
        recipient=ways.recipient.slug,
        recipient_live=ways.recipient.live,
        discloser=ways.discloser.slug,
        discloser_live=ways.discloser.live,
        dataset=f"{ways.discloser.slug}/asked-about",
        dataset_status="live",
        access="shared",
        field_classes=classes,
        fields=frozenset(classes),
        purpose=ways.purpose.purpose.code,
        at=at,
        gateway=best.gateway.id if best else "",
        gateway_fits=None if best is None else best.fit.fits,
        gateway_citation=citation(best.gateway) if best else "",
        gateway_missing=best.fit.missing if best else (),
        gateway_bars=(),
        fitting_gateways={},
        pack=pack.digest,
        recipient_name=ways.recipient.name,
        discloser_name=ways.discloser.name,
        purpose_title=f"“{ways.purpose.purpose.title}”",
    )


def _about_people(ways: Ways) -> str:
    classes = ways.data.classes
    named = [
        each.title.lower() for each in ways.data.categories if classes[each.code] in {"personal", "special-category"}
    ]
    about = f" ({', '.join(named)})" if named else ""
    return f"It is about people{about}, so a named person at {ways.discloser.name} must decide."


def _headline(found: FoundWays) -> str:
    ways, verdict = found.ways, found.decision.verdict
    who = f"{ways.discloser.name} to {ways.recipient.name} for “{ways.purpose.purpose.title}”"
    if verdict is Verdict.PERMIT:
        return f"Yes: {who}. Nothing you named is about people, so no legal gateway is needed."
    if verdict is Verdict.REFUSE:
        return f"No, as it stands: {who}."
    if ways.is_personal and ways.best is not None:
        return f"A named person must decide: {who}, under {citation(ways.best.gateway)}."
    return f"A named person must decide: {who}."


def _describe(found: FoundWays) -> dict[str, Json]:
    ways, decision, pack = found.ways, found.decision, found.pack
    return {
        "outcome": decision.verdict.value,
        "answer": found.headline,
        "reasons": list(found.reasons()),
        "would_change": list(decision.would_change()),
        "from": {"body": ways.discloser.slug, "name": ways.discloser.name, "live": ways.discloser.live},
        "to": {"body": ways.recipient.slug, "name": ways.recipient.name, "live": ways.recipient.live},
        "nation": ways.nation,
        "regime": {"code": ways.regime.code, "held": ways.regime.held, "why": ways.regime.why},
        "purpose": {
            "code": ways.purpose.purpose.code,
            "title": ways.purpose.purpose.title,
            "exact": ways.purpose.exact,
            "near": [] if ways.purpose.exact else [each.code for each in ways.purpose.near],
        },
        "data": _describe_data(ways.data),
        "duty": duty_in_words(ways.duty) if ways.duty else None,
        "gateways": [
            {
                **describe_gateway(each.gateway),
                "fits": each.fit.covers,
                "missing": list(each.fit.missing),
                "bars": list(each.fit.bars),
            }
            for each in ways.gateways
        ],
        "restrictions": [describe_gateway(each) for each in ways.restrictions],
        "conditions": [
            {"id": each.id, "title": each.title, "citation": f"{each.act}, {each.provision}", "rule": each.rule}
            for each in ways.conditions
        ],
        "rungs": [
            {
                "rung": each.name,
                "needs": list(each.needs),
                "needs_less": each.needs_less,
                "why": each.why,
                "proposed": each.is_proposed,
            }
            for each in ways.rungs()
        ],
        "standing_conditions": list(_standing_conditions(found)),
        "pack": {"version": pack.version, "digest": pack.digest, "as_of": pack.as_of.isoformat()},
        "differences": [
            {"what": each.what, "id": each.id, "parts": [list(part) for part in each.parts]}
            for each in pack.differences
        ],
        "disclaimer": pack.disclaimer,
    }


def _standing_conditions(found: FoundWays) -> tuple[str, ...]:
    pack = found.pack
    return pack.enforcement_conditions if found.ways.regime.is_part_3 else pack.standing_conditions


def _describe_data(data: NamedData) -> dict[str, Json]:
    return {
        "categories": [each.code for each in data.categories],
        "classes": dict(data.classes),
        "unknown": list(data.unknown),
    }
