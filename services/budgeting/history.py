"""The daily spend and revenue of every channel, cleaned and laid side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.errors import InvalidInputError
from services.text import Text

Floats = npt.NDArray[np.float64]
NEEDED = ("channel", "date", "cost", "revenue")
MOST_DAYS = 3 * 366
"""Older days are left aside: they say little about today's response, and cost time."""

MOST_MONEY = 1e12
"""More than this in one row is no amount of money."""

_DECIMALS = 4  # of amounts, as the database keeps them


class MissingColumnsError(InvalidInputError):
    """The frame of campaign days lacks columns."""

    code = "missing_columns"
    words = Text(
        en="Campaign days need the columns {needed}; missing: {missing}.",
        ru="Дням кампаний нужны столбцы {needed}; не хватает: {missing}.",
    )


@dataclass(frozen=True, slots=True)
class History:
    """Spend and revenue of `channels` (columns) on every calendar day of `dates` (rows).

    Channels are numbered by what they spent and brought, not by name, so that renaming a channel
    changes nothing but its name. A day without a row is a day without spend. `left_out` counts
    rows that could not be used.
    """

    channels: tuple[str, ...]
    dates: pd.DatetimeIndex
    cost: Floats
    revenue: Floats
    left_out: int

    @property
    def n_days(self) -> int:
        """The number of calendar days."""
        return int(self.dates.size)


def read_history(days: pd.DataFrame) -> History:
    """Return the newest three years of `days`.

    Rows whose money is missing, negative, infinite or too large to be true are left out. Several
    rows of a channel on one day are added up. Raises `MissingColumnsError`.
    """
    missing = [name for name in NEEDED if name not in days.columns]
    if missing:
        raise MissingColumnsError(needed=", ".join(NEEDED), missing=", ".join(missing))
    rows = _readable(days)
    usable = rows[_is_usable(rows)]
    sums = usable.groupby(["channel", "date"], observed=True, sort=True)[["cost", "revenue"]].sum()
    sums = sums.reset_index()
    is_new = sums["date"] > sums["date"].max() - pd.Timedelta(days=MOST_DAYS)
    return _side_by_side(sums[is_new], left_out=len(days) - len(usable))


def _readable(days: pd.DataFrame) -> pd.DataFrame:
    dates = pd.to_datetime(days["date"], errors="coerce")
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        dates = dates.dt.tz_localize(None)
    return pd.DataFrame(
        {
            "channel": days["channel"],
            "date": dates.dt.normalize(),
            "cost": _amounts(days["cost"]),
            "revenue": _amounts(days["revenue"]),
        }
    )


def _amounts(values: pd.Series[float]) -> pd.Series[float]:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    return numbers.where(numbers.abs() <= MOST_MONEY).round(_DECIMALS)


def _is_usable(rows: pd.DataFrame) -> pd.Series[bool]:
    money = rows[["cost", "revenue"]].to_numpy(dtype=float)
    fine = (money >= 0).all(axis=1)
    named = rows["channel"].notna() & rows["date"].notna()
    return pd.Series(named.to_numpy() & fine, index=rows.index)


def _side_by_side(sums: pd.DataFrame, left_out: int) -> History:
    if sums.empty:
        nothing = np.zeros((0, 0))
        return History((), pd.DatetimeIndex([]), nothing, nothing, left_out)
    dates = pd.date_range(sums["date"].min(), sums["date"].max(), freq="D")
    names, column = np.unique(sums["channel"].astype(str).to_numpy(dtype=object), return_inverse=True)
    row = (sums["date"] - dates[0]).dt.days.to_numpy()
    cost, revenue = np.zeros((2, dates.size, names.size))
    np.add.at(cost, (row, column), sums["cost"].to_numpy())
    np.add.at(revenue, (row, column), sums["revenue"].to_numpy())
    order = np.lexsort((-revenue.sum(axis=0), -cost.sum(axis=0)))
    channels = tuple(str(names[i]) for i in order)
    return History(channels, dates, cost[:, order], revenue[:, order], left_out)
