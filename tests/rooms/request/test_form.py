"""The share-request form: its questions, what is filled in, what may be answered, and a draft section by section."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.adapters.packaged import load_common_pack_bytes, load_register
from commonweal.core import Actor
from commonweal.identity import Kind, PublicBody, new_partner
from commonweal.law import PINNED_PACKS, parse_pack
from commonweal.publish import Access, Classification, DataContract, Dataset, Field, FieldType, Marking
from commonweal.request import (
    LONGEST_ANSWER,
    QUESTIONS,
    AnswerKind,
    FormAnswersError,
    FormBasis,
    FormFacts,
    Progress,
    Reply,
    RequestDraft,
    Section,
    Source,
    begin_draft,
    fill_in,
    find_asked_questions,
    find_facts,
    find_unanswered,
    prefill,
    save_section,
    section_of,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ACTOR = Actor("sam.patel@lambeth", "lambeth")
PERSONAL = FormFacts(personal=True)
CODES = {each.code for each in QUESTIONS}


def field(name: str, classification: Classification = Classification.NOT_PERSONAL, *, confirmed: bool = True) -> Field:
    return Field(name, FieldType.STRING, classification=classification, confirmed=confirmed)


FIELDS = (
    field("council"),
    field("nino", Classification.PERSONAL),
    field("health", Classification.SPECIAL),
    field("unseen", confirmed=False),
)


@pytest.fixture(scope="module")
def bodies() -> dict[str, PublicBody]:
    register = load_register()
    shelter = new_partner(scheme="charity-eng", number="1", name="A Shelter", kind=Kind.CHARITY)
    return {"dwp": register.resolve("DWP"), "lambeth": register.resolve("lambeth"), "charity": shelter}


@pytest.fixture(scope="module")
def basis(bodies: dict[str, PublicBody]) -> Any:
    pack = parse_pack(load_common_pack_bytes(), pinned=PINNED_PACKS)

    def make(*fields: str, discloser: str = "dwp", recipient: str = "lambeth", **more: Any) -> FormBasis:
        contract = DataContract("c", "1.0", "Claimants", "people who claim", FIELDS)
        dataset = Dataset(
            "dwp/claimants",
            "dwp",
            "claimants",
            "Claimants",
            "",
            contract,
            Access.CLOSED,
            Marking.OFFICIAL,
            "",
            "s",
            NOW,
        )
        given: dict[str, Any] = {
            "purpose": pack.purpose("council-tax-reduction"),
            "gateway": pack.gateway("wra12-s130-131"),
            "conditions": 0,
            "until": date(2027, 3, 31),
            "is_sealed": False,
            "asker": "Sam Patel",
            **more,
        }
        return FormBasis(
            dataset=dataset, fields=fields, discloser=bodies[discloser], recipient=bodies[recipient], **given
        )

    return make


def test_the_form_has_five_sections_and_says_of_each_question_why_it_matters() -> None:
    assert [section for section in Section if section_of(QUESTIONS, section)] == list(Section)
    assert 30 <= len(QUESTIONS) == len(CODES) <= 40
    assert all(each.why.endswith(".") and each.wording.endswith("?") for each in QUESTIONS)
    chosen = {AnswerKind.CHOICE, AnswerKind.SEVERAL, AnswerKind.YES_NO}
    assert all(bool(each.options) == (each.kind in chosen) for each in QUESTIONS)
    assert all(not each.follows[0] or each.follows[0] in CODES for each in QUESTIONS)


@pytest.mark.parametrize("fields", [("council",), ("council", "nino"), ("unseen",)])
def test_at_least_half_of_what_is_asked_is_filled_in(basis: Any, fields: tuple[str, ...]) -> None:
    asked_for = basis(*fields)
    facts, replies = find_facts(asked_for), prefill(asked_for, QUESTIONS)
    asked = find_asked_questions(QUESTIONS, facts, replies)
    filled = [each for each in replies if each.question in {one.code for one in asked}]
    assert len(filled) * 2 >= len(asked)
    assert all(each.source is not Source.ASKER for each in replies)
    assert fill_in(QUESTIONS, (), {each.question: list(each.values) for each in replies})  # each is a valid answer


@pytest.mark.parametrize(
    ("fields", "reveals", "facts"),
    [
        (("council",), "not-personal", FormFacts()),
        (("council", "nino"), "personal", FormFacts(personal=True)),
        (("unseen",), "personal", FormFacts(personal=True)),
        (("health",), "special-category", FormFacts(personal=True, special=True)),
        ((), "special-category", FormFacts(personal=True, special=True)),
    ],
)
def test_what_the_fields_reveal_decides_what_is_asked(
    basis: Any, fields: tuple[str, ...], reveals: str, facts: FormFacts
) -> None:
    found = {each.question: each for each in prefill(basis(*fields), QUESTIONS)}
    assert find_facts(basis(*fields)) == facts
    assert found["data-type"] == Reply("data-type", (reveals,), Source.CONTRACT)
    asked = {each.code for each in find_asked_questions(QUESTIONS, facts, ())}
    assert ("lawful-basis" in asked) == facts.personal
    assert ("special-condition" in asked) == facts.special


@pytest.mark.parametrize(
    ("fields", "discloser", "recipient", "states"),
    [
        (("nino",), "charity", "lambeth", True),
        (("council",), "charity", "lambeth", False),
        (("nino",), "dwp", "lambeth", False),
        (("nino",), "dwp", "charity", False),
        (("nino",), "charity", "charity", False),
    ],
)
def test_a_public_body_that_asks_a_charity_about_people_states_its_public_task(
    basis: Any, fields: tuple[str, ...], discloser: str, recipient: str, *, states: bool
) -> None:
    facts = find_facts(basis(*fields, discloser=discloser, recipient=recipient))
    assert facts.public_task == states
    assert ("public-task" in {each.code for each in find_unanswered(QUESTIONS, facts, ())}) == states


def test_a_duty_sets_the_pace_unless_no_gateway_is_named(basis: Any) -> None:
    pack = parse_pack(load_common_pack_bytes(), pinned=PINNED_PACKS)
    duty = basis("nino", gateway=pack.gateway("ca04-s16LA"))
    paces = [{each.question: each.values for each in prefill(one, QUESTIONS)}["urgency"] for one in (duty, basis())]
    assert paces == [("duty",), ("ordinary",)]
    none = {each.question: each.values for each in prefill(basis("nino", gateway=None), QUESTIONS)}
    assert none["gateway"] == ("No legal gateway is named.",)
    assert "power" not in none


def test_answers_stand_over_what_was_filled_in_and_an_empty_one_takes_it_away() -> None:
    before = (Reply("aims", ("To check.",), Source.PURPOSE), Reply("marking", ("OFFICIAL",), Source.DATASET))
    told = {"aims": "To check.", "marking": None, "benefits": ["cost", "fraud", "cost"], "abroad": False}
    assert fill_in(QUESTIONS, before, told) == (
        Reply("aims", ("To check.",), Source.PURPOSE),
        Reply("benefits", ("cost", "fraud")),
        Reply("abroad", ("no",)),
    )


def test_a_question_that_follows_another_is_asked_after_its_answer() -> None:
    told = fill_in(QUESTIONS, (), {"abroad": True})
    assert "where-abroad" in {each.code for each in find_unanswered(QUESTIONS, PERSONAL, told)}
    assert "where-abroad" not in {each.code for each in find_unanswered(QUESTIONS, PERSONAL, ())}


@pytest.mark.parametrize(
    ("code", "value", "fault"),
    [
        ("nothing", "x", "The form has no question `nothing`."),
        ("aims", "x" * (LONGEST_ANSWER + 1), "Question `aims` has an answer longer than 2,000 characters."),
        ("aims", "bell \x07", "Question `aims` has an answer with characters that cannot be shown."),
        ("aims", "turn \u202e round", "Question `aims` has an answer with characters that cannot be shown."),
        ("aims", ["one", "two"], "Question `aims` takes a text."),
        ("aims", 7, "Question `aims` takes a text."),
        ("aims", {"a": "b"}, "Question `aims` takes a text."),
        ("until", "31 March", "Question `until` takes a day, such as 2027-03-31."),
        ("marking", "SECRET", "Question `marking` takes OFFICIAL, OFFICIAL-SENSITIVE."),
        ("abroad", "perhaps", "Question `abroad` takes yes, no."),
        ("benefits", ["cost", "fame"], "Question `benefits` takes decisions, services, fraud, safety, cost, policy"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named_by_its_question(code: str, value: object, fault: str) -> None:
    with pytest.raises(FormAnswersError) as caught:
        fill_in(QUESTIONS, (), {"measure": "By counting.", code: value})
    assert [each[: len(fault)] for each in caught.value.reasons] == [fault]


@given(st.dictionaries(st.sampled_from(sorted(CODES)) | st.text(max_size=8), st.text() | st.none() | st.booleans()))
def test_any_answers_are_read_or_refused_and_nothing_else(answers: dict[str, object]) -> None:
    try:
        found = fill_in(QUESTIONS, (), answers)
    except FormAnswersError as error:
        assert error.reasons
    else:
        assert fill_in(QUESTIONS, (), {each.question: list(each.values) for each in found}) == found


def draft(**answers: object) -> RequestDraft:
    return RequestDraft(
        id="dra-1",
        dataset="dwp/claimants",
        recipient="lambeth",
        purpose="council-tax-reduction",
        gateway="",
        fields=("nino",),
        rows=(),
        until=None,
        seal_to="",
        made_by=ACTOR.person,
        made=NOW,
        facts=PERSONAL,
        replies=fill_in(QUESTIONS, (), answers),
    )


def test_a_section_is_to_do_then_filled_in_then_done() -> None:
    made, begun = begin_draft(draft(), ACTOR)
    assert made.progress(Section.CHECK) is Progress.TO_DO
    told = {"contact": "Sam", "accountable": "Ann Lee, director", "declared": "yes"}
    assert draft(**told).progress(Section.CHECK) is Progress.PREFILLED
    saved, event = save_section(made, Section.CHECK, {**told, "aims": "Not of this section."}, actor=ACTOR, at=NOW)
    assert saved.progress(Section.CHECK) is Progress.DONE
    assert saved.reply_to("aims") is None
    assert saved.checked == (Section.CHECK,)
    assert (begun.name, event.name, event.body) == ("request.drafted", "request.draft-saved", "lambeth")
    assert "Ann Lee" not in str(event)
    opened, _ = save_section(saved, Section.CHECK, {"accountable": ""}, actor=ACTOR, at=NOW)
    assert opened.progress(Section.CHECK) is Progress.TO_DO
    assert saved.answers()["contact"] == ["Sam"]
    assert set(saved.answers()) == CODES


def test_a_section_shows_what_may_come_to_be_asked_and_asks_what_is() -> None:
    made = draft(abroad="no")
    assert "where-abroad" in {each.code for each in made.shown(Section.PROTECTION)}
    assert "where-abroad" not in {each.code for each in made.asked(Section.PROTECTION)}
    assert "special-condition" not in {each.code for each in made.shown(Section.PROTECTION)}
