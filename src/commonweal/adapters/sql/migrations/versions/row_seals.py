"""Agreements and access requests are sealed: a row that was edited by another hand is not read."""

import sqlalchemy
from alembic import op

revision = "0008"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns to a store that was made before them; the node seals what it finds there at its first start."""
    for table in ("access_request", "agreement"):
        columns = sqlalchemy.inspect(op.get_bind()).get_columns(table)
        if all(each["name"] != "seal" for each in columns):
            op.add_column(table, sqlalchemy.Column("seal", sqlalchemy.LargeBinary(32)))


def downgrade() -> None:
    """Refuse: what was sealed stays so."""
    raise NotImplementedError("this revision cannot be undone")
