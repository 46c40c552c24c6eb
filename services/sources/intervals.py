"""How often a source is fetched: the option `every`, and when a source is due again after a good fetch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.sources.kind import Option, Source

CONTINUE_AFTER = timedelta(minutes=1)
"""The pause after a fetch that left files for the next one; without news of others, its run is short."""

_LONGEST = timedelta(days=1)
_MOST_EARLY = timedelta(seconds=30)


def every_option(default: timedelta = timedelta(0)) -> Option:
    """Return the option `every`, the least time between two fetches, with its default for a type."""
    return Option(
        "every",
        "duration",
        "least time between two fetches: a sync before then leaves the source out, *Fetch now* does not",
        default=default,
        check=_not_an_interval,
    )


def due_again(source: Source, begun: datetime) -> datetime | None:
    """Return when a source may be fetched again after the fetch that began then; None: at the next run.

    That is up to a tenth of the interval early, since a run begins some seconds more or less after its slot:
    a source to be fetched each hour would else miss every second slot of an hourly schedule.
    """
    early = min(source.every / 10, _MOST_EARLY)
    return begun + source.every - early if source.every else None


def _not_an_interval(value: Any) -> str | None:
    return None if value <= _LONGEST else 'a time of 24 hours or less, such as "15 m"'
