"""The share-request form: every question, when it is asked, what fills it in, why it matters; and the clock."""

from collections.abc import Iterator

from commonweal.request import (
    LONGEST_ANSWER,
    QUESTIONS,
    SOURCES,
    WORKING_DAYS,
    Question,
    RequestKind,
    Section,
    Source,
    When,
    section_of,
)

from .tables import code, codes, page, table

WHENS = {
    When.ALWAYS: "always",
    When.PERSONAL: "data about people is asked for",
    When.SPECIAL: "data of a special category is asked for",
    When.PUBLIC_TASK: "a public body asks a charity, housing provider, utility or supplier for data about people",
}
KINDS = {
    RequestKind.OPEN: "nothing about people",
    RequestKind.PERSONAL: "something about people",
    RequestKind.URGENT: "under a gateway that is a duty, or in an emergency",
}


def write_request_form() -> str:
    """Return the page of the form."""
    filled = sum(each.source is not Source.ASKER for each in QUESTIONS)
    return page(
        "The form of a request",
        f"The form has {len(QUESTIONS)} questions in five sections. The node fills in {filled} of them before anybody "
        "is asked. `commonweal requests form` writes it as JSON, `commonweal request --answers` takes it, and the page "
        "*Fill in the request form first* keeps it as a list of tasks. A question may be left open; who decides sees "
        "that it is, and why it matters. Only a public task that has to be stated stops a request when it is not.",
        f"An answer has at most {LONGEST_ANSWER:,} characters that can be shown. What a field reveals is what a "
        "steward has confirmed; until then it counts as personal.",
        *_sections(),
        "## By when an answer is due",
        "Working days from the day after the request; no weekend and no bank holiday of the discloser's nation counts, "
        "and a body of the whole United Kingdom keeps those of England. An appeal starts the clock anew.",
        table(("what is asked for", "working days"), ((KINDS[kind], days) for kind, days in WORKING_DAYS.items())),
    )


def _sections() -> Iterator[str]:
    for section in Section:
        yield f"## {section.value.capitalize()}"
        heading = ("question", "asked", "when", "answer", "filled in from", "why it matters")
        yield table(heading, (_row(each) for each in section_of(QUESTIONS, section)))


def _row(question: Question) -> tuple[str, ...]:
    before, answer = question.follows
    when = f"{WHENS[question.when]}, and {code(before)} is {code(answer)}" if before else WHENS[question.when]
    takes = codes(value for value, _ in question.options) or question.kind.value
    several = f"some of {takes}" if question.kind.value == "several" else takes
    return code(question.code), question.wording, when, several, SOURCES[question.source], question.why
