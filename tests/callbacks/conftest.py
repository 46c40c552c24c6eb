"""The real facade on real databases: one that is only read, and fresh ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from layouts.reader import PageSetup, Reader
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.engine import make_engine
from tests.api.filling import publish_first
from tests.conftest import fresh_database

INTERVAL_SECONDS = 1800.0


@pytest.fixture(scope="session")
def published(server_url: str, template: str) -> Iterator[Analytics]:
    """The facade of a database with one snapshot, for tests that only read."""
    with fresh_database(server_url, template) as url:
        engine = make_engine(url, name="demetra tests")
        with engine.begin() as connection:
            publish_first(connection)
        yield Analytics(engine, INTERVAL_SECONDS)
        engine.dispose()


@pytest.fixture(scope="session")
def run_id(published: Analytics) -> int:
    """The run of the snapshot on the database that is only read."""
    snapshot = published.snapshot()
    assert snapshot is not None
    return snapshot.run_id


@pytest.fixture
def empty(engine: sa.Engine) -> Analytics:
    """The facade of a fresh, empty database."""
    return Analytics(engine, INTERVAL_SECONDS)


@pytest.fixture(scope="session")
def without_database() -> Analytics:
    """A facade whose database is down."""
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none", name="demetra tests")
    return Analytics(engine, INTERVAL_SECONDS)


@pytest.fixture(scope="session")
def setup() -> PageSetup:
    """An English page with all dashboards."""
    return PageSetup(
        Reader("en", "EUR", "UTC"), tuple((spec.slug, spec.title) for spec in DASHBOARDS), version="1"
    )
