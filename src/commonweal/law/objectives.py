"""Objectives that an Act has specified for each body: both bodies must have the same one."""

from collections.abc import Iterator

from commonweal.identity import PublicBody

from .model import Gateway, Objective, Purpose, Specified, Told
from .parties import is_named


def bars_of_objective(
    gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose
) -> Iterator[str]:
    """Yield, of a list that is loaded whole, for which of the two bodies it does not specify the purpose."""
    specified = gateway.specified
    if specified is None or specified.loaded != "yes":
        return
    for body in (discloser, recipient):
        if not any(purpose.code in each.purposes for each in _of_body(specified, body, Told())):
            yield f"{specified.by} of {gateway.act} does not specify “{purpose.title}” for {body.name}."


def doubts_of_objective(
    gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told
) -> Iterator[str]:
    """Yield what a person must look up where the list is not loaded, or does not say it as far as it was read."""
    specified = gateway.specified
    if specified is None or specified.loaded == "yes":
        return
    if specified.loaded == "no" or purpose.code not in specified.read:
        yield (
            "Needs a person: both bodies must be named, and the same objective specified for each, "
            f"by {specified.by}, which is not loaded."
        )
        return
    for body in (discloser, recipient):
        if not any(purpose.code in each.purposes for each in _of_body(specified, body, told)):
            yield (
                f"Needs a person: {specified.by} must specify “{purpose.title}” for {body.name}, and what is loaded "
                f"of it ({specified.source}) does not say so."
            )


def _of_body(specified: Specified, body: PublicBody, told: Told) -> Iterator[Objective]:
    for each in specified.objectives:
        named = body.slug in each.bodies or body.kind.value in each.bodies or _acts_as_one(each, body, told)
        if named and (not each.extent or body.nation in each.extent):
            yield each


def _acts_as_one(objective: Objective, body: PublicBody, told: Told) -> bool:
    known = told.acts_as.get(body.slug)
    return known is not None and is_named(objective.bodies, body, told) and known.acts_as in objective.bodies
