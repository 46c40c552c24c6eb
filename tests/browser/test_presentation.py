"""A run is presented: one slide at a time, by keyboard; new figures come with the next slide."""

from __future__ import annotations

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from layouts import ids, slides
from tests.browser.page import SLUGS, Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import set_size, wait_for_overview, wait_for_slide

ALL = len(SLUGS) + 5
_OVERFLOW = """
const slide = document.querySelector('.slide.is-shown');
const parts = [slide, slide.querySelector('.slide-body'), ...slide.querySelectorAll('table, ul, ol')];
return parts.filter(p => p.scrollHeight > p.clientHeight + 2 || p.getBoundingClientRect().right > innerWidth)
  .map(p => p.className);
"""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        ActionChains(page.browser.driver).send_keys(key).perform()


def said(page: Page) -> str:
    return str(page.run_js("return document.querySelector('#presentation [role=status]').textContent"))


def shown_run(page: Page) -> str:
    foot = "return document.querySelector('.slide.is-shown .slide-foot').textContent"
    return str(page.run_js(foot)).split(" · ")[0]


def is_open(page: Page) -> bool:
    return bool(page.run_js(f"return !document.getElementById('{ids.PRESENTATION}').hidden"))


def test_the_keyboard_presents_and_new_figures_wait_for_the_next_slide(page: Page) -> None:
    wait_for_overview(page)
    press(page, "p")
    wait_for_slide(page)
    assert said(page) == f"Slide 1 of {ALL}: {slides.ANSWER.en}"
    for key in (Keys.ARROW_RIGHT, Keys.PAGE_DOWN, " "):
        press(page, key)
    assert said(page).startswith(f"Slide 4 of {ALL}")
    press(page, Keys.PAGE_UP)
    assert said(page).startswith(f"Slide 3 of {ALL}")
    before = shown_run(page)

    script = "fetch('/api/ml-dashboard/generate-all?wait=60', {method: 'POST'})"
    page.run_js(script)
    page.wait(lambda: page.run_js("return document.querySelector('.present-note').textContent") != "")
    page.wait(lambda: slides.WORDS["ready"].en in page.text(ids.PRESENTATION))
    assert shown_run(page) == before
    press(page, Keys.ARROW_RIGHT)

    assert shown_run(page) != before
    assert said(page).startswith(f"Slide 4 of {ALL}")
    press(page, Keys.END, Keys.ARROW_RIGHT)
    assert said(page).startswith(f"Slide {ALL} of {ALL}")
    press(page, Keys.ESCAPE)
    page.wait(lambda: not is_open(page))
    assert page.run_js("return document.querySelector('#main').inert") is False


def test_each_slide_fits_the_screens_of_meeting_rooms(sample_page: Page) -> None:
    page = sample_page
    driver = page.browser.driver
    driver.get(f"{page.route.url}?present=1&lang=ru")
    wait_for_slide(page)
    for width, height in ((1280, 720), (1920, 1080), (3840, 2160)):
        set_size(driver, width, height)
        press(page, Keys.HOME)
        for _ in range(ALL):
            assert page.run_js(_OVERFLOW) == [], (width, said(page))
            wide = page.run_js(
                "const p = document.querySelector('.slide.is-shown .slide-picture');"
                "return p === null || p.clientWidth <= p.naturalWidth + 2"
            )
            assert wide, "a picture that is larger than it is would be blurred"
            press(page, Keys.ARROW_RIGHT)
