from __future__ import annotations

from dataclasses import replace
from datetime import date

from layouts import ids, report_links
from layouts.reader import PageSetup
from services.periods import Dates, Selection
from tests.layouts.values import RUSSIAN, overview, words


def test_the_links_lead_to_the_run_the_period_and_the_language_of_the_page() -> None:
    setup = PageSetup(reader=RUSSIAN, dashboards=(), prefix="/marketing/")
    shown = overview()

    drawn = report_links.draw(shown, setup)
    dates = Selection(Dates(date(2026, 11, 1), date(2026, 11, 9)), "year")
    chosen = report_links.draw(replace(shown, selection=dates), setup)

    run = shown.snapshot.run_id
    assert drawn[f"{ids.report('pdf')}.href"] == (
        f"/marketing/api/report.pdf?run={run}&period=28&compare=before&lang=ru"
    )
    assert "&from=2026-11-01&to=2026-11-09&compare=year&" in chosen[f"{ids.report('xlsx')}.href"]
    assert set(drawn) == set(report_links.LEAVES)


def test_each_link_says_what_it_downloads() -> None:
    spoken = words(report_links.skeleton("ru"))

    assert "Отчёт" in spoken
    assert all(kind.upper() in spoken for kind, _ in report_links.KINDS)
