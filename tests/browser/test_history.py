"""A run is pinned for a meeting, opened by its name, and compared with what came after it."""

from __future__ import annotations

from urllib.parse import quote

from layouts import data_view, history_view, ids
from tests.browser.page import Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import open_history, wait_for_overview

NAME = "Board, 24 Nov <b>&"


def press(page: Page, name: str) -> None:
    """Click the first button of the dialog with this word on it."""
    page.run_js(f"""
        const all = [...document.querySelectorAll('.data-dialog button')];
        all.find(one => one.textContent === '{history_view.WORDS[name].en}').click();
    """)


def test_words_of_both_dialogs_do_not_hide_each_other() -> None:
    both = data_view.WORDS.keys() & history_view.WORDS.keys()

    assert {name for name in both if data_view.WORDS[name] != history_view.WORDS[name]} == set()


def test_a_pinned_run_opens_by_its_name_and_is_compared_with_the_newest(page: Page) -> None:
    open_history(page)
    press(page, "pin")
    page.browser.find_element(".data-question input").send_keys(NAME)
    page.run_js("document.querySelector('.data-question [type=submit]').click()")
    page.wait(lambda: NAME in page.run_js("return document.querySelector('.is-pinned')?.innerText ?? ''"))
    page.run_js("document.querySelector('.data-dialog .btn-close').click()")
    page.click(f"#{ids.SYNC}")
    page.run_js(
        "fetch('/api/ml-dashboard/generate-all?wait=60', {method: 'POST'}).then(() => window.ready = 1)"
    )
    page.wait(lambda: page.run_js("return window.ready === 1"))

    page.browser.driver.get(f"{page.route.url}?run={quote(NAME)}&lang=en")
    wait_for_overview(page)

    page.wait(lambda: f"“{NAME}”" in page.text(ids.RUN_WORDS))
    page.run_js(f"document.getElementById('{ids.RUN_COMPARE}').click()")
    page.wait(lambda: page.run_js("return document.querySelector('.runs-summary') !== null"))
    assert page.run_js("return document.querySelectorAll('.runs-table').length") == 3
    page.run_js("document.querySelector('.data-dialog .btn-close').click()")
    page.run_js("document.querySelector('.run-newest').click()")
    page.wait(lambda: "run=" not in page.browser.driver.current_url)
    wait_for_overview(page)
    page.wait(lambda: "is-hidden" in page.classes(ids.RUN_BANNER))
