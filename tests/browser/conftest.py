"""The page in Chromium, on a database of its own, with the real worker behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from dash.testing.composite import DashComposite

from demetra_dash.app import build
from demetra_dash.settings import Settings
from demetra_dash.worker import Worker
from services.analytics import Analytics
from services.syncing import SyncOptions
from tests.browser.page import Page
from tests.rows import add_campaigns

INTERVAL_SECONDS = 1800.0
NASTY_NAME = '<img src=x onerror="document.title=1">'


def pytest_configure(config: pytest.Config) -> None:
    """Show no browser window, whatever the command line says."""
    config.option.headless = True


@pytest.fixture
def campaigns(engine: sa.Engine) -> None:
    """Ten weeks of three channels, one of them with a name that would like to be markup."""
    with engine.begin() as connection:
        for channel in ("Telegram", "TikTok", NASTY_NAME):
            add_campaigns(connection, channel, days=70)


@pytest.fixture
def worker(campaigns: None, database_url: str, tmp_path) -> Iterator[None]:
    """The worker, as `demetra worker` runs it; it starts by asking for the first run."""
    options = SyncOptions(
        lang="en",
        currency="EUR",
        horizon_days=14,
        budget_total=None,
        budget_change_limit=0.3,
        chart_dpi=50,
        chart_dir=None,
        retention_rows=100_000,
        model_file=tmp_path / "model.skops",
        trust_pickle=False,
    )
    worker = Worker(database_url, options, INTERVAL_SECONDS)
    thread = threading.Thread(target=worker.serve)
    thread.start()
    yield
    worker.stop()
    thread.join()


@pytest.fixture
def page(worker: None, engine: sa.Engine, dash_duo: DashComposite) -> Page:
    """The page, opened while the first run is under way or done."""
    app = build(Analytics(engine, INTERVAL_SECONDS), Settings())
    is_signed_out = threading.Event()
    app.server.before_request(lambda: "<h1>Sign in</h1>" if is_signed_out.is_set() else None)
    dash_duo.start_server(app)
    return Page(dash_duo, engine, is_signed_out)
