"""Rewrites every page and picture that is generated from the code: `python -m tests.reference`."""

import sys

from .pages import WRITTEN, rewrite

try:
    changed = rewrite()
except ExceptionGroup as group:
    sys.exit("\n".join(str(each) for each in group.exceptions))
sys.stdout.write("".join(f"wrote {each}\n" for each in changed) or f"{len(WRITTEN)} files were up to date\n")
