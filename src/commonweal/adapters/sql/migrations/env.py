"""What Alembic runs: the revisions, on the connection that `migrate` lends."""

from alembic import context

from commonweal.adapters.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
