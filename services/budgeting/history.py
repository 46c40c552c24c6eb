"""The daily spend and revenue of every channel, cleaned and laid side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from services.forecasting.campaign_days import REPAIRED, clean_days, pair_sums, without_refunds
from services.forecasting.panel import STOPPED_DAYS
from services.numerics import Bools, Floats, Ints

MONEY = ("cost", "revenue")
MOST_DAYS = 3 * 366
"""Older days are left aside: they say little about today's response, and cost time."""

SPIKE = 20.0
"""A day's spend above this multiple of the median of the active days around it is not believed."""

_AROUND_DAYS = 57
_FEWEST_AROUND = 14

NEARLY_ALL = 0.95
"""A day's revenue is known if it is recorded for this part of the day's spend."""


@dataclass(frozen=True, slots=True)
class History:
    """Spend and revenue of `channels` (columns) on every calendar day of `dates` (rows).

    Refunds are taken from the revenue of later days, see `without_refunds`.

    Channels are numbered by what they spent and brought, not by name, so that renaming a channel
    changes nothing but its name. A day without a row is a day without spend. `repaired` counts
    impossible numbers that were replaced.

    `is_known` (days x channels) is False where revenue is not recorded for the day's spend, and
    `lacks_cost` is True where the rows of a day do not record cost; the numbers are 0 there. `is_spike` marks
    days whose spend is not believed. `last_day` (channels) is the row of each channel's last day: the last
    one with data, since an export that ends earlier is late. After 28 days without data the channel has
    stopped, and its last day is the account's.
    """

    channels: tuple[str, ...]
    dates: pd.DatetimeIndex
    cost: Floats
    revenue: Floats
    repaired: int
    is_known: Bools
    lacks_cost: Bools
    is_spike: Bools
    last_day: Ints

    def newest(self, values: Floats | Bools, days: int) -> Floats:
        """Return the last `days` values of each channel, up to its own last day (days x channels).

        values: (days of the history x channels); days before the history are 0.
        """
        rows = self.last_day[None, :] + np.arange(1 - days, 1)[:, None]
        found = np.take_along_axis(values, np.maximum(rows, 0), axis=0)
        return np.where(rows >= 0, found, 0).astype(np.float64)

    @property
    def n_days(self) -> int:
        """The number of calendar days."""
        return int(self.dates.size)


def read_history(days: pd.DataFrame) -> History:
    """Return the newest three years of `days` (channel, date, cost, revenue); raises as `clean_days` does.

    A frame without rows gives a history without channels.
    """
    if days.empty:
        nothing, none = np.zeros((0, 0)), np.zeros((0, 0), dtype=np.bool_)
        return History(
            (),
            pd.DatetimeIndex([]),
            nothing,
            nothing,
            repaired=0,
            is_known=none,
            lacks_cost=none,
            is_spike=none,
            last_day=np.zeros(0, dtype=np.int64),
        )
    cleaned = clean_days(days, MONEY)
    newest = cleaned["date"].max() - pd.Timedelta(days=MOST_DAYS)
    return _side_by_side(cleaned[cleaned["date"] > newest])


def _side_by_side(sums: pd.DataFrame) -> History:
    dates = pd.date_range(sums["date"].min(), sums["date"].max(), freq="D")
    names, column = np.unique(sums["channel"].astype(str).to_numpy(dtype=object), return_inverse=True)
    row = (sums["date"] - dates[0]).dt.days.to_numpy()
    cost, revenue = np.zeros((2, dates.size, names.size))
    lacks_cost, lacks_revenue = np.zeros((2, dates.size, names.size), dtype=np.bool_)
    earned, spent = (part.fillna(0.0) for part in pair_sums(sums, "revenue", "cost"))
    cost[row, column], revenue[row, column] = sums["cost"].fillna(0.0), earned
    lacks_cost[row, column] = sums["cost"].isna()
    lacks_revenue[row, column] = sums["revenue"].isna() | (spent < NEARLY_ALL * sums["cost"].fillna(0.0))
    order = np.lexsort((-revenue.sum(axis=0), -cost.sum(axis=0)))
    last_day = np.zeros(names.size, dtype=np.int64)
    np.maximum.at(last_day, column, row)
    last_day = np.where(dates.size - 1 - last_day <= STOPPED_DAYS, last_day, dates.size - 1)
    return History(
        tuple(str(names[i]) for i in order),
        dates,
        cost[:, order],
        without_refunds(np.where(lacks_revenue, 0.0, revenue).T).T[:, order],
        repaired=int(sums[REPAIRED].sum()),
        is_known=~lacks_revenue[:, order],
        lacks_cost=lacks_cost[:, order],
        is_spike=_spikes(cost[:, order]),
        last_day=last_day[order],
    )


def _spikes(cost: Floats) -> Bools:
    """Mark the days with more than 20 times the median spend of the active days around them (as `cost`).

    Such a day is nearly always a slip of the decimal point or a year's invoice, and one of them decides the
    whole regression.
    """
    active = pd.DataFrame(np.where(cost > 0, cost, np.nan))
    usual = active.rolling(_AROUND_DAYS, center=True, min_periods=_FEWEST_AROUND).median().to_numpy()
    return np.asarray(cost > SPIKE * np.where(np.isnan(usual), np.inf, usual))
