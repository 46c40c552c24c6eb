"""What a dashboard is: its table, its rows, its drawing and its words in one entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.charts import channel_colours
from services.text import Lang, Text
from services.views import Column

if TYPE_CHECKING:  # the web process reads the entries and must not pay for pandas and matplotlib
    from matplotlib.figure import Figure

    from services.dashboards.results import Results

RowValues = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RenderContext:
    """How to draw: the reader's language, the currency, and each channel's fixed colour place."""

    lang: Lang
    currency: str
    positions: dict[str, int]

    def colour(self, channel: str) -> str:
        """Return the channel's fixed colour; a channel not yet published gets the next one."""
        return channel_colours.colour(self.positions.get(channel, len(self.positions)))


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard.

    `rows` gives the values of `table` for a run, without id, run_id and created_at; its order is
    the order of the table on the page. `draw` and `headline` take those same rows, so that picture,
    sentence and table cannot disagree.
    """

    slug: str
    title: Text
    table: sa.Table
    columns: tuple[Column, ...]
    rows: Callable[[Results], list[RowValues]]
    draw: Callable[[Sequence[RowValues], RenderContext], Figure]
    headline: Callable[[Sequence[RowValues], RenderContext], str]
