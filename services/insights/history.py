"""The account's recent past as arrays, the input of all rules.

Series are aligned at each channel's own last day, so column -1 is the newest day of every channel. `by_weeks`
has the same in steps of seven days that end with that day: what is read from it is the same whether the rows
were of days or of weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from services.forecasting.account import Account
from services.forecasting.campaign_days import COUNTS
from services.forecasting.grain import GRAINS
from services.forecasting.panel import Panel, read_panel
from services.forecasting.settling import DOUBT, LEFT_OUT
from services.numerics import Bools, Floats, Ints, divide

WEEK = 7
KEPT_DAYS = 58 * WEEK
PERIOD_DAYS = 28
YEAR_DAYS = 52 * WEEK

_MONDAY = 4  # day 0 of the calendar, 1 January 1970, was a Thursday: day 4 is a Monday


@dataclass(frozen=True, slots=True)
class History:
    """The daily counts of every channel (`counts`: metric -> channels x days) up to its last day.

    `observed` (channels x days) is False before a channel's first day; a later day without rows has zeros.
    `last_day` (channels) are day numbers since 1970. A `stopped` channel has had no activity for more than
    four weeks. A count is 0 where it is not recorded; `recorded`, `complete` and `pairs` are empty where all
    figures of all days are (see the methods). `unsettled` (channels) are the newest days whose conversions
    and revenue are left out, because they are still coming in; empty if there are none. `doubt` (channels x
    days) is the relative error of conversions and revenue that are grossed up; None if there are none.
    `step` is the number of days of a column. `grain` (channels) is "day", "week" or "month": the span of the
    rows that a channel's days were made of.
    """

    channels: tuple[str, ...]
    counts: Mapping[str, Floats]
    observed: Bools
    last_day: Ints
    stopped: Bools
    repaired: int
    recorded: Mapping[str, Bools] = field(default_factory=dict)
    complete: Mapping[str, Bools] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], tuple[Floats, Floats]] = field(default_factory=dict)
    unsettled: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    doubt: Floats | None = None
    step: int = 1
    grain: tuple[str, ...] = ()

    def settled(self) -> History:
        """Return the history up to each channel's last settled day: what is said of ROI and conversion."""
        if not self.unsettled.any():
            return self
        place = np.arange(self.length) - self.unsettled[:, None]
        inside, place = place >= 0, np.maximum(place, 0)

        def moved(values: Any) -> Any:
            return np.take_along_axis(values, place, axis=1) * inside

        return replace(
            self,
            counts={name: moved(values) for name, values in self.counts.items()},
            observed=moved(self.observed),
            last_day=self.last_day - self.unsettled,
            recorded={name: moved(values) for name, values in self.recorded.items()},
            complete={name: moved(values) for name, values in self.complete.items()},
            pairs={pair: (moved(above), moved(below)) for pair, (above, below) in self.pairs.items()},
            unsettled=np.zeros_like(self.unsettled),
            doubt=None if self.doubt is None else moved(self.doubt),
        )

    def by_weeks(self) -> History:
        """Return the history in steps of seven days, counted back from each channel's last day.

        A week is observed if all its days are; a history of less than a week is one step.
        """
        weeks = max(self.length // WEEK, 1)
        days = min(self.length, weeks * WEEK)

        def summed(values: Floats) -> Floats:
            return np.asarray(values[:, -days:].reshape(len(values), weeks, -1).sum(axis=2))

        def all_of(values: Bools) -> Bools:
            return np.asarray(values[:, -days:].reshape(len(values), weeks, -1).all(axis=2))

        return replace(
            self,
            counts={name: summed(values) for name, values in self.counts.items()},
            observed=all_of(self.observed),
            recorded={name: all_of(values) for name, values in self.recorded.items()},
            complete={name: all_of(values) for name, values in self.complete.items()},
            pairs={pair: (summed(above), summed(below)) for pair, (above, below) in self.pairs.items()},
            step=WEEK,
        )

    def is_recorded(self, name: str) -> Bools:
        """Return where a day records a count in at least one row (channels x days)."""
        return self.recorded.get(name, np.ones_like(self.observed))

    def is_complete(self, name: str, channel: int, days: slice) -> bool:
        """Return whether all rows of a channel record a count on some days."""
        return name not in self.complete or bool(self.complete[name][channel, days].all())

    def pair(self, above: str, below: str) -> tuple[Floats, Floats]:
        """Return two counts over the rows that record both (channels x days each)."""
        return self.pairs.get((above, below)) or (self.counts[above], self.counts[below])

    def recent_pair(self, above: str, below: str, days: int) -> tuple[Floats, Floats]:
        """Return the sums of a pair over each channel's last `days` days (channels each)."""
        top, bottom = self.pair(above, below)
        return np.asarray(top[:, -days:].sum(axis=1)), np.asarray(bottom[:, -days:].sum(axis=1))

    def lacks_roi(self, days: int) -> bool:
        """Return whether some rows of the last `days` days record only one of revenue and cost."""
        return any(not self.complete[name][:, -days:].all() for name in ("revenue", "cost") if self.complete)

    @property
    def length(self) -> int:
        """Return the number of days."""
        return len(self.observed[0])

    @property
    def weekday(self) -> Ints:
        """Return the day of the week, 0 for Monday (channels x days)."""
        return (self.last_day[:, None] - np.arange(self.length)[::-1] - _MONDAY) % WEEK

    def recent(self, name: str, days: int = PERIOD_DAYS) -> Floats:
        """Return the sum of a count over each channel's last `days` days (channels)."""
        return np.asarray(self.counts[name][:, -days:].sum(axis=1))

    def together(self) -> History:
        """Return the sum of all channels as one channel, up to the last day that all active ones have."""
        going = ~self.stopped | self.stopped.all()
        end = int(self.last_day[going].min())
        place = np.arange(self.length) - (self.last_day - end)[:, None]
        inside = (place >= 0) & (place < self.length)
        place = np.clip(place, 0, self.length - 1)

        def summed(values: Floats) -> Floats:
            return np.asarray((np.take_along_axis(values, place, axis=1) * inside).sum(axis=0)[None, :])

        observed = (np.take_along_axis(self.observed, place, axis=1) & inside).any(axis=0)
        return History(
            channels=("",),
            counts={name: summed(values) for name, values in self.counts.items()},
            observed=np.maximum.accumulate(observed)[None, :],
            last_day=np.array([end]),
            stopped=np.array([bool(self.stopped.all())]),
            repaired=self.repaired,
            pairs={pair: (summed(above), summed(below)) for pair, (above, below) in self.pairs.items()},
            grain=(max(self.grain, key=GRAINS.index, default="day"),),
        )

    def day(self, channel: int, back: int = 0) -> date:
        """Return the date that is `back` days before a channel's last day."""
        return day_date(int(self.last_day[channel]) - back)


def read_history(
    days: pd.DataFrame, grain: Mapping[str, str] | None = None, *, years_back: int = 0
) -> History | None:
    """Return the history of campaign days, None when there are none.

    grain: "week" or "month" for channels whose rows were such periods. years_back: end 52 weeks earlier.
    """
    newest = _newest(days, years_back)
    if newest.empty:
        return None
    panel = read_panel(newest, Account(grain=grain or {}))
    kept = slice(-KEPT_DAYS, None)
    recorded = {name: values[:, kept] for name, values in panel.recorded.items()}
    return History(
        channels=panel.channels,
        counts={name: panel.counts[name][:, kept] * recorded.get(name, True) for name in COUNTS},
        observed=panel.observed[:, kept],
        last_day=panel.last_day.astype(np.int64),
        stopped=panel.stopped,
        repaired=panel.repaired,
        recorded=recorded,
        complete={name: panel.is_complete(name)[:, kept] for name in recorded},
        pairs={pair: (above[:, kept], below[:, kept]) for pair, (above, below) in panel.pairs.items()},
        unsettled=_unsettled(newest, panel),
        doubt=_doubt(newest, panel),
        grain=tuple((grain or {}).get(channel, "day") for channel in panel.channels),
    )


def _unsettled(days: pd.DataFrame, panel: Panel) -> Ints:
    """Return the number of newest days of each channel that `settling.settle` left out (channels)."""
    if LEFT_OUT not in days.columns:
        return np.zeros(len(panel.channels), dtype=np.int64)
    settled = days[days[LEFT_OUT] == 0].groupby("channel")["date"].max()
    last = pd.to_datetime(settled.reindex(panel.channels)).to_numpy().astype("datetime64[D]")
    number = np.where(np.isnat(last), 0, (panel.last_day - last).astype(np.int64))
    is_left_out = days.groupby("channel")[LEFT_OUT].max().reindex(panel.channels).to_numpy() > 0
    return np.asarray(np.clip(number, 0, None) * (is_left_out & ~panel.stopped))


def _doubt(days: pd.DataFrame, panel: Panel) -> Floats | None:
    """Return the relative error of each day's grossed-up figures (channels x kept days); None without any."""
    if DOUBT not in days.columns:
        return None
    rows = days[days[DOUBT] > 0]
    number = {name: place for place, name in enumerate(panel.channels)}
    channel = rows["channel"].map(number).to_numpy(dtype=np.int64)
    back = (panel.last_day[channel] - rows["date"].to_numpy().astype("datetime64[D]")).astype(np.int64)
    found = np.zeros((len(panel.channels), min(panel.observed.shape[1], KEPT_DAYS)))
    inside = (back >= 0) & (back < found.shape[1])
    found[channel[inside], -1 - back[inside]] = rows[DOUBT].to_numpy()[inside]
    return found


def _newest(days: pd.DataFrame, years_back: int) -> pd.DataFrame:
    """Return the rows of the newest 58 weeks, or of those that end some times 52 weeks before.

    A channel that ended before them is left out.
    """
    if days.empty:
        return days
    dates = days["date"]
    end = dates.max() - pd.Timedelta(days=years_back * YEAR_DAYS)
    recent: pd.DataFrame = days[(dates > end - pd.Timedelta(days=KEPT_DAYS)) & (dates <= end)]
    return recent


def day_date(number: int) -> date:
    """Return the date of a day number since 1970."""
    found: date = np.datetime64(number, "D").astype(object)
    return found


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom as floats, NaN where the bottom is not positive."""
    return divide(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float))
