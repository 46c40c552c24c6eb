"""The one rule that cleans campaign days, before anything is computed from them.

The pipeline cleans them once, at its entrance. Forecasting, budgeting and insights call the same function on
frames from elsewhere; a frame that is clean already passes unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.errors import NoCampaignsError
from services.forecasting.failures import CampaignDaysError
from services.numerics import Bools, Floats, Ints
from services.text import Text

COUNTS = ("impressions", "clicks", "conversions", "cost", "revenue")
LARGEST = 1e12
"""No channel has more than this of anything on one day."""

SMALLEST = 1e-4
"""The least that the tables hold; dividing by less can only overflow."""

REPAIRED = "repaired"
"""Column of clean days: how many numbers of the row were impossible and have been replaced."""

REFUND_DAYS = 30
"""Refunds of a day are amounts as long as they are less than the usual revenue of so many days."""

_WEEK = 7
_MONEY = ("cost", "revenue")

PAIRS = (
    ("clicks", "impressions"),
    ("conversions", "clicks"),
    ("revenue", "cost"),
    ("conversions", "cost"),
    ("cost", "impressions"),
)
"""The sums whose ratios are used. A ratio is that of the sums over the rows that record both of them."""

Objects = NDArray[np.object_]


def pair_name(name: str, other: str) -> str:
    """Return the column of clean days with the sum of `name` over the rows that also record `other`."""
    return f"{name}_with_{other}"


def pair_sums(days: pd.DataFrame, above: str, below: str) -> tuple[pd.Series, pd.Series]:
    """Return two columns of clean days, summed over the rows that record both; NaN where no row does."""
    if pair_name(above, below) not in days.columns:
        return days[above], days[below]
    return days[pair_name(above, below)], days[pair_name(below, above)]


def clean_days(days: pd.DataFrame, counts: Sequence[str] = COUNTS) -> pd.DataFrame:
    """Return campaign days that can be computed with: one row per channel and day, sorted, with `REPAIRED`.

    `days` has the columns channel, date and `counts`; other numeric columns are added up too. Time of day
    and time zone of dates do not matter. The frame itself is not modified.

    * Rows of the same channel and day add up.
    * A missing number is not recorded, and a sum is NaN where no row of the day records it. If any is
      missing, the columns `pair_name` have the sums over the rows that record both, for each of `PAIRS`.
    * A number between -0.0001 and 0.0001 is 0.
    * Refunds and credits are amounts: rows of cost and revenue may be negative, and so may be their sum of a
      day, down to that of `REFUND_DAYS` usual days of the channel (the median of those above 0). The revenue
      of such a day stays negative. A credit is taken from the cost of the days before, see `without_credits`.
    * An impossible number (infinite, negative otherwise, beyond 1e12) is replaced by that of the same weekday
      of the week before, in a channel's first week by that of the day before, else by 0.

    Raises `NoCampaignsError` without rows, `CampaignDaysError` when a column, a date or a channel is missing.
    """
    if REPAIRED in days.columns:
        return days
    _require_columns(days, counts)
    if days.empty:
        raise NoCampaignsError
    rows = days.drop(columns=["channel", "date", *counts]).select_dtypes("number").reset_index(drop=True)
    rows.insert(0, "channel", _names(days["channel"]))
    rows.insert(1, "date", _dates(days["date"]))
    names, values = _with_pairs(tuple(counts), np.stack([_numbers(days[name]) for name in counts], axis=1))
    is_money = np.array([name.startswith(_MONEY) for name in names])
    possible = _is_possible(values, np.where(is_money, -LARGEST, 0.0)) | np.isnan(values)
    rows[list(names)] = np.where(possible, values, 0.0)
    sums = _by_day(rows, may_be_unknown=len(names) > len(counts))
    totals = sums[list(names)].to_numpy(dtype=np.float64)
    usable = _is_possible(totals, _least(sums["channel"], names, totals)) | np.isnan(totals)
    if not possible.all():
        usable &= ~_any_by_day(rows, ~possible)
    if not usable.all():
        totals = _repaired(totals, usable, *_series(sums))
    sums[list(names)] = _without_negative_cost(sums["channel"], names, totals)
    sums[REPAIRED] = np.count_nonzero(~usable[:, : len(counts)], axis=1)
    return sums


def _by_day(rows: pd.DataFrame, *, may_be_unknown: bool) -> pd.DataFrame:
    """Return the sums by channel and day, sorted; a sum of nothing but NaN is NaN if it `may_be_unknown`.

    Rows of one channel and day each are only sorted, which takes a third of the time.
    """
    code = pd.factorize(rows["channel"], sort=True)[0]
    day = rows["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((day, code))
    if np.any((np.diff(code[order]) == 0) & (np.diff(day[order]) == 0)):
        grouped = rows.groupby(["channel", "date"], sort=True, as_index=False)
        return grouped.sum(min_count=1) if may_be_unknown else grouped.sum()
    is_sorted = bool((np.diff(order) == 1).all())
    return rows if is_sorted else rows.iloc[order].reset_index(drop=True)


def _with_pairs(counts: tuple[str, ...], values: Floats) -> tuple[tuple[str, ...], Floats]:
    """Return the names and values (rows x names) of the counts and, if any is NaN, of the pairs."""
    values = np.where(np.abs(values) < SMALLEST, 0.0, values)
    if not np.isnan(values).any():
        return counts, values
    pairs = [pair for pair in PAIRS if set(pair) <= set(counts)]
    ordered = [(a, b) for pair in pairs for a, b in (pair, pair[::-1])]
    place = {name: at for at, name in enumerate(counts)}
    parts = [np.where(np.isnan(values[:, place[b]]), np.nan, values[:, place[a]]) for a, b in ordered]
    names = (*counts, *(pair_name(a, b) for a, b in ordered))
    return names, np.column_stack([values, *parts])


def _is_possible(values: Floats, least: Floats) -> Bools:
    """Return which values can be counts or money of one day, from `least` on; False for NaN."""
    return np.asarray((values >= least) & (values <= LARGEST))


def _least(channel: pd.Series, names: Sequence[str], totals: Floats) -> Floats:
    """Return the least that each total can be (days x counts): below 0 for a channel's money."""
    least = np.zeros_like(totals)
    for at, name in enumerate(names):
        if name.startswith(_MONEY) and (totals[:, at] < 0).any():
            earned = pd.Series(totals[:, at]).where((totals[:, at] > 0) & (totals[:, at] <= LARGEST))
            usual = earned.groupby(channel.to_numpy()).transform("median").fillna(0.0)
            least[:, at] = -REFUND_DAYS * usual.to_numpy()
    return least


def _without_negative_cost(channel: pd.Series, names: Sequence[str], totals: Floats) -> Floats:
    """Return the totals (days x counts, sorted by channel and day) with credits taken from earlier costs."""
    places = [at for at, name in enumerate(names) if name.startswith("cost") and (totals[:, at] < 0).any()]
    if not places:
        return totals
    found, channels = totals.copy(), channel.to_numpy()
    for at in places:
        for name in np.unique(channels[totals[:, at] < 0]):
            own = channels == name
            found[own, at] = without_credits(totals[own, at])
    return found


def without_credits(costs: Floats) -> Floats:
    """Return costs (days) of at least 0 with the same sum; NaN stays.

    A platform gives back what it charged before, so what is below 0 is taken from the days before, the newest
    first, and only then from the days after. A credit that exceeds all costs is left out.
    """
    known = ~np.isnan(costs)
    values = costs[known]
    earlier = without_refunds(values[None, ::-1])[0, ::-1]
    left = earlier.sum() - max(values.sum(), 0.0)  # of credits larger than all that was charged before
    out = costs.copy()
    out[known] = np.diff(np.maximum(np.cumsum(earlier) - left, 0.0), prepend=0.0)
    return out


def without_refunds(values: Floats) -> Floats:
    """Return amounts (series x time) of at least 0 with the same sums.

    What is below 0 is taken from later ones, so a day's value depends on earlier days alone. What the later
    ones do not make up for at the end is left out. Methods that need non-negative values take these.
    """
    owing = (values < 0).any(axis=1)
    if not owing.any():
        return values
    out = values.copy()
    peak = np.maximum.accumulate(np.maximum(np.cumsum(values[owing], axis=1), 0.0), axis=1)
    out[owing] = np.diff(peak, axis=1, prepend=0.0)
    return out


def _any_by_day(rows: pd.DataFrame, marks: Bools) -> Bools:
    """Return, for each channel and day in order (days x counts), whether a mark stands on any of its rows."""
    keys = [rows["channel"].to_numpy(), rows["date"].to_numpy()]
    return pd.DataFrame(marks).groupby(keys, sort=True).any().to_numpy()


def _series(days: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return the channel's number and the day's number (since 1970) of each row."""
    code = pd.factorize(days["channel"])[0].astype(np.int64)
    return code, days["date"].to_numpy().astype("datetime64[D]").astype(np.int64)


def _repaired(totals: Floats, usable: Bools, code: Ints, day: Ints) -> Floats:
    """Return the totals (days x counts, sorted by channel and day) with the unusable ones replaced."""
    repaired = totals.copy()
    span = int(day.max() - day.min()) + _WEEK + 1
    place = code * span + day - day.min()
    first_row = np.searchsorted(code, code)
    for row, count in np.argwhere(~usable):  # in order of time, so that repairs can build on repairs
        since_first = day[row] - day[first_row[row]]
        back = next((days for days in (_WEEK, 1) if since_first >= days), None)
        repaired[row, count] = (
            0.0 if back is None else _value_at(repaired[:, count], place, place[row] - back)
        )
    return repaired


def _value_at(values: Floats, place: Ints, wanted: int) -> float:
    """Return the value at a place, 0 where there is no row, NaN where it is not recorded."""
    found = int(np.searchsorted(place, wanted))
    return float(values[found]) if place[found] == wanted else 0.0


def _require_columns(days: pd.DataFrame, counts: Sequence[str]) -> None:
    missing = [name for name in ("channel", "date", *counts) if name not in days.columns]
    if missing:
        listed = ", ".join(missing)
        raise CampaignDaysError(reason=Text(en=f"no column {listed}", ru=f"нет столбцов: {listed}"))


def _names(column: pd.Series) -> Objects:
    names = column.astype("string")
    if names.isna().any():
        raise CampaignDaysError(reason=Text(en="a row has no channel", ru="в строке нет канала"))
    return names.to_numpy(dtype=object)


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _dates(column: pd.Series) -> pd.Series:
    """Return the days of a column of dates, without time and zone."""
    try:
        dates = pd.to_datetime(column, errors="coerce", utc=False)
    except (TypeError, ValueError):
        dates = pd.Series(pd.NaT, index=column.index)
    if dates.isna().any():
        count = int(dates.isna().sum())
        reason = Text(en=f"rows without a date: {count}", ru=f"строк без даты: {count}")
        raise CampaignDaysError(reason=reason)
    if dates.dt.tz is not None:
        dates = dates.dt.tz_localize(None)
    return dates.dt.normalize().reset_index(drop=True)
