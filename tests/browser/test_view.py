"""The address has what the page shows, and the page shows what the address has."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.support.select import Select

from layouts import ids
from tests.browser.page import Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.walking import press_enter

_SHOWN = (
    "return [location.search, document.getElementById('kpi-spend-value')?.textContent,"
    " ...['period', 'compare', 'channel'].map(id => document.getElementById(id)?.value)]"
)


@pytest.fixture
def seen(page: Page) -> Page:
    page.wait(lambda: page.run_js("return document.querySelectorAll('.channel-link').length > 0"))
    return page


def choose(page: Page, control: str, value: str) -> Any:
    """Choose an option; return what is shown once the figures have come."""
    before = page.run_js(f"return document.getElementById('{ids.VIEW_BAR}').dataset.shown")
    Select(page.browser.find_element(f"#{control}")).select_by_value(value)
    return after(page, before)


def after(page: Page, before: str) -> Any:
    now = f"return document.getElementById('{ids.VIEW_BAR}').dataset.shown"
    page.wait(lambda: page.run_js(now) != before)
    return page.run_js(_SHOWN)


def state(page: Page) -> str:
    return str(page.run_js(f"return document.getElementById('{ids.VIEW_BAR}').dataset.shown"))


def test_back_forward_and_reload_keep_the_view(seen: Page) -> None:
    driver = seen.browser.driver
    first = seen.run_js(_SHOWN)
    week = choose(seen, ids.PERIOD, "7")
    alone = choose(seen, ids.COMPARE, "none")
    assert week[0] == "?period=7"
    assert alone[0] == "?period=7&compare=none"
    assert first[1] != week[1]

    before = state(seen)
    driver.back()
    assert after(seen, before) == week
    before = state(seen)
    driver.back()
    assert after(seen, before) == first
    before = state(seen)
    driver.forward()
    assert after(seen, before) == week

    driver.refresh()
    seen.wait(lambda: seen.run_js(_SHOWN) == week)
    assert seen.errors() == []


def test_a_channel_is_opened_by_keyboard_and_left_by_the_way_back(seen: Page) -> None:
    whole, before = seen.run_js(_SHOWN), state(seen)
    focused = "const link = document.querySelector('.channel-link'); link.focus(); return link.textContent"
    name = seen.run_js(focused)
    press_enter(seen.browser.driver)
    one = after(seen, before)

    assert (one[4], seen.text(ids.CHANNEL_TITLE)) == (name, name)
    seen.wait(lambda: seen.run_js("return document.activeElement.id") == ids.CHANNEL_TITLE)
    assert one[1] != whole[1]

    before = state(seen)
    seen.click(f"#{ids.ALL_CHANNELS}")
    assert after(seen, before) == whole


def test_two_dates_begin_with_the_days_that_are_shown(seen: Page) -> None:
    chosen = choose(seen, ids.PERIOD, "dates")
    value = "return document.getElementById('period-{}').value"
    from_day, to_day = (seen.run_js(value.format(part)) for part in ("from", "to"))
    assert chosen[0] == f"?period={from_day}%2C{to_day}"

    before = state(seen)
    seen.run_js(
        "const field = document.getElementById('period-from');"
        f"field.value = '{to_day}'; field.dispatchEvent(new Event('change', {{bubbles: true}}))"
    )
    assert after(seen, before)[0] == f"?period={to_day}%2C{to_day}"


def test_a_tab_of_the_address_has_tabs_beside_it(seen: Page) -> None:
    address = str(seen.browser.driver.current_url).partition("?")[0]
    seen.choose_tab(1)
    seen.wait(lambda: seen.run_js("return location.search") == "?tab=ml")

    seen.browser.driver.get(f"{address}?tab=ml")
    seen.wait(lambda: len(seen.pictures()) == 4)
    assert seen.browser.find_element(".nav-tabs").is_displayed()

    for alone in ("tab=ml&only=1", "tab=ml&fix=tab", "embed=1&tab=ml"):
        seen.browser.driver.get(f"{address}?{alone}")
        seen.wait(lambda: len(seen.pictures()) == 4)
        assert not seen.browser.find_element(".nav-tabs").is_displayed()


def test_controls_can_be_locked_or_left_out(seen: Page) -> None:
    address = str(seen.browser.driver.current_url).partition("?")[0]
    seen.browser.driver.get(f"{address}?period=7&fix=period,channel&hide=copy")
    seen.wait(lambda: seen.run_js("return document.querySelectorAll('.channel-link').length > 0"))

    controls = "return ['period', 'compare', 'channel'].map(id => document.getElementById(id).disabled)"
    assert seen.run_js(controls) == [True, False, True]
    assert not seen.browser.find_element(f"#{ids.VIEW_COPY}").is_displayed()
    seen.run_js("document.querySelector('.channel-link').click()")
    assert seen.run_js("return location.search") == "?period=7&fix=period,channel&hide=copy"


def test_campaigns_are_searched_by_keyboard_and_ordered(sample_page: Page) -> None:
    page, driver = sample_page, sample_page.browser.driver
    driver.get(f"{str(driver.current_url).partition('?')[0]}?channel=Google+Ads&period=90")
    rows = f"return document.querySelectorAll('#{ids.CAMPAIGNS} tbody tr').length"
    page.wait(lambda: page.run_js(rows) == 4)  # with the total
    why = page.text(ids.CAMPAIGNS_WHY)

    field = page.browser.find_element(f"#{ids.CAMPAIGNS_SEARCH} input")
    field.send_keys("BRAND")
    page.wait(lambda: page.run_js(rows) == 3)  # with the rest
    assert page.text(ids.CAMPAIGNS_OF) == "Shown: 1 of 1"
    assert page.text(ids.CAMPAIGNS_WHY) == why
    field.send_keys("\ue003" * 5)  # backspace
    page.wait(lambda: page.run_js(rows) == 4)

    Select(page.browser.find_element(f"#{ids.CAMPAIGNS_ORDER}")).select_by_value("rise")
    title = f"return document.querySelectorAll('#{ids.CAMPAIGNS} thead th')[4].textContent"
    page.wait(lambda: page.run_js(title) == "Revenue, trend")
    reached = (
        f"document.querySelector('#{ids.CAMPAIGNS} .part-frame').focus(); return document.activeElement.role"
    )
    assert page.run_js(reached) == "region"
    assert page.errors() == []
