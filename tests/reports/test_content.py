from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.reports import content, wording
from services.reports.document import document
from services.reports.making import FILE_KINDS, FileKind, ReportJob, made
from services.reports.series import charts_of
from services.text import LANGS, NOTHING
from services.views import Advice, Overview, TrackRecord
from tests.layouts.values import SNAPSHOT, overview

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def report(of: Overview, lang: Any = "en", **views: Any) -> content.Report:
    empty: dict[str, Any] = {
        "advice": Advice(SNAPSHOT, {}, ()),
        "track_record": TrackRecord(SNAPSHOT, None, None, 0, 0, None, ()),
        "dashboards": (),
        "charts": (),
        "currency": "EUR",
        "remarks": (),
        "version": "1.0",
    }
    return content.report_of(content.RunViews(overview=of, **(empty | views)), lang, NOW, "Europe/Berlin")


def figure(of: content.Report, title: str) -> content.Figure:
    return next(one for one in of.figures if one.title == title)


def test_a_change_within_chance_is_no_change() -> None:
    kpis = overview().kpis
    roi = next(kpi for kpi in kpis if kpi.name == "roi")
    others = tuple(kpi for kpi in kpis if kpi.name != "roi")

    level = replace(roi, value=0.5, previous=0.4, noise=0.2)
    real = replace(roi, value=0.7, previous=0.4, noise=0.2)

    assert figure(report(replace(overview(), kpis=(*others, level))), "ROI").change == "no real change"
    assert figure(report(replace(overview(), kpis=(*others, real))), "ROI").change.startswith("+30")


@pytest.mark.parametrize("lang", LANGS)
def test_a_figure_that_is_not_in_the_data_has_no_number(lang: Any) -> None:
    kpis = tuple(replace(kpi, lacks=("revenue",)) for kpi in overview().kpis)

    for one in report(replace(overview(), kpis=kpis), lang).figures:
        assert (one.value, one.written, one.change) == (None, wording.MISSING[lang], NOTHING)


def test_the_run_is_named_with_its_time_in_the_zone_of_the_installation() -> None:
    named = report(overview()).subtitle.replace("\u00a0", " ")

    assert f"Run {SNAPSHOT.run_id} of " in named
    assert named.split(",")[1].strip().endswith(("CET", "CEST"))


def test_the_remarks_of_the_page_are_in_the_method() -> None:
    remark = "Channels are judged by their conversions."

    assert remark in report(overview(), remarks=(remark,)).method


def test_sample_figures_are_called_so() -> None:
    sample = replace(overview(), snapshot=replace(SNAPSHOT, is_sample=True))

    assert wording.SAMPLE["en"] in report(sample).method
    assert wording.SAMPLE["en"] not in report(overview()).method


@pytest.mark.parametrize("kind", FILE_KINDS)
@pytest.mark.parametrize("lang", LANGS)
def test_a_run_without_dashboards_and_recommendations_has_a_report(kind: FileKind, lang: Any) -> None:
    assert len(made(ReportJob(report(overview(), lang), kind))) > 1000


def test_letters_that_no_font_has_and_markup_do_not_stop_the_document() -> None:
    channels = [
        replace(one, channel=name)
        for one, name in zip(overview().channels * 3, ("中文", "#set text(red)", "$x$ @a <b>"), strict=False)
    ]

    pdf = document(report(replace(overview(), channels=tuple(channels))))

    assert pdf.startswith(b"%PDF-")


def test_no_chart_without_rows() -> None:
    empty = content.Table("ROI", (), ())
    section = content.Section("roi-forecast", "ROI", "", empty, (), None)

    assert charts_of(section, report(overview())) == ()


def test_values_are_written_for_readers() -> None:
    assert content.written(Decimal("1234.5"), "money", "EUR", "en").replace("\u00a0", " ") == "1,234 EUR"
    assert content.written(0.01234, "percent", "EUR", "en").replace("\u00a0", " ") == "1.23 %"
    assert content.written(None, "count", "EUR", "ru") == NOTHING
