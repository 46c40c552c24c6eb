"""The API on real databases: one with a snapshot that is only read, and a fresh one for tests that write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.database.engine import make_engine
from tests.api.clients import client_of, client_on, down
from tests.api.filling import publish_first
from tests.conftest import fresh_database as fresh_database


@pytest.fixture(scope="session")
def published(server_url: str, template: str) -> Iterator[sa.Engine]:
    """An engine on a database with one snapshot, for tests that only read."""
    with fresh_database(server_url, template) as url:
        engine = make_engine(url, name="demetra tests")
        with engine.begin() as connection:
            publish_first(connection)
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def reader(published: sa.Engine) -> FlaskClient:
    """A client of the API on the database that is only read."""
    return client_on(published)


@pytest.fixture(scope="session")
def run_id(reader: FlaskClient) -> int:
    """The run of the snapshot on the database that is only read."""
    return int(reader.get("/api/ml-dashboard/roi-forecast/data").get_json()["run_id"])


@pytest.fixture
def client(engine: sa.Engine) -> FlaskClient:
    """A client of the API on a fresh, empty database."""
    return client_on(engine)


@pytest.fixture(scope="session")
def without_database() -> FlaskClient:
    """A client of the API whose database is down."""
    return client_of(down())
