"""The page in Chromium, on a database of its own, with the real worker behind it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
import sqlalchemy as sa
from selenium.webdriver.remote.webdriver import WebDriver

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.engine import make_engine
from services.sync.run import run_now
from tests.browser.page import Page
from tests.browser.serving import Served
from tests.browser.working import INTERVAL_SECONDS, add_sample, add_three_channels, options_in, working
from tests.conftest import fresh_database, wait_for_answers
from tests.proxy.browser import LocalBrowser

WINDOW = "--window-size=780,580"  # what fits into a small window is seen to fit into a large one
Copy = tuple[str, Path]


class Open(Protocol):
    """Opens the page on a database; its home is a folder."""

    def __call__(self, engine: sa.Engine, home: Path) -> Page:
        """Return the page, opened in the browser."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[LocalBrowser]:
    """The one browser of all tests; `browser` gives it with nothing left from the test before."""
    with LocalBrowser(WINDOW) as chromium:
        yield chromium


@pytest.fixture
def browser(chromium: LocalBrowser) -> Iterator[LocalBrowser]:
    """A browser with one empty tab that remembers nothing."""
    chromium.forget()
    yield chromium
    chromium.driver.get("about:blank")  # or the page would go on asking


@pytest.fixture
def worker(engine: sa.Engine, database_url: str, tmp_path: Path) -> Iterator[None]:
    add_three_channels(engine)
    with working(database_url, tmp_path):
        yield


@pytest.fixture(scope="session")
def three_channels_database(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copy]:
    """The name of a database with the first run on three channels, and the folder of its model."""
    with after_first_run(server_url, template, tmp_path_factory.mktemp("three"), add_three_channels) as made:
        yield made


@pytest.fixture(scope="session")
def sample_database(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copy]:
    """The name of a database with the first run on the sample campaigns, and the folder of its model."""
    with after_first_run(server_url, template, tmp_path_factory.mktemp("sample"), add_sample) as made:
        yield made


@pytest.fixture
def three_channels_engine(
    server_url: str, three_channels_database: Copy, tmp_path: Path
) -> Iterator[sa.Engine]:
    """An engine on a copy of the database with three channels, with a worker."""
    with copied(server_url, three_channels_database, tmp_path) as engine:
        yield engine


@pytest.fixture
def sample_engine(server_url: str, sample_database: Copy, tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine on a copy of the sample database, with a worker."""
    with copied(server_url, sample_database, tmp_path) as engine:
        yield engine


@contextmanager
def after_first_run(
    server_url: str, template: str, folder: Path, add: Callable[[sa.Engine], None]
) -> Iterator[Copy]:
    """Give the name of a database to copy, and the folder of its model.

    The run takes longer than most tests of the page, so it is done once.
    """
    with fresh_database(server_url, template=template) as url:
        engine = make_engine(url, name="demetra tests", pool_size=1)
        add(engine)
        run_now(engine, options_in(folder), trigger="start", requested_by=None, redraw=True)
        engine.dispose()
        yield str(sa.make_url(url).database), folder


@contextmanager
def copied(server_url: str, of: Copy, folder: Path) -> Iterator[sa.Engine]:
    """Give an engine on a copy of a database, with a worker whose model is copied to `folder`."""
    name, model = of
    shutil.copytree(model, folder, dirs_exist_ok=True)
    with fresh_database(server_url, template=name) as url, working(url, folder):
        engine = make_engine(url, name="demetra tests")
        yield engine
        wait_for_answers(engine)
        engine.dispose()


class Straight:
    """No proxy: the browser speaks to the server itself, which stands in for one when signed out."""

    def __init__(self, engine: sa.Engine, home: Path) -> None:
        self._is_signed_out = threading.Event()
        app = build(Analytics(engine, INTERVAL_SECONDS), Settings(home=home))
        app.server.before_request(self._answer_instead)
        self._served = Served(app)
        self.url = self._served.url

    def enter(self, driver: WebDriver) -> None:
        driver.get(self.url)

    def close(self) -> None:
        self._served.close()

    def sign_out(self) -> None:
        self._is_signed_out.set()

    def sign_in(self) -> None:
        self._is_signed_out.clear()

    def _answer_instead(self) -> str | None:
        return "<h1>Sign in</h1>" if self._is_signed_out.is_set() else None


@pytest.fixture
def open_page(browser: LocalBrowser) -> Iterator[Open]:
    """A function that opens the page; the page is served until the test ends."""
    with ExitStack() as served:

        def opened(engine: sa.Engine, home: Path) -> Page:
            route = Straight(engine, home)
            served.callback(route.close)
            route.enter(browser.driver)
            browser.wait_for_element("#page")
            return Page(browser, engine, route)

        yield opened


@pytest.fixture
def first_page(worker: None, engine: sa.Engine, open_page: Open, tmp_path: Path) -> Page:
    """The page, opened while the first run is under way or done."""
    return open_page(engine, tmp_path)


@pytest.fixture
def page(three_channels_engine: sa.Engine, open_page: Open, tmp_path: Path) -> Page:
    """The page after the first run."""
    return open_page(three_channels_engine, tmp_path)


@pytest.fixture
def sample_page(sample_engine: sa.Engine, open_page: Open, tmp_path: Path) -> Page:
    """The page on the sample campaigns, once their first run is on it."""
    page = open_page(sample_engine, tmp_path)
    page.wait_for_cards()
    return page
