"""What only a browser shows."""

from __future__ import annotations

import re

import pytest

from layouts import ids
from services.analytics import Analytics
from services.database.tables import campaigns as campaigns_table
from services.sync import restarts
from tests.browser.page import SLUGS, Page
from tests.browser.working import INTERVAL_SECONDS, NASTY_NAME
from tests.rows import add_campaigns

pytestmark = [
    pytest.mark.browser,
    # selenium 4.2 asks urllib3 for headers in a way that is on its way out.
    pytest.mark.filterwarnings("ignore:HTTPResponse.getheader:DeprecationWarning"),
    # It leaves connections to the garbage collector, and so do tests that ask through a proxy.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TIMESERIES = "roi-timeseries-table"


@pytest.fixture
def dashboards(page: Page) -> Page:
    """The page on its second tab, when the first run has been drawn."""
    page.wait_for_cards()
    page.choose_tab(1)
    return page


def import_more(page: Page) -> None:
    with page.engine.begin() as connection:
        add_campaigns(connection, "Instagram", days=70, revenue=50)


def test_the_first_start_shows_four_pictures_of_one_run(first_page: Page) -> None:
    first_page.wait_for_cards()
    first_page.wait(lambda: first_page.text("kpi-spend-value") == "420.00")

    assert len(set(first_page.pictures())) == len(SLUGS)
    assert "has-figures" in first_page.classes(ids.PAGE)
    assert first_page.errors() == []


def test_a_click_is_acknowledged_and_brings_new_pictures_of_one_run(dashboards: Page) -> None:
    before, run = dashboards.pictures(), dashboards.runs()
    import_more(dashboards)

    dashboards.click(f"#{ids.SYNC}")
    assert "is-idle" not in dashboards.classes(ids.SYNC_BAR) or dashboards.text(ids.SYNC_RESULT)
    dashboards.wait_for_cards(other_than=run)

    assert not set(before) & set(dashboards.pictures())
    dashboards.wait(lambda: dashboards.text(ids.ANNOUNCEMENT) == "")
    assert dashboards.errors() == []


def test_a_finished_sync_says_how_long_it_took(page: Page) -> None:
    page.wait_for_cards()
    import_more(page)
    page.click(f"#{ids.SYNC}")

    page.wait(lambda: page.text(ids.SYNC_RESULT).startswith("Updated in"))
    page.wait(lambda: page.text(ids.SYNC_RESULT) == "")


def test_both_tabs_stay_when_the_other_one_is_chosen(dashboards: Page) -> None:
    turned_to = dashboards.turn_page(TIMESERIES)
    dashboards.choose_tab(0)
    dashboards.wait(lambda: dashboards.browser.find_element(f"#{ids.PERFORMANCE}").is_displayed())
    dashboards.choose_tab(1)

    assert dashboards.is_same_table(TIMESERIES)
    assert dashboards.table_page(TIMESERIES) == turned_to


def test_a_table_keeps_its_page_over_a_renewal(dashboards: Page) -> None:
    run = dashboards.runs()
    turned_to = dashboards.turn_page(TIMESERIES)

    import_more(dashboards)
    dashboards.click(f"#{ids.SYNC}")
    dashboards.wait_for_cards(other_than=run)

    assert dashboards.is_same_table(TIMESERIES)
    assert dashboards.table_page(TIMESERIES) == turned_to


def test_a_failed_sync_keeps_the_pictures_and_says_why(dashboards: Page) -> None:
    before, run = dashboards.pictures(), dashboards.runs()
    with dashboards.engine.begin() as connection:
        connection.execute(campaigns_table.delete())

    dashboards.click(f"#{ids.SYNC}")
    dashboards.wait(dashboards.is_notice_shown)

    assert "There are no campaign rows yet." in dashboards.text(ids.NOTICE_FAILED)
    assert dashboards.text(ids.FRESH_WORD) == "Last sync failed"
    assert dashboards.browser.find_element(f"#{ids.FRESH_WORD}").is_displayed()
    assert (dashboards.pictures(), dashboards.runs()) == (before, run)


def test_a_page_follows_a_sync_that_somebody_else_started(page: Page) -> None:
    run = page.wait_for_cards()

    import_more(page)
    Analytics(page.engine, INTERVAL_SECONDS).request_sync("api")

    assert page.wait_for_cards(other_than=run) != run


def test_a_channels_name_stays_text(page: Page) -> None:
    page.wait_for_cards()
    cells = f"return [...document.querySelectorAll('#{ids.PERFORMANCE} td')].map(cell => cell.innerText)"
    page.wait(lambda: NASTY_NAME in page.run_js(cells))
    page.wait(lambda: page.run_js(f"return document.querySelectorAll('#{ids.ROI} .ytick').length") == 3)

    assert page.run_js("return document.title") == "Demetra"
    assert page.run_js("return document.querySelectorAll('img[src=x]').length") == 0


def test_a_picture_opens_large_and_closes(dashboards: Page) -> None:
    dashboards.click("#roi-forecast-open")
    large = dashboards.browser.wait_for_element(f"#{ids.LARGE_PICTURE}")
    assert large.get_attribute("src") == dashboards.pictures()[0]

    dashboards.click(".large .btn-close")
    dashboards.browser.wait_for_no_elements(f"#{ids.LARGE_PICTURE}")


def test_a_chosen_theme_outlives_a_reload(page: Page) -> None:
    script = "return document.documentElement.dataset.bsTheme"
    before = page.run_js(script)
    page.browser.wait_for_element(f"#{ids.THEME}")

    page.click(f"#{ids.THEME}")
    chosen = page.run_js(script)
    page.reload()

    assert {before, chosen} == {"light", "dark"}
    assert page.run_js(script) == chosen


def test_a_server_that_is_gone_is_told_and_the_figures_stay(page: Page) -> None:
    run = page.wait_for_cards()

    page.route.close()
    page.wait(lambda: page.is_notice_shown(ids.NOTICE_OFFLINE))

    assert page.runs() == run
    assert len(page.pictures()) == len(SLUGS)


def test_a_worker_that_keeps_ending_is_told_with_the_time_at_which_it_is_back(page: Page) -> None:
    page.wait_for_cards()
    with page.engine.begin() as connection:
        restarts.record(connection, "host 1", ended=3, seconds=600.0)

    page.wait(lambda: page.is_notice_shown(ids.NOTICE_WORKER))

    words = page.text(ids.NOTICE_WORKER)
    assert re.search(r"ended \(times in a row: 3\) and is started again at (.+, )?\d\d:\d\d:\d\d\.", words)


def test_an_expired_sign_in_is_told_until_it_is_renewed(page: Page) -> None:
    page.wait_for_cards()

    page.route.sign_out()
    page.wait(lambda: page.is_notice_shown(ids.NOTICE_EXPIRED))
    page.route.sign_in()

    page.wait(lambda: not page.is_notice_shown(ids.NOTICE_EXPIRED))


def test_tabs_and_tables_can_be_used_without_a_mouse(page: Page) -> None:
    page.wait_for_cards()
    tabs = "return [...document.querySelectorAll('[role=tab]')].map(t => [t.ariaSelected, t.tabIndex])"
    page.wait(lambda: page.run_js(tabs) == [["true", 0], ["false", -1], ["false", -1]])

    page.run_js("document.querySelector('[role=tab]').focus()")
    page.browser.driver.switch_to.active_element.send_keys("\ue014")  # arrow right
    page.wait(lambda: page.run_js(tabs) == [["false", -1], ["true", 0], ["false", -1]])

    names = "return [...document.querySelectorAll('.dash-filter input[type=text]')].map(i => i.ariaLabel)"
    assert "Filter: Channel" in page.run_js(names)
