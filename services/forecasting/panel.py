"""Campaign days as series: one row per channel, aligned at the channel's own last day.

Decisions, all in one place:

* Rows are cleaned first, see `campaign_days`.
* A day without a row between a channel's first and last is a day without activity: zeros.
* Days missing at the end are late data for up to a week (the forecast starts earlier), no activity
  for up to four weeks, and after that the channel has stopped: it is forecast as nothing.
* Only the newest four years are used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.forecasting.campaign_days import COUNTS, REPAIRED, clean_days
from services.numerics import Bools, Floats, Ints

LATE_DAYS = 7
STOPPED_DAYS = 28
HISTORY_DAYS = 4 * 365 + 1

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
    """Clean rows as arrays: channel number, day number, counts (rows x 5), numbers repaired in each row."""

    channels: tuple[str, ...]
    code: Ints
    day: Ints
    values: Floats
    repaired: Ints


def read_panel(days: pd.DataFrame) -> Panel:
    """Return the series of `days` (channel, date and the five counts); the frame stays as it was.

    Raises as `clean_days` does.
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
    cleaned = clean_days(days)
    code, channels = pd.factorize(cleaned["channel"].to_numpy(dtype=object), sort=True)
    return _Records(
        channels=tuple(str(name) for name in channels),
        code=code.astype(np.int64),
        day=cleaned["date"].to_numpy().astype("datetime64[D]").astype(np.int64),
        values=cleaned[list(COUNTS)].to_numpy(dtype=np.float64),
        repaired=cleaned[REPAIRED].to_numpy(dtype=np.int64),
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
    totals[:, records.code[inside], place[inside]] = records.values[inside].T
    return Panel(
        channels=records.channels,
        counts=dict(zip(COUNTS, totals, strict=True)),
        observed=np.arange(width)[None, :] >= (width - length)[:, None],
        last_day=last_day.astype("datetime64[D]"),
        delay_days=records.day.max() - last_day,
        stopped=stopped,
        data_to=np.datetime64(int(records.day.max()), "D"),
        repaired=int(records.repaired[inside].sum()),
    )
