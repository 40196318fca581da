"""A sign-in link and its session remember the operator who made it for somebody else."""

import sqlalchemy
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column to a store that was made before it; the first revision makes today's tables."""
    columns = sqlalchemy.inspect(op.get_bind()).get_columns("sign_in")
    if all(each["name"] != "operator" for each in columns):
        op.add_column("sign_in", sqlalchemy.Column("operator", sqlalchemy.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take the column out again."""
    op.drop_column("sign_in", "operator")
