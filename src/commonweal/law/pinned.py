"""The rule packs this release trusts without being asked, by SHA-256."""

PINNED_PACKS: frozenset[str] = frozenset(
    {
        "3f203abf46238edda69f8650d5819f39159c9c895eaf6415dfbd66d8ae93edb3",  # common-pack.yaml 2026.2
    }
)
"""Digests in lower-case hexadecimal; any other pack must be adopted by the body first."""
