"""What a release needs of an engine."""

from collections.abc import Sequence
from typing import Protocol

from .model import ReleasePlan


class ReleaseEngine(Protocol):
    """Writes the slice that an agreement opens."""

    def release(
        self,
        version_path: str,
        plan: ReleasePlan,
        token_key: str | None,
        out_path: str,
        *,
        beside: Sequence[str] = (),
    ) -> int:
        """Write the planned slice of a version as Parquet and return its row count.

        Args:
            version_path: the version's Parquet file or one of its parts, as a path of the engine's sealed filesystem.
            plan: the fields, rows and tokens.
            token_key: the agreement's token key as hex text; None when nothing is tokenised.
            out_path: where the Parquet file goes, on the same filesystem.
            beside: the version's other parts that the plan needs: other fields of the same rows in the same order.
        """
        ...
