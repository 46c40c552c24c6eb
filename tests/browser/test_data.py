"""Files brought to the page: chosen or dropped, looked at, decided about, taken in, undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demetra_dash.uploads import importer
from layouts import data_view, ids
from services.database.tables import campaigns, imports
from tests.browser import walking
from tests.browser.conftest import Open
from tests.browser.page import Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import EXPORT, open_data, wait_for_overview

HEADER = "Date,Campaign,Impressions,Clicks,Conversions,Cost,Revenue\n"
_DROP = """
const [name, content] = arguments;
const transfer = new DataTransfer();
transfer.items.add(new File([content], name, {type: 'text/csv'}));
for (const kind of ['dragenter', 'dragover', 'drop'])
  document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
"""


def word(name: str, lang: Any = "en") -> str:
    return data_view.WORDS[name][lang]


def csv(cost: float, campaign: str = "Brand", days: int = 12) -> str:
    """Return an export of `days` days; the cost tells two accounts apart."""
    rows = (
        f"2026-10-{day:02},{campaign},{int(cost * 90 + day)},{int(cost * 3 + day)},2,{cost + day:.2f},60\n"
        for day in range(1, days + 1)
    )
    return HEADER + "".join(rows)


def choose(page: Page, *files: Path) -> None:
    page.browser.find_element(".data-file").send_keys("\n".join(map(str, files)))


def write(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def has(page: Page, selector: str, count: int = 1) -> bool:
    return int(page.run_js(f"return document.querySelectorAll('.data-dialog {selector}').length")) >= count


def wait_for(page: Page, selector: str, count: int = 1) -> None:
    page.wait(lambda: has(page, selector, count))


def shown(page: Page, selector: str) -> str:
    text = page.run_js(f"return document.querySelector('.data-dialog {selector}')?.innerText ?? ''")
    return str(text).replace("\u00a0", " ")


def press(page: Page, name: str, place: int = 0) -> None:
    """Click the button with this word on it."""
    script = """
        const all = [...document.querySelectorAll('.data-dialog button')];
        const button = all.filter(one => one.textContent === arguments[0])[arguments[1]];
        button.scrollIntoView({block: 'center'});
        return button;
    """
    page.browser.driver.execute_script(script, name, place).click()


def stored(page: Page) -> int:
    query = sa.select(sa.func.count()).where(campaigns.c.source != "demo")
    with page.engine.connect() as connection:
        return connection.execute(query).scalar_one()


@pytest.fixture
def empty_page(engine: sa.Engine, open_page: Open, tmp_path: Path) -> Page:
    """The page of a database without campaigns and without a worker."""
    return open_page(engine, tmp_path / "home")


def test_a_file_is_understood_taken_in_followed_and_undone(sample_page: Page) -> None:
    page = sample_page
    open_data(page)

    choose(page, EXPORT)
    wait_for(page, ".data-actions .data-primary")
    assert stored(page) == 0
    facts = shown(page, ".data-facts")
    assert "1 Oct 2026 – 14 Oct 2026" in facts
    assert "Meta" in facts
    assert "new 14" in facts
    assert "refused 1" in facts
    assert "280.00" in shown(page, ".is-figures")
    assert "1 Oct 2026" in shown(page, ".data-part:last-of-type")

    press(page, word("takeIn"))
    wait_for(page, ".data-card .is-good")
    assert stored(page) == 14
    wait_for(page, ".data-sync .data-small")
    wait_for(page, ".data-import")
    assert "export.csv" in shown(page, ".data-import")

    press(page, word("undo"))
    assert page.run_js("return document.activeElement.textContent") == word("undoNo")
    press(page, word("undoYes"))
    wait_for(page, ".data-import.is-undone")
    assert stored(page) == 0
    assert page.errors() == []


def test_files_may_be_dropped_anywhere_on_the_page(sample_page: Page) -> None:
    page = sample_page
    wait_for_overview(page)

    page.browser.driver.execute_script(_DROP, "Dropped.csv", csv(20))

    page.wait(lambda: has(page, ".data-actions .data-primary"))
    assert shown(page, ".data-card .data-name") == "Dropped.csv"
    assert page.run_js("return document.documentElement.hasAttribute('data-dropping')") is False


def test_an_empty_page_leads_to_the_first_file(empty_page: Page) -> None:
    page = empty_page
    page.wait(lambda: "has-nothing" in page.classes(ids.PAGE))

    page.click(".data-choose")

    # Until the answer is there, the same place says that the history is loading.
    page.wait(lambda: word("historyEmpty") in shown(page, ".data-history"))


def test_the_user_names_the_channel_and_chooses_columns(sample_page: Page, tmp_path: Path) -> None:
    page = sample_page
    open_data(page)
    choose(page, write(tmp_path, "report.csv", csv(20)))
    wait_for(page, ".data-facts .data-input")

    field = page.browser.find_element(".data-facts .data-input")
    field.clear()
    field.send_keys("Search\t")
    page.wait(lambda: "Search" in shown(page, ".data-table:not(.is-figures)"))
    press(page, word("takeIn"))
    wait_for(page, ".data-card .is-good")

    with page.engine.connect() as connection:
        assert set(connection.execute(sa.select(campaigns.c.channel)).scalars()) == {"Search"}


def test_columns_that_are_not_recognised_are_assigned(sample_page: Page, tmp_path: Path) -> None:
    page = sample_page
    open_data(page)
    choose(page, write(tmp_path, "x.csv", csv(20).replace("Date,", "Wann,").replace(",Cost,", ",Aufwand,")))
    wait_for(page, ".data-card .is-bad")
    assert "Say below which column is which" in shown(page, ".data-card .is-bad")

    for figure, heading in (("date", "Wann"), ("cost", "Aufwand")):
        page.browser.find_element(f"[id$=-{figure}]").send_keys(heading)
        page.wait(lambda: has(page, ".data-columns") and not has(page, ".data-progress"))

    wait_for(page, ".data-actions .data-primary")
    assert "318.00" in shown(page, ".is-figures")


@pytest.mark.parametrize(("answer", "rows"), [("replace", 12), ("append", 24), ("source", 24)])
def test_a_doubt_is_decided_by_the_user(sample_page: Page, tmp_path: Path, answer: str, rows: int) -> None:
    page = sample_page
    open_data(page)
    choose(page, write(tmp_path, "Search.csv", csv(20)))
    wait_for(page, ".data-actions .data-primary")
    press(page, word("takeIn"))
    wait_for(page, ".data-card .is-good")

    (tmp_path / "other").mkdir()
    choose(page, write(tmp_path / "other", "Search.csv", csv(77)))
    wait_for(page, ".data-doubt")
    press(page, word("takeIn"))
    page.wait(lambda: has(page, ".data-doubt.is-asked"))
    assert stored(page) == 12
    page.browser.find_element(f"[id$=-{answer}]").click()
    if answer == "source":
        page.browser.find_element(".data-other .data-input").send_keys("North\t")
    page.wait(lambda: page.run_js("return document.querySelector('.data-doubt:not(.is-asked)') !== null"))
    press(page, word("takeIn"))
    wait_for(page, ".data-card .is-good", 2)

    assert stored(page) == rows


def test_a_refusal_is_said_and_the_file_can_be_left_out(sample_page: Page, tmp_path: Path) -> None:
    page = sample_page
    open_data(page)
    choose(page, write(tmp_path, "notes.csv", "no table at all\n"))
    wait_for(page, ".data-card .is-bad")
    name, refusal = shown(page, ".data-card .data-name"), shown(page, ".data-card .is-bad")

    press(page, word("remove"))

    assert name == "notes.csv"
    assert "--" not in refusal
    assert "Say below which column is which" in refusal
    assert not has(page, ".data-card")
    assert stored(page) == 0


def test_a_file_that_changes_after_its_preview_is_looked_at_again(sample_page: Page, tmp_path: Path) -> None:
    page = sample_page
    open_data(page)
    page.browser.driver.execute_script(_DROP, "Search.csv", csv(20))
    wait_for(page, ".data-actions .data-primary")
    page.run_js("const send = demetraData.send; demetraData.send = (file, fields, tell) =>"
                " send(new File(['x'], file.name), fields, tell)")  # fmt: skip

    press(page, word("takeIn"))

    wait_for(page, ".data-card .is-bad")
    assert "changed" in shown(page, ".data-card .is-bad")
    assert stored(page) == 0


@contextmanager
def busy() -> Iterator[None]:
    for _ in range(importer.MOST_AT_ONCE):
        importer._slots.acquire()
    try:
        yield
    finally:
        for _ in range(importer.MOST_AT_ONCE):
            importer._slots.release()


def test_a_busy_server_is_asked_again_by_itself(sample_page: Page) -> None:
    page = sample_page
    open_data(page)
    with busy():
        choose(page, EXPORT)
        page.wait(lambda: word("busy") in shown(page, ".data-card"))

    wait_for(page, ".data-actions .data-primary")


def test_all_of_it_can_be_done_by_keyboard(sample_page: Page) -> None:
    page, driver = sample_page, sample_page.browser.driver
    wait_for_overview(page)
    driver.execute_script(f"document.getElementById('{ids.DATA}').focus()")
    walking.press_enter(driver)
    page.wait(lambda: page.run_js("return document.activeElement.matches('.data-file')"))
    choose(page, EXPORT)
    wait_for(page, ".data-actions .data-primary")

    for _ in range(40):
        walking.press_tab(driver)
        if page.run_js("return document.activeElement.matches('.data-actions .data-primary')"):
            break
    walking.press_enter(driver)
    wait_for(page, ".data-card .is-good")
    walking.press_escape(driver)
    page.wait(lambda: page.run_js("return document.querySelector('.data-dialog[open]') === null"))

    assert page.run_js("return document.activeElement.id") == ids.DATA
    with page.engine.connect() as connection:
        assert connection.execute(sa.select(imports.c.file_name)).scalar_one() == "export.csv"


@pytest.mark.parametrize(
    ("query", "is_there"), [("embed=1", False), ("kiosk=1", False), ("embed=1&data=1", True)]
)
def test_embedded_and_kiosk_pages_take_files_only_if_their_address_says_so(
    sample_page: Page, query: str, is_there: bool
) -> None:
    page = sample_page
    page.browser.driver.get(f"{page.route.url}?{query}")
    wait_for_overview(page)

    assert page.browser.find_element(f"#{ids.DATA}").is_displayed() is is_there
