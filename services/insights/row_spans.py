"""Channels whose rows are weeks or months although nothing said so: found by the distances of their days.

A row of a week that stands on one day makes six days without spend. The import spreads such rows when a file
tells what they are; rows that clients write into the database can still be of this kind.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from services.forecasting.campaign_days import COUNTS
from services.insights.history import WEEK
from services.numerics import Ints

FEWEST_WEEKS = 6
FEWEST_MONTHS = 4
MOSTLY = 0.8
_SPARSE = 3
_SHORTEST_MONTH, _LONGEST_MONTH = 28, 31


def spread(days: pd.DataFrame, known: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the days with rows of recognised weeks and months spread, and the grain of all such channels.

    known: channels whose rows have been spread already. A row is spread evenly over the days up to and with
    its own, so that no day is after the last one of the data.
    """
    found_days = days.groupby("channel")["date"].agg(["size", "min", "max"])
    length = (found_days["max"] - found_days["min"]).dt.days + 1
    if (_SPARSE * found_days["size"] > length).all():  # no channel has mostly days without rows
        return days, dict(known)
    grain = dict(known)
    parts = []
    for channel, rows in days.groupby("channel", sort=False):
        found = None if str(channel) in known else _grain_of(rows["date"])
        if found is not None:
            grain[str(channel)] = found
            parts.append(_over_days(rows, WEEK if found == "week" else _SHORTEST_MONTH))
        else:
            parts.append(rows)
    return (pd.concat(parts, ignore_index=True), grain) if len(grain) > len(known) else (days, grain)


def _grain_of(dates: pd.Series) -> str | None:
    """Return "week" or "month" if nearly all distances of a channel's days say so, else None."""
    gaps = _gaps(dates)
    if gaps.size + 1 >= FEWEST_WEEKS and (gaps % WEEK == 0).all() and np.mean(gaps == WEEK) >= MOSTLY:
        return "week"
    months = (gaps >= _SHORTEST_MONTH) & (gaps <= _LONGEST_MONTH)
    return "month" if gaps.size + 1 >= FEWEST_MONTHS and np.mean(months) >= MOSTLY else None


def _gaps(dates: pd.Series) -> Ints:
    """Return the distances between a channel's distinct days, in days."""
    numbers = np.unique(pd.to_datetime(dates).to_numpy().astype("datetime64[D]").astype(np.int64))
    return np.diff(numbers)


def _over_days(rows: pd.DataFrame, usual: int) -> pd.DataFrame:
    """Return the rows of one channel, each spread over the days since the row before it (at most a month)."""
    ordered = rows.sort_values("date", ignore_index=True)
    numbers = ordered["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    gaps = np.diff(numbers, prepend=numbers[0] - usual)
    lengths = np.where(gaps > _LONGEST_MONTH, usual, np.maximum(gaps, 1))
    out = ordered.loc[np.repeat(np.arange(len(ordered)), lengths)].reset_index(drop=True)
    back = np.concatenate([np.arange(length)[::-1] for length in lengths])
    out["date"] = out["date"] - pd.to_timedelta(back, unit="D")
    sums = [name for name in out.columns if name in COUNTS or "_with_" in str(name)]
    return out.assign(**{name: out[name] / np.repeat(lengths, lengths) for name in sums})
