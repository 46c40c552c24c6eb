"""When the next sync run is due.

Slots are the multiples of the interval since 1970 (UTC), so that every worker process and every page computes
the same ones without communication.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_of(moment: datetime, interval_seconds: float) -> datetime:
    """Return the start of the slot that `moment` lies in."""
    number = math.floor((moment - _EPOCH).total_seconds() / interval_seconds)
    return _EPOCH + timedelta(seconds=number * interval_seconds)


def next_slot(moment: datetime, interval_seconds: float) -> datetime:
    """Return the start of the first slot after `moment`."""
    return slot_of(moment, interval_seconds) + timedelta(seconds=interval_seconds)
