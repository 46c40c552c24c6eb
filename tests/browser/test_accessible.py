"""What is wrong in any view: by axe-core, in the names of its controls, on a walk with the Tab key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chromium.webdriver import ChromiumDriver

from tests.browser import walking
from tests.browser.page import Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import VIEWS, set_size

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
SIZES = ((1280, 800), (360, 740))
LANGUAGES = ("en", "ru")
STILL = {"name": "prefers-reduced-motion", "value": "reduce"}  # colours are there at once

_SET_THEME = "document.documentElement.dataset.bsTheme = arguments[0]"
# Every rule, the experimental ones too, but for level AAA: contrast of 7 to 1 and the like. In the second
# theme only colours are other than in the first one.
_RUN = """
const [ofColours, done] = arguments;
const wanted = axe.getRules().filter(
  rule => !rule.tags.includes('wcag2aaa') && (!ofColours || rule.tags.includes('cat.color')));
const rules = Object.fromEntries(wanted.map(rule => [rule.ruleId, {enabled: true}]));
axe.run(document, {rules, resultTypes: ['violations']}).then(
  result => done({passes: result.passes.length, violations: result.violations.map(
    v => [v.id, v.impact, v.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])}),
  error => done({passes: 0, violations: [String(error)]}));
"""
# What a modal dialog covers is inert; the text of a list is that of all its choices.
_CONTROLS = """
const controls = 'a[href], button, input, select, textarea, summary, [role=button], [role=tab]';
const place = document.querySelector('dialog[open]') || document;
return [...place.querySelectorAll(controls)].filter(e => e.checkVisibility({visibilityProperty: true})
  && !e.closest('[inert]')
).map(e => [e, (e.matches('select') ? '' : e.innerText) || e.labels?.[0]?.innerText || '']);
"""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} px")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_wrong_in_any_view(sample_page: Page, lang: str, size: tuple[int, int]) -> None:
    """Opening a view takes longer than looking at it, so everything is looked at in one opened view."""
    driver = sample_page.browser.driver
    driver.set_script_timeout(60)
    set_size(driver, *size)

    violations, named, faults = {}, set(), {}
    for view in VIEWS:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [STILL]})
        view.open(sample_page, f"lang={lang}")
        for theme, found in violations_by_theme(driver).items():
            violations[f"{view.name}, {theme}"] = found
        named |= {(written, name) for written, name in names_of_controls(sample_page) if _words(written)}
        if lang == LANGUAGES[0]:
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
            faults[view.name] = walking.faults_of(driver)

    assert {name: found for name, found in violations.items() if found} == {}
    assert len(named) > 20
    assert [pair for pair in named if _words(pair[0]) not in _words(pair[1])] == []
    assert {name: found for name, found in faults.items() if found} == {}


def violations_by_theme(driver: ChromiumDriver) -> dict[str, Any]:
    """Return what axe finds in each theme; leave the page as it was."""
    driver.execute_script(AXE + "; window.axe = axe;")
    before = driver.execute_script("return document.documentElement.dataset.bsTheme")
    found: dict[str, Any] = {}
    for theme in ("light", "dark"):
        driver.execute_script(_SET_THEME, theme)
        result = driver.execute_async_script(_RUN, bool(found))
        assert result["violations"] or result["passes"] > (0 if found else 10)
        found[theme] = result["violations"]
    driver.execute_script(_SET_THEME, before)
    return found


def names_of_controls(page: Page) -> list[tuple[str, str]]:
    """Return what is written on each control, and the name that the browser tells a screen reader."""
    driver = page.browser.driver
    return [(written, _name(control)) for control, written in driver.execute_script(_CONTROLS)]


def _name(control: Any) -> str:
    return str(control.accessible_name)


def _words(text: str) -> str:
    """Return a text in small letters, without punctuation and in single spaces."""
    return " ".join(re.findall(r"\w+", text.lower()))
