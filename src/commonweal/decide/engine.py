"""The policy engine: Cedar evaluates the fixed policies, and each policy that fired says why in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

import cedarpy
from cedarpy import pst

from .model import STEPS, AskQuestion, Decision, ReadQuestion, Reason, Verdict
from .policies import PolicySetError, PolicyTexts, load_policy_texts
from .question import CedarQuestion, fields_by_class, question_of_ask, question_of_read
from .words import WithEach, Words, words_of_ask, words_of_read

POLICY_ERROR = Reason(
    policy="policy.error",
    sentence="The policies could not be evaluated for this question, so the answer is no.",
    would_change="Check that every name in the question is plain text; if it is, tell the operator of the node.",
)
NO_PERMIT = Reason(
    policy="policy.no-permit",
    sentence="No policy permits this.",
    would_change="Ask the operator of the node to look at its policies.",
)
_ASKING = frozenset({"consider", "agree_by_default"})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Cedar said to one question: allowed or not, and which policies (by `@id`) decided it."""

    allowed: bool
    fired: frozenset[str]
    failed: bool = False


class PolicyEngine:
    """Decides questions of access by the fixed Cedar policies; parsed once, safe to share between threads.

    A denial lists every condition that failed, in the order of the policy files. No decision, or any error
    while a policy is evaluated, is a refusal with the single reason `policy.error` (ADR 7).
    """

    def __init__(self, texts: PolicyTexts | None = None) -> None:
        """Parse `texts`, or the policy set of this package.

        Raises:
            PolicySetError: A text does not parse, a policy does not fit the schema, two share an `@id`, or one
                lacks its `@id` or `@reason`; a condition of a request its `@passed`, one that a person decides on its
                `@judge`, a question.
        """
        texts = texts or load_policy_texts()
        self._schema, self._policies = _parse(texts)
        self._annotations = _annotations(self._policies)
        self._conditions = tuple(each for each in self._annotations.values() if "passed" in each)
        self._digest = texts.digest

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hexadecimal) of the policy set; every decision carries it."""
        return self._digest

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """Return the `@id` of every policy, in the order in which reasons are listed."""
        return tuple(self._annotations)

    def decide_read(self, question: ReadQuestion) -> Decision:
        """Decide whether data may move now: `permit` with its ground, or `refuse` with every fault."""
        answer = self._answer(question_of_read(question))
        reasons = self._reasons(answer, words_of_read(question))
        return _decision(Verdict.PERMIT if answer.allowed else Verdict.REFUSE, reasons, policies=self.digest)

    def decide_ask(self, question: AskQuestion) -> Decision:
        """Decide an access request: `refuse`, or `permit`, `conditions` or `person` with its grounds first.

        An answer that touches personal data is never `permit`. `citations` begins with the gateway's. A permit lists
        each condition that it passed.
        """
        verdict, answers = self._ask(question)
        words = words_of_ask(question)
        return _decision(
            verdict,
            tuple(reason for answer in answers for reason in self._reasons(answer, words)),
            leading_citation=question.gateway_citation,
            policies=self.digest,
            pack=question.pack,
            proposed_rung=_lowest_rung(question),
            passed=tuple(_passed(each, words) for each in self._conditions) if verdict is Verdict.PERMIT else (),
        )

    def _ask(self, question: AskQuestion) -> tuple[Verdict, tuple[_Answer, ...]]:
        considered = self._answer(question_of_ask(question, "consider"))
        if not considered.allowed:
            return Verdict.REFUSE, (considered,)
        agreed = self._answer(question_of_ask(question, "agree_by_default"))
        if agreed.failed:
            return Verdict.REFUSE, (agreed,)
        return _verdict(agreed), (considered, agreed)

    def _answer(self, question: CedarQuestion) -> _Answer:
        try:
            result = cedarpy.is_authorized(question.request, self._policies, question.entities, self._schema)
        except ValueError:  # text that is not UTF-8 never reaches Cedar
            return _Answer(allowed=False, fired=frozenset(), failed=True)
        if result.decision is cedarpy.Decision.NoDecision or result.diagnostics.errors:
            return _Answer(allowed=False, fired=frozenset(), failed=True)
        fired = frozenset(result.diagnostics.id_annotations_by_reason.values())
        return _Answer(allowed=result.allowed, fired=fired)

    def _reasons(self, answer: _Answer, words: Words) -> tuple[Reason, ...]:
        if answer.failed:
            return (POLICY_ERROR,)
        fired = (each for each in self._annotations if each in answer.fired)
        reasons = [reason for each in fired for reason in _sentences(self._annotations[each], words)]
        return tuple(reasons) or (NO_PERMIT,)


def _parse(texts: PolicyTexts) -> tuple[cedarpy.Schema, cedarpy.PolicySet]:
    try:
        schema, policies = cedarpy.Schema.from_str(texts.schema), cedarpy.PolicySet.from_str(texts.policies)
    except ValueError as error:
        raise PolicySetError("The policy set does not parse as Cedar.") from error
    validation = cedarpy.validate_policies(texts.policies, schema)
    if not validation.validation_passed:
        faults = tuple(str(each) for each in validation.errors)
        raise PolicySetError("The policy set does not fit its schema.", reasons=faults)
    return schema, policies


def _annotations(policies: cedarpy.PolicySet) -> Mapping[str, Mapping[str, str]]:
    parsed = policies.to_pst().static_policies.values()
    written = [each.annotations for each in parsed]
    named = {each["id"]: each for each in written if each.get("id") and each.get("reason")}
    if len(named) != len(written):
        raise PolicySetError("Every policy needs an @id of its own and a @reason.")
    conditions = [(each.annotations, _actions(each.action)) for each in parsed if each.effect == "forbid"]
    if mute := [told["id"] for told, actions in conditions if actions & _ASKING and not told.get("passed")]:
        raise PolicySetError(
            "Every condition of a request needs @passed: what a permit says of it.", reasons=tuple(mute)
        )
    decided = [told for told, actions in conditions if "agree_by_default" in actions]
    if mute := [told["id"] for told in decided if "?" not in told.get("judge", "")]:
        raise PolicySetError(
            "What a person decides needs @judge, a question to answer with yes or no.", reasons=tuple(mute)
        )
    return named


def _actions(constraint: object) -> frozenset[str]:
    """Return the actions that a policy is about; one that names none is about every action."""
    match constraint:
        case pst.ActionEq(entity=entity):
            return frozenset({entity.id})
        case pst.ActionIn(entities=entities):
            return frozenset(each.id for each in entities)
    return _ASKING


def _passed(annotations: Mapping[str, str], words: Words) -> Reason:
    return Reason(annotations["id"], annotations["passed"].format_map(words))


def _sentences(annotations: Mapping[str, str], words: Words) -> list[Reason]:
    listed = words[annotations["for_each"]] if "for_each" in annotations else ("",)
    return [
        Reason(
            policy=annotations["id"],
            sentence=annotations["reason"].format_map(WithEach(words, each)),
            citation=annotations.get("citation", "").format_map(words),
            would_change=annotations.get("would_change", "").format_map(words),
            judge=annotations.get("judge", "").format_map(WithEach(words, each)),
        )
        for each in listed
    ]


def _verdict(agreed: _Answer) -> Verdict:
    if agreed.allowed:
        return Verdict.PERMIT
    return Verdict.CONDITIONS if agreed.fired == {STEPS} else Verdict.PERSON


def _lowest_rung(question: AskQuestion) -> str:
    by_class = fields_by_class(question.field_classes)
    identifying = by_class["personal"] | by_class["special_category"]
    return "de-identified" if identifying & question.fields else "rows"


def _decision(
    verdict: Verdict,
    reasons: tuple[Reason, ...],
    *,
    leading_citation: str = "",
    policies: str = "",
    pack: str = "",
    proposed_rung: str = "rows",
    passed: tuple[Reason, ...] = (),
) -> Decision:
    cited = (leading_citation, *(each.citation for each in reasons))
    return Decision(
        verdict=verdict,
        reasons=reasons,
        citations=tuple(dict.fromkeys(each for each in cited if each)),
        policies=policies,
        pack=pack,
        proposed_rung=proposed_rung,
        passed=passed,
    )
