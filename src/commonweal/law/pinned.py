"""The rule packs this release trusts without being asked, by SHA-256."""

PINNED_PACKS: frozenset[str] = frozenset(
    {
        "097018e42baf91105c98b6d2575579888f0e5084b952ba0715d16acea07864a5",  # common-pack.yaml 2026.1
    }
)
"""Digests in lower-case hexadecimal; any other pack must be adopted by the body first."""
