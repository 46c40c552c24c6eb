"""Dated events: public holidays of the account's country, and planned events.

Holidays come from the library `holidays`, which knows the moving feasts of 200 countries offline. It is
loaded only for an account whose country is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.numerics import Ints

YEARS_AHEAD = 2
"""Holidays are known until the end of this year after the last day of data."""


@dataclass(frozen=True, slots=True)
class Event:
    """Days that are unlike others, such as a holiday or a promotion; events of one `name` have one effect."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of events: `day` (sorted, days since 1970) and `kind` (the number of the name, from 1)."""

    day: Ints
    kind: Ints

    def kinds(self, last_day: np.ndarray, length: int, horizon: int) -> Ints:
        """Return the kind of each day and of the days ahead (channels x days); 0: no event."""
        wanted = last_day.astype(np.int64)[:, None] + np.arange(1 - length, horizon + 1)
        place = np.minimum(np.searchsorted(self.day, wanted), len(self.day) - 1)
        return np.where(self.day[place] == wanted, self.kind[place], 0)


def public_holidays(country: str, years: Iterable[int]) -> tuple[Event, ...]:
    """Return the public holidays of a country ("DE") or of a region of it ("DE-BY"), with English names."""
    import holidays

    code, _, region = country.partition("-")
    found = holidays.country_holidays(code, subdiv=region or None, years=list(years), language="en_US")
    return tuple(Event(_plain(name), day, day) for day, name in sorted(found.items()))


def calendar(country: str | None, events: Sequence[Event], first: date, last: date) -> Calendar | None:
    """Return the calendar from the day `first` to `YEARS_AHEAD` after `last`; None without any event.

    A day of two events is that of the later one in the list: planned events stand before holidays.
    """
    years = range(first.year, last.year + YEARS_AHEAD + 1)
    holidays = public_holidays(country, years) if country else ()
    by_day = {day: one.name for one in (*holidays, *events) for day in _days(one)}
    if not by_day:
        return None
    names = {name: number for number, name in enumerate(sorted(set(by_day.values())), start=1)}
    days = sorted(by_day)
    return Calendar(
        day=np.array(days, dtype="datetime64[D]").astype(np.int64),
        kind=np.array([names[by_day[day]] for day in days], dtype=np.int64),
    )


def _days(event: Event) -> list[date]:
    return [event.first + timedelta(days=number) for number in range((event.last - event.first).days + 1)]


def _plain(name: str) -> str:
    """Return the name of a holiday without remarks in brackets, such as "(estimated)" or "(observed)"."""
    return "; ".join(sorted({part.partition(" (")[0].strip() for part in name.split("; ")}))
