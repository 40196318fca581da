"""The first revision: every table of version 0.1."""

from alembic import op

import commonweal.adapters.sql.search
import commonweal.adapters.sql.state  # noqa: F401  both add their tables to the catalogue
from commonweal.adapters.sql.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the log, the state and the search, which share one catalogue."""
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Refuse: a log is never unmade."""
    raise NotImplementedError("the first revision holds the log and cannot be undone")
