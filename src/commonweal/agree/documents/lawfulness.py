"""The law that an agreement leans on, as the rule pack has it: basis, gateway, conditions; what a person settles."""

from collections.abc import Iterator

from commonweal.law import Gateway, GatewayKind, Provision, citation
from commonweal.publish import Classification

from .document import DISCLAIMER, Block, Entries, Gap, Paragraph, Points, Section, Table
from .facts import DocumentFacts
from .stated import answer, stated
from .wording import officer

NOT_PERSONAL = (
    "A steward of the discloser has confirmed every field as not about people: the UK GDPR asks for no lawful basis."
)
_BASES = {
    GatewayKind.DUTY: "c",
    GatewayKind.POWER: "e",
    GatewayKind.IMPLIED_POWER: "e",
    GatewayKind.PRESUMPTION: "e",
    GatewayKind.RECOGNISED_INTEREST: "ea",
}
"""The lawful basis that usually goes with a gateway of a kind."""
_ENFORCEMENT = ("dpa18-s30", "dpa18-s31", "dpa18-s35", "dpa18-s38")


def lawfulness(facts: DocumentFacts) -> Section:
    """Return the section on lawful basis and gateway."""
    return Section("Lawful basis and legal gateway", (Paragraph(DISCLAIMER), *_lawful(facts)))


def special_categories(facts: DocumentFacts) -> Section:
    """Return the section on special categories and on criminal offences."""
    return Section("Special categories and criminal offences", tuple(_special(facts)))


def lawful_basis(facts: DocumentFacts) -> str:
    """Return the lawful basis that goes with the gateway, or that it is to be named."""
    if not facts.is_personal:
        return "None is needed: no field is about people"
    if facts.is_law_enforcement:
        return "Part 3 of the Data Protection Act 2018 (law enforcement), not Article 6 UK GDPR"
    basis = facts.pack.lawful_bases.get(_BASES.get(facts.gateway.kind, "") if facts.gateway else "")
    return f"Article 6(1)({basis.id}) UK GDPR: {basis.name} (proposed)" if basis else "To complete"


def gateway_in_words(facts: DocumentFacts) -> str:
    """Return the legal gateway with its citation."""
    gateway = facts.gateway
    if gateway is None:
        return facts.agreement.citation or facts.agreement.gateway or "None named"
    return f"{gateway.title}: {facts.agreement.citation or citation(gateway)}"


def _lawful(facts: DocumentFacts) -> Iterator[Block]:
    if not facts.is_personal:
        yield Paragraph(NOT_PERSONAL)
    yield Entries(
        (
            ("Lawful basis of the discloser", (lawful_basis(facts),)),
            ("Legal gateway", tuple(_gateway_lines(facts))),
            ("What the policies answered", facts.decision.sentences() or ("No reason was kept",)),
        )
    )
    if task := facts.agreement.public_task:
        yield Entries((("Public task that the recipient states and signs", (task,)),))
    if facts.is_personal:
        yield from _basis_gaps(facts)
    if facts.is_personal and facts.is_law_enforcement:
        yield _provisions("What Part 3 asks for", facts, _ENFORCEMENT)
    if facts.gateway is not None:
        yield from _conditions(facts, facts.gateway)


def _gateway_lines(facts: DocumentFacts) -> Iterator[str]:
    yield gateway_in_words(facts)
    if gateway := facts.gateway:
        yield f"A {gateway.kind.value.replace('-', ' ')}; in force: {gateway.in_force}."
        yield f"How far the entry was checked: {gateway.confidence}, on {gateway.as_of}."
        if gateway.is_stale(facts.at.date()):
            yield "The entry was checked more than a year ago: check it again."
        if gateway.url:
            yield gateway.url


def _basis_gaps(facts: DocumentFacts) -> Iterator[Block]:
    if facts.agreement.gateway == "":
        yield Gap(
            "the power or duty under which the data may be disclosed",
            officer(facts.discloser.name),
            "a public body may do only what the law lets it do, and the agreement names no legal gateway.",
        )
    proposed = "" if facts.is_law_enforcement or facts.gateway is None else ", or confirm the one proposed"
    yield Gap(
        f"the lawful basis of {facts.discloser.name}{proposed}",
        officer(facts.discloser.name),
        "each controller has a lawful basis of its own, and the node can only propose what goes with the gateway.",
    )
    gap = Gap(
        f"the lawful basis of {facts.recipient.name}",
        officer(facts.recipient.name),
        "the recipient is a controller in its own right and cannot lean on the discloser's basis.",
    )
    yield from stated(facts, {"Lawful basis of the recipient": "lawful-basis"}, gap)


def _conditions(facts: DocumentFacts, gateway: Gateway) -> Iterator[Block]:
    if facts.fit and facts.fit.missing:
        yield Paragraph("What the gateway asks for, which a person has to confirm:")
        yield Points(facts.fit.missing)
        yield Gap(
            "that each of these has been met, with the evidence",
            f"the people who decided for {facts.discloser.name}",
            "the node cannot see them, and without them the gateway gives no power.",
        )
    limits = tuple(each for each in (gateway.limits, gateway.offence) if each)
    if limits:
        yield Paragraph("What the gateway limits:")
        yield Points(limits)
    if gateway.unconfirmed:
        yield Paragraph("What the rule pack has not confirmed: " + "; ".join(gateway.unconfirmed) + ".")


def _special(facts: DocumentFacts) -> Iterator[Block]:
    marked = tuple(each.name for each in facts.fields if each.classification is Classification.SPECIAL)
    unconfirmed = tuple(each.name for each in facts.fields if not each.confirmed)
    if not facts.is_personal:
        yield Paragraph("None: every field is confirmed as not about people.")
        return
    if marked:
        yield from _article_9(facts, marked)
    else:
        yield Paragraph("No field is classified as a special category (Article 9 UK GDPR).")
    if unconfirmed:
        yield Gap(
            f"whether any of these fields is a special category: {', '.join(unconfirmed)}",
            f"a steward of {facts.discloser.name}",
            "nobody has confirmed how they are classified.",
        )
    yield _provisions("Criminal convictions and offences", facts, ("art10",))
    yield Gap(
        "whether any of it is about criminal convictions or offences",
        officer(facts.discloser.name),
        "a classification of a field does not say so, and Article 10 UK GDPR asks for more.",
    )


def _article_9(facts: DocumentFacts, marked: tuple[str, ...]) -> Iterator[Block]:
    yield Paragraph(f"These fields are special category data: {', '.join(marked)}.")
    yield _provisions("What is due", facts, ("art9",))
    rows = ((f"Article 9(2)({e.id})", e.name, e.needs or "-") for e in facts.pack.special_categories.values())
    yield Table("Conditions that the pack knows", ("Condition", "What it is", "What it needs besides"), tuple(rows))
    condition = answer(facts, "special-condition")
    if condition:
        yield Entries((("Condition of the recipient", condition),))
    for body in (facts.discloser.name, facts.recipient.name)[: 1 if condition else 2]:
        yield Gap(
            f"the condition of Article 9(2) on which {body} relies, with its paragraph of Schedule 1",
            officer(body),
            "it may not be processed without one, and nearly all need an appropriate policy document.",
        )


def _provisions(heading: str, facts: DocumentFacts, wanted: tuple[str, ...]) -> Entries:
    found = (facts.pack.provisions[each] for each in wanted if each in facts.pack.provisions)
    lines = tuple(_provision(each) for each in found)
    return Entries(((heading, lines or ("The rule pack does not say",)),))


def _provision(found: Provision) -> str:
    return f"{found.act}, {found.provision}: {found.rule.strip()} ({found.confidence}, as of {found.as_of})"
