"""A real, empty PostgreSQL for every test that wants one.

By default the embedded server in a temporary folder; with TEST_DATABASE_URL (an address whose user
may create databases) an external one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import psycopg
import pytest
import sqlalchemy as sa

from services.database import embedded
from services.database.engine import make_engine, readable_url
from services.database.schema import migrate

SLOW_SECONDS = 5400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests more time than the others before they count as hanging."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(SLOW_SECONDS))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of a server on which databases may be created."""
    external = os.environ.get("TEST_DATABASE_URL")
    if external:
        yield external
        return
    # Socket paths must be short, so not pytest's own temporary folder.
    home = Path(tempfile.mkdtemp(prefix="demetra-test-"))
    home.chmod(0o755)
    server = embedded.start(home)
    forgo_disk(server.url)
    yield server.url
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def forgo_disk(server_url: str) -> None:
    """Let a server of tests not wait for its disk: each creates and drops hundreds of databases.

    No test takes the power from this server, and those that kill a server have servers of their own.
    """
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("ALTER SYSTEM SET full_page_writes = off")
        server.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a migrated, empty database to copy."""
    with fresh_database(server_url) as url:
        engine = make_engine(url, name="demetra tests", pool_size=1)
        migrate(engine)
        engine.dispose()
        yield str(sa.make_url(url).database)


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """The address of a fresh, migrated, empty database."""
    with fresh_database(server_url, template=template) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on a fresh, migrated, empty database."""
    engine = make_engine(database_url, name="demetra tests")
    yield engine
    wait_for_answers(engine)
    engine.dispose()


def wait_for_answers(engine: sa.Engine) -> None:
    """Wait for what a browser that has just left is still being answered.

    A connection that came back after `dispose` would have no owner, and would never be closed.
    """
    pool = engine.pool
    assert isinstance(pool, sa.QueuePool)
    for _ in range(500):  # on a machine that has much else to do
        if pool.checkedout() == 0:
            return
        sleep(0.02)


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """An open transaction on a fresh database; it is rolled back."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def fresh_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Give the address of a new database, a copy of `template`; drop it afterwards."""
    name = f"demetra_test_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(readable_url(server_url), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'))
    try:
        yield readable_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
