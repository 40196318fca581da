"""Every leaf that leans on a decision names its policies, and a node without sound policies does not start."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.story.sealed import agree_on_stock, publish_stock

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere

SOURCE = Path(__file__).parents[2] / "src"
BY_LAW = {"decision.explained", "request.answered", "request.refused", "request.decided", "agreement.signed"}
AT_A_DOOR = {"delivery.authorised", "delivery.refused", "manifest.signed"}


def knock(served: "ServedHere", agreed: "Agreed", *paths: str) -> None:
    for path in paths:
        served.send("GET", path, agreed.reader)


def test_every_leaf_that_leans_on_a_decision_names_the_policies_and_the_pack(served: "ServedHere") -> None:
    served.publish_claimants()
    asked = {"dataset": "dwp/claimants", "recipient": "lambeth", "purpose": "council-tax-reduction"}
    agreed = served.agree_on_claimants()
    served.do("/api/v1/explanations", asked, by="tom.reid@lambeth")
    served.send("POST", "/api/v1/requests", served.person("tom.reid@lambeth"), json=asked)
    knock(served, agreed, agreed.data_path("csv"), agreed.data_path("age"), f"{agreed.table_path}/version")
    publish_stock(served)
    sealed = agree_on_stock(served, "own")
    knock(served, sealed, sealed.manifest_path)
    events = [row.event for row in served.node.parts.log.find_events(limit=1000)]
    decided = [each for each in events if each.name in BY_LAW | AT_A_DOOR]
    viewed = [each for each in events if each.name == "agreement.viewed" and "door" in each.facts]
    assert {each.name for each in decided} == BY_LAW | AT_A_DOOR
    assert viewed
    for each in (*decided, *viewed):
        assert each.facts["policies"] == served.node.parts.policy.digest, each.name
    for each in decided:
        assert each.name in AT_A_DOOR or each.facts["pack"] == served.node.parts.pack.digest, each.name


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("forbid (principal, action, resource", "does not parse as Cedar"),
        ("permit (principal, action, resource);", "@id"),
    ],
)
def test_a_node_whose_policies_are_broken_does_not_start(
    a_home: "Home", tmp_path: Path, broken: str, said: str
) -> None:
    copied = tmp_path / "src"
    shutil.copytree(SOURCE, copied, ignore=shutil.ignore_patterns("__pycache__", "frontend"))
    (copied / "commonweal/decide/policies/9-broken.cedar").write_text(broken)
    environment = {**os.environ, "PYTHONPATH": str(copied), "COMMONWEAL_UNLOCK": a_home.unlock}
    command = [sys.executable, "-m", "commonweal.cli", "serve", "--home", str(a_home.folder), "--port", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert said in done.stderr
    assert "[decide.policy-set]" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (a_home.folder / "serve.json").exists()
