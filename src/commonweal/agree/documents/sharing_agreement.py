"""The data sharing agreement: what the Information Commissioner's code on data sharing lists, from the signed terms."""

from collections.abc import Iterator

from commonweal.agree.digest import terms_digest
from commonweal.agree.signing import awaited_body
from commonweal.identity import PublicBody
from commonweal.publish import DefectStatus, DimensionResult

from .document import Block, Entries, Gap, Paragraph, Points, Section, Table
from .facts import DocumentFacts, Signatory
from .lawfulness import gateway_in_words, lawfulness, special_categories
from .safeguards import ending, left_already, retention, security
from .stated import recipient_role, stated
from .wording import contact_gap, fields_table, minute, officers, review_gap, rows_released, rung

TITLE = "Data sharing agreement"
ABOUT = "What is shared, between whom, why, under which law, how it is guarded, and how it ends."

_REASONS = {
    "What it will do with the data": "aims",
    "Who gains": "benefits",
    "The least that would do": "less-data",
    "What happens without it": "without-it",
}


def compose(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return the sections of the agreement."""
    return (
        Section("Parties", tuple(_parties(facts))),
        Section("Purpose", tuple(_purpose(facts))),
        Section("Data items", tuple(_data(facts))),
        lawfulness(facts),
        special_categories(facts),
        Section("Access and people's rights", tuple(_rights(facts))),
        Section("Accuracy and quality", tuple(_quality(facts))),
        Section("Security", tuple(security(facts))),
        Section("Retention and deletion", tuple(retention(facts))),
        Section("Onward sharing", tuple(_onward(facts))),
        Section("Incidents and contacts", tuple(_incidents(facts))),
        Section("Review and end", (*ending(facts), review_gap(facts))),
        Section("Signatures", tuple(_signatures(facts))),
    )


def _parties(facts: DocumentFacts) -> Iterator[Block]:
    yield Entries(
        (
            ("Discloser", (_body(facts.discloser, facts), "Controller of the data that it discloses")),
            ("Recipient", (_body(facts.recipient, facts), recipient_role(facts))),
            ("Runs the node", (_body(facts.host, facts), _role_of_host(facts))),
        )
    )
    yield Gap(
        "whether either body uses a processor for this data, and whether they are joint controllers in any part",
        officers(facts),
        "a processor needs a contract under Article 28, and joint controllers an arrangement under Article 26.",
    )


def _body(body: PublicBody, facts: DocumentFacts) -> str:
    acts = facts.pack.legal_persons.get(body.slug)
    return f"{body.name} ({body.id})" + (f", which acts as {acts.acts_as} ({acts.confidence})" if acts else "")


def _role_of_host(facts: DocumentFacts) -> str:
    if facts.host.slug in {facts.discloser.slug, facts.recipient.slug}:
        return "One of the parties"
    return f"Processes for {facts.discloser.name}: a contract under Article 28 UK GDPR is due"


def _purpose(facts: DocumentFacts) -> Iterator[Block]:
    purpose = facts.purpose
    yield Entries(
        (
            ("Purpose", (purpose.title, *([purpose.description] if purpose.description else []))),
            ("Legal gateway", (gateway_in_words(facts),)),
            ("The least that usually serves it", (rung(facts),)),
        )
    )
    yield Paragraph("The data is used for this purpose and for no other.")
    gap = Gap(
        "why the sharing is necessary and proportionate, and what good it does to whom",
        f"{facts.recipient.name}, which asked, and {facts.discloser.name}, which decided",
        "people whose data is shared are owed a reason, and a court would ask for it.",
    )
    yield from stated(facts, _REASONS, gap)


def _data(facts: DocumentFacts) -> Iterator[Block]:
    dataset, version = facts.dataset, facts.version
    held = f"Version {version.number}, {version.rows:,} rows before row conditions" if version else "None is held"
    yield Entries(
        (
            ("Dataset", (dataset.title, dataset.id)),
            ("Newest version", (held,)),
            ("Marking", (dataset.marking.value,)),
            ("Regime", (_regime(facts),)),
            ("Rows", rows_released(facts)),
        )
    )
    yield fields_table(facts)


def _regime(facts: DocumentFacts) -> str:
    part_3 = "Law enforcement: Part 3 of the Data Protection Act 2018"
    return part_3 if facts.is_law_enforcement else "UK GDPR and the Data Protection Act 2018"


def _rights(facts: DocumentFacts) -> Iterator[Block]:
    discloser, recipient = facts.discloser.name, facts.recipient.name
    yield Points(
        (
            f"People of {recipient} who hold a token of this agreement read under it; the log keeps each reading.",
            "Each body answers people's requests about what it holds, and tells the other where that is needed.",
            f"A correction is raised as a defect; {discloser} answers it, and names the version with it mended.",
            "From the log both bodies can say who was given what, when and under which agreement.",
        )
    )
    if facts.is_personal:
        yield contact_gap(facts, "people and the other body need to know whom to ask.")
        gap = Gap(
            "how people are told of the sharing, and where",
            officers(facts),
            "people have a right to be told; the words for a privacy notice are among these documents.",
        )
        yield from stated(facts, {"How people are told": "telling-people"}, gap)


def _quality(facts: DocumentFacts) -> Iterator[Block]:
    if facts.version is None:
        yield Paragraph("No version is held, so nothing can be said of its quality.")
        return
    result = facts.version.quality
    yield Paragraph(
        f"Version {facts.version.number} passed the gate of its data contract, {facts.dataset.contract.version}, when "
        "it was published."
    )
    if result.dimensions:
        rows = tuple((each.dimension.value.capitalize(), *_measured(each)) for each in result.dimensions)
        yield Table("What the gate measured", ("Dimension", "Rows checked", "What broke a promise"), rows)
    if result.findings:
        yield Paragraph("Findings that travel with the version:")
        yield Points(tuple(each.sentence for each in result.findings))
    counted = [f"{facts.defects[each]} {each.value}" for each in DefectStatus if facts.defects.get(each)]
    yield Entries((("Defects raised by consumers", (", ".join(counted) or "None",)),))


def _measured(result: DimensionResult) -> tuple[str, str]:
    if not result.measured:
        return "Not measured", "The data contract promises nothing that shows it"
    return f"{result.rows:,}", f"{result.failed:,}"


def _onward(facts: DocumentFacts) -> Iterator[Block]:
    discloser, recipient = facts.discloser.name, facts.recipient.name
    yield Points(
        (
            f"{recipient} may read the data. It may not pass it on, publish it, or use it for another purpose.",
            f"Onward sharing takes a new request to {discloser}, and an agreement of its own.",
            "A duty in law to disclose stands; the body under it tells the other first where the law allows.",
        )
    )
    if gateway := facts.gateway:
        said = tuple(each for each in (gateway.limits, gateway.offence) if each)
        yield Points(said) if said else Paragraph("The rule pack names no further limit of the gateway.")


def _incidents(facts: DocumentFacts) -> Iterator[Block]:
    discloser, recipient = facts.discloser.name, facts.recipient.name
    yield Points(
        (
            "Whoever finds an incident with this data tells the other body at once, and within a day at the latest.",
            f"{discloser} revokes the agreement, or has the keys concerned rotated, when that limits the harm.",
            "The controller in whose hands it happened decides whether to notify the Information Commissioner, where "
            "feasible within 72 hours of knowing (Article 33 UK GDPR), and whether to tell the people (Article 34).",
            left_already(facts),
        )
    )
    gap = Gap(
        f"whom to call at {discloser} and at {recipient} about an incident, by day and by night",
        f"the senior information risk owners of {discloser} and {recipient}",
        "the hours of an incident are lost in looking for the right person.",
    )
    named = {"Whom to ask at the recipient": "contact", "Who answers for the use there": "accountable"}
    yield from (each for each in stated(facts, named, gap) if each is not gap)
    yield gap


def _signatures(facts: DocumentFacts) -> Iterator[Block]:
    agreement, digest = facts.agreement, terms_digest(facts.agreement)
    yield Entries(
        (
            ("Edition of the terms", (str(agreement.edition),)),
            ("SHA-256 of the terms, which both sides sign", (digest,)),
            *((f"For {each.body}", tuple(_signature(each, digest))) for each in facts.signatories),
        )
    )
    if awaited := awaited_body(agreement):
        name = facts.recipient.name if awaited == facts.recipient.slug else facts.discloser.name
        yield Paragraph(f"Not in force: it waits for the signature of a person with authority at {name}.")
    decided = facts.person(agreement.decided_by) or "Policy alone: nothing in it is personal"
    yield Entries((("Decided by", (decided,)),))
    yield Paragraph(
        "Terms only narrow what was asked for. Whoever asked or decided without signing these terms stands here by "
        "that act. Under its index each entry stands in the public log; the page of the event gives the proof."
    )


def _signature(signed: Signatory, digest: str) -> Iterator[str]:
    yield f"{signed.person or 'By default: nothing in it is personal'}, {minute(signed.at)}"
    yield signed.did
    if signed.digest and signed.digest != digest:
        yield f"What was signed is an earlier edition: {signed.digest}"
    if signed.index is None:
        yield "Not in the log"
    else:
        yield f"Event {signed.index} of the log, whose entry is"
        yield signed.entry
