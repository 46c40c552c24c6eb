"""The migrations and the tables that the code knows are the same thing."""

from __future__ import annotations

import sys
from time import sleep

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.dashboards import DASHBOARDS
from services.database import schema
from services.database.tables import metadata
from services.errors import DatabaseNewerError, DatabaseOutdatedError, RowsRefusedError, RunLostError


def test_migrations_make_exactly_the_declared_tables(connection: sa.Connection) -> None:
    assert DASHBOARDS, "their tables register when they are imported"
    context = MigrationContext.configure(connection, opts={"compare_type": True})

    assert compare_metadata(context, metadata) == []


def test_the_named_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_current_head() == schema.REVISION


def test_down_and_up_again_gives_the_same_schema(engine: sa.Engine) -> None:
    before = _columns(engine)

    schema.downgrade(engine, "base")
    schema.migrate(engine)

    assert _columns(engine) == before


def test_migrating_twice_changes_nothing(engine: sa.Engine) -> None:
    before = _columns(engine)

    schema.migrate(engine)

    assert _columns(engine) == before


def test_a_start_that_finds_all_in_order_need_not_load_alembic(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)  # from now on it cannot be imported

    schema.migrate(engine)

    with engine.connect() as connection:
        schema.check_schema(connection)


def test_an_empty_database_is_outdated(engine: sa.Engine) -> None:
    schema.downgrade(engine, "base")

    with engine.connect() as connection, pytest.raises(DatabaseOutdatedError, match="demetra migrate"):
        schema.check_schema(connection)


def test_a_newer_database_is_refused(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseNewerError, match="9999"):
        schema.migrate(engine)


@pytest.mark.parametrize("column", ["date", "cost"])
def test_rows_that_do_not_fit_are_named_and_nothing_changes(engine: sa.Engine, column: str) -> None:
    schema.downgrade(engine, "0002")
    row = {"date": "2025-01-01", "cost": "1", column: {"date": "1066-10-14", "cost": "NaN"}[column]}
    insert = (
        "INSERT INTO campaigns (source, campaign_id, channel, date, impressions, clicks, conversions, cost,"
        f" revenue) VALUES ('s', 'c', 'ch', '{row['date']}', 1, 1, 1, '{row['cost']}', 1)"
    )
    with engine.begin() as connection:
        connection.execute(sa.text(insert))

    with pytest.raises(RowsRefusedError, match="ck_campaigns"):
        schema.migrate(engine)

    with engine.begin() as connection:
        assert schema.current_revision(connection) == "0002"
        connection.execute(sa.text("DELETE FROM campaigns"))
    schema.migrate(engine)


def test_a_process_that_is_frozen_while_it_migrates_loses_its_turn(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.downgrade(engine, "0005")
    monkeypatch.setattr(schema, "STANDSTILL_SECONDS", 1)

    with monkeypatch.context() as frozen:
        frozen.setattr(command, "upgrade", lambda *_: sleep(3))
        with pytest.raises(RunLostError):
            schema.migrate(engine)

    schema.migrate(engine)
    with engine.connect() as connection:
        schema.check_schema(connection)


def _columns(engine: sa.Engine) -> list[tuple[str, ...]]:
    query = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(sa.text(query)))
