"""The definition of a dashboard: its table, rows, drawing and texts in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.charts import channel_colours
from services.dashboards.outlooks import NO_OUTLOOKS, Outlooks
from services.text import Lang, Text
from services.views import Column
from services.worth import REVENUE, Worth

if TYPE_CHECKING:  # the web process imports this module and must not load pandas and matplotlib
    from matplotlib.figure import Figure

    from services.budgeting import BudgetPlan
    from services.dashboards.results import Results

RowValues = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RenderContext:
    """Inputs of drawing: the language, the currency, each channel's position in the palette.

    `outlooks` are the sums behind the rows, for labels and headlines; `worth` is what channels are judged by,
    `plan` what the run decides.
    """

    lang: Lang
    currency: str
    positions: dict[str, int]
    outlooks: Outlooks = NO_OUTLOOKS
    worth: Worth = REVENUE
    plan: BudgetPlan | None = None

    def colour(self, channel: str) -> str:
        """Return the channel's fixed colour; a channel not yet published gets the next colour."""
        return channel_colours.colour(self.positions.get(channel, len(self.positions)))


@dataclass(frozen=True, slots=True)
class OfConversions:
    """Title and columns of a dashboard in accounts that are judged by their conversions."""

    title: Text
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard.

    `is_forecast`: without enough days of data, a sentence replaces chart and headline (see `waiting`).
    `rows` returns the values of `table` for a run, without id, run_id and created_at, in the order of
    the table on the page. `draw` and `headline` take the same rows, so that chart, headline and table
    agree. `of_conversions` are title and columns in accounts that are judged by their conversions, where they
    differ.
    """

    slug: str
    title: Text
    table: sa.Table
    columns: tuple[Column, ...]
    rows: Callable[[Results], list[RowValues]]
    draw: Callable[[Sequence[RowValues], RenderContext], Figure]
    headline: Callable[[Sequence[RowValues], RenderContext], str]
    is_forecast: bool = False
    of_conversions: OfConversions | None = None

    def named(self, worth: Worth) -> tuple[Text, tuple[Column, ...]]:
        """Return title and columns in the words of what channels are judged by."""
        if worth.in_conversions and self.of_conversions is not None:
            return self.of_conversions.title, self.of_conversions.columns
        columns = tuple(replace(column, title=worth.word(column.title)) for column in self.columns)
        return worth.word(self.title), columns
