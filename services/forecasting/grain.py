"""The grain of a channel: whether its rows are of days, weeks or months; and rows spread over their days.

A row of a week that stands on its first day is no day of much activity with six days of nothing after it. Its
figures are spread evenly over its days, as the import does, and the channel is forecast in its own step (see
`steps`). The grain is told by `Account.grain`; else it is recognised from the step of the dates. Forecasts,
plan and recommendations all spread by this one rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from services.forecasting.campaign_days import COUNTS, PAIRS, REPAIRED, pair_name
from services.numerics import Bools, Floats, Ints

DAY, WEEK, MONTH = GRAINS = ("day", "week", "month")
DAYS_OF = {DAY: 1, WEEK: 7, MONTH: 31}
"""The most days of a row."""

FEWEST_GAPS = 3
"""So many distances between the rows of a channel are needed to recognise its grain."""

MODAL_PART = 0.5
"""Part of the distances that must be of the grain."""

WHOLE_PART = 0.6
"""A newest row of at least this part of the usual one is no row of a period that has just begun."""

_USUAL_ROWS = 8
_EPOCH = date(1970, 1, 1).toordinal()
_SHARED = frozenset(
    [*COUNTS, *(pair_name(*pair) for pair in PAIRS), *(pair_name(*pair[::-1]) for pair in PAIRS)]
)


def recognised(channels: Sequence[str], code: Ints, day: Ints, told: Mapping[str, str]) -> tuple[str, ...]:
    """Return the grain of each channel: the told one, else the step of its dates (the modal gap).

    code, day: channel number and day number of each row (rows), sorted by channel and day.
    """
    return tuple(
        told.get(channel) or grain_of(np.diff(day[code == number])) for number, channel in enumerate(channels)
    )


def grain_of(gaps: Ints) -> str:
    """Return the grain of rows that are `gaps` days apart: week (7), month (28 to 31), else day."""
    if len(gaps) < FEWEST_GAPS:
        return DAY
    for grain, found in ((WEEK, gaps == 7), (MONTH, (gaps >= 28) & (gaps <= 31))):
        if found.mean() > MODAL_PART:
            return grain
    return DAY


def spread_rows(
    days: pd.DataFrame,
    told: Mapping[str, str],
    *,
    until: date | None = None,
    once: Collection[str] = (),
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the days with rows of weeks and months spread over their days, and the grain of such channels.

    days: clean days, with any of the five counts and their pairs, which are shared out; the columns `once`
    (numbers of rows) stay on the first day, and others are repeated. told, until: as for `recognised` and
    `periods`. Rows that are spread already pass unchanged. The frame itself is not modified.
    """
    code, names = pd.factorize(days["channel"].to_numpy(dtype=object), sort=True)
    channels, code = [str(name) for name in names], np.asarray(code, dtype=np.int64)
    day = days["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    grain = recognised(channels, code, day, told)
    of_longer = {name: one for name, one in zip(channels, grain, strict=True) if one != DAY}
    if not of_longer:
        return days, of_longer
    rows = periods(grain, code, day, row_sizes(days, code), until=until)
    is_spread = bool((rows.days == 1).all())
    return days if is_spread else _over_days(days, day, rows, {REPAIRED, *once}), of_longer


def row_sizes(days: pd.DataFrame, code: Ints) -> Floats:
    """Return how much is in each row: its cost, or all of its counts in a channel without cost (rows)."""
    counts = days[[name for name in COUNTS if name in days.columns]].fillna(0.0)
    cost = counts["cost"].to_numpy(dtype=np.float64)
    has_cost = np.bincount(code, weights=cost) > 0
    return np.where(has_cost[code], cost, counts.sum(axis=1).to_numpy(dtype=np.float64))


def _over_days(days: pd.DataFrame, day: Ints, rows: Periods, once: Collection[str]) -> pd.DataFrame:
    row, since = rows.each_day()
    out = days.iloc[row].reset_index(drop=True)
    out["date"] = out["date"] + pd.to_timedelta(rows.first[row] + since - day[row], unit="D")
    shared = [name for name in out.columns if name in _SHARED]
    out[shared] = out[shared].div(rows.days[row], axis=0)
    kept = [name for name in out.columns if name in once]
    out[kept] = out[kept].mul(since == 0, axis=0)
    return out


@dataclass(frozen=True, slots=True)
class Periods:
    """The first day (since 1970) and the number of days of each row."""

    first: Ints
    days: Ints

    def each_day(self) -> tuple[Ints, Ints]:
        """Return, for every day of all rows in order, the row and the number of days since its first."""
        row = np.repeat(np.arange(len(self.days)), self.days)
        return row, np.arange(len(row)) - np.repeat(np.cumsum(self.days) - self.days, self.days)


def periods(
    grain: Sequence[str], code: Ints, day: Ints, size: Floats, *, until: date | None = None
) -> Periods:
    """Return the days of each row.

    A row of a week or a month lasts until the channel's next row, at most for its grain. Rows on successive
    days are spread already. The last row ends with the rows of days of other channels, else with the day
    `until`, since a week or month that is under way has no later days yet. Where it is too large for a
    period that is cut in this way, rows are dated by their last day and go back to the row before, see
    `_are_endings`. code, day: as for `recognised`; size (rows): see `row_sizes`.
    """
    same = np.append(code[1:] == code[:-1], np.False_)
    gap = np.where(same, np.append(day[1:], 0) - day, 0)
    is_daily = _is_spread(len(grain), code, gap) | (np.array(grain) == DAY)
    if is_daily.all():
        return Periods(day, np.ones_like(day))
    is_month = (np.array(grain) == MONTH)[code]
    longest = np.where(is_month, _days_of_month(day), DAYS_OF[WEEK])
    left = _end(day[is_daily[code]], until) - day + 1
    last = np.where(left > 0, np.minimum(longest, left), longest)
    forward = np.where(same, np.minimum(gap, longest), last)
    is_ending = _are_endings(grain, code, day, size, last / longest) & ~is_daily
    before = np.where(np.append(np.False_, same[:-1]), np.append(0, gap[:-1]), day.max())
    back = np.minimum(before, np.where(is_month, _length_of_month(day), DAYS_OF[WEEK]))
    length = np.where(is_daily[code], 1, np.where(is_ending[code], back, forward))
    return Periods(np.where(is_ending[code], day - length + 1, day), length)


def _end(daily: Ints, until: date | None) -> int:
    """Return the last day of rows of days, else `until`, else a day that is never reached."""
    if len(daily):
        return int(daily.max())
    return np.iinfo(np.int32).max if until is None else until.toordinal() - _EPOCH


def _are_endings(grain: Sequence[str], code: Ints, day: Ints, size: Floats, part: Floats) -> Bools:
    """Return which channels have rows that are dated by their last day (channels).

    So are rows of months that all stand on a month's last day. Else the newest row tells it: its period is
    cut to a `part` (rows), but its size is that of a whole one rather than of such a part, compared with the
    median of the rows before it. Channels of weeks that end on the same weekday are judged together.
    """
    newest = np.searchsorted(code, np.arange(len(grain)), side="right") - 1
    groups: dict[tuple[str, int], list[int]] = {}
    for channel, one in enumerate(grain):
        if one != DAY:
            groups.setdefault((one, int(day[newest[channel]]) % 7 if one == WEEK else 0), []).append(channel)
    out = np.zeros(len(grain), dtype=np.bool_)
    for (one, _), channels in groups.items():
        found = [_excess(size[code == c], float(part[newest[c]])) for c in channels if part[newest[c]] < 1]
        out[channels] = len(found) > 0 and float(np.median(found)) >= 0
        if one == MONTH:
            out[channels] |= [bool(_is_last_of_month(day[code == c]).all()) for c in channels]
    return out


def _excess(size: Floats, part: float) -> float:
    """Return by how much the last row is larger than what a whole row and its part tell apart, in rows."""
    usual = float(np.median(size[-1 - _USUAL_ROWS : -1]))
    return -1.0 if usual <= 0 else float(size[-1]) / usual - max(WHOLE_PART, (1 + part) / 2)


def _is_spread(channels: int, code: Ints, gap: Ints) -> Bools:
    """Return which channels have rows on successive days (channels): their rows are spread already."""
    out = np.zeros(channels, dtype=np.bool_)
    out[code[gap == 1]] = True
    return out


def _days_of_month(day: Ints) -> Ints:
    """Return how many days lie between each day (since 1970) and the same day of the next month."""
    dates = day.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    following = (months + 1).astype("datetime64[D]")
    after = (months + 2).astype("datetime64[D]")
    same = np.minimum(following + (dates - first), after - np.timedelta64(1, "D"))
    return np.asarray((same - dates).astype(np.int64))


def _length_of_month(day: Ints) -> Ints:
    """Return the number of days of the calendar month of each day (since 1970)."""
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(
        ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    )


def _is_last_of_month(day: Ints) -> Bools:
    dates = (day + 1).astype("datetime64[D]")
    return np.asarray(dates == dates.astype("datetime64[M]").astype("datetime64[D]"))
