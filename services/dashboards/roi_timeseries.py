"""Dashboard: daily ROI and conversion, actual and predicted, with the forecast of the days ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.dashboards.daily import Measure, columns, draw_days, headline_of_days, rows_of_days
from services.dashboards.spec import Dashboard, OfConversions, RenderContext, RowValues
from services.dashboards.words import CHANNEL, DATE
from services.database.tables import RATIO, snapshot_table
from services.text import Text, both

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from services.dashboards.results import Results

TITLE = Text(en="ROI and conversion: actual and predicted", ru="ROI и конверсия: факт и прогноз")
MEASURES = (
    Measure("roi", Text(en="ROI", ru="ROI"), both("ROI")),
    Measure(
        "conversion",
        Text(en="Conversion", ru="Конверсия"),
        Text(en="conversion", ru="конверсия"),
        decimals=2,
    ),
)

TITLE_OF_CONVERSIONS = Text(
    en="Conversions per 1,000 and conversion: actual and predicted",
    ru="Конверсии на 1000 затрат и конверсия: факт и прогноз",
)
MEASURES_OF_CONVERSIONS = (
    Measure(
        "roi",
        Text(en="Conversions per 1,000 spent", ru="Конверсий на 1000 затрат"),
        Text(en="the number of conversions per 1,000 spent", ru="число конверсий на 1000 затрат"),
        is_ratio=False,
        reading="conversions per thousand",
        label=Text(en="Per 1,000", ru="На 1000"),
    ),
    MEASURES[1],
)

TABLE = snapshot_table(
    "ml_roi_timeseries",
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("roi_actual", RATIO),
    sa.Column("conversion_actual", RATIO),
    sa.Column("roi_pred", RATIO),
    sa.Column("conversion_pred", RATIO),
    sa.Column("roi_low", RATIO),
    sa.Column("roi_high", RATIO),
    sa.Column("conversion_low", RATIO),
    sa.Column("conversion_high", RATIO),
)


def rows(results: Results) -> list[RowValues]:
    """Return one row per channel and day, including the days ahead, newest first."""
    return rows_of_days(results, MEASURES)


def draw(rows: Sequence[RowValues], context: RenderContext) -> Figure:
    """Draw actual and predicted ROI above actual and predicted conversion, channel by channel."""
    return draw_days(rows, context, DASHBOARD.named(context.worth)[0], _measures(context))


def headline(rows: Sequence[RowValues], context: RenderContext) -> str:
    """Return the sentence on the expected change of ROI and the past coverage of its interval."""
    return headline_of_days(rows, context, _measures(context))


def _measures(context: RenderContext) -> tuple[Measure, ...]:
    return MEASURES_OF_CONVERSIONS if context.worth.in_conversions else MEASURES


DASHBOARD = Dashboard(
    slug="roi-timeseries",
    title=TITLE,
    table=TABLE,
    columns=(DATE, CHANNEL, *columns(MEASURES)),
    rows=rows,
    draw=draw,
    headline=headline,
    is_forecast=True,
    of_conversions=OfConversions(TITLE_OF_CONVERSIONS, (DATE, CHANNEL, *columns(MEASURES_OF_CONVERSIONS))),
)
