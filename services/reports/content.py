"""What a report says of one run, in one language: plain values that every kind of file writes in its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.reports import wording
from services.text import (
    NOTHING,
    Lang,
    Text,
    change,
    change_in_points,
    money,
    number,
    percent,
    span,
)
from services.views import (
    KPI_KINDS,
    KPI_TITLES,
    Advice,
    Chart,
    DashboardView,
    Kind,
    Kpi,
    Overview,
    Snapshot,
    TrackRecord,
)

WHOLE_FROM = 100.0  # numbers below it have one decimal
SMALL_RATIO = 0.1  # below it, percent have two decimals
_WRITTEN_SUMS: tuple[tuple[str, Text, Kind], ...] = (
    ("cost", KPI_TITLES["spend"], "money"),
    ("revenue", KPI_TITLES["revenue"], "money"),
    ("roi", KPI_TITLES["roi"], "percent"),
    ("conversions", KPI_TITLES["conversions"], "count"),
    ("acquisition_cost", KPI_TITLES["acquisition_cost"], "money"),
    ("clicks", Text(en="Clicks", ru="Клики"), "count"),
    ("impressions", Text(en="Impressions", ru="Показы"), "count"),
    ("ctr", KPI_TITLES["ctr"], "percent"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: its title, the kind of its values, and its name in the database."""

    title: str
    kind: Kind = "text"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its values as they are: numbers, dates, texts, None for no value."""

    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Any, ...], ...]

    def heading(self, name: str) -> Heading:
        """Return the heading of a column by its name in the database."""
        return next(heading for heading in self.headings if heading.name == name)


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure as it is written; `value` and `before` are its numbers."""

    title: str
    kind: Kind
    value: float | None
    before: float | None
    written: str
    change: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A recommendation."""

    sentence: str
    evidence: str
    caveat: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished chart of the run as PNG, and what it shows."""

    png: bytes
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Section:
    """One dashboard: its sentence, its chart, its table with the rows as the database has them."""

    slug: str
    title: str
    headline: str
    table: Table
    rows: tuple[Mapping[str, Any], ...]
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says, in `lang`; amounts are in `currency`.

    `positions` are those of the channels in the palette.
    """

    lang: Lang
    currency: str
    title: str
    subtitle: str
    period: str
    figures: tuple[Figure, ...]
    decision: tuple[str, ...]
    findings: tuple[Finding, ...]
    trend: Table
    channels: Table
    sections: tuple[Section, ...]
    method: tuple[str, ...]
    made: str
    positions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunViews:
    """The views of one run that a report is made from.

    `remarks` are the sentences of the page on what the figures mean, lack and leave out, in the language of
    the report.
    """

    overview: Overview
    advice: Advice
    track_record: TrackRecord
    dashboards: tuple[DashboardView, ...]
    charts: tuple[Chart | None, ...]
    currency: str
    remarks: tuple[str, ...]
    version: str


def report_of(views: RunViews, lang: Lang, now: datetime, time_zone: str) -> Report:
    """Return what a report of the run says."""
    overview, snapshot = views.overview, views.overview.snapshot
    zone = ZoneInfo(time_zone)
    return Report(
        lang=lang,
        currency=views.currency,
        title=wording.TITLE[lang],
        subtitle=_run(snapshot, zone, lang),
        period=_period(overview, lang),
        figures=tuple(_figure(kpi, views.currency, lang) for kpi in overview.kpis),
        decision=tuple(_decision(views.advice, lang)),
        findings=tuple(
            Finding(item.sentence[lang], item.evidence[lang], item.caveat[lang])
            for item in views.advice.items
        ),
        trend=_trend(overview, lang),
        channels=_channels(overview, lang),
        sections=tuple(
            _section(view, chart, lang) for view, chart in zip(views.dashboards, views.charts, strict=True)
        ),
        method=tuple(_method(views, lang)),
        made=wording.MADE.format(time=_time(now, zone, lang), version=views.version)[lang],
        positions={one.channel: one.position for one in overview.channels},
    )


def written(value: Any, kind: Kind, currency: str, lang: Lang) -> str:
    """Return a value as a reader reads it; an em dash where there is none."""
    if value is None:
        return NOTHING
    if kind == "money":
        return money(value, currency, lang)
    if kind == "percent":
        return percent(value, lang, decimals=2 if abs(value) < SMALL_RATIO else None)
    if kind == "date":
        return span(value, value, lang)
    if kind == "number":
        return number(value, lang, decimals=0 if abs(value) >= WHOLE_FROM else 1)
    return number(value, lang) if kind == "count" else str(value)


def _figure(kpi: Kpi, currency: str, lang: Lang) -> Figure:
    kind = KPI_KINDS[kpi.name]
    if kpi.lacks:
        missing = wording.MISSING[lang]
        return Figure(KPI_TITLES[kpi.name][lang], kind, None, None, missing, NOTHING)
    settled = kpi.settled
    write = change_in_points if kind == "percent" else change
    told = write(settled.value, settled.previous, lang)
    if told != NOTHING and settled.is_within_chance:
        told = wording.LEVEL[lang]
    value = written(kpi.value, kind, currency, lang)
    return Figure(KPI_TITLES[kpi.name][lang], kind, kpi.value, kpi.previous, value, told)


def _decision(advice: Advice, lang: Lang) -> Iterator[str]:
    """Yield the decision on the budget, then where the account stands, as the page does."""
    compared = ("channel_comparison", "analysis")
    paths = [
        ("recommendations", "budget_allocation"),
        compared,
        ("ml_predictions", "trend"),
        ("ml_predictions", "forecast_accuracy"),
    ]
    if advice.snapshot.waiting is not None:
        yield advice.snapshot.waiting[lang]
        paths = [compared]
    for path in paths:
        found: Any = advice.summary
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping) and found.get(lang):
            yield str(found[lang])


def _trend(overview: Overview, lang: Lang) -> Table:
    day = wording.DATE if overview.trend_step_days == 1 else wording.WEEK
    sums = [part for part in _sums(overview) if part[2] != "percent" and part[0] != "acquisition_cost"]
    title = wording.TREND if any(name == "revenue" for name, _, _ in sums) else wording.SPEND_TREND
    return Table(
        title[lang],
        (Heading(day[lang], "date"), *(Heading(title[lang], kind) for _, title, kind in sums)),
        tuple(
            (point.date, *(_recorded(point.totals, name) for name, _, _ in sums)) for point in overview.trend
        ),
    )


def _channels(overview: Overview, lang: Lang) -> Table:
    sums = _sums(overview)
    headings = [Heading(title[lang], kind) for _, title, kind in sums]
    has_roi = any(name == "roi" for name, _, _ in sums)
    bounds = (Heading(wording.ROI_FROM[lang], "percent"), Heading(wording.ROI_TO[lang], "percent"))
    rows = [
        (
            one.channel,
            *(_recorded(one.totals, name) for name, _, _ in sums),
            *((one.roi_low, one.roi_high) if has_roi else ()),
        )
        for one in overview.channels
    ]
    heads = (Heading(wording.CHANNEL[lang]), *headings, *(bounds if has_roi else ()))
    return Table(wording.CHANNELS[lang], heads, tuple(rows))


def _sums(overview: Overview) -> tuple[tuple[str, Text, Kind], ...]:
    """Return the figures of the tables: without revenue and ROI where the data have no revenue at all."""
    totals = overview.totals
    if "revenue" in totals.unrecorded and totals.revenue is None:
        return tuple(part for part in _WRITTEN_SUMS if part[0] not in {"revenue", "roi"})
    return _WRITTEN_SUMS


def _recorded(totals: Any, name: str) -> Any:
    """Return a figure of the totals; None for a sum that the data do not record."""
    return None if name in totals.unrecorded else getattr(totals, name)


def dashboard_table(view: DashboardView, lang: Lang) -> Table:
    """Return the rows of a dashboard as people see them, in a language."""
    return Table(
        view.title[lang],
        tuple(Heading(column.title[lang], column.kind, column.name) for column in view.columns),
        tuple(
            tuple(_cell(row[column.name], column.words, lang) for column in view.columns)
            for row in view.shown
        ),
    )


def _section(view: DashboardView, chart: Chart | None, lang: Lang) -> Section:
    table = dashboard_table(view, lang)
    picture = None if chart is None else Picture(chart.png, chart.width, chart.height, chart.headline[lang])
    return Section(view.slug, view.title[lang], view.headline[lang], table, view.shown, picture)


def _cell(value: Any, words: Mapping[str, Text], lang: Lang) -> Any:
    return words[value][lang] if value in words else value


def _method(views: RunViews, lang: Lang) -> Iterator[str]:
    overview, record = views.overview, views.track_record
    if overview.snapshot.is_sample:
        yield wording.SAMPLE[lang]
    yield wording.CONFIDENCE[lang]
    yield from views.remarks
    if record.inside80 is not None:
        told = {"forecasts": number(record.forecasts, lang), "inside": percent(record.inside80, lang)}
        yield wording.TRACK_RECORD.format(**told)[lang]


def _period(overview: Overview, lang: Lang) -> str:
    of = span(overview.date_from, overview.date_to, lang)
    if overview.previous_from is None or overview.previous_to is None:
        return of
    before = span(overview.previous_from, overview.previous_to, lang)
    return wording.FIGURES_OF.format(span=of, before=before)[lang]


def _run(snapshot: Snapshot, zone: ZoneInfo, lang: Lang) -> str:
    time = _time(snapshot.created_at, zone, lang)
    if snapshot.data_to is None:
        return wording.RUN_WITHOUT_DATA.format(run_id=snapshot.run_id, time=time)[lang]
    day = span(snapshot.data_to, snapshot.data_to, lang)
    return wording.RUN.format(run_id=snapshot.run_id, time=time, day=day)[lang]


def _time(moment: datetime, zone: ZoneInfo, lang: Lang) -> str:
    local = moment.astimezone(zone)
    return f"{span(local.date(), local.date(), lang)}, {local:%H:%M} {local.tzname() or ''}".rstrip()
