"""The schema revision of a database, the one that this version needs, and migrations between them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.database.engine import first_line
from services.errors import DatabaseNewerError, DatabaseOutdatedError, RowsRefusedError

if TYPE_CHECKING:
    from alembic.config import Config

# Repeats the newest migration's revision, so that the web process need not import Alembic to compare.
REVISION = "0027"  # scheduled reports
MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 4_350_001
STANDSTILL_SECONDS = 60  # a migrating process that is idle for so long loses its lock


def migrate(engine: sa.Engine, revision: str = "head") -> None:
    """Migrate the database to `revision` in one transaction; concurrent calls wait for each other.

    Raises `DatabaseNewerError`, and `RowsRefusedError` when rows violate a new constraint; nothing has
    changed then.
    """
    with engine.begin() as connection:
        _wait_in_line(connection)
        found = current_revision(connection)
        _refuse_newer(found)
        if (found, revision) == (REVISION, "head"):
            return
        # Imported late: a start with an up-to-date schema need not load it.
        from alembic import command

        try:
            command.upgrade(_config(connection), revision)
        except sa.exc.IntegrityError as error:
            raise RowsRefusedError(reason=first_line(error.orig or error)) from error


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Migrate the database back to an older `revision`; data that only newer revisions store are lost."""
    from alembic import command

    with engine.begin() as connection:
        _wait_in_line(connection)
        command.downgrade(_config(connection), revision)


def current_revision(connection: sa.Connection) -> str | None:
    """Return the revision of the database, or None for an empty one."""
    exists = connection.scalar(sa.text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    return connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if exists else None


def check_schema(connection: sa.Connection) -> None:
    """Raise `DatabaseOutdatedError` or `DatabaseNewerError` unless the schema has this version's revision."""
    found = current_revision(connection)
    _refuse_newer(found)
    if found != REVISION:
        raise DatabaseOutdatedError(found=found or "(none)", needed=REVISION)


def _wait_in_line(connection: sa.Connection) -> None:
    """Take the migration lock until the end of the transaction."""
    connection.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = '{STANDSTILL_SECONDS}s'"))
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > REVISION:
        raise DatabaseNewerError(found=found)


def _config(connection: sa.Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
