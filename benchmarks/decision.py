"""Claim: a decision costs at most twice its Cedar call, and no more among 100,000 agreements than among 100.

Rival: `cedarpy.is_authorized` on the very slice that the engine makes of the question, policies and schema parsed
beforehand. Ours: `PolicyEngine.decide_read`, which makes the slice and words the reasons. The whole way: what a
delivery door does for every hit, in SQLite with either number of agreements: take a connection, find the agreement
and its dataset by their indexes, verify the agreement's seal, read both documents, make the question, decide it and
word the reasons. In neither: HTTP, the look-up of the token, and what is recorded. Flatness: the whole way with
either number. How the whole way compares with the bare call is told beside it, without a goal: the bare call runs in
a loop of its own, and the one within a read comes after the store's work. Timed: the median of many calls, those of
the sides one after the other, each about an agreement drawn at random. Not timed: filling the stores, which takes
most of the run.
"""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import cedarpy
from sqlalchemy import Connection, Engine

from benchmarks.measure import Act, Measure, Result, Scale, interleaved_calls, profile_of
from commonweal.adapters.sql import migrate, open_reading, open_writing
from commonweal.adapters.sql.agreements import StoredRequest, find_agreement, save_agreement, save_request
from commonweal.adapters.sql.bodies import Tenant, add_tenant
from commonweal.adapters.sql.datasets import get_dataset, save_dataset
from commonweal.adapters.sql.seals import RowSeal
from commonweal.agree import Agreement, Signature
from commonweal.decide import Decision, PolicyEngine, ReadQuestion, Verdict, load_policy_texts
from commonweal.decide.question import question_of_read
from commonweal.deliver import ask_to_read
from commonweal.identity import TenantScope
from commonweal.publish import Access, DataContract, Dataset, Field, FieldType, Marking
from commonweal.request import AccessRequest, Operator, RequestStatus, RowCondition

CLAIM = (
    "A decision about a read takes at most twice its bare Cedar call, and the whole way to it from the store at most "
    "1.2 times as long with 100,000 agreements as with 100."
)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
FIELDS = ("nino", "authority", "benefit", "award", "claimed")
DISCLOSER, RECIPIENT = "department-for-work-and-pensions", "london-borough-of-lambeth"
CONTRACT = DataContract("dwp.awards", "1.0.0", "Awards", "", tuple(Field(name, FieldType.STRING) for name in FIELDS))
DATASET = Dataset(
    id=f"{DISCLOSER}/awards",
    body=DISCLOSER,
    name="awards",
    title="Awards",
    description="",
    contract=CONTRACT,
    access=Access.SHARED,
    marking=Marking.OFFICIAL_SENSITIVE,
    licence="",
    steward="per-steward",
    created=NOW,
)
REQUEST = AccessRequest(
    id="",
    dataset=DATASET.id,
    discloser=DISCLOSER,
    recipient=RECIPIENT,
    purpose="council-tax-reduction",
    gateway="ssaa-1992-s122b",
    fields=FIELDS,
    rows=(RowCondition("authority", Operator.EQUALS, ("E09000022",)),),
    asked_by="per-analyst",
    asked=NOW,
    status=RequestStatus.AGREED,
)
AGREEMENT = Agreement(
    id="",
    request="",
    dataset=REQUEST.dataset,
    discloser=REQUEST.discloser,
    recipient=REQUEST.recipient,
    purpose=REQUEST.purpose,
    gateway=REQUEST.gateway,
    citation="Social Security Administration Act 1992, section 122B",
    fields=REQUEST.fields,
    rows=REQUEST.rows,
    tokenised=("nino",),
    starts=NOW - timedelta(days=1),
    ends=NOW + timedelta(days=365),
    decided_by="per-governance",
    signatures=(Signature("per-governance", DISCLOSER, NOW), Signature("per-owner", RECIPIENT, NOW)),
)


class Door:
    """A store with so many agreements, and the decision that a delivery door takes on one of them."""

    def __init__(self, path: Path, agreements: int, policy: PolicyEngine) -> None:
        self.agreements = agreements
        self._policy = policy
        self._random = random.Random(agreements)
        url = f"sqlite:///{path}"
        writing = open_writing(url)
        migrate(writing)
        self._reading: Engine = open_reading(url)
        RowSeal(bytes(32)).lend(writing, self._reading)
        with writing.begin() as connection:
            _fill(connection, agreements)
        writing.dispose()

    def question(self) -> ReadQuestion:
        """Return the question about an agreement drawn at random, from the store."""
        chosen = _agreement_id(self._random.randrange(self.agreements))
        with self._reading.connect() as connection:
            agreement = find_agreement(connection, TenantScope(RECIPIENT), chosen)
            if agreement is None:
                raise LookupError(chosen)
            dataset = get_dataset(connection, agreement.dataset)
        return ask_to_read(agreement, dataset, recipient=RECIPIENT, fields=FIELDS, purpose=agreement.purpose, at=NOW)

    def decide(self) -> Decision:
        """Read an agreement and decide a read under it."""
        return self._policy.decide_read(self.question())

    def close(self) -> None:
        """Close the store."""
        self._reading.dispose()


def run(scale: Scale) -> Result:
    """Time the engine beside Cedar, then the door of each store."""
    many = scale.pick(full=100_000, quick=10_000, tiny=200)
    calls = scale.pick(full=400, quick=200, tiny=10)
    policy = PolicyEngine()
    with _doors(policy, (100, many)) as (few_door, many_door):
        question = few_door.question()
        engine = interleaved_calls(
            {"cedar": _cedar_call(question), "ours": lambda: policy.decide_read(question)}, calls, scale
        )
        few, big = "100 agreements", f"{many:,} agreements"
        store = interleaved_calls({few: few_door.decide, big: many_door.decide}, calls, scale)
        way = interleaved_calls({"cedar": _cedar_call(question), "whole way": many_door.decide}, calls, scale)
        measures = [
            Measure("decision to its Cedar call", engine.ratio("ours", "cedar"), at_most=2.0),
            Measure(f"{big} to {few}", store.ratio(big, few), at_most=1.2),
        ]
        profile = "" if all(each.ok for each in measures) else _profile(policy, question, many_door)
    return Result(
        name="decision",
        claim=CLAIM,
        measures=measures,
        runs=scale.runs,
        rivals={**way.rivals("cedar"), **engine.rivals("cedar"), **store.rivals(few)},
        libraries=("cedarpy", "sqlalchemy", "pydantic"),
        profile=lambda: profile,
        notes={
            "calls_a_run": calls,
            "whole way of a read to its Cedar call": round(way.ratio("whole way", "cedar"), 2),
        },
    )


def _cedar_call(question: ReadQuestion) -> Act:
    texts, slice_ = load_policy_texts(), question_of_read(question)
    schema, policies = cedarpy.Schema.from_str(texts.schema), cedarpy.PolicySet.from_str(texts.policies)
    if not cedarpy.is_authorized(slice_.request, policies, slice_.entities, schema).allowed:
        raise RuntimeError("the question is meant to be permitted")
    return lambda: cedarpy.is_authorized(slice_.request, policies, slice_.entities, schema)


@contextmanager
def _doors(policy: PolicyEngine, sizes: tuple[int, int]) -> Iterator[tuple[Door, Door]]:
    with (
        TemporaryDirectory(prefix="commonweal-bench-") as folder,
        closing(Door(Path(folder, "few.db"), sizes[0], policy)) as few,
        closing(Door(Path(folder, "many.db"), sizes[1], policy)) as many,
    ):
        yield few, many


def _fill(connection: Connection, count: int) -> None:
    add_tenant(connection, Tenant(DISCLOSER, NOW, "kek-1"))
    save_dataset(connection, TenantScope(DISCLOSER), DATASET)
    for number in range(count):
        asked = replace(REQUEST, id=f"req-{number:026d}")
        save_request(connection, StoredRequest(asked, Decision(Verdict.PERSON, ())))
        save_agreement(connection, replace(AGREEMENT, id=_agreement_id(number), request=asked.id))


def _agreement_id(number: int) -> str:
    return f"agr-{number:026d}"


def _profile(policy: PolicyEngine, question: ReadQuestion, door: Door) -> str:
    engine = profile_of(lambda: [policy.decide_read(question) for _ in range(200)])
    return engine + "\n\nWith the store:\n" + profile_of(lambda: [door.decide() for _ in range(200)])
