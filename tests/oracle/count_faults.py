"""Runs in the oracle's own environment: what datacontract-cli counts of a contract's checks, as JSON."""

import json
import re
import sys

from datacontract.data_contract import DataContract  # type: ignore[import-not-found]  # of .venv-oracle alone

COUNTED = re.compile(r"Actual (\w+)\(.*?\) was (?:[\d.]+% \()?(\d+)")


def main(path: str) -> None:
    """Print for each check that was measured what it is of, the metric, and the count."""
    run = DataContract(data_contract_file=path).test()
    failed = [
        (each.field or "", each.name or "", each.reason or "") for each in run.checks if each.result.value == "failed"
    ]
    odd = [each.reason for each in run.checks if each.result.value not in {"failed", "passed"}]
    counts = [(field, name, *found.groups()) for field, name, why in failed if (found := COUNTED.search(why))]
    print(json.dumps({"counts": counts, "failed": failed, "odd": odd}))  # noqa: T201  what the test reads


if __name__ == "__main__":
    main(sys.argv[1])
