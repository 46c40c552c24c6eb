"""Accounts whose conversions are booked on the day of the click and reported later, as syncs see them.

Nothing here comes from `services`. Each conversion draws its own delay; a sync at the end of a day sees what
was reported by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LONGEST = 60
REPORTED_DAYS = 46


@dataclass(frozen=True, slots=True)
class Delay:
    """How late conversions are reported: `mean` in days, on which day of the week for a weekly batch (0-6).

    From `changes_on` (days before the end) on, the mean delay is `later_mean`.
    """

    mean: float
    shape: Literal["exponential", "lognormal", "batch"] = "exponential"
    later_mean: float | None = None
    changes_on: int = 0


NONE = Delay(0.0)


def seen(days: pd.DataFrame, ages: Mapping[str, Ints], until: pd.Timestamp) -> pd.DataFrame:
    """Return the days up to `until` as a sync at the end of that day sees them.

    ages: what `reported_ages` returned. Revenue arrives with the conversions.
    """
    known = days[days["date"] <= until].copy()
    age = (until - known["date"]).dt.days.to_numpy()
    part = np.ones(len(known))
    for channel, table in ages.items():
        rows = np.flatnonzero((known["channel"] == channel).to_numpy())
        place = table[: rows.size]
        arrived = np.cumsum(place, axis=1)[np.arange(rows.size), np.minimum(age[rows], LONGEST)]
        part[rows] = arrived / np.maximum(place.sum(axis=1), 1)
    known["conversions"] = np.round(known["conversions"] * part)
    known["revenue"] = np.round(known["revenue"] * part, 2)
    return pd.DataFrame(known)


def reported_ages(days: pd.DataFrame, delays: Mapping[str, Delay], seed: int) -> dict[str, Ints]:
    """Return, by channel, the number of conversions of each day that are reported at each age."""
    random = np.random.default_rng([11, seed])
    found = {}
    for channel, delay in delays.items():
        rows = days[days["channel"] == channel]
        orders = rows["conversions"].to_numpy().astype(int)
        before_end = (rows["date"].max() - rows["date"]).dt.days.to_numpy()
        day = np.repeat(np.arange(orders.size), orders)
        mean = np.full(orders.size, delay.mean)
        if delay.later_mean is not None:
            mean[before_end < delay.changes_on] = delay.later_mean
        wait = _waits(random, delay, mean[day], rows["date"].dt.day_of_week.to_numpy()[day])
        table = np.zeros((orders.size, LONGEST + 1), dtype=np.int64)
        np.add.at(table, (day, np.minimum(wait, LONGEST)), 1)
        found[channel] = table
    return found


def _waits(random: np.random.Generator, delay: Delay, mean: Floats, weekday: Ints) -> Ints:
    """Return after how many ends of days each conversion is seen."""
    if delay.shape == "batch":
        return np.asarray((6 - weekday) % 7 + 0, dtype=np.int64)
    moment = random.uniform(0, 1, mean.size)
    if delay.shape == "lognormal":
        wait = mean * np.exp(random.normal(-0.5, 1.0, mean.size))
    else:
        wait = mean * random.exponential(1.0, mean.size)
    return np.floor(moment + wait).astype(np.int64)


def reports(days: pd.DataFrame, ages: Mapping[str, Ints], syncs: int, step: int = 1) -> pd.DataFrame:
    """Return what the last `syncs` syncs, `step` days apart, saw of the newest days at their time."""
    last = days["date"].max()
    parts: list[pd.DataFrame] = []
    for back in range((syncs - 1) * step, -1, -step):
        until = last - pd.Timedelta(days=back)
        one = seen(days, ages, until).assign(seen_on=until)
        parts.append(one.loc[one["date"] > until - pd.Timedelta(days=REPORTED_DAYS)])
    return pd.concat(parts, ignore_index=True)
