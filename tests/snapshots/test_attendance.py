"""Since when a process has seen no worker: one that starts or is replaced is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

import pytest
import sqlalchemy as sa

from services.analytics import Analytics
from services.database.engine import make_engine
from services.live.status_cache import IDLE_SECONDS
from services.sync.status import WORKER_NAME
from tests.faults.own_server import until


@pytest.fixture
def analytics(database_url: str) -> Iterator[Analytics]:
    analytics = Analytics(make_engine(database_url, name="demetra web"), 1800.0)
    analytics.start()
    yield analytics
    analytics.close()


@pytest.fixture
def worker(database_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(database_url, name=f"{WORKER_NAME} 1", pool_size=1)
    yield engine
    engine.dispose()


def test_it_is_counted_from_the_first_look_without_one(analytics: Analytics) -> None:
    first = analytics.status()
    sleep(IDLE_SECONDS)
    later = analytics.status()

    assert later.server_now > first.server_now
    assert later.unattended_since == first.unattended_since is not None
    assert not later.is_unattended


def test_a_worker_that_comes_and_goes_begins_the_count_anew(analytics: Analytics, worker: sa.Engine) -> None:
    before = analytics.status().unattended_since

    with worker.connect():
        until(lambda: analytics.status().unattended_since is None)
    worker.dispose()
    until(lambda: analytics.status().unattended_since is not None)

    assert before is not None
    since = analytics.status().unattended_since
    assert since is not None
    assert since > before
