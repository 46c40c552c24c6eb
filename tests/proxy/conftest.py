"""The page as an intranet shows it: a real web process, a real nginx, a real browser.

One web process and proxy serve all tests of a module, one browser serves all; each test gets empty tables.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from services.database.engine import make_engine
from services.database.tables import metadata
from tests.browser.working import add_three_channels, working
from tests.conftest import fresh_database
from tests.growing.machines import program
from tests.proxy.browser import LocalBrowser
from tests.proxy.routes import KINDS, ProxiedPage, Route, route


@pytest.fixture(scope="module")
def module_url(server_url: str, template: str) -> Iterator[str]:
    """The address of a database for all tests of the module."""
    with fresh_database(server_url, template=template) as url:
        yield url


@pytest.fixture(scope="module")
def module_engine(module_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(module_url, name="demetra tests")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[LocalBrowser]:
    with LocalBrowser() as browser:
        yield browser


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def module_route(
    request: pytest.FixtureRequest, module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Route]:
    program("nginx")
    with route(request.param, module_url, tmp_path_factory.mktemp(request.param.name)) as made:
        yield made


@pytest.fixture
def emptied(module_engine: sa.Engine) -> sa.Engine:
    """The database of the module, with its tables empty again."""
    # Not TRUNCATE: a page that has just been closed may still be reading.
    with module_engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return module_engine


@pytest.fixture
def page(
    module_route: Route, emptied: sa.Engine, module_url: str, browser: LocalBrowser
) -> Iterator[ProxiedPage]:
    """The page through the route, opened while the first run is under way or done."""
    add_three_channels(emptied)
    # One folder for all: the model is trained once.
    with working(module_url, module_route.folder):
        module_route.sign_in()
        module_route.open()
        browser.forget()
        module_route.enter(browser.driver)
        browser.wait_for_element("#page")
        yield ProxiedPage(browser, emptied, module_route)
        browser.driver.execute_script("localStorage.clear()")
        browser.forget()  # or the page would go on asking


@pytest.fixture
def first_page(page: ProxiedPage) -> ProxiedPage:
    """The same, for a test that is about the first run."""
    return page
