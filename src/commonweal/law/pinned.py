"""The rule packs this release trusts without being asked, by SHA-256."""

PINNED_PACKS: frozenset[str] = frozenset(
    {
        "0d61aff25105d01fbb68d798c8ce7dffc590433b0ca8ad3fb478d475c07c7c7f",  # common-pack.yaml 2026.3
    }
)
"""Digests in lower-case hexadecimal; any other pack must be adopted by the body first."""
