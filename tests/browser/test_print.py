"""The page on paper: whole tables and pictures, no controls, run and time in the foot of each sheet."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from layouts import ids
from services.analytics import Analytics
from tests.browser.page import SLUGS, Page
from tests.browser.test_page import dashboards as dashboards
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import wait_for_overview
from tests.browser.working import INTERVAL_SECONDS
from tests.rows import add_campaigns

A4_INCHES = {"paperWidth": 8.27, "paperHeight": 11.69}
CONTROLS = ("Sync now", "Copy table", "Copy link", "Filter", "Excel", "PPTX", "History", "Period")


def printed(page: Page, file: Path, **how: Any) -> list[str]:
    """Print the page to a PDF; return the text of each sheet."""
    made = page.browser.driver.execute_cdp_cmd("Page.printToPDF", {**A4_INCHES, **how})
    file.write_bytes(b64decode(made["data"]))
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True)
    return text.stdout.rstrip("\f").split("\f")


def sizes(file: Path) -> set[str]:
    """Return the sizes of the sheets in points."""
    told = subprocess.run(
        ["pdfinfo", "-f", "1", "-l", "99", file], capture_output=True, text=True, check=True
    )
    return {
        line.split(":")[1].split("pts")[0].strip()
        for line in told.stdout.splitlines()
        if line.startswith("Page ") and " size:" in line
    }


@pytest.mark.parametrize("is_landscape", [False, True])
def test_the_overview_is_printed_whole(page: Page, tmp_path: Path, is_landscape: bool) -> None:
    wait_for_overview(page)
    newest = page.run_js(f"return document.getElementById('{ids.PRINT_FOOT}').textContent").replace(
        "\u00a0", " "
    )

    sheets = printed(page, tmp_path / "page.pdf", landscape=is_landscape)

    (size,) = sizes(tmp_path / "page.pdf")
    width, height = (float(part) for part in size.split(" x "))
    assert (width > height) is is_landscape
    whole = "\n".join(sheets)
    assert all(newest in sheet for sheet in sheets)
    assert newest.startswith("Demetra · run 1, ")
    assert [word for word in CONTROLS if word in whole] == []
    assert re.search(rf"\b{len(sheets)} ?/ ?{len(sheets)}$", sheets[-1].rstrip())
    assert whole.count("Evidence.") == page.run_js(
        "return document.querySelectorAll('.advice-item:not(.is-hidden)').length"
    )
    after = "return document.querySelectorAll('.print-table, .advice-item[open]').length"
    assert page.run_js(after) == 0


def test_every_row_of_a_table_by_channel_is_printed_and_no_column_is_cut(
    dashboards: Page, tmp_path: Path
) -> None:
    names = [f"Further {place}" for place in range(12)]
    with dashboards.engine.begin() as connection:
        for name in names:
            add_campaigns(connection, name, days=70, revenue=50)
    before = dashboards.runs()
    Analytics(dashboards.engine, INTERVAL_SECONDS).request_sync("api")
    dashboards.wait_for_cards(other_than=before)
    dashboards.choose_tab(1)

    sheets = printed(dashboards, tmp_path / "page.pdf")

    whole = "\n".join(sheets)
    assert all(whole.count(name) >= 2 for name in names)  # in the tables of the forecast and of the plan
    headings = ".card-table .column-header-name"
    titles = f"return [...document.querySelectorAll('{headings}')].map(name => name.textContent)"
    words = {word for title in dashboards.run_js(titles) for word in title.replace(",", " ").split()}
    assert [word for word in words if word not in whole] == []
    pictures = subprocess.run(
        ["pdfimages", "-list", tmp_path / "page.pdf"], capture_output=True, text=True, check=True
    )
    assert pictures.stdout.count(" image ") >= len(SLUGS)


def test_a_dark_page_is_printed_light(dashboards: Page, tmp_path: Path) -> None:
    dashboards.run_js("document.documentElement.dataset.bsTheme = 'dark'")
    theme = "document.documentElement.dataset.bsTheme"
    dashboards.run_js(f"addEventListener('beforeprint', () => {{ window.printedTheme = {theme} }})")

    printed(dashboards, tmp_path / "page.pdf")

    assert dashboards.run_js("return window.printedTheme") == "light"
    assert dashboards.run_js("return document.documentElement.dataset.bsTheme") == "dark"
