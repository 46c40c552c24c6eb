"""The data of native charts: categories and lines or bars, from the rows of a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from services.charts.channel_colours import colour as colour_of
from services.reports import wording
from services.reports.content import Heading, Report, Section, Table
from services.text import Text
from services.views import Kind

GREEN, AMBER, GREY = "#1E6B4A", "#C98A00", "#A9B3AC"
MOST_LINES = 6
MOST_BARS = 12
DAYS_BACK = 91
_DAILY: Mapping[str, tuple[tuple[str, Text], ...]] = {
    "roi-timeseries": (("roi", wording.ROI), ("conversion", wording.CONVERSION)),
    "reach-ctr-timeseries": (("reach", wording.REACH), ("ctr", wording.CTR)),
}
_OF_MONEY = (AMBER, GREEN)  # spend, revenue: as on the page
MEDIAN_DAYS = 7  # as the lines of the pictures


@dataclass(frozen=True, slots=True)
class Line:
    """One line or one colour of bars; None where it has no value.

    `colour` is hexadecimal, `#1E6B4A`. `is_expected`: drawn dashed.
    """

    name: str
    values: tuple[float | None, ...]
    colour: str
    is_expected: bool = False


@dataclass(frozen=True, slots=True)
class ChartData:
    """A chart: its title, its categories (days or names), and its lines or groups of bars."""

    title: str
    categories: tuple[date | str, ...]
    lines: tuple[Line, ...]
    kind: Kind
    is_bars: bool


def charts_of(section: Section, report: Report) -> tuple[ChartData, ...]:
    """Return the charts of a dashboard; none where there is nothing to draw."""
    rows, table = section.rows, section.table
    if not rows:
        return ()
    drawn: list[ChartData | None]
    if section.slug == "roi-forecast":
        kind = table.heading("roi_forecast").kind
        drawn = [_bars(rows, ("roi_forecast",), table, kind, (GREEN,))]
    elif section.slug == "budget-recommendations":
        drawn = [_bars(rows, ("current_budget", "recommended_budget"), table, "money", (GREY, GREEN))]
    else:
        drawn = [_days(rows, *measure, table, report) for measure in _DAILY[section.slug]]
    return tuple(chart for chart in drawn if chart is not None)


def trend_chart(report: Report) -> ChartData | None:
    """Return spend and revenue over the period; None where neither is recorded."""
    table = report.trend
    days = tuple(row[0] for row in table.rows)
    lines = tuple(
        Line(heading.title, tuple(_float(row[place]) for row in table.rows), colour)
        for colour, (place, heading) in zip(_OF_MONEY, _amounts(table), strict=True)
        if any(row[place] is not None for row in table.rows)
    )
    return ChartData(table.title, days, lines, "money", is_bars=False) if days and lines else None


def _amounts(table: Table) -> list[tuple[int, Heading]]:
    return [(place, heading) for place, heading in enumerate(table.headings) if heading.kind == "money"]


def _bars(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    table: Table,
    kind: Kind,
    colours: Sequence[str],
) -> ChartData | None:
    """Return bars by channel, the largest first; beyond `MOST_BARS`, the first and the last ones."""
    known = [row for row in rows if all(row[column] is not None for column in columns)]
    if len(known) > MOST_BARS:
        known = [*known[: MOST_BARS // 2], *known[-(MOST_BARS // 2) :]]
    if not known:
        return None
    lines = tuple(
        Line(table.heading(column).title, tuple(_float(row[column]) for row in known), colour)
        for column, colour in zip(columns, colours, strict=True)
    )
    return ChartData(table.title, tuple(str(row["channel"]) for row in known), lines, kind, is_bars=True)


def _days(
    rows: Sequence[Mapping[str, Any]], measure: str, title: Text, table: Table, report: Report
) -> ChartData | None:
    """Return for each of the first channels a line of its past and a dashed one of what is expected."""
    actual, expected = _by_channel(rows, f"{measure}_actual"), _by_channel(rows, f"{measure}_pred")
    last = max((day for values in actual.values() for day in values), default=None)
    if last is None:
        return None
    days = sorted({row["date"] for row in rows if (last - row["date"]).days < DAYS_BACK})
    channels = sorted(actual, key=lambda channel: -sum(map(abs, actual[channel].values())))[:MOST_LINES]
    lines = []
    for channel in channels:
        past = _smoothed({day: v for day, v in actual[channel].items() if day <= last}, days)
        ahead = {day: v for day, v in expected.get(channel, {}).items() if day > last}
        shade = colour_of(report.positions.get(channel, len(report.positions)))
        lines.append(Line(channel, past, shade))
        if ahead:
            name = wording.EXPECTED.format(channel=channel)[report.lang]
            lines.append(Line(name, _smoothed(ahead, days), shade, is_expected=True))
    kind = table.heading(f"{measure}_actual").kind
    told = wording.PER_THOUSAND if (measure, kind) == ("roi", "number") else title
    return ChartData(told[report.lang], tuple(days), tuple(lines), kind, is_bars=False)


def _by_channel(rows: Sequence[Mapping[str, Any]], column: str) -> dict[str, dict[date, float]]:
    found: dict[str, dict[date, float]] = defaultdict(dict)
    for row in rows:
        if row[column] is not None:
            found[row["channel"]][row["date"]] = float(row[column])
    return found


def _smoothed(values: Mapping[date, float], days: Sequence[date]) -> tuple[float | None, ...]:
    """Return for each day the median of the values up to 3 days around it; None for a day without one."""
    near = [timedelta(days=back) for back in range(-(MEDIAN_DAYS // 2), MEDIAN_DAYS // 2 + 1)]
    return tuple(
        median(values[day + one] for one in near if day + one in values) if day in values else None
        for day in days
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
