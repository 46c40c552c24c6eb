"""The slides of a run, from values made by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from layouts import slides
from layouts.slides import RunToPresent, rows_that_matter
from layouts.trend_picture import THEMES, trend_picture
from services.text import both
from services.views import Advice, Chart, Column, DashboardView
from tests.layouts.values import SETUP, SNAPSHOT, overview

COLUMNS = {
    "roi-forecast": ("channel", "roi_forecast", "roi_low", "roi_high"),
    "roi-timeseries": ("date", "channel", "roi_actual", "roi_pred", "roi_low", "roi_high"),
    "budget-recommendations": ("action", "channel", "current_budget", "recommended_budget", "effect_p50"),
}


def view(slug: str, rows: list[dict[str, Any]]) -> DashboardView:
    columns = tuple(Column(name, both(name), "number") for name in COLUMNS[slug])
    full = tuple({**dict.fromkeys(COLUMNS[slug]), **row} for row in rows)
    return DashboardView(slug, both(slug), SNAPSHOT, both("headline"), columns, full, "0")


def plan(*amounts: tuple[str, int, int]) -> DashboardView:
    rows = [
        {"channel": name, "current_budget": Decimal(now), "recommended_budget": Decimal(then)}
        for name, now, then in amounts
    ]
    return view("budget-recommendations", rows)


def chart(slug: str) -> Chart:
    return Chart(slug, 41, b"png", "0", 1200, 600, "alt", both("headline"))


def drawn(*views: DashboardView) -> list[Any]:
    boards = tuple((one, chart(one.slug)) for one in views)
    run = RunToPresent(overview(), Advice(SNAPSHOT, {}, ()), boards)
    children: list[Any] = slides.draw(run, "a", SETUP)[slides.LEAVES["a"][0]]
    return children


def test_a_run_without_a_plan_has_no_slide_of_it() -> None:
    with_plan, without = drawn(plan(("A", 1, 2))), drawn(view("roi-forecast", []))

    assert [len(with_plan), len(without)] == [6, 5]
    assert "is-plan" in with_plan[-1].className
    assert "is-advice" in without[-1].className


def test_every_slide_names_its_run_and_its_title() -> None:
    for slide in drawn(plan(("A", 1, 2))):
        assert "Run 41" in slide.children[-1].children
        assert getattr(slide, "data-title") == slide.children[0].children


def test_the_largest_changes_of_a_plan_matter() -> None:
    amounts = [(name, 100, 100 + change) for name, change in zip("ABCDEF", (1, -9, 5, 0, 7, -3), strict=True)]

    columns, rows = rows_that_matter(plan(*amounts))

    assert [row["channel"] for row in rows] == ["B", "E", "C", "F", "A"]
    assert columns[0].name == "channel"


def test_of_days_the_last_one_matters_and_not_what_was() -> None:
    last = SNAPSHOT.created_at.date()
    days = [{"date": last - timedelta(days=n), "channel": name} for n in range(2) for name in "ABC"]

    columns, rows = rows_that_matter(view("roi-timeseries", days))

    assert [(row["date"], row["channel"]) for row in rows] == [(last, name) for name in "ABC"]
    assert [column.name for column in columns] == ["channel", "roi_pred", "roi_low", "roi_high"]


@pytest.mark.parametrize("theme", THEMES)
def test_the_trend_has_its_lines_and_the_names_at_their_ends(theme: str) -> None:
    titles = {"revenue": "Revenue & more", "cost": "Spend"}

    picture = unquote(trend_picture(overview(), titles, theme, "en"))

    assert picture.count("<path") == 2
    assert "Revenue &amp; more" in picture
    assert THEMES[theme]["revenue"] in picture
