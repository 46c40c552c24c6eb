from __future__ import annotations

from dataclasses import replace

from layouts import ids, report_links
from layouts.reader import PageSetup
from tests.layouts.values import RUSSIAN, overview, words


def test_the_links_lead_to_the_run_the_period_and_the_language_of_the_page() -> None:
    setup = PageSetup(reader=RUSSIAN, dashboards=(), prefix="/marketing/")
    shown = overview()

    drawn = report_links.draw(shown, setup)
    whole = report_links.draw(replace(shown, days=None), setup)

    run = shown.snapshot.run_id
    assert drawn[f"{ids.report('pdf')}.href"] == f"/marketing/api/report.pdf?run={run}&days=28&lang=ru"
    assert "days=all" in whole[f"{ids.report('xlsx')}.href"]
    assert set(drawn) == set(report_links.LEAVES)


def test_each_link_says_what_it_downloads() -> None:
    spoken = words(report_links.skeleton("ru"))

    assert "Отчёт" in spoken
    assert all(kind.upper() in spoken for kind, _ in report_links.KINDS)
