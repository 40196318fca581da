"""A recipient that reads on and on: a program of its own, which tells afterwards what it was given and when."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx


class Reader:
    """Reads by every door that an agreement's token opens, again and again, until it is told to stop.

    `told` gets one entry a hit: agreement, door, when it began and ended (seconds of the machine's monotonic clock,
    which all processes share), status, and how many bytes came.
    """

    def __init__(self, url: str) -> None:
        self.told: list[dict[str, Any]] = []
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False, verify=False)  # noqa: S501  loopback
        self.agreements: list[dict[str, str]] = []
        self._links: dict[str, str] = {}
        self.done = threading.Event()

    def learn(self, lines: Iterator[str]) -> None:
        """Take in agreements, one JSON object a line, until the lines end."""
        for line in lines:
            self.agreements.append(json.loads(line))
        self.done.set()

    def read(self) -> None:
        """Read every agreement known so far, round after round; the last round begins after the last line."""
        is_last = False
        while not is_last:
            is_last = self.done.is_set()
            for agreed in list(self.agreements):
                self._read_all(agreed)
            time.sleep(0.002)
        self._client.close()

    def _read_all(self, agreed: dict[str, str]) -> None:
        name = agreed["agreement"]
        headers = {"Authorization": f"Bearer {agreed['token']}"}
        for form in ("csv", "parquet"):
            self._hit(agreed, form, "GET", f"/api/v1/agreements/{name}/data.{form}", headers)
        answer = self._hit(agreed, "query", "POST", f"{agreed['table']}/query", headers)
        lines = [json.loads(line) for line in answer.splitlines()] if answer else []
        link = next((each["file"]["url"] for each in lines if "file" in each), "")
        self._links[name] = link or self._links.get(name, "")
        if self._links[name]:
            self._hit(agreed, "link", "GET", self._links[name], {})

    def _hit(self, agreed: dict[str, str], door: str, method: str, path: str, headers: dict[str, str]) -> str:
        began, status, received = time.monotonic(), 0, b""
        try:
            with self._client.stream(method, path, headers=headers, json={} if method == "POST" else None) as answer:
                status = answer.status_code
                for piece in answer.iter_raw():
                    received += piece
        except httpx.HTTPError:
            status = -status
        told = {"agreement": agreed["agreement"], "door": door, "began": began, "ended": time.monotonic()}
        self.told.append({**told, "status": status, "bytes": len(received)})
        return received.decode() if door == "query" and status == httpx.codes.OK else ""


if __name__ == "__main__":
    reader = Reader(sys.argv[1])
    threading.Thread(target=reader.learn, args=(iter(sys.stdin.readline, ""),), daemon=True).start()
    reader.read()
    json.dump(reader.told, sys.stdout)
