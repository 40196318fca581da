"""Starting from a template: what it fills in of a question, of its form and of the ruling."""

from collections.abc import Sequence
from dataclasses import replace

from commonweal.adapters.packaged import load_templates
from commonweal.agree import Refusal, Terms, start_from_proposed
from commonweal.core import Json
from commonweal.deliver import DOORS
from commonweal.law import Gateway, GatewayFit, RulePack, citation
from commonweal.request import (
    QUESTIONS,
    AccessRequest,
    ProposedTerms,
    ProposedTermsError,
    Reply,
    Template,
    get_template,
    propose_terms,
)

from .commands import AskCommand, RuleCommand
from .questions import Questions


def list_templates() -> tuple[Template, ...]:
    """Return every template, in the order in which they are listed."""
    return load_templates()


def find_template(code: str) -> Template:
    """Return the template of that code, in any case.

    Raises:
        UnknownTemplateError: there is no such template.
    """
    return get_template(load_templates(), code)


def start_command(questions: Questions, command: AskCommand) -> AskCommand:
    """Return what a body asks for with the purpose and the gateway of its template, where it names neither.

    Of the template's gateways it is the one that fits these two bodies best; none where every one is barred.

    Raises:
        UnknownTemplateError: there is no such template.
        UnknownBodyError, UnknownPurposeError: as a question without a template.
    """
    if not command.template or command.as_said:
        return command
    template = find_template(command.template)
    purpose = command.purpose or template.purpose
    found = questions.gateways(command.dataset, command.recipient, purpose) if not command.gateway else []
    gateway = command.gateway or _best(template, found)
    return replace(command, template=template.code, purpose=purpose, gateway=gateway, as_said=True)


def propose(command: AskCommand, fields: Sequence[str]) -> ProposedTerms | None:
    """Return the terms that a question proposes for these fields, None where it proposes none.

    Raises:
        UnknownTemplateError: there is no such template.
        ProposedTermsError: a term cannot be used.
    """
    template = find_template(command.template) if command.template else None
    proposed = propose_terms(template, command.terms, fields)
    if proposed and (unknown := sorted(set(proposed.doors) - set(DOORS))):
        reason = f"`doors` takes any of {', '.join(DOORS)}, and not {', '.join(unknown)}."
        raise ProposedTermsError("Some proposed terms cannot be used.", reasons=(reason,))
    return proposed


def template_replies(command: AskCommand, proposed: ProposedTerms | None) -> tuple[Reply, ...]:
    """Return the answers that follow from a question's template and from what it proposes."""
    if not command.template:
        return ()
    template = find_template(command.template)
    return replace(template, terms=proposed or template.terms).replies(QUESTIONS)


def start_ruling(
    request: AccessRequest, command: RuleCommand, answer: Terms | Refusal
) -> tuple[Terms | Refusal, tuple[str, ...]]:
    """Return a named person's answer with the terms that the request proposes where they said nothing of their own.

    Second comes what the request's terms added, a phrase each; nothing for a refusal, or where the person asked that
    the proposed terms be left out.
    """
    if isinstance(answer, Refusal) or command.as_asked:
        return answer, ()
    end_is_said = command.until is not None or request.until is not None
    return start_from_proposed(answer, request.proposed, end_is_said=end_is_said)


def describe_template(template: Template, pack: RulePack) -> dict[str, Json]:
    """Return a template for a program or a page, with what the rule pack says of its law and its data."""
    terms = template.terms
    return {
        "code": template.code,
        "title": template.title,
        "when": template.when,
        "when_not": template.when_not,
        "purpose": {"code": template.purpose, "title": pack.purpose(template.purpose).title},
        "gateways": [_gateway(pack.gateway(each)) for each in template.gateways],
        "between": [{"from": discloser, "to": recipient} for discloser, recipient in template.between],
        "enough": [_data(pack, each) for each in template.enough],
        "too_much": [_data(pack, each) for each in template.too_much],
        "rung": template.rung,
        "terms": {
            "days": terms.days,
            "review_days": terms.review_days,
            "keep_days": terms.keep_days,
            "tokenise": list(terms.tokenise),
            "bars_onward": terms.bars_onward,
            "doors": list(terms.doors),
            "deliveries_per_day": terms.deliveries_per_day,
            "rows_per_day": terms.rows_per_day,
        },
        "answers": {each.question: list(each.values) for each in template.replies(QUESTIONS)},
        "citations": list(template.citations),
        "pack": pack.version,
    }


def _best(template: Template, found: Sequence[tuple[Gateway, GatewayFit]]) -> str:
    """Return the identifier of the gateway that fits best: a sure one first, then in the order of the template."""
    ranked = {each: place for place, each in enumerate(template.gateways)}
    open_ones = [(fit.unsure, ranked[each.id], each.id) for each, fit in found if each.id in ranked]
    return min(open_ones)[2] if open_ones else ""


def _gateway(gateway: Gateway) -> dict[str, Json]:
    return {
        "id": gateway.id,
        "title": gateway.title,
        "citation": citation(gateway),
        "confidence": gateway.confidence,
        "needs": list(gateway.needs_a_person),
    }


def _data(pack: RulePack, code: str) -> dict[str, Json]:
    return {"code": code, "title": pack.data_categories[code].title}
