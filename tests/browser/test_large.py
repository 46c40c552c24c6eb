"""The large view says which run it shows, and follows the cards."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from layouts import ids
from services.analytics import Analytics
from tests.browser.page import SLUGS, Page
from tests.browser.test_page import dashboards as dashboards
from tests.browser.test_page import import_more
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.working import INTERVAL_SECONDS

SLUG = SLUGS[0]

# What the large view holds, whenever any part of it changes: of one card and one run, always.
_RECORD = """
window.seen = [];
const note = () => {
  const picture = document.getElementById('large-picture');
  if (picture) window.seen.push([document.getElementById('large-run').textContent,
    document.getElementById('large-title').textContent, picture.alt, picture.src]);
  requestAnimationFrame(note);
};
note();
"""


def open_large(page: Page, slug: str = SLUG) -> None:
    page.click(f"#{ids.card(slug, 'open')}")
    page.browser.wait_for_element(f"#{ids.LARGE_PICTURE}")


def close(page: Page) -> None:
    page.click(".large .btn-close")
    page.browser.wait_for_no_elements(f"#{ids.LARGE_PICTURE}")


def source(page: Page) -> str:
    return str(page.run_js(f"return document.getElementById('{ids.LARGE_PICTURE}').src"))


def card(page: Page, slug: str = SLUG) -> list[str]:
    """Return run, sentence and description of a card."""
    described = page.run_js(f"return document.getElementById('{ids.card(slug, 'picture')}').alt")
    return [page.text(ids.card(slug, "run")), page.text(ids.card(slug, "headline")), described]


def pictures(page: Page, slug: str = SLUG) -> tuple[str, str]:
    """Return the preview and the whole picture of the newest run, as the browser has them."""
    analytics = Analytics(page.engine, INTERVAL_SECONDS)
    snapshot = analytics.status().snapshot
    assert snapshot is not None
    chart = analytics.chart(slug, snapshot.run_id)
    return _embedded(chart.for_card), _embedded(chart.png)


def _embedded(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def answer(page: Page, whole: dict[str, Any]) -> None:
    """Give the page a whole picture, as the server does."""
    script = "dash_clientside.set_props(arguments[0], {data: arguments[1]})"
    page.browser.driver.execute_script(script, ids.LARGE_WHOLE, whole)


def sync(page: Page) -> None:
    """Publish another run, of other data, by another user."""
    import_more(page)
    Analytics(page.engine, INTERVAL_SECONDS).request_sync("api")


def test_an_open_large_view_changes_to_the_new_run_with_its_card(dashboards: Page) -> None:
    before, old = card(dashboards), pictures(dashboards)
    open_large(dashboards)
    dashboards.wait(lambda: source(dashboards) == old[1])
    dashboards.run_js(_RECORD)

    sync(dashboards)
    dashboards.wait(lambda: card(dashboards) != before)
    new = pictures(dashboards)
    dashboards.wait(lambda: source(dashboards) == new[1])

    after = card(dashboards)
    seen: list[list[Any]] = dashboards.run_js("return window.seen")
    of_old = [part for part in seen if part[:3] == before and part[3] in old]
    of_new = [part for part in seen if part[:3] == after and part[3] in new]
    assert after[0].startswith("Run\u00a0")
    assert before[0] != after[0]
    assert len(of_old) + len(of_new) == len(seen)
    assert seen == of_old + of_new  # never back to the older run
    assert of_old
    assert of_new
    assert dashboards.errors() == []


def test_a_large_view_that_was_closed_opens_on_the_run_of_its_card(dashboards: Page) -> None:
    before = card(dashboards)
    open_large(dashboards)
    close(dashboards)

    sync(dashboards)
    dashboards.wait(lambda: card(dashboards) != before)
    assert dashboards.browser.find_elements(f"#{ids.LARGE_PICTURE}") == []
    open_large(dashboards)

    assert dashboards.text(ids.LARGE_RUN) == card(dashboards)[0]
    dashboards.wait(lambda: source(dashboards) == pictures(dashboards)[1])
    assert f"run={dashboards.text(ids.LARGE_RUN).split(',')[0][4:]}" in dashboards.run_js(
        f"return document.getElementById('{ids.LARGE_PNG}').href"
    )


@pytest.mark.parametrize("other", [{"slug": SLUGS[1]}, {"run": 0}, {"theme": "dark"}])
def test_a_picture_that_comes_too_late_is_not_shown(
    dashboards: Page, other: dict[str, str] | dict[str, int]
) -> None:
    open_large(dashboards, SLUGS[1])
    close(dashboards)  # perhaps before its whole picture is there
    open_large(dashboards)
    whole = pictures(dashboards)[1]
    dashboards.wait(lambda: source(dashboards) == whole)

    run = int(dashboards.run_js(f"return document.getElementById('{ids.card(SLUG, 'card')}').dataset.run"))
    shown = {"slug": SLUG, "run": run, "theme": "light", "src": "data:image/png;base64,bGF0ZQ=="}
    answer(dashboards, shown | other)
    dashboards.run_js(_RECORD)
    dashboards.wait(lambda: dashboards.run_js("return window.seen.length") > 30)

    assert {part[3] for part in dashboards.run_js("return window.seen")} == {whole}
    answer(dashboards, shown)
    dashboards.wait(lambda: source(dashboards) == shown["src"])
