"""Which months of an account are to be read, and in which requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from services.sources.platforms.spec import Period

_DAY = timedelta(days=1)


def months_to_read(
    last: date, days: int, since: date | None, newest: date | None, earliest_since: date | None
) -> Iterator[Period]:
    """Yield the months that are to be read, oldest first, from their first to their last day until `last`.

    Read are whole months, so that the file of a month stays the same while its figures do: those with one of
    the last `days` days, those since the newest month that was read (`newest`), and all from `since` if none
    was read or if `since` is earlier than it was then (`earliest_since`). No day before `since` is read.
    """
    start = _month(last - (days - 1) * _DAY)
    if newest is not None:
        start = min(start, _month(newest))
    if since is not None:
        is_earlier = newest is None or (earliest_since is not None and since < earliest_since)
        start = since if is_earlier else max(start, since)
    while start <= last:
        following = _month(_month(start) + 31 * _DAY)
        yield Period(start, min(following - _DAY, last))
        start = following


def parts_of(period: Period, most_days: int) -> Iterator[Period]:
    """Yield a period in parts of at most `most_days` days."""
    start = period.first
    while start <= period.last:
        yield Period(start, min(start + (most_days - 1) * _DAY, period.last))
        start += most_days * _DAY


def halves(period: Period) -> Sequence[Period]:
    """Return a period in two halves; a single day stays one."""
    days = (period.last - period.first).days
    if days == 0:
        return (period,)
    middle = period.first + days // 2 * _DAY
    return Period(period.first, middle), Period(middle + _DAY, period.last)


def _month(day: date) -> date:
    return day.replace(day=1)
