"""When a scheduled report is due: "daily 07:30", "mon 08:00", "month 1 08:00" in the settings' time zone.

A slot is one instant. A time that the change to summer time skips is an hour later on the clock; of one that
comes twice in autumn the first counts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLES = "“mon 08:00”, “daily 07:30”, “month 1 08:00”"

_LONGEST_DAYS = 33  # more than a month lies between no two slots
_WORDS = re.compile(r"(?:(daily|mon|tue|wed|thu|fri|sat|sun)|month (\d{1,2})) (\d{2}):(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The days and the time of day of a report. Neither `weekday` (0: Monday) nor `month_day`: each day."""

    at: time
    weekday: int | None = None
    month_day: int | None = None

    def newest(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the newest slot that is not after `moment`, in UTC."""
        return max(slot for slot in self._near(moment, zone) if slot <= moment)

    def following(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the first slot after `moment`, in UTC."""
        return min(slot for slot in self._near(moment, zone) if slot > moment)

    def _near(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        today = moment.astimezone(zone).date()
        for distance in range(-_LONGEST_DAYS, _LONGEST_DAYS + 1):
            day = today + timedelta(days=distance)
            if self._is_on(day):
                yield datetime.combine(day, self.at, zone).astimezone(UTC)

    def _is_on(self, day: date) -> bool:
        if self.month_day is not None:  # the 31st of a shorter month is its last day
            return day.day == min(self.month_day, monthrange(day.year, day.month)[1])
        return self.weekday is None or day.weekday() == self.weekday


def schedule_of(text: str) -> Schedule | None:
    """Return the schedule that a text names; None for a text that is none."""
    found = _WORDS.fullmatch(text)
    if found is None:
        return None
    word, month_day, hour, minute = found.groups()
    if int(hour) > 23 or int(minute) > 59 or not 1 <= int(month_day or 1) <= 31:
        return None
    return Schedule(
        at=time(int(hour), int(minute)),
        weekday=WEEKDAYS.index(word) if word in WEEKDAYS else None,
        month_day=int(month_day) if month_day else None,
    )
