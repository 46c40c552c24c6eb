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
    return age is not None and age > OLD_DAYS


def is_past(status: SyncStatus, reader: Reader) -> bool:
    """Tell whether the period that forecasts and recommendations are for is over."""
    age = age_days(status, reader)
    return age is not None and age > PAST_DAYS
