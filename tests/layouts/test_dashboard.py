from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from layouts import dashboard, ids
from layouts.reader import PageSetup
from services.errors import UnknownRunError
from services.text import Text
from services.views import Chart, Column, DashboardView
from tests.layouts.values import ENGLISH, SETUP, SNAPSHOT, words

SLUG = "roi-forecast"
HEADLINE = Text(en="Telegram is best.", ru="Telegram лучше всех.")
VIEW = DashboardView(
    slug=SLUG,
    title=Text(en="ROI forecast", ru="Прогноз ROI"),
    snapshot=SNAPSHOT,
    headline=HEADLINE,
    columns=(Column("channel", Text(en="Channel", ru="Канал")),),
    rows=({"channel": "Telegram"},),
    chart_sha256="0",
)
CHART = Chart(SLUG, 41, b"\x89PNG picture", "0", 2, 1, HEADLINE.en, HEADLINE)


def drawn(setup: PageSetup = SETUP) -> dict[str, Any]:
    return dashboard.draw(VIEW, CHART, setup)


def part(name: str, setup: PageSetup = SETUP) -> Any:
    return drawn(setup)[ids.card(SLUG, name)]


def test_everything_that_is_drawn_is_a_leaf_of_the_card() -> None:
    assert set(drawn()) == set(dashboard.leaves(SLUG))
    assert set(dashboard.draw_problem(SLUG, VIEW.title, ENGLISH)) < set(dashboard.leaves(SLUG))


def test_the_picture_is_in_the_page_and_says_its_headline() -> None:
    kind, _, picture = part("picture.src").partition(",")

    assert kind == "data:image/png;base64"
    assert b64decode(picture) == CHART.png
    assert part("picture.alt") == part("headline.children") == "Telegram is best."


def test_a_card_shows_the_small_picture_and_the_large_view_the_whole_one() -> None:
    chart = replace(CHART, preview=b"\x89PNG small")
    card = dashboard.draw(VIEW, chart, SETUP)[ids.card(SLUG, "picture.src")]
    large = dashboard.draw_large(chart, "dark")[f"{ids.LARGE_WHOLE}.data"]

    sources = card, large["src"]
    assert [b64decode(source.partition(",")[2]) for source in sources] == [chart.preview, chart.png]
    assert (large["slug"], large["run"], large["theme"]) == (SLUG, 41, "dark")


def test_the_large_view_is_told_the_run_and_time_but_not_the_rows() -> None:
    card = dashboard.draw(replace(VIEW, rows_left_out=295_999), CHART, SETUP)
    made = card[ids.card(SLUG, "card.data-made")].replace("\u00a0", " ")

    assert made == "Run 41, 22 Nov 2026, 14:30:00 CET"
    assert card[ids.card(SLUG, "card.data-run")] == 41


def test_a_card_says_which_run_it_comes_from_and_when_that_was() -> None:
    assert part("run.children").replace("\u00a0", " ") == "Run 41, 22 Nov 2026, 14:30:00 CET"


def test_downloads_are_of_the_same_run_and_under_the_prefix() -> None:
    setup = replace(SETUP, prefix="/bi/")

    assert part("png.href", setup) == "/bi/api/ml-dashboard/roi-forecast/chart?run=41&lang=en&theme=light"
    assert part("csv.href", setup) == "/bi/api/ml-dashboard/roi-forecast/data?run=41&format=csv"


def test_a_card_that_fails_says_why_and_keeps_its_picture() -> None:
    problem = dashboard.draw_problem(SLUG, UnknownRunError(run_id=41).text, ENGLISH)

    assert "41" in problem[ids.card(SLUG, "problem.children")]
    assert ids.card(SLUG, "picture.src") not in problem
    assert part("problem.children") == ""


def test_buttons_are_named_after_the_chart() -> None:
    assert "Open large: ROI forecast" in words(dashboard.skeleton(SETUP))
    assert "Download the table as CSV: ROI forecast" in words(dashboard.skeleton(SETUP))


def test_a_table_that_is_too_long_for_the_page_says_so() -> None:
    card = dashboard.draw(replace(VIEW, rows_left_out=295_999), CHART, SETUP)
    line = card[ids.card(SLUG, "run.children")].replace("\u00a0", " ")

    assert line == "Run 41, 22 Nov 2026, 14:30:00 CET. Rows: the first 1 of 296,000; the CSV has all"


NEWEST = date(2026, 11, 22)


def days(first: date, count: int) -> tuple[dict[str, Any], ...]:
    """Rows of two channels, as the API has them: the newest day first, the larger channel first."""
    newest_first = [first + timedelta(days=place) for place in reversed(range(count))]
    return tuple({"date": day, "channel": name} for day in newest_first for name in ("Large", "Small"))


def test_rows_of_days_open_at_the_newest_data_with_the_forecast_below() -> None:
    dated = replace(
        VIEW,
        snapshot=replace(SNAPSHOT, data_to=NEWEST),
        columns=(Column("date", Text(en="Date", ru="Дата"), "date"), *VIEW.columns),
        rows=days(NEWEST - timedelta(days=20), 40),
    )

    card = dashboard.draw(dated, CHART, SETUP)

    cells, page = card[ids.card(SLUG, "table.data")], int(card[ids.card(SLUG, "table-frame.data-opened")])
    shown = cells[10 * page : 10 * page + 10]
    assert [cell["date"] for cell in cells] == sorted(cell["date"] for cell in cells)
    assert [cell["channel"] for cell in cells[:2]] == ["Large", "Small"]
    assert NEWEST.isoformat() in {cell["date"] for cell in shown}
