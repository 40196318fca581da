"""Deliveries are counted by agreement and moment."""

from alembic import op
from sqlalchemy.schema import CreateIndex

from commonweal.adapters.sql.tables import audit_event

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to a store that was made before it what the first revision makes in today's."""
    wanted = next(each for each in audit_event.indexes if each.name == "audit_event_authorised")
    op.get_bind().execute(CreateIndex(wanted, if_not_exists=True))  # SQLAlchemy cannot see an index on expressions


def downgrade() -> None:
    """Refuse: a limit that an agreement sets is counted by it."""
    raise NotImplementedError("this revision cannot be undone")
