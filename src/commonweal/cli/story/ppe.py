"""Step 2: English NHS trusts report PPE stock under one data contract; DHSC reads all and sees who has not reported."""

import csv
import io
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from commonweal.adapters.packaged import load_register
from commonweal.adapters.wire import RemoteError
from commonweal.core import Outcome

from .stage import Stage, read_packaged, rows_of, verify

DAY = date(2020, 4, 1)
REPORTING = 48
LATE = 5
AT_ONCE = 4
NAME = "ppe-stock"
PURPOSE = "ppe-supply"
RECIPIENT = "department-of-health-and-social-care"
_ITEMS = ("aprons", "body bags", "eye protection", "gloves", "gowns", "hand hygiene", "masks", "visors")
_HEADER = ("trust", "as_at", "item", "stock", "daily_use")


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust of the register: its ODS code, and the stock return it sends, if it sends one."""

    code: str
    rows: tuple[tuple[str, str, str, int, int], ...]

    @property
    def dataset(self) -> str:
        """Return the dataset's identifier."""
        return f"{self.code.lower()}/{NAME}"


def tell_ppe(stage: Stage) -> tuple[dict[str, Any], str]:
    """Publish the returns, stop the bad one, agree by default, read all back; return the figures and one trust.

    Trusts that have merged since 2020 cannot publish today, so those that report are among the ones that still stand.
    """
    codes = open_trusts()
    verify(len(codes) == 220, "220 English trusts were open on 1 April 2020.")
    standing = [code for code in codes if load_register().get_body(f"ods:{code}").live]
    returns = _make_returns(standing)
    stopped = _stop_negative_stock(stage, standing[REPORTING])
    stage.join("DHSC", dhsc_analyst="Aisha Khan:analyst,asset-owner")
    with ThreadPoolExecutor(AT_ONCE) as trusts:
        agreements = list(trusts.map(lambda trust: _report(stage, trust), returns))
    board = _verify_board(stage, returns, codes)
    worst = board["regions"][0]
    figures = {
        "trusts_open": len(codes),
        "reported": len(returns),
        "late": len(board["late"]),
        "missing": len(board["missing"]),
        "stopped_at_the_gate": stopped,
        "agreements_by_default": len(agreements),
        "shortest_region": worst["region"],
        "shortest_days": worst["days"],
        "stock": "synthesised on real codes",
    }
    return figures, returns[0].code


def _report(stage: Stage, trust: Trust) -> str:
    """Publish a trust's return, read it back as DHSC, and return the agreement."""
    stage.join(trust.code, **{trust.code: f"Steward of {trust.code}:steward"})
    stage.publish(trust.code, _write(stage.outside, trust.code, trust.rows), trust.dataset, "ppe-stock.odcs.yaml")
    return _read_back(stage, trust)


def open_trusts() -> list[str]:
    """Return the ODS codes of English trusts open on 1 April 2020, in order."""
    rows = csv.DictReader(io.StringIO(read_packaged("nhs-trusts-2020.csv").decode()))
    return sorted(
        row["code"]
        for row in rows
        if row["region"] != "W00"
        and date.fromisoformat(row["opened"]) <= DAY
        and not (row["closed"] and date.fromisoformat(row["closed"]) <= DAY)
    )


def _make_returns(codes: list[str]) -> list[Trust]:
    chance = random.Random(2020)  # noqa: S311  synthesised stock needs no secret
    returns = []
    for number, code in enumerate(codes[:REPORTING]):
        as_at = DAY - timedelta(days=2) if number < LATE else DAY
        rows = []
        for item in _ITEMS:
            use = chance.randrange(50, 5_000)
            rows.append((code, as_at.isoformat(), item, int(use * chance.uniform(0.5, 15)), use))
        returns.append(Trust(code, tuple(rows)))
    return returns


def _write(folder: Path, code: str, rows: tuple[tuple[str, str, str, int, int], ...]) -> Path:
    path = folder / f"{code}-ppe.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        writer.writerows(rows)
    return path


def _stop_negative_stock(stage: Stage, code: str) -> str:
    """Send a return with negative stock and return the reason it was stopped for."""
    stage.join(code, **{code: "Steward of the bad return:steward"})
    source = _write(stage.outside, code, ((code, DAY.isoformat(), "gloves", -40, 12),))
    try:
        stage.publish(code, source, f"{code.lower()}/{NAME}", "ppe-stock.odcs.yaml")
    except RemoteError as error:
        verify(error.outcome is Outcome.CONTRACT, "negative stock must be stopped by the contract.")
        verify(any("stock" in reason for reason in error.reasons), "the reason must name the field.")
        return error.reasons[0]
    verify(expected=False, sentence="negative stock must be stopped at the gate.")
    return ""


def _read_back(stage: Stage, trust: Trust) -> str:
    """Ask for a trust's return as DHSC, agreed by default, and read it back."""
    with stage.client("dhsc_analyst") as node:
        form = {"dataset": trust.dataset, "recipient": "DHSC", "purpose": PURPOSE}
        answer = node.post("/api/v1/requests", form)
    verify(answer["outcome"] == "permit" and answer["agreement"], "stock is shared by default.")
    profile = stage.profile("dhsc_analyst", answer["agreement"])
    with stage.reader(profile["bearerToken"]) as dhsc, dhsc.stream(_path(answer["agreement"])) as pieces:
        rows = rows_of(b"".join(pieces))
    found = sorted((row["trust"], row["as_at"], row["item"], row["stock"], row["daily_use"]) for row in rows)
    verify(found == sorted(trust.rows), f"DHSC must read what {trust.code} published.")
    return str(answer["agreement"])


def _path(agreement: str) -> str:
    return f"/api/v1/agreements/{agreement}/data.ndjson"


def _verify_board(stage: Stage, returns: list[Trust], codes: list[str]) -> dict[str, Any]:
    with stage.reader() as anybody:
        board: dict[str, Any] = anybody.get("/api/v1/insight/ppe", day=DAY.isoformat())
    sent = {trust.code: trust for trust in returns}
    verify({each["code"] for each in board["missing"]} == set(codes) - set(sent), "the board must name who is missing.")
    verify(set(board["late"]) == {each.code for each in returns[:LATE]}, "the board must name who is late.")
    for each in board["trusts"]:
        days = min(stock / use for _, _, _, stock, use in sent[each["code"]].rows)
        verify(abs(each["days"] - days) < 0.01, f"days of cover of {each['code']} must be of its scarcest item.")
    stock = sum(row[3] for trust in returns for row in trust.rows)
    verify(sum(each["stock"] for each in board["regions"]) == stock, "the regions' stock must add up.")
    return board
