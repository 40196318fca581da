"""Every document of an agreement, from values: what it holds, what it leaves to people, and when it is not due."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from commonweal.agree import (
    DISCLAIMER,
    AgreementStatus,
    Conditions,
    Document,
    DocumentFacts,
    DocumentName,
    NotDueError,
    Signatory,
    Signature,
    SignatureAct,
    Standby,
    compose_document,
    describe_document,
    documents_of,
    terms_digest,
)
from commonweal.law import GatewayFit
from commonweal.publish import Classification, DefectStatus, QualityResult, Retention
from commonweal.request import Reply, Source

from .conftest import AGREEMENT, FIELDS, NOW, PACK, REGISTER, dataset, field, version

Make = Callable[..., DocumentFacts]
TOOL = {"automated": Reply("automated", ("yes",))}
DEA = {"gateway": "dea-s48", "citation": "Digital Economy Act 2017, section 48", "purpose": "debt-recovery"}
PLAIN = tuple(replace(each, classification=Classification.NOT_PERSONAL) for each in FIELDS)


def text_of(document: Document) -> str:
    return json.dumps(describe_document(document), ensure_ascii=False)


def words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from words(each)
    elif isinstance(value, list):
        for each in value:
            yield from words(each)


def answers(facts: DocumentFacts) -> dict[str, tuple[str, str]]:
    """Return the answer and the why of each trigger of the screening."""
    told = describe_document(compose_document(DocumentName.IMPACT, facts))
    sections: Any = told["sections"]
    table = next(each for each in sections[0]["blocks"] if each["kind"] == "table")
    return {row[0]: (row[1], row[2]) for row in table["rows"]}


@pytest.mark.parametrize("name", DocumentName)
def test_every_document_says_what_it_was_made_from(facts: Make, name: DocumentName) -> None:
    here = facts(DEA, replies=TOOL)
    document = compose_document(name, here)
    told = describe_document(document)
    made: Any = told["made_from"]
    assert made["terms_sha256"] == terms_digest(here.agreement)
    assert (made["pack_version"], made["pack_sha256"]) == (PACK.version, PACK.digest)
    assert (made["dataset"], made["version"], made["policies_sha256"]) == (AGREEMENT.dataset, 4, "aa" * 32)
    assert told["disclaimer"] == DISCLAIMER
    assert document.sections[-1].heading == "What this was made from"
    assert terms_digest(here.agreement) in text_of(document)
    assert json.loads(text_of(document)) == told


@pytest.mark.parametrize("name", DocumentName)
def test_what_nobody_knows_is_a_named_gap(facts: Make, name: DocumentName) -> None:
    document = compose_document(name, facts(DEA, replies=TOOL))
    assert document.gaps()
    for gap in document.gaps():
        assert re.fullmatch(r"To complete: .+\. By: .+\. Why it matters: .+\.", gap.sentence), gap
        assert not gap.what.endswith(".")
        assert not gap.by.endswith(".")
    assert describe_document(document)["to_complete"] == len(document.gaps())


def test_the_sharing_agreement_has_all_that_the_code_lists(facts: Make) -> None:
    document = compose_document(DocumentName.SHARING, facts())
    assert [each.heading for each in document.sections] == [
        "Parties",
        "Purpose",
        "Data items",
        "Lawful basis and legal gateway",
        "Special categories and criminal offences",
        "Access and people's rights",
        "Accuracy and quality",
        "Security",
        "Retention and deletion",
        "Onward sharing",
        "Incidents and contacts",
        "Review and end",
        "Signatures",
        "What this was made from",
    ]
    told = text_of(document)
    for said in (
        "Department for Work and Pensions (government-organisation:D10)",
        "London Borough of Lambeth",
        "Council tax reduction",
        "council in E09000022, E09000028",
        "National Insurance number.",
        "Only as keyed tokens",
        "Article 6(1)(e) UK GDPR: public task of the controller (proposed)",
        "Welfare Reform Act 2012, sections 130 to 133",
        "Version 4 passed the gate of its data contract, 1.2",
        "Three rows are late.",
        "Margaret Okafor: may",
        "31 March 2027",
        "ab" * 32,
        "Event 13 of the log",
        DISCLAIMER,
    ):
        assert said in told, said
    assert "/home/keys.json" not in told


def test_a_body_that_runs_the_node_for_another_is_its_processor(facts: Make) -> None:
    assert "One of the parties" in text_of(compose_document(DocumentName.SHARING, facts()))
    other = facts(DEA, host=REGISTER.resolve("cabinet-office"))
    assert "Processes for Department for Work and Pensions" in text_of(compose_document(DocumentName.SHARING, other))
    assert "Cabinet Office, which runs the node" in text_of(compose_document(DocumentName.REGISTER, other))


def test_what_the_asker_stated_is_taken_over_and_leaves_no_gap(facts: Make) -> None:
    given = {
        "benefits": ("fraud",),
        "without-it": ("People lose help that is theirs.",),
        "aims": ("Decide reductions.",),
        "less-data": ("rows",),
        "lawful-basis": ("c",),
        "retention": ("Two years.",),
        "disposal": ("keys",),
        "role": ("joint",),
    }
    replies = {code: Reply(code, values) for code, values in given.items()}
    replies["retention"] = Reply("retention", ("Two years.",), Source.REQUEST)
    document = compose_document(DocumentName.SHARING, facts(replies=replies))
    told = text_of(document)
    for said in (
        "Less fraud, error or debt",
        "As London Borough of Lambeth stated in its access request.",
        "Filled in from what is asked for; London Borough of Lambeth let it stand.",
        "Legal obligation, Article 6(1)(c)",
        "By destroying the keys it is encrypted with",
        "Article 26 UK GDPR is due",
    ):
        assert said in told, said
    open_ones = [each.what for each in document.gaps()]
    assert not [each for each in open_ones if "necessary and proportionate" in each or "how long London" in each]
    unanswered = [each.what for each in compose_document(DocumentName.SHARING, facts()).gaps()]
    assert len(unanswered) == len(open_ones) + 3
    entry = compose_document(DocumentName.REGISTER, facts(DEA, replies=replies))
    assert not [each for each in entry.gaps() if "benefits" in each.what]
    record = compose_document(DocumentName.RECORD, facts(replies=replies))
    assert "Legal obligation" in text_of(record)
    assert not [each for each in record.gaps() if "lawful basis" in each.what]


@pytest.mark.parametrize(
    ("trigger", "change", "expected"),
    [
        ("Data matching", {}, "Yes"),
        ("Data matching", {"agreement": {"tokenised": (), "purpose": "council-tax-reduction"}}, "Yes"),
        ("Data matching", {"agreement": {"tokenised": (), "purpose": "debt-recovery"}}, "Ask"),
        ("Special category data", {}, "No"),
        ("Special category data", {"dataset": dataset(*FIELDS[:2], field("award", Classification.SPECIAL))}, "Yes"),
        (
            "Special category data",
            {"dataset": dataset(*FIELDS[:2], field("award", Classification.NOT_PERSONAL, confirmed=False))},
            "Ask",
        ),
        ("Large scale", {"version": version(9_999)}, "No"),
        ("Large scale", {"version": version(10_000)}, "Ask"),
        ("Large scale", {"version": version(10_000), "agreement": {"rows": ()}}, "Yes"),
        ("Large scale", {"version": None}, "Ask"),
        ("Children", {}, "Ask"),
        ("Children", {"agreement": {"purpose": "free-school-meals"}}, "Yes"),
        (
            "Children",
            {"dataset": dataset(*FIELDS[:2], field("award", Classification.PERSONAL, "Pupil's award."))},
            "Yes",
        ),
        ("Vulnerable people", {}, "Yes"),
        ("Vulnerable people", {"agreement": {"purpose": "official-statistics"}}, "Ask"),
        ("Tracking of place or behaviour", {}, "No"),
        (
            "Tracking of place or behaviour",
            {"dataset": dataset(*FIELDS[:2], field("award", Classification.PERSONAL, "Latitude of the device."))},
            "Ask",
        ),
        ("Automated decisions", {}, "Ask"),
        ("People who may not know", {}, "Ask"),
    ],
)
def test_each_trigger_of_the_screening_follows_from_a_fact(
    facts: Make, trigger: str, change: dict[str, Any], expected: str
) -> None:
    answer, why = answers(facts(**change))[trigger]
    assert answer == expected, why
    assert why.endswith(".")


def test_nothing_personal_needs_no_assessment_record_or_notice(facts: Make) -> None:
    here = facts(dataset=dataset(*PLAIN))
    assert {answer for answer, _ in answers(here).values()} == {"No"}
    document = compose_document(DocumentName.IMPACT, here)
    assert [each.heading for each in document.sections] == ["Screening", "What this was made from"]
    assert "the UK GDPR asks for no lawful basis" in text_of(compose_document(DocumentName.SHARING, here))
    for name in (DocumentName.RECORD, DocumentName.NOTICE):
        with pytest.raises(NotDueError) as refused:
            compose_document(name, here)
        assert "not about people" in refused.value.reasons[0]


def test_a_field_that_nobody_confirmed_counts_as_personal(facts: Make) -> None:
    unconfirmed = tuple(replace(each, confirmed=False) for each in PLAIN)
    here = facts(dataset=dataset(*unconfirmed))
    assert compose_document(DocumentName.RECORD, here).gaps()
    assert "not confirmed by a steward" in text_of(compose_document(DocumentName.SHARING, here))


def test_an_assessment_that_is_due_has_its_skeleton(facts: Make) -> None:
    headings = [each.heading for each in compose_document(DocumentName.IMPACT, facts()).sections]
    assert headings[1:-1] == [
        "1. Describe the processing",
        "2. Consult",
        "3. Necessity and proportionality",
        "4. Risks to people",
        "5. Measures in place",
        "6. Outcome and sign-off",
    ]


def test_the_register_entry_is_for_the_digital_economy_act_alone(facts: Make) -> None:
    with pytest.raises(NotDueError) as refused:
        compose_document(DocumentName.REGISTER, facts())
    assert "Digital Economy Act" in refused.value.reasons[0]
    document = compose_document(DocumentName.REGISTER, facts(DEA))
    sections: Any = describe_document(document)["sections"]
    assert [each["name"] for each in sections[0]["blocks"][0]["rows"]] == [
        "Reference",
        "Purpose",
        "Expected benefits",
        "Power",
        "Data",
        "Controllers",
        "Method",
        "Processors",
        "Retention",
        "Start",
        "End",
        "Review",
        "Contact",
        "Areas covered",
    ]
    assert "England" in text_of(document)
    silent = text_of(compose_document(DocumentName.REGISTER, facts({**DEA, "gateway": "dea-s64"})))
    assert "whether this chapter of the Act asks for an entry" in silent
    assert "whether this chapter" not in text_of(document)


def test_the_documents_of_an_agreement_say_why_one_is_not_due(facts: Make) -> None:
    here = facts()
    found = {each.name: each.why_not for each in documents_of(here.agreement, here.dataset, here.pack, {})}
    assert list(found) == list(DocumentName)
    assert [name for name, why in found.items() if why] == [DocumentName.REGISTER, DocumentName.TRANSPARENCY]


def test_special_category_data_asks_for_a_condition_of_both(facts: Make) -> None:
    special = dataset(*FIELDS[:2], field("award", Classification.SPECIAL))
    document = compose_document(DocumentName.SHARING, facts(dataset=special))
    assert len([each for each in document.gaps() if "condition of Article 9(2)" in each.what]) == 2
    assert "Article 9(2)(g)" in text_of(document)
    replies = {"special-condition": Reply("special-condition", ("h",))}
    stated = compose_document(DocumentName.SHARING, facts(dataset=special, replies=replies))
    assert len([each for each in stated.gaps() if "condition of Article 9(2)" in each.what]) == 1


def test_law_enforcement_data_is_under_part_3(facts: Make) -> None:
    told = text_of(compose_document(DocumentName.SHARING, facts(dataset=dataset(regime="law-enforcement"))))
    assert "Part 3 of the Data Protection Act 2018 (law enforcement), not Article 6 UK GDPR" in told
    assert "What Part 3 asks for" in told
    assert "(proposed)" not in told
    here = facts(dataset=dataset(regime="law-enforcement"))
    assert "is used: Part 3 of the Data Protection Act 2018." in text_of(compose_document(DocumentName.IMPACT, here))
    assert "is used: Article 35 UK GDPR." in text_of(compose_document(DocumentName.IMPACT, facts()))
    assert "besides" in compose_document(DocumentName.RECORD, here).gaps()[1].what


def test_an_agreement_without_a_gateway_says_so(facts: Make) -> None:
    document = compose_document(DocumentName.SHARING, facts({"gateway": "", "citation": ""}))
    assert any("the power or duty" in each.what for each in document.gaps())
    notice = compose_document(DocumentName.NOTICE, facts({"gateway": "", "citation": ""}))
    assert any("the law that allows this" in each.what for each in notice.gaps())


def test_what_the_gateway_asks_for_is_left_to_a_person(facts: Make) -> None:
    document = compose_document(DocumentName.SHARING, facts(DEA, fit=GatewayFit(missing=("A code is followed.",))))
    assert "A code is followed." in text_of(document)
    assert any("each of these has been met" in each.what for each in document.gaps())


def test_a_pack_that_is_old_or_has_changed_is_told(facts: Make) -> None:
    late = facts(at=NOW + timedelta(days=400))
    told = text_of(compose_document(DocumentName.SHARING, late))
    assert "checked more than a year ago" in told
    assert "The agreement has ended" in told
    old = replace(late.decision, pack="00" * 32)
    assert "The rule pack has changed" in text_of(compose_document(DocumentName.RISK, facts(decision=old)))
    assert "The rule pack has changed" not in text_of(compose_document(DocumentName.RISK, facts()))


def test_a_revoked_agreement_says_so_first(facts: Make) -> None:
    ended = {
        "status": AgreementStatus.REVOKED,
        "revoked": NOW,
        "revoked_by": "margaret@dwp",
        "revocation_reason": "It was wrong.",
    }
    document = compose_document(DocumentName.SHARING, facts(ended, deliveries=2, guards=()))
    assert "revoked" in document.warning
    assert "by Margaret Okafor: It was wrong." in text_of(document)
    assert "2 deliveries have been authorised" in text_of(document)
    assert "holds no key of this agreement any more" in text_of(document)
    assert terms_digest(facts(ended).agreement) == terms_digest(AGREEMENT)


def test_the_digest_changes_with_any_term() -> None:
    changes: dict[str, Any] = {
        "fields": ("nino",),
        "rows": (),
        "tokenised": (),
        "purpose": "debt-recovery",
        "ends": NOW + timedelta(days=3),
        "sealed_to": "age1x",
        "conditions": Conditions(bars_onward=True),
        "standby": Standby(("margaret@dwp",), 4),
        "public_task": "Warm homes.",
        "edition": 2,
    }
    digests = {terms_digest(replace(AGREEMENT, **{name: value})) for name, value in changes.items()}
    assert len(digests | {terms_digest(AGREEMENT)}) == len(changes) + 1


def test_the_digest_is_of_the_terms_alone() -> None:
    standing: dict[str, Any] = {
        "signatures": (),
        "status": AgreementStatus.SUSPENDED,
        "suspended": NOW,
        "superseded_by": "agr-2",
    }
    assert terms_digest(replace(AGREEMENT, **standing)) == terms_digest(AGREEMENT)


def test_sealing_retention_defects_and_defaults_are_told(facts: Make) -> None:
    here = facts(
        {"sealed_to": "age1recipient", "tokenised": (), "decided_by": ""},
        dataset=dataset(retention=Retention("P6Y", basis="Limitation Act 1980")),
        defects={DefectStatus.RAISED: 2, DefectStatus.MENDED: 1},
        signatories=(Signatory("", "Department for Work and Pensions", NOW, None, ""),),
        is_secure=False,
        version=None,
        deliveries=1,
    )
    told = text_of(compose_document(DocumentName.SHARING, here))
    for said in (
        "sealed to the recipient's own key, age1recipient",
        "6 years after publication: Limitation Act 1980",
        "By default: nothing in it is personal",
        "Not in the log",
        "The node itself speaks no TLS",
        "No version is held",
        "1 delivery has been authorised",
    ):
        assert said in told, said
    held = text_of(compose_document(DocumentName.SHARING, replace(here, version=version(5))))
    assert "2 raised, 1 mended" in held
    assert "opens with the recipient's own key alone" in text_of(compose_document(DocumentName.RISK, here))
    entry = facts({**DEA, "sealed_to": "age1recipient"})
    assert "sealed to the recipient's own key" in text_of(compose_document(DocumentName.REGISTER, entry))


def test_a_purpose_or_field_that_is_gone_stands_for_itself(facts: Make) -> None:
    here = facts({"purpose": "long-gone", "fields": ("nino", "vanished")})
    told = text_of(compose_document(DocumentName.SHARING, here))
    assert "Long gone" in told
    assert "vanished" not in told


def test_a_screening_with_nothing_met_asks_people_and_has_no_skeleton(facts: Make) -> None:
    unmet = {"tokenised": (), "purpose": "emergency-response"}
    here = facts(unmet, replies={"dpia": Reply("dpia", ("under-way",))})
    document = compose_document(DocumentName.IMPACT, here)
    assert len(document.sections) == 2
    assert "some need an answer from a person" in text_of(document)
    assert "Under way" in text_of(document)


def test_what_is_not_there_is_left_out(facts: Make) -> None:
    bare = replace(version(3), quality=QualityResult(3))
    described = dataset(*(replace(each, description="Said.") for each in FIELDS))
    here = facts({"tokenised": ()}, version=bare, dataset=described)
    told = text_of(compose_document(DocumentName.SHARING, here))
    assert "What the gate measured" not in told
    assert "Findings that travel" not in told
    notice = compose_document(DocumentName.NOTICE, here)
    assert "turned into codes" not in text_of(notice)
    assert not [each for each in notice.gaps() if "plain words for these fields" in each.what]


def test_the_notice_is_in_plain_words(facts: Make) -> None:
    document = compose_document(DocumentName.NOTICE, facts())
    sections: Any = describe_document(document)["sections"]
    notice = " ".join(words([block for block in sections[0]["blocks"] if block["kind"] == "paragraph"]))
    sentences = [each.split() for each in re.split(r"[.:]\s", notice) if each.strip()]
    assert max(map(len, sentences)) <= 26
    assert sum(map(len, sentences)) / len(sentences) < 14
    for jargon in ("controller", "lawful basis", "Article", "pursuant", "tokenise", "gateway"):
        assert jargon not in notice
    assert any("award" in each.what for each in document.gaps())
    assert "turned into codes" in notice


@pytest.mark.parametrize(("values", "due"), [(("yes",), True), (("no",), False), ((), False)])
def test_a_tool_that_decides_is_put_on_record(facts: Make, values: tuple[str, ...], due: bool) -> None:
    replies = {"automated": Reply("automated", values)} if values else {}
    here = facts(replies=replies)
    found = {each.name: each for each in documents_of(here.agreement, here.dataset, here.pack, replies)}
    assert bool(found[DocumentName.TRANSPARENCY].why_not) == (not due)
    if not due:
        with pytest.raises(NotDueError):
            compose_document(DocumentName.TRANSPARENCY, here)
        return
    document = compose_document(DocumentName.TRANSPARENCY, here)
    assert [each.heading for each in document.sections][:3] == [
        "Tier 1: overview",
        "Tier 2: owner and responsibility",
        "Tier 2: description and rationale",
    ]
    assert "London Borough of Lambeth" in text_of(document)
    assert "National Insurance number." in text_of(document)


def test_an_offer_says_first_that_it_is_not_in_force(facts: Make) -> None:
    offer = Signature("margaret@dwp", "department-for-work-pensions", NOW, act=SignatureAct.SIGNED)
    here = facts({"status": AgreementStatus.OFFERED, "signatures": (offer,)})
    document = compose_document(DocumentName.SHARING, here)
    assert document.warning.startswith("Not in force")
    assert "waits for the signature of a person with authority at London Borough of Lambeth" in text_of(document)


def test_a_signature_of_an_earlier_edition_is_told_as_such(facts: Make) -> None:
    signed = Signatory("Tom Reid", "Lambeth", NOW, 9, "ab" * 32, "Signed it, as asset owner", "cd" * 32)
    told = text_of(compose_document(DocumentName.SHARING, facts({"edition": 2}, signatories=(signed,))))
    assert "Signed it, as asset owner" in told
    assert "What was signed is an earlier edition: " + "cd" * 32 in told
