"""The filters of tables take numbers and dates as the reader sees them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from dash.testing.wait import until
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from layouts import ids
from services.analytics import Analytics
from tests.browser.page import TIMEOUT_SECONDS, Page
from tests.browser.test_page import dashboards as dashboards
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.working import INTERVAL_SECONDS
from tests.rows import add_campaigns

_FRAME = ".table-frame[data-table='{table}']"
_ROWS = """
const rows = [...document.querySelectorAll(arguments[0] + ' tbody tr')]
  .filter(row => row.querySelector('td.dash-cell'));
return rows.map(row => Object.fromEntries(
  [...row.querySelectorAll('td.dash-cell')].map(cell => [cell.dataset.dashColumn, cell.innerText.trim()])));
"""


@pytest.fixture
def varied(dashboards: Page) -> Page:
    """The cards of an account whose channels spend 5, 9, 300 and 8,000 a day."""
    with dashboards.engine.begin() as connection:
        for cost, name in ((9, "Tiny"), (300, "Middle"), (8000, "Huge")):
            add_campaigns(connection, name, days=70, cost=cost, revenue=cost * (3 - cost / 8000))
    before = dashboards.runs()
    Analytics(dashboards.engine, INTERVAL_SECONDS).request_sync("api")
    dashboards.wait_for_cards(other_than=before)
    return dashboards


def shown(page: Page, slug: str) -> list[dict[str, str]]:
    """Return the cells of the page of the table of a card, by column, as text."""
    rows: list[dict[str, str]] = page.browser.driver.execute_script(_ROWS, frame(slug))
    return rows


def frame(slug: str) -> str:
    return _FRAME.format(table=ids.card(slug, "table"))


def filter_by(page: Page, slug: str, column: str, typed: str) -> None:
    selector = f"{frame(slug)} th.dash-filter[data-dash-column='{column}'] input"
    field = page.browser.driver.find_element(By.CSS_SELECTOR, selector)
    page.browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", field)
    field.click()
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE)
    field.send_keys(typed, Keys.ENTER)


def wait(page: Page, condition: Any) -> None:
    until(condition, TIMEOUT_SECONDS)


def amount(cell: str) -> float:
    return float(cell.rstrip("%\u00a0").replace(",", "").replace("\u2212", "-"))


@pytest.mark.parametrize(
    ("slug", "column", "typed", "holds"),
    [
        ("roi-forecast", "roi_forecast", "> {}", lambda value, limit: value > limit),
        ("roi-forecast", "roi_forecast", "> {} %", lambda value, limit: value > limit),
        ("roi-forecast", "roi_forecast", "{} %", lambda value, limit: value == limit),
        ("budget-recommendations", "current_budget", "< {}", lambda value, limit: value < limit),
        ("budget-recommendations", "current_budget", "{}", lambda value, limit: value == limit),
    ],
)
def test_numbers_are_filtered_as_they_are_shown(
    varied: Page, slug: str, column: str, typed: str, holds: Any
) -> None:
    rows = shown(varied, slug)
    middle = sorted(rows, key=lambda row: amount(row[column]))[len(rows) // 2][column].rstrip("%\u00a0")
    wanted = [row["channel"] for row in rows if holds(amount(row[column]), amount(middle))]

    filter_by(varied, slug, column, typed.format(middle))

    assert 0 < len(wanted) < len(rows)
    wait(varied, lambda: [row["channel"] for row in shown(varied, slug)] == wanted)


def test_dates_are_found_as_people_write_them(dashboards: Page) -> None:
    day = date.fromisoformat(shown(dashboards, "roi-timeseries")[0]["date"])

    for typed in (f"{day.day} {day:%b}", f"{day.day} {day:%B} {day.year}", day.isoformat()):
        filter_by(dashboards, "roi-timeseries", "date", typed)
        wait(
            dashboards,
            lambda: {row["date"] for row in shown(dashboards, "roi-timeseries")} == {day.isoformat()},
        )
    filter_by(dashboards, "roi-timeseries", "date", f"{day:%b} {day.year}")
    wait(
        dashboards,
        lambda: {row["date"][:7] for row in shown(dashboards, "roi-timeseries")} == {f"{day:%Y-%m}"},
    )


def test_filters_that_leave_no_row_say_so_and_can_be_cleared(dashboards: Page) -> None:
    before = shown(dashboards, "roi-forecast")
    note = f"{frame('roi-forecast')} .no-match"

    filter_by(dashboards, "roi-forecast", "roi_forecast", "> 99,999")
    dashboards.browser.wait_for_text_to_equal(
        note, "No rows match the filters. Clear the filters", TIMEOUT_SECONDS
    )
    dashboards.click(f"{note} .clear-filters")

    wait(dashboards, lambda: shown(dashboards, "roi-forecast") == before)
    assert dashboards.run_js(f'return document.querySelector("{note}").hidden')


def test_a_table_is_copied_as_it_is_sorted_and_filtered(varied: Page) -> None:
    page, slug = varied, "roi-forecast"
    page.run_js("navigator.clipboard.writeText = async text => { window.copied = text; }")
    filter_by(page, slug, "roi_forecast", "> -1,000")
    rows = shown(page, slug)

    page.click(f"{frame(slug)} .copy-table")

    page.browser.wait_for_text_to_equal(
        f"{frame(slug)} .table-foot [role=status]", f"Rows copied: {len(rows)}"
    )
    heading, *lines = (line.split("\t") for line in page.run_js("return window.copied").split("\n"))
    assert heading == ["Channel", "ROI forecast", "80\u00a0%: from", "80\u00a0%: to"]
    assert [line[0].removeprefix("'") for line in lines] == [row["channel"] for row in rows]
    written = [
        row["roi_forecast"].replace("\u00a0", "").replace(",", "").replace("\u2212", "-") for row in rows
    ]
    assert [line[1] for line in lines] == written


def test_a_browser_without_a_clipboard_says_what_to_do(dashboards: Page) -> None:
    dashboards.run_js("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    dashboards.click(f"{frame('roi-forecast')} .copy-table")

    told = "The browser does not allow copying here. Download the CSV."
    dashboards.browser.wait_for_text_to_equal(f"{frame('roi-forecast')} .table-foot [role=status]", told)
