"""Templates agree with the rule pack and the form, propose terms that may be overruled, and fill in half a form."""

from datetime import UTC, datetime

import pytest

from commonweal.adapters.packaged import load_templates
from commonweal.decide import Verdict
from commonweal.law import GatewayKind
from commonweal.node import FindCommand, common_pack, find_law
from commonweal.request import (
    QUESTIONS,
    FormFacts,
    ProposedTerms,
    ProposedTermsError,
    Source,
    Template,
    UnknownTemplateError,
    find_asked_questions,
    get_template,
    propose_terms,
    template_faults,
)

PACK = common_pack()
TEMPLATES = load_templates()
PURPOSES = {code: each.rung for code, each in PACK.purposes.items()}
AT = datetime(2026, 11, 23, tzinfo=UTC)
FIELDS = ("nino", "NHSNumber", "bank_account_no", "nickname", "postcode")
PREFILLED = frozenset({Source.REQUEST, Source.CONTRACT, Source.DATASET, Source.PURPOSE, Source.GATEWAY})


def faults(*templates: Template) -> tuple[str, ...]:
    return template_faults(
        templates, questions=QUESTIONS, purposes=PURPOSES, gateways=PACK.gateways, data=PACK.data_categories
    )


def a_template(**more: object) -> Template:
    told = {
        "code": "a-case",
        "title": "A case",
        "when": "Now.",
        "when_not": "Then.",
        "purpose": "debt-recovery",
        "gateways": ("dea-s48",),
        "between": (("kind:council", "kind:council"),),
        "enough": ("debt",),
        "too_much": ("health",),
        "rung": "rows",
        "citations": ("An Act",),
        **more,
    }
    return Template(**told)  # type: ignore[arg-type]  # parts of several types


def test_the_common_cases_are_there_and_agree_with_the_pack_and_the_form() -> None:
    cases = {"fraud", "debt", "public-service-delivery", "civil-registration"}
    assert cases | {"research", "safeguarding", "school-meals", "council-tax"} == {each.code for each in TEMPLATES}
    assert faults(*TEMPLATES) == ()
    assert all(PACK.gateway(each).kind is not GatewayKind.RESTRICTION for one in TEMPLATES for each in one.gateways)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"purpose": "zeppelins"}, "a-case: the rule pack has no purpose zeppelins"),
        ({"rung": "check"}, "a-case: the rule pack proposes the rung rows for its purpose"),
        ({"gateways": ("dea-s999",)}, "a-case: the rule pack has no gateway dea-s999"),
        ({"too_much": ("moods",)}, "a-case: the rule pack has no kind of data moods"),
        ({"too_much": ("debt",)}, "a-case: enough and too much at once: debt"),
        ({"citations": ()}, "a-case: it names no gateway, no bodies, no data or no citation"),
        ({"answers": {"abroad": "perhaps"}}, "a-case: Question `abroad` takes yes, no."),
        ({"terms": ProposedTerms(days=-1)}, "a-case: `days` takes a whole number from 0 to 3,650."),
    ],
)
def test_a_template_that_does_not_agree_is_found(change: dict[str, object], fault: str) -> None:
    assert faults(a_template(**change)) == (fault,)
    assert faults(a_template(), a_template()) == ("a-case: there are two of this code",) * 2


@pytest.mark.parametrize(
    ("template", "pair"),
    [(each, pair) for each in TEMPLATES for pair in each.between],
    ids=lambda value: value.code if isinstance(value, Template) else "-".join(value).replace("kind:", ""),
)
def test_the_finder_refuses_none_and_leaves_a_gateway_of_the_template_open(
    template: Template, pair: tuple[str, str]
) -> None:
    words = ",".join(word for each in template.enough for word in PACK.data_categories[each].also[:1])
    found = find_law(FindCommand(*pair, template.purpose, words), AT)
    assert {each.code for each in found.ways.data.categories} == set(template.enough)
    assert found.decision.verdict is not Verdict.REFUSE
    open_ones = {each.gateway.id for each in found.ways.gateways if each.is_open}
    assert open_ones & set(template.gateways)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.code)
def test_at_least_half_of_the_form_is_filled_in(template: Template) -> None:
    replies = template.replies(QUESTIONS)
    assert {each.source for each in replies} == {Source.TEMPLATE}
    asked = find_asked_questions(QUESTIONS, FormFacts(personal=True), replies)
    known = {each.question for each in replies}
    filled = [each for each in asked if each.code in known or each.source in PREFILLED]
    assert 2 * len(filled) >= len(asked)


def test_a_template_is_found_in_any_case_and_an_unknown_one_names_the_others() -> None:
    assert get_template(TEMPLATES, " Fraud ").code == "fraud"
    with pytest.raises(UnknownTemplateError) as unknown:
        get_template(TEMPLATES, "frauds")
    assert len(unknown.value.reasons) == len(TEMPLATES)


def test_tokens_are_proposed_for_fields_by_the_words_of_their_names() -> None:
    proposed = propose_terms(get_template(TEMPLATES, "fraud"), {}, FIELDS)
    assert proposed is not None
    assert proposed.tokenise == ("nino", "NHSNumber", "bank_account_no")
    assert (proposed.days, proposed.keep_days, proposed.bars_onward) == (180, 90, True)


def test_every_term_may_be_overruled_and_none_is_proposed_of_nothing() -> None:
    said: dict[str, object] = {"days": 30, "review_days": 0, "keep_days": None, "tokenise": [], "bars_onward": False}
    said |= {"doors": ["csv"], "deliveries_per_day": 0, "rows_per_day": 7}
    proposed = propose_terms(get_template(TEMPLATES, "fraud"), said, FIELDS)
    assert proposed == ProposedTerms(days=30, doors=("csv",), rows_per_day=7)
    assert propose_terms(None, {"rows_per_day": 7}, FIELDS) == ProposedTerms(rows_per_day=7)
    assert propose_terms(None, {}, FIELDS) is None


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"weather": 1}, "There is no term `weather`"),
        ({"days": True}, "`days` takes a whole number"),
        ({"days": None}, "`days` takes a whole number"),
        ({"keep_days": -1}, "`keep_days` takes a whole number"),
        ({"bars_onward": 1}, "`bars_onward` takes true or false"),
        ({"doors": "csv"}, "`doors` takes a list of names"),
        ({"doors": ["csv", "csv"]}, "`doors` takes a list of names, each once"),
        ({"tokenise": ["shoe"]}, "`tokenise` names fields that are not asked for: shoe."),
    ],
)
def test_terms_that_cannot_be_used_are_named(said: dict[str, object], fault: str) -> None:
    with pytest.raises(ProposedTermsError) as refused:
        propose_terms(get_template(TEMPLATES, "debt"), said, FIELDS)
    (reason,) = refused.value.reasons
    assert reason.startswith(fault)
