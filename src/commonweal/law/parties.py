"""Who the two bodies are in law: which entries of a route name them, and whose legal person an agency is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from commonweal.core import NotFoundError
from commonweal.identity import PARTNER_KINDS, Kind, Nation, PublicBody, Register

from .model import ANY, ANY_PUBLIC_BODY, Told

KIND_PREFIX = "kind:"

_OTHER_WORDS: Mapping[str, Kind] = MappingProxyType(
    {
        "police": Kind.POLICE_FORCE,
        "trust": Kind.NHS_TRUST,
        "hospital": Kind.NHS_TRUST,
        "nhs": Kind.NHS_BODY,
        "local-authority": Kind.COUNCIL,
        "academy": Kind.SCHOOL,
        "company": Kind.SUPPLIER,
        "business": Kind.SUPPLIER,
        "housing-association": Kind.HOUSING_PROVIDER,
        "landlord": Kind.HOUSING_PROVIDER,
        "executive-agency": Kind.AGENCY,
        "ministry": Kind.DEPARTMENT,
        "ndpb": Kind.NON_DEPARTMENTAL_BODY,
    }
)
_TAKES_AN = frozenset({Kind.AGENCY, Kind.NHS_TRUST, Kind.NHS_BODY})


class UnknownKindError(NotFoundError):
    """No kind of body is called that; `reasons` lists them all."""

    code = "law.unknown-kind"
    default_advice = "Use one of the kinds listed, such as `kind:council`, or the name of a body."


def find_party(text: str, register: Register, *, nation: Nation = "") -> PublicBody:
    """Return the body that `text` means, by any of its names; `kind:council` stands for any council.

    A body of a kind has the id and slug `kind:council`, the name “a council” and the nation that is given, save a
    department and an agency, which act for the whole country.

    Raises:
        UnknownKindError: there is no such kind (`law.unknown-kind`).
        UnknownBodyError: there is no such body (`identity.unknown-body`).
        AmbiguousBodyError: several fit (`identity.ambiguous-body`).
    """
    wanted = text.strip().lower()
    if not wanted.startswith(KIND_PREFIX):
        return register.resolve(text)
    kind = _find_kind(wanted.removeprefix(KIND_PREFIX).strip().replace(" ", "-").replace("_", "-"))
    article = "an" if kind in _TAKES_AN else "a"
    name = f"{article} {kind.value.replace('-', ' ').replace('nhs', 'NHS')}"
    where: Nation = "" if kind in {Kind.DEPARTMENT, Kind.AGENCY} else nation
    return PublicBody(id=f"{KIND_PREFIX}{kind}", slug=f"{KIND_PREFIX}{kind}", name=name, kind=kind, nation=where)


def find_parties(
    discloser: str, recipient: str, register: Register, *, nation: Nation = ""
) -> tuple[PublicBody, PublicBody]:
    """Return the two bodies of a disclosure, each by `find_party`; of two alike kinds the recipient is another one."""
    one, other = (find_party(each, register, nation=nation) for each in (discloser, recipient))
    if is_of_a_kind(one) and one.id == other.id:
        name = f"another {other.name.partition(' ')[2]}"
        other = replace(other, id=f"{other.id}:another", slug=f"{other.slug}:another", name=name)
    return one, other


def _find_kind(word: str) -> Kind:
    for each in (word, word.removesuffix("s")):
        if each in _OTHER_WORDS:
            return _OTHER_WORDS[each]
        if each in set(Kind):
            return Kind(each)
    raise UnknownKindError("There is no such kind of body.", reasons=(f"The kinds are {', '.join(Kind)}.",))


def is_of_a_kind(body: PublicBody) -> bool:
    """Return whether a body stands for all of its kind."""
    return body.id.startswith(KIND_PREFIX)


def is_named(entries: frozenset[str], body: PublicBody, told: Told) -> bool:
    """Return whether entries of a route name a body: by itself, or as the legal person that it acts as."""
    return _is_named_itself(entries, body) or bool(entries & _acts_as(body, told))


def same_person(one: PublicBody, other: PublicBody, told: Told) -> bool:
    """Return whether two bodies are known to be one legal person: an agency and its department, or two agencies."""
    first, second = _person(one, told), _person(other, told)
    return one.slug != other.slug and first == second


def doubts_of_person(entries: frozenset[str], body: PublicBody, told: Told) -> Iterator[str]:
    """Yield what a person must settle where a body is reached only as the legal person that it acts as."""
    known = told.acts_as.get(body.slug)
    if _is_named_itself(entries, body):
        return
    if known is not None and known.confidence != "confirmed":
        yield f"Needs a person to confirm that {body.name} acts in law as {known.acts_as}, which is not checked."
    elif known is None and body.kind is Kind.AGENCY and entries & _acts_as(body, told):
        yield f"Needs a person to say whose executive agency {body.name} is; the registers do not."


def _is_named_itself(entries: frozenset[str], body: PublicBody) -> bool:
    if ANY in entries or body.slug in entries or body.kind.value in entries:
        return True
    return ANY_PUBLIC_BODY in entries and body.kind not in PARTNER_KINDS


def _acts_as(body: PublicBody, told: Told) -> frozenset[str]:
    if body.kind is not Kind.AGENCY:
        return frozenset()
    known = told.acts_as.get(body.slug)
    return frozenset({Kind.DEPARTMENT.value, *({known.acts_as} if known else ())})


def _person(body: PublicBody, told: Told) -> str:
    known = told.acts_as.get(body.slug)
    return known.acts_as if known else body.slug
