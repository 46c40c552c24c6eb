"""What a reader sees and does on the page."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol, cast

import sqlalchemy as sa
from dash.testing.browser import Browser
from dash.testing.wait import until
from selenium.webdriver.remote.webdriver import WebDriver

from layouts import ids
from services.dashboards import DASHBOARDS

TIMEOUT_SECONDS = 60
SLUGS = tuple(dashboard.slug for dashboard in DASHBOARDS)

_OPEN_TAB = (
    "return [...document.querySelectorAll('.nav-tabs .nav-link')].findIndex(tab => tab.matches('.active'))"
)
_PICTURES = """
const pictures = [...document.querySelectorAll('.picture')];
return pictures.filter(p => p.complete && p.src.startsWith('data:image/png')).map(p => p.src);
"""


class Route(Protocol):
    """How a browser gets to the page, and what may happen on the way."""

    @property
    def url(self) -> str:
        """The address of the page."""

    def enter(self, driver: WebDriver) -> None:
        """Open the page, or reload it."""

    def close(self) -> None:
        """Stop all answers."""

    def sign_out(self) -> None:
        """Answer everything with a sign-in page, as a proxy does."""

    def sign_in(self) -> None:
        """End that."""


@dataclass(frozen=True)
class Page:
    """The page in one browser, the route to it, and its database."""

    browser: Browser
    engine: sa.Engine
    route: Route

    def reload(self) -> None:
        self.route.enter(self.browser.driver)

    def run_js(self, script: str) -> Any:
        return self.browser.driver.execute_script(script)

    def wait(self, condition: Callable[[], object]) -> None:
        """Return once `condition` holds; fail when it never does."""
        until(condition, timeout=TIMEOUT_SECONDS)

    def text(self, name: str) -> str:
        """Return what is written in a component, hidden or not."""
        return cast("str", self.run_js(f"return document.getElementById('{name}')?.textContent ?? ''"))

    def classes(self, name: str) -> list[str]:
        return cast("str", self.run_js(f"return document.getElementById('{name}')?.className ?? ''")).split()

    def click(self, selector: str) -> None:
        self.browser.find_element(selector).click()

    def choose_tab(self, place: int) -> None:
        self.browser.find_elements(".nav-tabs .nav-link")[place].click()

    def pictures(self) -> list[str]:
        """Return the addresses of the pictures that have been decoded."""
        return cast("list[str]", self.run_js(_PICTURES))

    def runs(self) -> set[str]:
        """Return what the cards say about where they come from, without the time."""
        return {self.text(f"{slug}-run").partition(",")[0] for slug in SLUGS}

    def wait_for_cards(self, other_than: AbstractSet[str] = frozenset({""})) -> set[str]:
        """Return the run of the cards, once they come from one run that is not among `other_than`.

        They are asked for when their tab is open; the one that was open is opened again.
        """
        # There are no tabs on a page that says that there are no figures yet.
        self.wait(
            lambda: any(tab.is_displayed() for tab in self.browser.find_elements(".nav-tabs .nav-link"))
        )
        was = int(self.run_js(_OPEN_TAB))
        self.choose_tab(1)
        self.wait(lambda: len(self.runs()) == 1 and not self.runs() & other_than)
        self.wait(lambda: len(self.pictures()) == len(SLUGS))
        self.choose_tab(was)
        return self.runs()

    def turn_page(self, table: str) -> str:
        """Turn to the page after the one that a table has opened at; mark the table's element."""
        self.wait(lambda: self.run_js(f"return document.getElementById('{table}-frame').isOpened === true"))
        after = str(int(self.table_page(table)) + 1)
        self.click(f"#{table} button.next-page")
        self.wait(lambda: self.table_page(table) == after)
        self.run_js(f"document.getElementById('{table}').firstChild.mark = true")
        return after

    def table_page(self, table: str) -> str:
        script = f"return document.querySelector('#{table} input.current-page').placeholder"
        return cast("str", self.run_js(script))

    def is_same_table(self, table: str) -> bool:
        """Tell whether the element that `turn_page` marked is still there."""
        return bool(self.run_js(f"return document.getElementById('{table}').firstChild.mark === true"))

    def errors(self) -> list[Any]:
        """Return what the browser complains about."""
        return [entry for entry in self.browser.get_logs() or [] if entry["level"] in {"SEVERE", "ERROR"}]

    def is_notice_shown(self, name: str = ids.NOTICE_FAILED) -> bool:
        return "is-hidden" not in self.classes(name)
