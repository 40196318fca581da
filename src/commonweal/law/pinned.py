"""The rule packs this release trusts without being asked, by SHA-256."""

PINNED_PACKS: frozenset[str] = frozenset(
    {
        "be7c830f93fbed1497684bb965688d5752b0a65fc80d62c36d89659952ccc0d7",  # common-pack.yaml 2026.4
    }
)
"""Digests in lower-case hexadecimal; any other pack must be adopted by the body first."""
