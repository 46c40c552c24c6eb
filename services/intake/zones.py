"""Times of day in UTC: midnights of the account's time zone, or hours that stay on the day as written.

A daily report that a program wrote in UTC has the midnights of its own zone: for Berlin 22:00 of the day
before in summer and 23:00 in winter. Only the whole file tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# From the most to the least probable, of those whose midnights are the same.
_ZONES = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "America/Chicago"),
    *("Europe/Moscow", "Europe/Athens", "America/Denver", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo"),
    *("Asia/Shanghai", "Australia/Sydney", "Europe/Istanbul", "Asia/Dubai", "Asia/Jakarta", "Asia/Almaty"),
    *("Asia/Karachi", "Asia/Dhaka", "Asia/Tehran", "Asia/Jerusalem", "Africa/Cairo", "America/Halifax"),
    *(
        "America/Phoenix",
        "America/Anchorage",
        "Pacific/Honolulu",
        "America/Bogota",
        "America/Argentina/Buenos_Aires",
    ),
    *("Australia/Adelaide", "Australia/Brisbane", "Australia/Perth", "Pacific/Auckland", "America/St_Johns"),
    *("America/Santiago", "Asia/Kathmandu", "Asia/Yangon", "Asia/Kabul", "Australia/Darwin"),
)
_MARKED = re.compile(r"[0-9] ?(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)$")
_IN_UTC = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]+)? ?"
    r"(?:Z|UTC|GMT|[+-]00(?::?00)?)"
)
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class UtcTimes:
    """Times in UTC; `zone` is that of which they all are midnights, if there is one."""

    zone: str | None


def is_marked(texts: Sequence[str]) -> bool:
    """Return whether dates have a time of day with an offset from UTC, by the first of them."""
    return bool(texts) and _MARKED.search(texts[0].strip()) is not None


def utc_times(texts: Iterable[str]) -> UtcTimes | None:
    """Return what the times are; None for other dates, for local times, and for midnights of UTC itself."""
    moments = [_moment(text) for text in texts if text.strip()]
    known = [moment for moment in moments if moment is not None]
    if not known or len(known) < len(moments):
        return None
    times = {moment.time() for moment in known}
    if times == {time()}:
        return None
    if len(times) > 2 or times == {_NOON}:  # noon is written by programs that mean the day
        return UtcTimes(None)
    return UtcTimes(next((name for name in _ZONES if _are_midnights(name, known)), None))


@lru_cache(maxsize=100_000)
def day_in(zone: str, text: str) -> date | None:
    """Return the day of a time in UTC by the calendar of a zone."""
    moment = _moment(text)
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).date()


def _are_midnights(name: str, moments: Sequence[datetime]) -> bool:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        return False
    return all(moment.astimezone(zone).time() == time() for moment in moments)


def _moment(text: str) -> datetime | None:
    found = _IN_UTC.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    except ValueError:
        return None
