"""Bringing a store to this version's tables."""

from pathlib import Path

from sqlalchemy import Engine

from commonweal.core import StoreError


def migrate(engine: Engine) -> None:
    """Bring the database of a writing engine to the newest revision, in one transaction.

    Raises:
        StoreError: the store was made by a newer version of Commonweal, or cannot be written.
    """
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            "the node's store was made by a newer version of Commonweal",
            advice="Install that version, or restore the backup made before it was used.",
        ) from error
