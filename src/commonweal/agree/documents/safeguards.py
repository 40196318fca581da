"""What guards the data and what ends it, as the node does it; and what the recipient has still to say."""

from collections.abc import Iterator

from commonweal.agree.model import AgreementStatus

from .document import Block, Entries, Gap, Paragraph, Points
from .facts import DocumentFacts, Guard
from .stated import stated
from .wording import day, last_day

_KEPT = {"Where it is kept": "kept-safe", "Who sees it there": "readers", "Whether it leaves the UK": "abroad"}


def security_measures(facts: DocumentFacts) -> tuple[str, ...]:
    """Return the measures of Article 32 that the node takes, as sentences."""
    return tuple(_measures(facts))


def _measures(facts: DocumentFacts) -> Iterator[str]:
    agreement = facts.agreement
    yield f"The data is marked {facts.dataset.marking.value}."
    yield "Every version and every release lies in a sealed file (age version 1); keys lie apart from it."
    if agreement.sealed_to:
        yield f"Releases are sealed to the recipient's own key, {agreement.sealed_to}, which alone opens them."
    else:
        yield "Releases are opened by the node as they are read; they are not sealed to a key of the recipient's own."
    if agreement.tokenised:
        tokens = ", ".join(agreement.tokenised)
        yield f"These fields leave only as keyed tokens, whose key dies with the agreement: {tokens}."
    yield "Callers reach the node by TLS." if facts.is_secure else _NO_TLS
    yield "Each reading takes a token of this agreement, and is put to the policies again."
    yield "The log keeps each access before its answer leaves, and anybody can prove that it was not altered."


_NO_TLS = "The node itself speaks no TLS: it is reached from its own machine, or by a proxy that adds TLS."


def security(facts: DocumentFacts) -> Iterator[Block]:
    """Yield the measures, then each key with where it lies and who could use it."""
    yield Points(security_measures(facts))
    if conditions := facts.agreement.conditions.describe():
        yield Paragraph("The agreement sets these conditions, and the node holds every read against them.")
        yield Entries(tuple((name, (words,)) for name, words in conditions))
    rows = tuple((f"{e.key}: {e.use}", (f"{_place(e)}; country: {e.country}", *e.users)) for e in facts.guards)
    yield Entries(rows) if rows else Paragraph("The node holds no key of this agreement any more.")
    if facts.is_personal:
        gap = Gap(
            f"how {facts.recipient.name} guards what it has read: where, with whose access, and whether outside the UK",
            f"the senior information risk owner of {facts.recipient.name}",
            "the node sees nothing of the data once the recipient has read it.",
        )
        yield from stated(facts, _KEPT, gap)


def _place(guard: Guard) -> str:
    """Return where a key lies, without the path of a file, which is nobody else's business."""
    return "In a sealed keystore on the node's machine" if guard.place.startswith("file:") else guard.place


def retention(facts: DocumentFacts) -> Iterator[Block]:
    """Yield how long each side keeps the data, and how it goes."""
    kept = facts.dataset.retention
    own = kept.sentence if kept else "No period is stated for the dataset"
    rows: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("The discloser's own data", (own,)),
        ("Reading ends", (f"After {last_day(facts.agreement.ends)}, or at once when it is revoked",)),
        ("Releases on the node", ("Deleted with the header rows that opened them when the agreement is revoked",)),
        ("Backups of the node", (f"Hold the releases, sealed, for up to {facts.backup_days} days more",)),
    )
    yield Entries(rows)
    if kept is None:
        yield Gap(
            "how long the discloser keeps the dataset, and why so long",
            f"a steward of {facts.discloser.name}",
            "personal data is kept no longer than its purpose needs, and `--retain` says so for each version.",
        )
    gap = Gap(
        f"how long {facts.recipient.name} keeps what it has read, how it deletes it, and who certifies that",
        f"the information asset owner of {facts.recipient.name}",
        "no act on this node deletes a copy that has left it.",
    )
    yield from stated(facts, {"The recipient keeps it": "retention", "and destroys it": "disposal"}, gap)


def ending(facts: DocumentFacts) -> Iterator[Block]:
    """Yield when and how the agreement ends."""
    agreement = facts.agreement
    lines: list[tuple[str, tuple[str, ...]]] = [
        ("Begins", (day(agreement.starts),)),
        ("Last day", (last_day(agreement.ends),)),
        ("Earlier end", (f"{facts.discloser.name} may revoke it for a stated reason",)),
        ("What revoking does", on_revocation(facts)),
    ]
    if agreement.status is AgreementStatus.REVOKED and agreement.revoked:
        who = facts.person(agreement.revoked_by)
        lines.append(("Revoked", (f"{day(agreement.revoked)}, by {who}: {agreement.revocation_reason}",)))
    yield Entries(tuple(lines))


def on_revocation(facts: DocumentFacts) -> tuple[str, ...]:
    """Return what revoking does, as sentences."""
    lines = ("The next reading is refused and open streams are cut.", "Its releases are deleted from the node.")
    return (*lines, "Its token key is destroyed.") if facts.agreement.tokenised else lines


def left_already(facts: DocumentFacts) -> str:
    """Return what has left so far and cannot be called back."""
    if not facts.deliveries:
        return "Nothing has left yet: no delivery has been authorised."
    count = "1 delivery has" if facts.deliveries == 1 else f"{facts.deliveries:,} deliveries have"
    return f"{count} been authorised; a copy that was read stays with {facts.recipient.name}."
