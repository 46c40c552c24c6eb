"""Dashboard: daily reach and CTR, actual and predicted, with the forecast of the days ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.dashboards.daily import Measure, columns, draw_days, headline_of_days, rows_of_days
from services.dashboards.spec import Dashboard, RenderContext, RowValues
from services.dashboards.words import CHANNEL, DATE
from services.database.tables import RATIO, snapshot_table
from services.text import Text, both

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from services.dashboards.results import Results

TITLE = Text(en="Reach and CTR: actual and predicted", ru="Охват и CTR: факт и прогноз")
MEASURES = (
    Measure(
        "reach",
        Text(en="Reach", ru="Охват"),
        Text(en="reach", ru="охват"),
        Text(en="{value} impressions a day", ru="{value} показов в день"),
        is_ratio=False,
    ),
    Measure("ctr", Text(en="CTR", ru="CTR"), both("CTR"), decimals=2),
)

TABLE = snapshot_table(
    "ml_reach_ctr_timeseries",
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("reach_actual", sa.Double),
    sa.Column("ctr_actual", RATIO),
    sa.Column("reach_pred", sa.Double),
    sa.Column("ctr_pred", RATIO),
    sa.Column("reach_low", sa.Double),
    sa.Column("reach_high", sa.Double),
    sa.Column("ctr_low", RATIO),
    sa.Column("ctr_high", RATIO),
)


def rows(results: Results) -> list[RowValues]:
    """Return one row per channel and day, including the days ahead, newest first."""
    return rows_of_days(results, MEASURES)


def draw(rows: Sequence[RowValues], context: RenderContext) -> Figure:
    """Draw actual and predicted reach above actual and predicted CTR, channel by channel."""
    return draw_days(rows, context, TITLE, MEASURES)


def headline(rows: Sequence[RowValues], context: RenderContext) -> str:
    """Return the sentence on the expected change of reach and the past coverage of its interval."""
    return headline_of_days(rows, context, MEASURES)


DASHBOARD = Dashboard(
    slug="reach-ctr-timeseries",
    title=TITLE,
    table=TABLE,
    columns=(DATE, CHANNEL, *columns(MEASURES)),
    rows=rows,
    draw=draw,
    headline=headline,
    is_forecast=True,
)
