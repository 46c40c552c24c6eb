"""Campaign days as series: one row per channel, aligned at the channel's own last day.

Decisions, all in one place:

* Rows of the same channel and day add up; the order of rows is free.
* A day without a row between a channel's first and last is a day without activity: zeros.
* Days missing at the end are late data for up to a week (the forecast starts earlier), no activity
  for up to four weeks, and after that the channel has stopped: it is forecast as nothing.
* A number that cannot be (NaN, infinite, negative, beyond 1e15) is taken from the same weekday of
  the week before, in the first week from the day before; `repaired` counts these.
* A number below 0.0001, the least that the tables hold, is nothing.
* Only the newest four years are used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.errors import NoCampaignsError
from services.forecasting.failures import CampaignDaysError
from services.numerics import Bools, Floats, Ints
from services.text import Text

COUNTS = ("impressions", "clicks", "conversions", "cost", "revenue")
LATE_DAYS = 7
STOPPED_DAYS = 28
HISTORY_DAYS = 4 * 365 + 1
LARGEST = 1e15
SMALLEST = 1e-4  # what the tables hold; dividing by less can only overflow

Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Panel:
    """The daily counts of every channel, ordered by name (`counts`: metric -> channels x time).

    Column -1 is each channel's `last_day`. `observed` (channels x time) is False before its first day.
    `delay_days` (channels) are the days between `last_day` and `data_to`. The series of a `stopped` channel
    ends on its last active day. `repaired` is the number of replaced values.
    """

    channels: tuple[str, ...]
    counts: dict[str, Floats]
    observed: Bools
    last_day: Days
    delay_days: Ints
    stopped: Bools
    data_to: np.datetime64
    repaired: int

    @property
    def active_days(self) -> Ints:
        """Return the number of days with any count above 0, per channel."""
        active = np.any([values > 0 for values in self.counts.values()], axis=0)
        return np.asarray(active.sum(axis=1), dtype=np.int64)

    def part(self, rows: slice) -> Panel:
        """Return some of the channels, with the time axis of the whole panel."""
        return replace(
            self,
            channels=self.channels[rows],
            counts={name: values[rows] for name, values in self.counts.items()},
            observed=self.observed[rows],
            last_day=self.last_day[rows],
            delay_days=self.delay_days[rows],
            stopped=self.stopped[rows],
        )


@dataclass(frozen=True, slots=True)
class _Records:
    """The rows as plain arrays: channel number, day number, and the counts (rows x 5)."""

    channels: tuple[str, ...]
    code: Ints
    day: Ints
    values: Floats


def read_panel(days: pd.DataFrame) -> Panel:
    """Return the series of `days` (channel, date and the five counts); the frame stays as it was.

    Raises `NoCampaignsError` without rows, `CampaignDaysError` when columns, dates or channel names
    are missing.
    """
    records = _records(days)
    data_to = int(records.day.max())
    rows_from, rows_to = _span(records, np.ones(len(records.day), dtype=np.bool_))
    first, last = _span(records, np.asarray((records.values > 0).any(axis=1)))
    idle = last < first
    first, last = np.where(idle, rows_from, first), np.where(idle, rows_to, last)
    stopped = idle | (data_to - last > STOPPED_DAYS)
    last_day = np.where(data_to - rows_to <= LATE_DAYS, rows_to, data_to)
    return _aligned(records, first, np.where(stopped, last, last_day), stopped)


def _records(days: pd.DataFrame) -> _Records:
    _require_columns(days)
    if days.empty:
        raise NoCampaignsError
    names = days["channel"].astype("string")
    if names.isna().any():
        raise CampaignDaysError(reason=Text(en="a row has no channel", ru="в строке нет канала"))
    values = np.stack([_numbers(days[name]) for name in COUNTS], axis=1)
    code, channels = pd.factorize(names.to_numpy(dtype=object), sort=True)
    return _Records(
        channels=tuple(str(name) for name in channels),
        code=code.astype(np.int64),
        day=_day_numbers(days["date"]),
        values=np.where(np.abs(values) < SMALLEST, 0.0, values),
    )


def _span(records: _Records, counted: Bools) -> tuple[Ints, Ints]:
    """Return the first and last day of the counted rows of each channel (last < first: none)."""
    first = np.full(len(records.channels), np.iinfo(np.int64).max)
    last = np.full(len(records.channels), np.iinfo(np.int64).min)
    np.minimum.at(first, records.code[counted], records.day[counted])
    np.maximum.at(last, records.code[counted], records.day[counted])
    return first, last


def _aligned(records: _Records, first: Ints, last_day: Ints, stopped: Bools) -> Panel:
    """Return the panel of the days from `first` to `last_day` of each channel."""
    length = np.minimum(last_day - first + 1, HISTORY_DAYS)
    width = int(length.max())
    place = width - 1 - (last_day[records.code] - records.day)
    inside = (place >= width - length[records.code]) & (place < width)
    totals = np.zeros((len(COUNTS), len(first), width))
    unusable = ~(np.isfinite(records.values) & (records.values >= 0) & (records.values <= LARGEST))
    values = np.where(unusable, np.nan, records.values)
    for metric in range(len(COUNTS)):
        np.add.at(totals[metric], (records.code[inside], place[inside]), values[inside, metric])
    repaired = _fill(totals)
    return Panel(
        channels=records.channels,
        counts=dict(zip(COUNTS, totals, strict=True)),
        observed=np.arange(width)[None, :] >= (width - length)[:, None],
        last_day=last_day.astype("datetime64[D]"),
        delay_days=records.day.max() - last_day,
        stopped=stopped,
        data_to=np.datetime64(int(records.day.max()), "D"),
        repaired=repaired,
    )


def _fill(totals: Floats) -> int:
    """Replace the unusable numbers in place; return how many there were."""
    unusable = np.argwhere(~np.isfinite(totals))
    for metric, channel, time in unusable:  # in order of time, so that repairs can build on repairs
        row = totals[metric, channel]
        earlier = [row[time - back] for back in (7, 1) if time >= back]
        row[time] = earlier[0] if earlier else 0.0
    return len(unusable)


def _require_columns(days: pd.DataFrame) -> None:
    missing = [name for name in ("channel", "date", *COUNTS) if name not in days.columns]
    if missing:
        listed = ", ".join(missing)
        raise CampaignDaysError(reason=Text(en=f"no column {listed}", ru=f"нет столбцов: {listed}"))


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _day_numbers(column: pd.Series) -> Ints:
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
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)
