"""Access requests that are not sent yet."""

import sqlalchemy
from alembic import op

from commonweal.adapters.sql.state import request_draft

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to a store that was made before it what the first revision makes in today's."""
    if not sqlalchemy.inspect(op.get_bind()).has_table(request_draft.name):
        request_draft.create(op.get_bind())


def downgrade() -> None:
    """Refuse: what was recorded is not forgotten."""
    raise NotImplementedError("this revision cannot be undone")
