"""Which months of an account are to be read, and in which requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from services.sources.platforms.spec import Period

_DAY = timedelta(days=1)


def months_to_read(last: date, days: int, since: date | None, newest: date | None) -> Iterator[Period]:
    """Yield the months that are to be read, oldest first, from their first to their last day until `last`.

    Read are whole months, so that the file of a month stays the same while its figures do: those with one of
    the last `days` days, those since the newest month with rows that was read (`newest`), and all from
    `since` if there is no such month. No day before `since` is read.
    """
    start = _month(last - (days - 1) * _DAY)
    if newest is not None:
        start = min(start, _month(newest))
    if since is not None:
        start = since if newest is None else max(start, since)
    while start <= last:
        following = _month(_month(start) + 31 * _DAY)
        yield Period(start, min(following - _DAY, last))
        start = following


def batches_of(
    months: Iterable[Period], newest: date | None, last: date, days: int
) -> Iterator[list[Period]]:
    """Yield months in batches that are asked for at once.

    Months between the newest one with rows and the last `days` days are one batch: an account that was paused
    long ago would otherwise be asked for each of them at every fetch. All others are batches of one.
    """
    quiet: list[Period] = []
    for month in months:
        if newest is not None and month.first > newest and month.last <= last - days * _DAY:
            quiet.append(month)
            continue
        if quiet:
            yield quiet
            quiet = []
        yield [month]


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
