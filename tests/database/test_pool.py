"""A connection comes out of the pool as it was made, whatever its last user did with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from services.dashboards import DASHBOARDS
from services.database.engine import driver_of, make_engine
from services.errors import (
    DatabaseBusyError,
    DatabaseDeniedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
)
from services.intake.importing import import_file
from services.intake.store import copy_into
from services.snapshots import store
from services.sync.run import run_now
from tests.options import sync_options

TABLE = DASHBOARDS[0].table
SESSION_STATE = """
SELECT pg_backend_pid() AS session,
    ARRAY(SELECT pg_listening_channels()) AS channels,
    ARRAY(SELECT name FROM pg_settings WHERE source = 'session') AS settings,
    ARRAY(SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
    ARRAY(SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS temporary
"""


def _autocommit(driver: psycopg.Connection) -> None:
    driver.autocommit = True


def _listening(driver: psycopg.Connection) -> None:
    driver.autocommit = True
    driver.execute("LISTEN demetra_sync")


def _read_only(driver: psycopg.Connection) -> None:
    driver.read_only = True


def _serializable(driver: psycopg.Connection) -> None:
    driver.isolation_level = psycopg.IsolationLevel.SERIALIZABLE


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine whose pool has one connection, so that the next user gets that of the last one."""
    engine = make_engine(database_url, name="demetra tests", pool_size=1)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("change", [_autocommit, _listening, _read_only, _serializable])
@pytest.mark.parametrize("fails", [False, True])
def test_a_changed_connection_is_not_given_to_the_next_user(
    engine: sa.Engine, change: Callable[[Any], None], fails: bool
) -> None:
    used = engine.connect()
    change(used.connection.driver_connection)
    if fails:
        with pytest.raises(sa.exc.ProgrammingError):
            used.execute(sa.text("SELECT * FROM nowhere"))
    used.close()

    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert (driver.autocommit, driver.read_only, driver.isolation_level) == (False, None, None)
        assert connection.scalars(sa.text("SELECT pg_listening_channels()")).all() == []
        connection.execute(sa.text("CREATE TABLE of_a_transaction (id int)"))
        connection.rollback()
        assert connection.scalar(sa.text("SELECT to_regclass('of_a_transaction')")) is None


def test_a_connection_that_is_changed_after_its_return_is_not_given_to_the_next_user(
    engine: sa.Engine,
) -> None:
    with engine.connect() as connection:
        kept = connection.connection.driver_connection
    assert kept is not None
    kept.autocommit = True

    with engine.connect() as connection:
        assert connection.connection.driver_connection is not kept
    assert kept.closed


def test_an_unchanged_connection_is_used_again(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        first = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_backend_pid()")) == first


def test_autocommit_that_sqlalchemy_sets_ends_with_its_user(engine: sa.Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        session = connection.scalar(sa.text("SELECT pg_backend_pid()"))

    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_backend_pid()")) == session
        assert connection.connection.driver_connection is not None
        assert not connection.connection.driver_connection.autocommit


def test_an_import_and_a_run_leave_nothing_behind_in_their_sessions(
    engine: sa.Engine, tmp_path: Path
) -> None:
    file = tmp_path / "campaigns.csv"
    days = [f"2026-09-{day:02},Telegram,1000,10,2,5,8\n" for day in range(1, 29)]
    file.write_text("date,channel,impressions,clicks,conversions,cost,revenue\n" + "".join(days))
    for _ in range(2):  # straight, then by way of a temporary table
        with engine.begin() as connection:
            import_file(connection, file)
    run = run_now(engine, sync_options(tmp_path), trigger="test", requested_by=None)

    with engine.connect() as one, engine.connect() as other:
        found = [connection.execute(sa.text(SESSION_STATE)).one() for connection in (one, other)]
    assert run is not None
    assert run.state == "succeeded"
    assert [list(state[1:]) for state in found] == [[[], [], [], []]] * 2


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ("default_transaction_read_only = on", DatabaseReadOnlyError),
        ("statement_timeout = 100", DatabaseBusyError),
        ("lock_timeout = 100", DatabaseBusyError),
        ("role = pg_monitor", DatabaseDeniedError),
    ],
)
def test_a_copy_is_refused_in_the_same_words_as_any_other_statement(
    engine: sa.Engine,
    database_url: str,
    settings: str,
    error: type[DatabaseReadOnlyError] | type[DatabaseBusyError] | type[DatabaseDeniedError],
) -> None:
    """COPY goes past SQLAlchemy, which translates the errors of all other statements."""
    with engine.connect() as blocking, engine.connect() as connection:
        if "timeout" in settings:
            blocking.execute(sa.text(f"LOCK TABLE campaigns, {TABLE.name} IN SHARE MODE"))
        connection.execute(sa.text(f"SET {settings}"))
        connection.commit()

        with pytest.raises(error), copy_into(connection, "campaigns (channel)") as write:
            write(["Telegram"])
        connection.rollback()
        with pytest.raises(error):
            store.publish_rows(connection, TABLE, 1, datetime.now(UTC), [{"channel": "any"}])
        connection.rollback()
        with pytest.raises(error):
            connection.execute(TABLE.insert().values(run_id=1, channel="any"))
        connection.invalidate()


def test_a_session_that_is_ended_is_an_outage_for_a_copy_too(engine: sa.Engine) -> None:
    with (
        engine.connect() as connection,
        pytest.raises(DatabaseUnavailableError),
        driver_of(connection) as driver,
    ):
        driver.execute("SELECT pg_terminate_backend(pg_backend_pid())")
