"""A real browser on a foreign name that points to this machine reads nothing and starts nothing (F2)."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.engine import make_engine
from services.database.tables import sync_runs
from tests.conftest import fresh_database
from tests.growing.machines import free_port, started
from tests.processes.waiting import until
from tests.proxy.browser import LocalBrowser
from tests.proxy.processes import HOST, web

pytestmark = [
    pytest.mark.browser,
    # selenium 4.2 asks urllib3 for headers in a way that is on its way out.
    pytest.mark.filterwarnings("ignore:HTTPResponse.getheader:DeprecationWarning"),
]

EVIL = "evil.example"
REBOUND = (
    f"--host-resolver-rules=MAP {EVIL} {HOST}, MAP mybox {HOST}, "
    "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE ::1, EXCLUDE [::1]"
)
TOKEN = "9f86d081884c7d659a2feaa0c55ad015"
# What a script of the page does, in the page's own origin.
ASK = """
    const done = arguments[arguments.length - 1];
    fetch(arguments[0], {method: arguments[1]})
        .then(async (answer) => done([answer.status, await answer.text()]))
        .catch((error) => done([0, String(error)]));
"""
ADDRESSES = [
    "/api/sync/status",
    "/api/overview?days=28",
    "/api/sync/runs",
    "/_dash-layout",
    "/metrics",
    "/assets/demetra.js",
]


@pytest.fixture(scope="module")
def database(server_url: str, template: str) -> Iterator[str]:
    with fresh_database(server_url, template=template) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[LocalBrowser]:
    with LocalBrowser(REBOUND) as browser:
        yield browser


def runs(url: str) -> int:
    engine = make_engine(url, name="demetra tests", pool_size=1)
    try:
        with engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(sync_runs)).scalar_one())
    finally:
        engine.dispose()


def ask(browser: LocalBrowser, path: str, method: str = "GET") -> list[Any]:
    return list(browser.driver.execute_async_script(ASK, path, method))


@pytest.mark.parametrize(
    "settings",
    [{}, {"DEMETRA_API_TOKEN": TOKEN}, {"DEMETRA_ALLOW_ANONYMOUS": "1"}],
    ids=["default", "token", "open"],
)
def test_a_page_on_a_rebound_name_reads_nothing_and_starts_no_run(
    database: str, tmp_path: Path, browser: LocalBrowser, settings: dict[str, str]
) -> None:
    port = free_port()
    before = runs(database)
    with web(database, tmp_path, port, **settings):
        browser.driver.get(f"http://{EVIL}:{port}/")
        shown = browser.driver.find_element("css selector", "body").text
        read = [ask(browser, path) for path in ADDRESSES]
        changed = [ask(browser, path, "POST") for path in ("/api/sync/run-now", "/_dash-update-component")]

    assert f"DEMETRA_ALLOWED_HOSTS={EVIL}" in shown
    assert {status for status, _ in read + changed} == {400}
    assert runs(database) == before


def test_the_page_works_on_the_names_of_this_machine(
    database: str, tmp_path: Path, browser: LocalBrowser
) -> None:
    port = free_port()
    before = runs(database)
    with web(database, tmp_path, port):
        for name in ("127.0.0.1", "localhost", "demetra.localhost"):
            browser.driver.get(f"http://{name}:{port}/")
            browser.wait_for_element("#page")
            assert ask(browser, "/api/sync/status")[0] == 200
            assert ask(browser, "/api/sync/run-now", "POST")[0] == 202

    assert runs(database) == before + 1


def test_a_name_of_this_machine_works_when_it_is_listed(
    database: str, tmp_path: Path, browser: LocalBrowser
) -> None:
    port = free_port()
    with web(database, tmp_path, port, DEMETRA_ALLOWED_HOSTS="mybox"):
        browser.driver.get(f"http://mybox:{port}/")
        browser.wait_for_element("#page")
        assert ask(browser, "/api/sync/status")[0] == 200
        browser.driver.get(f"http://{EVIL}:{port}/")
        assert ask(browser, "/api/sync/status")[0] == 400


def test_the_page_works_on_the_loopback_address_of_ipv6(
    database: str, tmp_path: Path, browser: LocalBrowser
) -> None:
    port = free_port()
    if not has_ipv6():
        pytest.skip("there is no IPv6 on this machine")
    environment = {
        "DATABASE_URL": database,
        "DEMETRA_HOME": str(tmp_path),
        "DEMETRA_PORT": str(port),
        "DEMETRA_WORKERS": "1",
        "DEMETRA_HOST": "::1",
    }
    with started([sys.executable, "-m", "demetra_dash", "web"], tmp_path, environment, port):
        until(lambda: answers_on_ipv6(port))
        browser.driver.get(f"http://[::1]:{port}/")
        browser.wait_for_element("#page")
        assert ask(browser, "/api/sync/status")[0] == 200


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def answers_on_ipv6(port: int) -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", port)) == 0
