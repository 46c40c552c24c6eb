"""Targets are set and followed on the page."""

from __future__ import annotations

from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from layouts import ids
from services.analytics import Analytics
from tests.browser.page import Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.working import INTERVAL_SECONDS

_ROWS = f"""
return [...document.querySelectorAll('#{ids.PACING} tbody tr')].map(row =>
  [...row.querySelectorAll('th, td')].map(cell => cell.innerText.replaceAll('\\u00a0', ' ')));
"""


def rows(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.run_js(_ROWS)
    return found


def said(page: Page) -> str:
    return str(page.run_js(f"return document.querySelector('#{ids.PACING} [role=status]').textContent"))


def set_target(page: Page, amount: str) -> None:
    field: Any = page.browser.driver.find_element(By.CSS_SELECTOR, f"#{ids.PACING} form input")
    field.send_keys(amount, Keys.ENTER)


def test_a_target_is_set_followed_and_removed(sample_page: Page) -> None:
    page = sample_page
    page.browser.driver.get(f"{page.route.url}?tab=plan")
    page.wait(lambda: "has no target yet" in page.text(ids.PACING))
    expected = Analytics(page.engine, INTERVAL_SECONDS).pacing(None, None).paces[0]

    set_target(page, "1000")
    page.wait(lambda: len(rows(page)) == 1)

    (row,) = rows(page)
    assert row[0] == "Whole account, spend"
    assert row[1] == "1,000 EUR"
    assert expected.so_far is not None
    assert row[2].endswith(" EUR")
    assert abs(float(row[2].removesuffix(" EUR").replace(",", "")) - expected.so_far) <= 1
    page.wait(lambda: said(page) == "Saved.")

    page.click(f"#{ids.PACING} tbody button")
    page.wait(lambda: "has no target yet" in page.text(ids.PACING))
    assert page.errors() == []


def test_a_target_without_an_amount_is_not_sent(sample_page: Page) -> None:
    page = sample_page
    page.browser.driver.get(f"{page.route.url}?tab=plan")
    page.wait(lambda: page.run_js(f"return document.querySelector('#{ids.PACING} form') !== null"))

    set_target(page, "-5")

    page.wait(lambda: said(page) == "Type the amount of the month, 0 or more.")
    assert Analytics(page.engine, INTERVAL_SECONDS).targets(None, None) == ()


def test_another_month_is_chosen(sample_page: Page) -> None:
    page = sample_page
    page.browser.driver.get(f"{page.route.url}?tab=plan&lang=ru")
    page.wait(lambda: page.run_js("return document.getElementById('pacing-month') !== null"))
    newest = page.run_js("return document.getElementById('pacing-month').value")

    choice = page.browser.driver.find_element(By.ID, "pacing-month")
    choice.send_keys(Keys.ARROW_UP)

    page.wait(lambda: page.run_js("return document.getElementById('pacing-month').value") < newest)
    page.wait(lambda: "целей пока нет" in page.text(ids.PACING))
