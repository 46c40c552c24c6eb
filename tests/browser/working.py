"""What stands behind the page in browser tests: campaigns, and the real worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from demetra_dash.worker import Worker
from services.database.engine import make_engine
from services.intake.demo import create_sample
from services.sync import queue
from services.sync.options import SyncOptions
from tests.options import NO_SLOT_SECONDS, sync_options
from tests.rows import add_campaigns

INTERVAL_SECONDS = 1800.0
NASTY_NAME = '<img src=x onerror="document.title=1">'


def add_three_channels(engine: sa.Engine) -> None:
    """Add ten weeks of three channels, one of them with a name that would like to be markup."""
    with engine.begin() as connection:
        for channel in ("Telegram", "TikTok", NASTY_NAME):
            add_campaigns(connection, channel, days=70)


def add_sample(engine: sa.Engine) -> None:
    """Add the sample campaigns: they fill tables of several pages and the list of recommendations."""
    with engine.begin() as connection:
        create_sample(connection, today=datetime.now(UTC).date())


def options_in(folder: Path) -> SyncOptions:
    """Return the options of the runs; the model is in `folder`."""
    return sync_options(folder, horizon_days=14, chart_dpi=50, chart_dir=None, retention_rows=100_000)


@contextmanager
def working(database_url: str, folder: Path) -> Iterator[None]:
    """Run the worker, as `demetra worker` does; it starts by asking for the first run."""
    worker = Worker(database_url, options_in(folder), NO_SLOT_SECONDS)
    thread = threading.Thread(target=worker.serve)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        _wake(database_url)
        thread.join()


def _wake(database_url: str) -> None:
    """Notify the worker, which else would listen for up to a second more before it ends."""
    engine = make_engine(database_url, name="demetra tests", pool_size=1)
    with engine.begin() as connection:
        connection.execute(sa.text(f"NOTIFY {queue.CHANNEL}"))
    engine.dispose()
