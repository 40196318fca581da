"""Every reader is fuzzed from our own examples, a minute each; what it finds is kept beside the test's other files."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.adapters.sources.test_forms import HOSTILE, SAME
from tests.adapters.sources.test_geopackage import FLIPPED

ROOT = Path(__file__).parents[2]
TARGETS = ("text_table", "forms", "fixed_width", "layout", "geopackage", "contract", "parquet_footer")
SECONDS = 60
LARGEST = 64 << 10


def seeds(folder: Path) -> None:
    """Write our examples that are small enough as the fuzzer's first ones."""
    made = [each() for each in SAME.values()] + [FLIPPED]
    made += [make() for name, (make, _) in HOSTILE.items() if name in {"entities", "several", "half of them features"}]
    made += [path.read_bytes() for path in (ROOT / "src/commonweal").rglob("*.yaml")]
    for number, each in enumerate(made):
        if len(each) <= LARGEST:
            (folder / f"seed-{number}").write_bytes(each)


@pytest.mark.nightly
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_that_a_fuzzer_thinks_of_breaks_a_reader(target: str, tmp_path: Path) -> None:
    seeds(tmp_path)
    command = [sys.executable, "-m", "tests.fuzz.target", target, str(SECONDS), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, errors="replace")
    found = {path.name: path.read_bytes()[:500] for path in tmp_path.glob("found-*")}
    assert done.returncode == 0, f"{done.stderr[-4000:]}\n{found}"
    assert "Done " in done.stderr
