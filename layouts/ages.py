"""The age of the campaign data, and what the page may still say from it."""

from __future__ import annotations

from layouts import numbers
from layouts.reader import Reader
from services.views import SyncStatus

OLD_DAYS = 14  # exports are usually a few days late
PAST_DAYS = 28  # the period that forecasts and recommendations are for: after it, they are history


def age_days(status: SyncStatus, reader: Reader) -> int | None:
    """Return how many days ago the newest campaign day was, negative for one ahead; None without data."""
    newest = status.snapshot.data_to if status.snapshot is not None else None
    return None if newest is None else (numbers.today(reader, now=status.server_now) - newest).days


def is_old(status: SyncStatus, reader: Reader) -> bool:
    """Tell whether the data end so long ago that their age is the state of the page."""
    age = age_days(status, reader)
    return age is not None and age > _old_days(status)


def _old_days(status: SyncStatus) -> int:
    """Return the age from which data are old: more than `OLD_DAYS` only if all sources declare so."""
    allowed = [one.max_age for one in status.sources if one.data_to is not None]
    declared = [one.days for one in allowed if one is not None]
    return max(OLD_DAYS, *declared) if declared and len(declared) == len(allowed) else OLD_DAYS


def is_past(status: SyncStatus, reader: Reader) -> bool:
    """Tell whether the period that forecasts and recommendations are for is over."""
    age = age_days(status, reader)
    return age is not None and age > PAST_DAYS
