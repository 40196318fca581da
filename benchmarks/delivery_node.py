"""Commonweal's side: a node in a process of its own, agreements on its loopback, and the Delta Sharing protocol."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import delta_sharing
import httpx
import pyarrow
from pyarrow import parquet

from benchmarks.delivery_slice import FIELDS, FIRST_BEYOND, Plain, contract
from commonweal.cli.story.stage import Stage, set_stage

_DATASET = "dwp/claims"
_DELTA = {"delta-sharing-capabilities": "responseformat=delta"}


@dataclass(frozen=True)
class Agreed:
    """An agreement's Delta Sharing profile, its table's address and the table as its client names it."""

    token: str
    table_url: str
    named: str

    def query(self, client: httpx.Client) -> str:
        """Ask for the table's files, which authorises a delivery, and return the signed URL of its one file."""
        answer = client.post(
            f"{self.table_url}/query", json={}, headers={"Authorization": f"Bearer {self.token}", **_DELTA}
        )
        answer.raise_for_status()
        *_, file = map(json.loads, answer.text.splitlines())
        return str(file["file"]["deltaSingleAction"]["add"]["path"])


class Delivering:
    """A served node that holds the sealed dataset, and a recipient who may read a slice of it.

    After `read`, `wire` is the size of the file that was fetched in bytes, and `split` the seconds of each part.
    """

    def __init__(self, stage: Stage, client: httpx.Client) -> None:
        self._stage = stage
        self._client = client
        self.wire = 0
        self.split: dict[str, float] = {}

    @property
    def pid(self) -> int:
        """The process of the node."""
        process = self._stage.process
        if process is None:
            raise RuntimeError("the node is not running")
        return process.pid

    def publish(self, plain: Plain) -> None:
        """Have DWP publish the file; the node checks it and seals it."""
        self._stage.join(
            "DWP", steward="Priya Shah:steward", governance="Margaret Okafor:information-governance,asset-owner"
        )
        self._stage.join("lambeth", analyst="Tom Reid:analyst,asset-owner")
        with self._stage.client("steward") as node:
            node.post(
                "/api/v1/datasets",
                {
                    "body": "dwp",
                    "name": "claims",
                    "contract": contract(),
                    "upload": node.upload(plain.path),
                    "format": "parquet",
                    "access": "closed",
                    "marking": "OFFICIAL-SENSITIVE",
                    "confirm": True,
                },
            )

    def agree(self) -> Agreed:
        """Ask, have a named person narrow the request to the slice, and sign: a fresh agreement has no release yet."""
        with self._stage.client("analyst") as node:
            form = {
                "dataset": _DATASET,
                "recipient": "lambeth",
                "purpose": "council-tax-reduction",
                "gateway": "wra12-s130-131",
            }
            request = node.post("/api/v1/requests", form)["request"]
        with self._stage.client("governance") as node:
            ruling = {"permit": True, "fields": list(FIELDS), "rows": [f"council<{FIRST_BEYOND}"]}
            node.post(f"/api/v1/requests/{request}/ruling", ruling)
        with self._stage.client("analyst") as node:
            agreement = str(node.post(f"/api/v1/requests/{request}/agreement")["agreement"])
        return self._profile(agreement)

    def _profile(self, agreement: str) -> Agreed:
        profile = self._stage.profile("analyst", agreement)
        place = self._stage.outside / f"{agreement}.share"
        place.write_text(json.dumps(profile))
        with self._stage.reader(profile["bearerToken"]) as node:
            table = node.get(f"/delta-sharing/shares/{agreement}/all-tables")["items"][0]
        share, schema, name = table["share"], table["schema"], table["name"]
        url = f"{profile['endpoint'].rstrip('/')}/shares/{share}/schemas/{schema}/tables/{name}"
        return Agreed(profile["bearerToken"], url, f"{place}#{share}.{schema}.{name}")

    def read(self, agreed: Agreed) -> pyarrow.Table:
        """Read an agreement's table by the protocol in delta format: one query, one file, decoded by pyarrow."""
        started = time.perf_counter()
        url, answered = agreed.query(self._client), time.perf_counter()
        content, fetched = self._fetch(url), time.perf_counter()
        table = parquet.read_table(pyarrow.py_buffer(content))
        self.wire = len(content)
        self.split = {"query": answered - started, "fetch": fetched - answered, "decode": time.perf_counter() - fetched}
        return table

    def _fetch(self, url: str) -> bytes:
        answer = self._client.get(url)
        answer.raise_for_status()
        return answer.content

    def read_frame(self, agreed: Agreed) -> object:
        """Read it by the unmodified delta-sharing client in delta format, which gives a pandas frame."""
        return delta_sharing.load_as_pandas(agreed.named, use_delta_format=True)


@contextmanager
def serving(folder: Path) -> Iterator[Delivering]:
    """Serve a new node, its secrets in `folder` too, and stop it as an operator would."""
    with patch.dict("os.environ", XDG_CONFIG_HOME=str(folder / "configuration")):
        stage = set_stage(folder / "home", 0)
        stage.start()
        try:
            with httpx.Client(timeout=600, trust_env=False, verify=False) as client:
                yield Delivering(stage, client)
        finally:
            stage.stop()
