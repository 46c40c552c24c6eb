from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.reports.calendar import Schedule, schedule_of

BERLIN = ZoneInfo("Europe/Berlin")


def schedule(text: str) -> Schedule:
    found = schedule_of(text)
    assert found is not None
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now", "newest", "following"),
    [
        ("mon 08:00", "2026-12-01T04:00", "2026-11-30T07:00", "2026-12-07T07:00"),
        ("mon 08:00", "2026-11-30T07:00", "2026-11-30T07:00", "2026-12-07T07:00"),
        ("mon 08:00", "2026-11-30T06:59", "2026-11-23T07:00", "2026-11-30T07:00"),
        ("daily 00:10", "2026-12-31T23:30", "2026-12-31T23:10", "2027-01-01T23:10"),
        ("month 1 08:00", "2026-12-01T04:00", "2026-11-01T07:00", "2026-12-01T07:00"),
        ("month 31 08:00", "2026-02-28T08:00", "2026-02-28T07:00", "2026-03-31T06:00"),
    ],
)
def test_a_slot_is_a_time_of_the_settings_zone(text: str, now: str, newest: str, following: str) -> None:
    assert schedule(text).newest(utc(now), BERLIN) == utc(newest)
    assert schedule(text).following(utc(now), BERLIN) == utc(following)


def test_a_change_of_the_clock_neither_drops_nor_doubles_a_slot() -> None:
    skipped, twice = utc("2026-03-29T01:30"), utc("2026-10-25T00:30")  # 02:30 on the days of the change
    daily = schedule("daily 02:30")

    assert daily.newest(utc("2026-03-29T12:00"), BERLIN) == skipped
    assert daily.following(utc("2026-03-28T12:00"), BERLIN) == skipped
    assert daily.newest(utc("2026-10-25T01:45"), BERLIN) == twice  # the second 02:45
    assert daily.following(twice, BERLIN) == utc("2026-10-26T01:30")


@pytest.mark.parametrize(
    "text", ["", "mon", "mon 8:00", "mon 24:00", "mon 08:60", "month 0 08:00", "month 32 08:00", "Mon 08:00"]
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    assert schedule_of(text) is None
