"""Local rule packs that a node has adopted, with their bytes."""

import sqlalchemy
from alembic import op

from commonweal.adapters.sql.state import local_pack

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to a store that was made before it what the first revision makes in today's."""
    if not sqlalchemy.inspect(op.get_bind()).has_table(local_pack.name):
        local_pack.create(op.get_bind())


def downgrade() -> None:
    """Refuse: what was recorded is not forgotten."""
    raise NotImplementedError("this revision cannot be undone")
