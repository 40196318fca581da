"""Step 3: a council asks DWP for claimants in its area; a named person narrows; the council's own tools read."""

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet

from commonweal.cli.reading import write_profile

from .claimants import COUNCIL, Claimant, make_claimants, write_claimants
from .stage import Stage, rows_of, verify

DATASET = "dwp/claimants"
PURPOSE = "council-tax-reduction"
GATEWAY = "wra12-s130-131"
FIELDS = ("nino", "postcode", "council", "award")
LEAST_AWARD = 20
DAYS = 180


@dataclass(frozen=True, slots=True)
class Slice:
    """What the council holds at the end: the agreement, its profile, and what was read."""

    source: Path
    people: tuple[Claimant, ...]
    agreement: str
    profile: Path
    table: str
    rows: int


def tell_council_tax(stage: Stage) -> tuple[dict[str, Any], Slice]:
    """Publish, ask, decide, agree, and read with every tool; return the figures and the slice."""
    claimants = make_claimants()
    source = stage.outside / "claimants.csv"
    write_claimants(source, claimants)
    stage.join(
        "DWP", dwp_steward="Priya Shah:steward", dwp_governance="Margaret Okafor:information-governance,asset-owner"
    )
    stage.publish("dwp_steward", source, DATASET, "claimants.odcs.yaml", access="closed", marking="OFFICIAL-SENSITIVE")
    explained = _explain(stage)
    agreement = _agree(stage, _ask(stage))
    expected = [each for each in claimants if each.council == COUNCIL and float(each.award) >= LEAST_AWARD]
    held = _profile(stage, agreement)
    table = _listed_table(held)
    read = _read_with_every_tool(stage, held, table, expected)
    figures = {
        "claimants": len(claimants),
        "slice_rows": len(expected),
        "outcome": explained["outcome"],
        "citations": explained["citations"],
        "decided_by": stage.people["dwp_governance"],
        "tools": read,
    }
    return figures, Slice(source, tuple(expected[:3]), agreement, held, table, len(expected))


def _ask_form() -> dict[str, Any]:
    return {"dataset": DATASET, "recipient": "lambeth", "purpose": PURPOSE, "gateway": GATEWAY}


def _explain(stage: Stage) -> dict[str, Any]:
    with stage.client("lambeth_analyst") as node:
        answer: dict[str, Any] = node.post("/api/v1/explanations", _ask_form())
    verify(answer["outcome"] == "person", "an answer on personal data ends with a named person.")
    verify(any("Welfare Reform Act 2012" in each for each in answer["citations"]), "the answer must cite the Act.")
    return answer


def _ask(stage: Stage) -> str:
    with stage.client("lambeth_analyst") as node:
        answer = node.post("/api/v1/requests", _ask_form())
    verify(answer["agreement"] is None, "nothing personal is agreed by default.")
    return str(answer["request"])


def _agree(stage: Stage, request: str) -> str:
    until = datetime.now(UTC) + timedelta(days=DAYS)  # noqa: TID251  the story plays now
    with stage.client("dwp_governance") as node:
        ruling = {
            "permit": True,
            "fields": list(FIELDS),
            "rows": [f"council={COUNCIL}", f"award>={LEAST_AWARD}"],
            "tokenise": ["nino"],
            "until": until.isoformat(),
        }
        node.post(f"/api/v1/requests/{request}/ruling", ruling)
    with stage.client("lambeth_analyst") as node:
        agreement = node.post(f"/api/v1/requests/{request}/agreement")
    verify(agreement["tokenised"] == ["nino"] and agreement["fields"] == list(FIELDS), "the ruling narrows.")
    return str(agreement["agreement"])


def _profile(stage: Stage, agreement: str) -> Path:
    path = stage.outside / "lambeth.share"
    write_profile(path, stage.profile("lambeth_analyst", agreement))
    return path


def _read_with_every_tool(stage: Stage, profile: Path, table: str, expected: list[Claimant]) -> list[str]:
    values = json.loads(profile.read_bytes())
    agreement = table.partition(".")[0]
    answers = {f"delta-sharing ({name})": rows for name, rows in _read_with_delta_sharing(profile, table).items()}
    with stage.reader(values["bearerToken"]) as council:
        for form in ("parquet", "csv", "ndjson"):
            with council.stream(f"/api/v1/agreements/{agreement}/data.{form}") as pieces:
                answers[form] = _parse(form, b"".join(pieces))
    wanted = Counter((each.postcode, each.council, float(each.award)) for each in expected)
    first = next(iter(answers.values()))
    for tool, rows in answers.items():
        found = Counter((row["postcode"], row["council"], float(row["award"])) for row in rows)
        verify(found == wanted, f"{tool} must read the agreed rows, and only those.")
        verify({tuple(row) for row in rows} == {FIELDS}, f"{tool} must read the agreed fields, and only those.")
        _verify_tokens({row["nino"] for row in rows}, expected)
        verify({row["nino"] for row in rows} == {row["nino"] for row in first}, f"{tool} must read the same tokens.")
    return list(answers)


def _verify_tokens(tokens: set[str], expected: list[Claimant]) -> None:
    verify(len(tokens) == len(expected), "each person must have a token of their own.")
    verify(all(len(each) == 32 and int(each, 16) >= 0 for each in tokens), "a token is 128 bits in hexadecimal.")
    verify(not tokens & {each.nino for each in expected}, "no identifier may be delivered in clear.")


def _listed_table(profile: Path) -> str:
    import delta_sharing

    tables = delta_sharing.SharingClient(str(profile)).list_all_tables()
    verify(len(tables) == 1, "the profile must open one table.")
    return f"{tables[0].share}.{tables[0].schema}.{tables[0].name}"


def _read_with_delta_sharing(profile: Path, table: str) -> dict[str, list[dict[str, Any]]]:
    import delta_sharing

    url = f"{profile}#{table}"
    return {
        "default": delta_sharing.load_as_pandas(url).to_dict("records"),
        "use_delta_format=False": delta_sharing.load_as_pandas(url, use_delta_format=False).to_dict("records"),
        "use_delta_format=True": delta_sharing.load_as_pandas(url, use_delta_format=True).to_dict("records"),
    }


def _parse(form: str, content: bytes) -> list[dict[str, Any]]:
    if form == "parquet":
        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
        return rows
    if form == "ndjson":
        return rows_of(content)
    return list(csv.DictReader(io.StringIO(content.decode())))
