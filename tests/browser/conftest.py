"""The page in Chromium, on a database of its own, with the real worker behind it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from dash.testing.composite import DashComposite
from selenium.webdriver.remote.webdriver import WebDriver

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.engine import make_engine
from services.snapshots import store
from tests.browser.page import Page
from tests.browser.working import INTERVAL_SECONDS, add_sample, add_three_channels, working
from tests.conftest import fresh_database, wait_for_answers
from tests.processes.waiting import until


def pytest_configure(config: pytest.Config) -> None:
    """Show no browser window, whatever the command line says."""
    config.option.headless = True


@pytest.fixture
def worker(engine: sa.Engine, database_url: str, tmp_path: Path) -> Iterator[None]:
    add_three_channels(engine)
    with working(database_url, tmp_path):
        yield


@pytest.fixture(scope="session")
def sample_database(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The name of a database with the first run on the sample campaigns, and the folder of its model.

    The run takes longer than most tests of the page, so it is done once, and each test has a copy.
    """
    folder = tmp_path_factory.mktemp("sample")
    with fresh_database(server_url, template=template) as url:
        engine = make_engine(url, name="demetra tests")
        add_sample(engine)
        with working(url, folder):
            until(lambda: has_snapshot(engine))
        engine.dispose()
        yield str(sa.make_url(url).database), folder


@pytest.fixture
def sample_engine(server_url: str, sample_database: tuple[str, Path], tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine on a copy of the sample database, with a worker."""
    name, folder = sample_database
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with fresh_database(server_url, template=name) as url, working(url, tmp_path):
        engine = make_engine(url, name="demetra tests")
        yield engine
        wait_for_answers(engine)
        engine.dispose()


class Straight:
    """No proxy: the browser speaks to the server itself, which stands in for one when signed out."""

    def __init__(self, browser: DashComposite) -> None:
        self._browser = browser
        self._is_signed_out = threading.Event()

    def answer_instead(self) -> str | None:
        return "<h1>Sign in</h1>" if self._is_signed_out.is_set() else None

    def enter(self, driver: WebDriver) -> None:
        driver.get(self._browser.server.url)

    def close(self) -> None:
        self._browser.server.stop()

    def sign_out(self) -> None:
        self._is_signed_out.set()

    def sign_in(self) -> None:
        self._is_signed_out.clear()


@pytest.fixture
def page(worker: None, engine: sa.Engine, dash_duo: DashComposite, tmp_path: Path) -> Page:
    """The page, opened while the first run is under way or done."""
    return opened(engine, dash_duo, tmp_path)


@pytest.fixture
def sample_page(sample_engine: sa.Engine, dash_duo: DashComposite, tmp_path: Path) -> Page:
    """The page on the sample campaigns, once their first run is on it."""
    page = opened(sample_engine, dash_duo, tmp_path)
    page.wait_for_cards()
    return page


def opened(engine: sa.Engine, browser: DashComposite, home: Path) -> Page:
    app = build(Analytics(engine, INTERVAL_SECONDS), Settings(home=home))
    route = Straight(browser)
    app.server.before_request(route.answer_instead)
    browser.start_server(app)
    return Page(browser, engine, route)


def has_snapshot(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return store.newest(connection) is not None
