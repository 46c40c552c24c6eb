"""Every view, in both languages and both themes: the browser has nothing to complain about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from layouts import ids
from tests.browser.page import Page
from tests.browser.test_page import pytestmark  # noqa: F401
from tests.growing.machines import program
from tests.proxy.browser import LocalBrowser
from tests.proxy.routes import KINDS, Route, route

LANGS = ("en", "ru")
THEME = "return document.documentElement.dataset.bsTheme"
SYNC_NOW = {"en": "Sync now", "ru": "Обновить"}


@pytest.fixture(scope="module")
def browser() -> Iterator[LocalBrowser]:
    """A browser that keeps a frame in the process of its page: another one's console is not heard."""
    with LocalBrowser("--disable-site-isolation-trials") as browser:
        yield browser


@pytest.fixture(
    scope="module", params=product(LANGS, (KINDS[1], KINDS[2])), ids=lambda p: f"{p[0]}-{p[1].name}"
)
def spoken(
    request: pytest.FixtureRequest, module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Route]]:
    program("nginx")
    lang, kind = request.param
    with route(kind, module_url, tmp_path_factory.mktemp(lang)) as made:
        made.deploy(DEMETRA_LOCALE=lang)
        yield lang, made


@pytest.fixture
def module_route(spoken: tuple[str, Route]) -> Route:
    return spoken[1]


def complaints(browser: LocalBrowser) -> list[str]:
    """Return every warning and error of the console, violations of the policy among them."""
    entries = browser.driver.get_log("browser")
    return [entry["message"] for entry in entries if entry["level"] in {"WARNING", "SEVERE"}]


def look_at_everything(page: Page) -> None:
    for place in (0, 1):
        page.choose_tab(place)
    page.click("#roi-forecast-open")
    page.click(".large .btn-close")
    page.browser.wait_for_no_elements(f"#{ids.LARGE_PICTURE}")


def test_no_view_makes_the_browser_complain(page: Page, spoken: tuple[str, Route]) -> None:
    assert page.text(ids.SYNC_LABEL) == SYNC_NOW[spoken[0]]
    seen = set()

    for _ in range(2):
        page.wait_for_cards()
        page.choose_tab(0)
        page.browser.wait_for_element(f"#{ids.ROI} .ytick")
        look_at_everything(page)
        seen.add(page.run_js(THEME))
        page.click(f"#{ids.THEME}")
        page.reload()

    assert seen == {"light", "dark"}
    assert complaints(page.browser) == []


def test_the_console_is_really_listened_to(page: Page, spoken: tuple[str, Route]) -> None:
    page.wait_for_cards()

    page.run_js(
        """
        const script = document.createElement('script');
        script.textContent = 'window.wasRun = true';
        document.body.append(script);
        """
    )

    page.wait(lambda: any("Content Security Policy" in line for line in complaints(page.browser)))
    assert page.run_js("return window.wasRun") is None
