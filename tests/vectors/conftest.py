"""Known answers that lie beside the checkout; where they do not, as on a user's machine, their tests are left out."""

import os
from pathlib import Path

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "vectors"

# In continuous integration they are needed: there the tests run, and fail without them.
collect_ignore_glob = [] if VECTORS.is_dir() or os.environ.get("CI") else ["test_*.py"]
