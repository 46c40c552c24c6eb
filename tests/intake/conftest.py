"""One database for all tests of this room: each of them works in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from services.database.engine import make_engine
from tests.conftest import fresh_database

# A busy machine must not turn a law into a failure.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def shared_engine(server_url: str, template: str) -> Iterator[sa.Engine]:
    """An engine on a migrated database that stays empty."""
    with fresh_database(server_url, template=template) as url:
        engine = make_engine(url, name="demetra tests", pool_size=1)
        yield engine
        engine.dispose()


@pytest.fixture
def connection(shared_engine: sa.Engine) -> Iterator[sa.Connection]:
    """An open transaction on an empty database."""
    with shared_engine.connect() as connection:
        yield connection
