"""Campaign days as series: one row per channel, aligned at the channel's own last day.

Decisions, all in one place:

* Rows are cleaned first, see `campaign_days`.
* A day without a row between a channel's first and last is a day without activity: zeros.
* Days missing at the end are late data for up to a week (the forecast starts earlier), no activity
  for up to four weeks, and after that the channel has stopped: it is forecast as nothing.
* A figure that is not recorded on some days has no values before it was first recorded; later gaps are filled
  with the same weekday of the week before, and never counted as actual values.
* Ratios are those of the sums over the rows that record both figures.
* Only the newest four years are used.
* Rows of weeks and months are spread over their days, see `grain`; such a channel is late only after another
  week or month.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.forecasting.account import NOTHING_KNOWN, Account
from services.forecasting.campaign_days import (
    COUNTS,
    PAIRS,
    REPAIRED,
    clean_days,
    pair_name,
    pair_sums,
    without_refunds,
)
from services.forecasting.events import Calendar, calendar
from services.forecasting.grain import DAY, DAYS_OF, Periods, periods, recognised, row_sizes
from services.numerics import Bools, Floats, Ints

WEEK = 7
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

    `grain` (channels) is "day", "week" or "month"; `grains` are those of the whole panel.
    `calendar` has the events of the account, None without any.

    Refunds are taken from the revenue of later days, see `without_refunds`; `earned` (channels x time) is the
    revenue of the pair with cost as it is recorded, None where no day is negative.

    `recorded` (metric -> channels x time) and `pairs` (pair -> two sums, channels x time) are empty where all
    days record all figures; see `is_recorded` and `pair`.
    """

    channels: tuple[str, ...]
    counts: dict[str, Floats]
    observed: Bools
    last_day: Days
    delay_days: Ints
    stopped: Bools
    data_to: np.datetime64
    repaired: int
    grain: tuple[str, ...]
    grains: tuple[str, ...] = (DAY,)
    calendar: Calendar | None = None
    recorded: dict[str, Bools] = field(default_factory=dict)
    pairs: dict[tuple[str, str], tuple[Floats, Floats]] = field(default_factory=dict)
    earned: Floats | None = None

    def is_recorded(self, name: str) -> Bools:
        """Return where a day records a count (channels x time); true on days without activity."""
        found = self.recorded.get(name)
        return np.ones_like(self.observed) if found is None else found

    def is_complete(self, name: str) -> Bools:
        """Return where all rows of a day record a count (channels x time)."""
        complete = self.is_recorded(name).copy()
        for (above, below), (top, bottom) in self.pairs.items():
            other, summed = (below, bottom) if above == name else (above, top)
            if name in (above, below):
                complete &= ~self.is_recorded(other) | (summed == self.counts[other])
        return complete

    def pair(self, above: str, below: str) -> tuple[Floats, Floats]:
        """Return two counts over the rows that record both (channels x time each); 0 where no row does."""
        return self.pairs.get((above, below)) or (self.counts[above], self.counts[below])

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
            grain=self.grain[rows],
            recorded={name: values[rows] for name, values in self.recorded.items()},
            pairs={pair: (above[rows], below[rows]) for pair, (above, below) in self.pairs.items()},
            earned=None if self.earned is None else self.earned[rows],
        )


@dataclass(frozen=True, slots=True)
class _Records:
    """Clean rows as arrays: channel number, day number, counts (rows x 5), numbers repaired in each row.

    Counts are NaN where they are not recorded; `pairs` (rows x 10) is None where all of them are. `sizes`
    (rows) are those of `grain.row_sizes`.
    """

    channels: tuple[str, ...]
    code: Ints
    day: Ints
    values: Floats
    repaired: Ints
    sizes: Floats
    pairs: Floats | None


def read_panel(days: pd.DataFrame, account: Account = NOTHING_KNOWN) -> Panel:
    """Return the series of `days` (channel, date and the five counts); the frame stays as it was.

    account: its `grain`, `country` and `events` are used. Raises as `clean_days` does.
    """
    records = _records(days)
    grain = recognised(records.channels, records.code, records.day, account.grain)
    records = _spread(records, periods(grain, records.code, records.day, records.sizes))
    longer = np.array([0 if one == DAY else DAYS_OF[one] for one in grain], dtype=np.int64)
    data_to = int(records.day.max())
    rows_from, rows_to = _span(records, np.ones(len(records.day), dtype=np.bool_))
    first, last = _span(records, np.asarray((records.values > 0).any(axis=1)))
    idle = last < first
    first, last = np.where(idle, rows_from, first), np.where(idle, rows_to, last)
    stopped = idle | (data_to - last > STOPPED_DAYS + longer)
    last_day = np.where(data_to - rows_to <= LATE_DAYS + longer, rows_to, data_to)
    panel = _aligned(records, first, np.where(stopped, last, last_day), stopped)
    dates = calendar(account.country, account.events, _date(records.day.min()), _date(data_to))
    panel = replace(panel, grain=grain, grains=tuple(sorted(set(grain))), calendar=dates)
    return _without_refunds(panel)


def _without_refunds(panel: Panel) -> Panel:
    """Return the panel with no revenue below 0."""
    earned, _ = panel.pair("revenue", "cost")
    if not ((earned < 0).any() or (panel.counts["revenue"] < 0).any()):
        return panel
    found = {name: (without_refunds(top), below) for name, (top, below) in panel.pairs.items()}
    counts = panel.counts | {"revenue": without_refunds(panel.counts["revenue"])}
    return replace(panel, counts=counts, pairs=found, earned=earned)


def _date(day: int) -> date:
    """Return the date of a day since 1970."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(day))


def _spread(records: _Records, rows: Periods) -> _Records:
    """Return the rows spread evenly over the days of their periods."""
    if (rows.days == 1).all():
        return records
    row, since = rows.each_day()
    share = rows.days[row][:, None]
    return _Records(
        channels=records.channels,
        code=records.code[row],
        day=rows.first[row] + since,
        values=records.values[row] / share,
        repaired=records.repaired[row] * (since == 0),
        sizes=records.sizes[row],
        pairs=None if records.pairs is None else records.pairs[row] / share,
    )


def _records(days: pd.DataFrame) -> _Records:
    cleaned = clean_days(days)
    found, channels = pd.factorize(cleaned["channel"].to_numpy(dtype=object), sort=True)
    code = found.astype(np.int64)
    return _Records(
        channels=tuple(str(name) for name in channels),
        code=code,
        day=cleaned["date"].to_numpy().astype("datetime64[D]").astype(np.int64),
        values=cleaned[list(COUNTS)].to_numpy(dtype=np.float64),
        repaired=cleaned[REPAIRED].to_numpy(dtype=np.int64),
        sizes=row_sizes(cleaned, code),
        pairs=_pair_columns(cleaned),
    )


def _pair_columns(cleaned: pd.DataFrame) -> Floats | None:
    """Return the sums of all pairs (rows x 10), None where every row records all figures."""
    if pair_name(*PAIRS[0]) not in cleaned.columns:
        return None
    columns = [column for pair in PAIRS for column in pair_sums(cleaned, *pair)]
    stacked = np.column_stack([column.to_numpy(dtype=np.float64) for column in columns])
    return np.asarray(np.nan_to_num(stacked), dtype=np.float64)


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

    def laid_out(values: Floats) -> Floats:
        out = np.zeros((values.shape[1], len(first), width))
        out[:, records.code[inside], place[inside]] = values[inside].T
        return out

    totals = laid_out(records.values)
    recorded = {}
    if records.pairs is not None:
        recorded = _recorded(totals, records.values[inside], records.code[inside], place[inside])
    pairs = laid_out(records.pairs) if records.pairs is not None else np.empty((0, 0, 0))
    return Panel(
        channels=records.channels,
        counts=dict(zip(COUNTS, _filled(totals) if recorded else totals, strict=True)),
        observed=np.arange(width)[None, :] >= (width - length)[:, None],
        last_day=last_day.astype("datetime64[D]"),
        delay_days=records.day.max() - last_day,
        stopped=stopped,
        data_to=np.datetime64(int(records.day.max()), "D"),
        repaired=int(records.repaired[inside].sum()),
        grain=(DAY,) * len(records.channels),
        recorded=recorded,
        pairs={pair: (pairs[2 * at], pairs[2 * at + 1]) for at, pair in enumerate(PAIRS) if len(pairs)},
    )


def _recorded(totals: Floats, values: Floats, code: Ints, place: Ints) -> dict[str, Bools]:
    """Return where each count is recorded (channels x time): no day before the first row that records it.

    totals: (counts x channels x time), values: (rows x counts), both NaN where not recorded; code and place
    (rows) are the channel and the time of each row.
    """
    time = np.arange(totals.shape[2])
    first = np.full(totals.shape[:2], totals.shape[2])
    for at in range(len(COUNTS)):
        known = ~np.isnan(values[:, at])
        np.minimum.at(first[at], code[known], place[known])
    known_days = ~np.isnan(totals) & (time >= first[:, :, None])
    return dict(zip(COUNTS, known_days, strict=True))


def _filled(totals: Floats) -> Floats:
    """Return the counts with the value of the week before in place of NaN, 0 in the first week."""
    out = np.where(np.isnan(totals[:, :, :WEEK]), 0.0, totals[:, :, :WEEK])
    out = np.concatenate([out, totals[:, :, WEEK:]], axis=2)
    for day in range(WEEK, totals.shape[2]):
        gaps = np.isnan(out[:, :, day])
        out[:, :, day][gaps] = out[:, :, day - WEEK][gaps]
    return out
