"""Header rows name the version of their key, dataset versions can be shredded, acts on keys wait for two people."""

import sqlalchemy
from alembic import op

from commonweal.adapters.sql.state import header_row, key_proposal
from commonweal.keys import KEK_STANZA, parse_header

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to a store that was made before it what the first revision makes in today's."""
    found = sqlalchemy.inspect(op.get_bind())
    if any(each["name"] == "version" for each in found.get_columns("header_row")):
        return
    op.add_column("header_row", sqlalchemy.Column("version", sqlalchemy.Integer, nullable=False, server_default="0"))
    _tell_versions(op.get_bind())
    op.create_index("header_row_by_holder", "header_row", ["holder", "version"])
    op.add_column("dataset_version", sqlalchemy.Column("held", sqlalchemy.Integer, nullable=False, server_default="1"))
    key_proposal.create(op.get_bind())


def _tell_versions(connection: sqlalchemy.Connection) -> None:
    rows = connection.execute(sqlalchemy.select(header_row).where(header_row.c.kind == KEK_STANZA)).all()
    for row in rows:
        version = int(parse_header(row.header).stanzas[0].args[1])
        this = (header_row.c.sealed_file == row.sealed_file) & (header_row.c.holder == row.holder)
        connection.execute(sqlalchemy.update(header_row).where(this).values(version=version))


def downgrade() -> None:
    """Refuse: what waits for a second person, and what was shredded, is not forgotten."""
    raise NotImplementedError("the third revision cannot be undone")
