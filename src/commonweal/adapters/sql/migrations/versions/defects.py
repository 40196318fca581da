"""Defects that consumers raise."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to a store that was made before it what the first revision makes in today's."""


def downgrade() -> None:
    """Refuse: what was recorded is not forgotten."""
    raise NotImplementedError("this revision cannot be undone")
