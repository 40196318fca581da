"""What became of agreements after they were signed."""

import sqlalchemy
from alembic import op

from commonweal.adapters.sql.state import agreement_change

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to a store that was made before it what the first revision makes in today's."""
    if not sqlalchemy.inspect(op.get_bind()).has_table(agreement_change.name):
        agreement_change.create(op.get_bind())


def downgrade() -> None:
    """Refuse: what was recorded is not forgotten."""
    raise NotImplementedError("this revision cannot be undone")
