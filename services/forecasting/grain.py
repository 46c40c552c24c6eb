"""The grain of a channel: whether its rows are of days, weeks or months; and rows spread over their days.

A row of a week that stands on its first day is no day of much activity with six days of nothing after it. Its
figures are spread evenly over its days, as the import does, and the channel is forecast in its own step (see
`steps`). The grain is told by `Account.grain`; else it is recognised from the step of the dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from services.numerics import Bools, Ints

DAY, WEEK, MONTH = GRAINS = ("day", "week", "month")
DAYS_OF = {DAY: 1, WEEK: 7, MONTH: 31}
"""The most days of a row."""

FEWEST_GAPS = 3
"""So many distances between the rows of a channel are needed to recognise its grain."""

MODAL_PART = 0.5
"""Part of the distances that must be of the grain."""


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


def lengths(grain: Sequence[str], code: Ints, day: Ints) -> Ints:
    """Return over how many days each row is spread (rows).

    A row of a week or a month lasts until the channel's next row, at most for its grain. Rows on successive
    days are spread already. The last row ends with the rows of days of other channels, since a week or month
    that is under way has no later days yet. code, day: as for `recognised`.
    """
    most = np.array([DAYS_OF[one] for one in grain], dtype=np.int64)[code]
    same = np.append(code[1:] == code[:-1], np.False_)
    gap = np.where(same, np.append(day[1:], 0) - day, 0)
    is_daily = (_is_spread(len(grain), code, gap) | (np.array(grain) == DAY))[code]
    longest = np.where(most == DAYS_OF[MONTH], _days_of_month(day), most)
    left = day[is_daily].max(initial=0) - day + 1
    last = np.where(is_daily.any() & (left > 0), np.minimum(longest, left), longest)
    return np.where(is_daily, 1, np.where(same, np.minimum(gap, longest), last))


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
