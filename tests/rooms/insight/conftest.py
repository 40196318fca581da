"""A small node of values: two bodies, one dataset, an agreement, and the keys between them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonweal.agree import Agreement
from commonweal.identity import Person, Role
from commonweal.insight import OUTSIDE, HeldKey, Holdings, Household, KeyRole, Opening, Published
from commonweal.keys import KEK_STANZA
from commonweal.publish import (
    Access,
    Classification,
    DataContract,
    Dataset,
    DatasetVersion,
    Field,
    FieldType,
    Marking,
    QualityResult,
)

NOW = datetime(2027, 3, 1, tzinfo=UTC)
MADE = datetime(2026, 9, 1, tzinfo=UTC)
DATASET = "dwp/claimants"
HOLDER = "age1recipient"
NAMES = {"dwp": "Department for Work and Pensions", "lambeth": "Lambeth", "host": "Host Department"}


def key(name: str, role: KeyRole, body: str = "dwp", version: int = 1, **more: Any) -> HeldKey:
    made = HeldKey(
        key=name,
        version=version,
        role=role,
        body=body,
        purpose="key-encryption",
        algorithm="AES-256-GCM",
        state="active",
        created=MADE,
        place="file:/keys",
        protection="software",
    )
    return replace(made, **more)


def kek(name: str = "kek-dwp", version: int = 1, role: KeyRole = KeyRole.BODY, **more: Any) -> HeldKey:
    return key(name, role, version=version, holder=name, **more)


def recipient(holder: str = HOLDER) -> HeldKey:
    return key("recipient-1", KeyRole.RECIPIENT, "lambeth", holder=holder, state=OUTSIDE, created=None)


def opening(file: str, holder: str = "kek-dwp", version: int = 1, number: int = 1, agreement: str = "") -> Opening:
    return Opening(file, holder, KEK_STANZA, version, "dwp", DATASET, number, agreement)


def agreement(identifier: str = "agr-1", **more: Any) -> Agreement:
    made = Agreement(
        id=identifier,
        request="req-1",
        dataset=DATASET,
        discloser="dwp",
        recipient="lambeth",
        purpose="p",
        gateway="",
        citation="",
        fields=("nino", "award"),
        rows=(),
        tokenised=("nino",),
        starts=MADE,
        ends=NOW + timedelta(days=90),
        decided_by="margaret@dwp",
        signatures=(),
    )
    return replace(made, **more)


def published(rows: int = 20_000, *, personal: bool = True) -> Published:
    fields = (
        Field("nino", FieldType.STRING, classification=Classification.PERSONAL, confirmed=True),
        Field("illness", FieldType.STRING, classification=Classification.SPECIAL, confirmed=True),
        Field("award", FieldType.NUMBER, classification=Classification.NOT_PERSONAL, confirmed=True),
    )
    contract = DataContract("c", "1", "Claimants", "", fields if personal else fields[2:])
    dataset = Dataset(
        DATASET,
        "dwp",
        "claimants",
        "Claimants",
        "",
        contract,
        Access.CLOSED,
        Marking.OFFICIAL_SENSITIVE,
        "",
        "",
        MADE,
    )
    versions = [version(number, rows + number) for number in (2, 1)]
    return Published(dataset, versions)


def version(number: int, rows: int) -> DatasetVersion:
    return DatasetVersion(
        f"ver-{number}", DATASET, number, MADE, rows, 1, 1, f"sf-{number}", "", "", QualityResult(rows)
    )


@pytest.fixture
def holdings() -> Callable[..., Holdings]:
    people = (
        Person("priya@dwp", "Priya", "dwp", frozenset({Role.STEWARD})),
        Person("margaret@dwp", "Margaret", "dwp", frozenset({Role.INFORMATION_GOVERNANCE})),
        Person("ada@dwp", "Ada", "dwp", frozenset({Role.AUDITOR})),
        Person("ann@lambeth", "Ann", "lambeth", frozenset({Role.ANALYST})),
    )

    def make(
        keys: list[HeldKey],
        openings: list[Opening] | None = None,
        agreements: list[Agreement] | None = None,
        *,
        is_device: bool = False,
        country: str = "",
    ) -> Holdings:
        operator = Person("olu@host", "Olu", "host", frozenset({Role.OPERATOR}))
        household = Household("node-1", "host", operator, people, is_device, country, 35, lambda slug: NAMES[slug])
        return Holdings(keys, openings or [], {each.id: each for each in agreements or []}, household, NOW)

    return make
