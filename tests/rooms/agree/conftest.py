"""One agreement of values and all that is known of it, from which every document is made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonweal.adapters.packaged import load_common_pack_bytes, load_register
from commonweal.agree import Agreement, DocumentFacts, Guard, Signatory, Signature
from commonweal.decide import Decision, Reason, Verdict
from commonweal.law import PINNED_PACKS, parse_pack
from commonweal.publish import (
    Access,
    Classification,
    DataContract,
    Dataset,
    DatasetVersion,
    Dimension,
    DimensionResult,
    Field,
    FieldType,
    Finding,
    Marking,
    QualityResult,
)
from commonweal.request import Operator, RowCondition

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DWP, LAMBETH = "department-for-work-pensions", "lambeth"
PACK = parse_pack(load_common_pack_bytes(), pinned=PINNED_PACKS)
REGISTER = load_register()
AGREEMENT = Agreement(
    id="agr-1",
    request="req-1",
    dataset=f"{DWP}/claimants",
    discloser=DWP,
    recipient=LAMBETH,
    purpose="council-tax-reduction",
    gateway="wra12-s130-131",
    citation="Welfare Reform Act 2012, sections 130 to 133",
    fields=("nino", "postcode", "award"),
    rows=(RowCondition("council", Operator.IN, ("E09000022", "E09000028")),),
    tokenised=("nino",),
    starts=NOW - timedelta(days=1),
    ends=datetime(2027, 4, 1, tzinfo=UTC),
    decided_by="margaret@dwp",
    signatures=(Signature("tom@lambeth", LAMBETH, NOW), Signature("margaret@dwp", DWP, NOW)),
)


def field(name: str, classification: Classification, description: str = "", *, confirmed: bool = True) -> Field:
    return Field(name, FieldType.STRING, description=description, classification=classification, confirmed=confirmed)


FIELDS = (
    field("nino", Classification.PERSONAL, "National Insurance number."),
    field("postcode", Classification.PERSONAL, "Postcode of the home address."),
    field("award", Classification.PERSONAL),
    field("council", Classification.NOT_PERSONAL),
)


def dataset(*fields: Field, **more: Any) -> Dataset:
    contract = DataContract("c", "1.2", "Claimants", "", fields or FIELDS)
    made = Dataset(
        id=AGREEMENT.dataset,
        body=DWP,
        name="claimants",
        title="Claimants",
        description="",
        contract=contract,
        access=Access.CLOSED,
        marking=Marking.OFFICIAL_SENSITIVE,
        licence="",
        steward="priya@dwp",
        created=NOW,
    )
    return replace(made, **more)


def version(rows: int) -> DatasetVersion:
    finding = Finding("freshness", "award", Dimension.TIMELINESS, 3, (1, 2, 3), "Three rows are late.", stops=False)
    measured = DimensionResult(Dimension.COMPLETENESS, measured=True, rows=rows, failed=3)
    unmeasured = DimensionResult(Dimension.ACCURACY)
    return DatasetVersion(
        id="v",
        dataset=AGREEMENT.dataset,
        number=4,
        published=NOW,
        rows=rows,
        size=1,
        payload_size=1,
        sealed_file="sf",
        digest="d",
        source_mac="m",
        quality=QualityResult(rows, (finding,), (measured, unmeasured)),
    )


FACTS = DocumentFacts(
    agreement=AGREEMENT,
    discloser=REGISTER.get_body(DWP),
    recipient=REGISTER.get_body(LAMBETH),
    host=REGISTER.get_body(DWP),
    dataset=dataset(),
    version=version(20),
    decision=Decision(
        Verdict.PERSON, (Reason("p", "A named person must decide."),), policies="aa" * 32, pack=PACK.digest
    ),
    replies={},
    pack=PACK,
    fit=None,
    signatories=(
        Signatory("Tom Reid", "London Borough of Lambeth", NOW, 9, "ab" * 32),
        Signatory("Margaret Okafor", "Department for Work and Pensions", NOW, 13, "cd" * 32),
    ),
    guards=(Guard("kek-dwp, version 1", "Opens it", "file:/home/keys.json", "GB", ("Margaret Okafor: may",)),),
    defects={},
    people={"margaret@dwp": "Margaret Okafor"},
    deliveries=0,
    backup_days=35,
    is_secure=True,
    at=NOW,
)


@pytest.fixture(scope="session")
def facts() -> Callable[..., DocumentFacts]:
    """Make the facts of one agreement; terms of the agreement are given by `agreement`, the rest by name."""

    def make(agreement: dict[str, Any] | None = None, **more: Any) -> DocumentFacts:
        return replace(FACTS, agreement=replace(AGREEMENT, **(agreement or {})), **more)

    return make
