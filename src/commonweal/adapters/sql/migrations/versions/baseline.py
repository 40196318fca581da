"""The first revision: every table of version 0.1."""

from alembic import op

from commonweal.adapters.sql.state import tenant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the log and of the state, which share one catalogue."""
    tenant.metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Refuse: a log is never unmade."""
    raise NotImplementedError("the first revision holds the log and cannot be undone")
