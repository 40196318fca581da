"""Bodies that no public register holds: charities, suppliers, universities, schools."""

import sqlalchemy
from alembic import op

from commonweal.adapters.sql.state import partner

revision = "0012"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to a store that was made before it what the first revision makes in today's."""
    if not sqlalchemy.inspect(op.get_bind()).has_table(partner.name):
        partner.create(op.get_bind())


def downgrade() -> None:
    """Refuse: what was recorded is not forgotten."""
    raise NotImplementedError("this revision cannot be undone")
