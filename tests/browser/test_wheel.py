"""The wheel alone: what is in it, and the page that it shows when it is all that is installed."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from layouts import ids
from tests.browser.installed import build_wheel, install, names_in, sources
from tests.browser.test_page import pytestmark as pytestmark
from tests.processes.running import Running, demetra_run
from tests.processes.waiting import until
from tests.proxy.browser import LocalBrowser

PACKAGES = ("demetra_dash", "callbacks", "layouts", "services")
_FONTS = """
const done = arguments[0], isLoaded = font => font.status === 'loaded';
document.fonts.ready.then(() => done([...document.fonts].filter(isLoaded).map(font => font.family)));
"""
_FAMILY = "return getComputedStyle(document.body).fontFamily.split(',')[0].replaceAll('\"', '')"
_RESOURCES = "return performance.getEntriesByType('resource').map(e => [e.name, e.responseStatus])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Demetra from the wheel, in a working folder whose packages are called like ours."""
    commands = install(wheel, tmp_path_factory.mktemp("installed") / "environment")
    command = (str(commands / "demetra-dash"), "demo", "--serve")
    with demetra_run(command, foreign_packages=("services", "layouts", "callbacks")) as demetra:
        yield demetra


def test_the_wheel_holds_every_file_of_the_packages_and_the_assets(wheel: Path) -> None:
    assets = {f"demetra_dash/{name}" for name in sources("assets")}
    packaged = set(sources(*PACKAGES))

    missing = (assets | packaged) - names_in(wheel)

    assert len(assets) > 20
    assert missing == set()


def test_the_wheel_holds_nothing_else_than_those_and_the_licence(wheel: Path) -> None:
    allowed = {f"demetra_dash/{name}" for name in sources("assets")} | set(sources(*PACKAGES))

    others = {name for name in names_in(wheel) - allowed if ".dist-info/" not in name}

    assert others == set()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names_in(wheel))


def test_every_asset_is_served(installed: Running) -> None:
    refused = {}
    for name in sources("assets"):
        try:
            installed.bytes(f"/{name}")
        except urllib.error.HTTPError as error:
            refused[name] = error.code

    assert refused == {}


def test_the_page_has_its_styles_scripts_and_fonts_and_syncs(
    installed: Running, browser: LocalBrowser
) -> None:
    driver = browser.driver
    driver.get(f"http://127.0.0.1:{installed.port}/?tab=ml")
    until(lambda: len(driver.find_elements("css selector", ".picture[src^='data:image/png']")) == 4)
    before = installed.get("/api/sync/runs")["runs"][0]["run_id"]
    driver.find_element("id", ids.SYNC).click()
    until(lambda: _finished_after(installed, before))

    loaded = dict(driver.execute_script(_RESOURCES))
    kinds = {Path(name.partition("?")[0]).suffix for name in loaded if "/assets/" in name}
    assert set(loaded.values()) == {200}
    assert kinds >= {".css", ".js", ".woff2"}
    assert driver.execute_script(_FAMILY) in driver.execute_async_script(_FONTS)
    assert [entry for entry in browser.get_logs() or () if entry["level"] == "SEVERE"] == []


def _finished_after(installed: Running, run_id: int) -> bool:
    newest = installed.get("/api/sync/runs")["runs"][0]
    return bool(
        newest["run_id"] > run_id and newest["state"] == "succeeded" and newest["trigger"] == "button"
    )
