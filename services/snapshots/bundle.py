"""What page and API usually request of a snapshot, bounded by bytes.

A snapshot never changes, so its bundle stays valid. Parts that are not in it are read from the database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from sys import getsizeof
from time import monotonic
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa

from services.dashboards import DASHBOARDS, by_slug
from services.database.tables import snapshot_days
from services.errors import DatabaseUnavailableError, NotReadyError
from services.periods import Selection, last_days
from services.planner.model import Model
from services.snapshots import breakdown, kept_curves, ledger, overview, pictures, store
from services.snapshots import channel_days as channels
from services.snapshots.kept_curves import NoCurvesError
from services.views import (
    MOST_SHOWN_ROWS,
    Advice,
    Breakdown,
    BreakdownQuestion,
    ChannelDays,
    Chart,
    DashboardSize,
    DashboardView,
    Dimension,
    Overview,
    Snapshot,
    TrackRecord,
)

log = logging.getLogger("demetra.bundle")

T = TypeVar("T")
Query = Callable[[Callable[[sa.Connection], Any]], Any]
"""Calls a function with a connection, in a new transaction, and returns its result."""

USUAL_SELECTIONS = tuple(map(last_days, (28, 7, 90, None)))  # that of the start page first
MAX_BYTES = 100_000_000  # by `size_of`; a snapshot of 2,000 channels takes 60 MB
SAMPLED_ITEMS = 50  # of a long list, to estimate its size
LOAD_SECONDS = 30.0  # for so long, parts are read; a slow database must not block the watcher for minutes


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A part of any snapshot. `read` takes a connection and a run id (None: the newest snapshot)."""

    name: Hashable
    read: Callable[[sa.Connection, int | None], T] = field(compare=False)


def dashboard(slug: str, most_rows: int | None) -> Part[DashboardView]:
    """Return the part "one dashboard, with all of its rows or the first `most_rows`"."""
    spec = by_slug(slug)
    return Part(("dashboard", slug, most_rows), lambda c, run: store.dashboard(c, spec, run, most_rows))


def charts(slug: str) -> Part[tuple[Chart, ...]]:
    """Return the part "the chart of one dashboard in all variants"."""
    by_slug(slug)
    return Part(("charts", slug), lambda c, run: pictures.variants(c, slug, run))


def figures(selection: Selection) -> Part[Overview]:
    """Return the part "the figures of a period of the data"."""
    return Part(("overview", selection), lambda c, run: overview.overview(c, selection, run))


def sums(first: date, last: date) -> Part[Mapping[str, Decimal | None]]:
    """Return the part "the sums of cost, revenue and conversions from `first` to `last`"."""
    days = snapshot_days.c
    names = ("cost", "revenue", "conversions")

    def read(connection: sa.Connection, run: int | None) -> Mapping[str, Decimal | None]:
        run_id = store.find(connection, run).run_id
        query = sa.select(*(sa.func.sum(days[name]).label(name) for name in names)).where(
            days.run_id == run_id, days.date.between(first, last)
        )
        return dict(connection.execute(query).one()._mapping)

    return Part(("sums", first, last), read)


def channel_days(channel: str) -> Part[ChannelDays]:
    """Return the part "the days of one channel"."""
    return Part(("channel days", channel), lambda c, run: channels.channel_days(c, channel, run))


def divided(question: BreakdownQuestion) -> Part[Breakdown]:
    """Return the part "the figures of a period by campaign, channel or value"."""
    return Part(("breakdown", question), lambda c, run: breakdown.breakdown(c, question, run))


DIMENSIONS: Part[tuple[Dimension, ...]] = Part("dimensions", breakdown.dimensions)
SIZES: Part[dict[str, DashboardSize]] = Part(
    "sizes", lambda c, run: store.sizes(c, store.find(c, run).run_id)
)
ADVICE: Part[Advice] = Part("advice", store.advice)
PLANNER: Part[Model] = Part("planner", kept_curves.read)
TRACK_RECORD: Part[TrackRecord] = Part("track record", lambda c, run: ledger.score(c, store.find(c, run)))
USUAL_PARTS: tuple[Part[Any], ...] = (  # those whose size grows without a limit come last
    *(charts(spec.slug) for spec in DASHBOARDS),
    SIZES,
    TRACK_RECORD,
    figures(USUAL_SELECTIONS[0]),  # the start page must not be left out for the sake of the dashboards
    *(dashboard(spec.slug, MOST_SHOWN_ROWS) for spec in DASHBOARDS),
    ADVICE,
    PLANNER,
    *map(figures, USUAL_SELECTIONS[1:]),
)


@dataclass(frozen=True, slots=True)
class SnapshotBundle:
    """A snapshot with those of its parts that are in memory."""

    snapshot: Snapshot
    parts: Mapping[Part[Any], Any]
    failed: tuple[Part[Any], ...] = ()
    """The parts that are not in memory because of an error: a later attempt may succeed."""

    def get(self, part: Part[T]) -> T | None:
        """Return a part, or None if it must be read from the database."""
        return cast("T | None", self.parts.get(part))


def load(
    snapshot: Snapshot, query: Query, is_up: Callable[[], bool], before: SnapshotBundle | None = None
) -> SnapshotBundle:
    """Return a snapshot with `USUAL_PARTS`; `before`, its bundle so far, is completed.

    Each part is read in a transaction of its own: an error, also a timeout that closes the connection,
    concerns this part alone. It is logged, and the part is one of those that `failed`. Raises
    `DatabaseUnavailableError` only while the database is not `is_up()`. Parts beyond `MAX_BYTES` are left
    out, and a dashboard that is newer than the snapshot.
    """
    parts = {} if before is None else dict(before.parts)
    size = sum(map(size_of, parts.values()))
    failed: list[Part[Any]] = []
    end = monotonic() + LOAD_SECONDS
    for part in USUAL_PARTS if before is None else before.failed:
        if monotonic() > end:
            failed.insert(0, part)  # in the next attempt, before those that took the time of this one
            continue
        try:
            value = query(partial(_read_unchanging, part, snapshot.run_id))
        except (NotReadyError, NoCurvesError):
            continue
        except Exception as error:
            if isinstance(error, DatabaseUnavailableError) and not is_up():
                raise
            log.warning("run %d: not in memory: %s", snapshot.run_id, part.name, exc_info=True)
            failed.append(part)
            continue
        value_size = size_of(value)
        if size + value_size <= MAX_BYTES:
            parts[part] = value
            size += value_size
    return SnapshotBundle(snapshot, parts, tuple(failed))


def _read_unchanging(part: Part[T], run_id: int, connection: sa.Connection) -> T:
    """Read a part from one state of the database: its run may be deleted between two statements."""
    connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    return part.read(connection, run_id)


def size_of(value: object) -> int:
    """Estimate the bytes of a value with all its parts; of long lists, a sample is counted."""
    size = getsizeof(value)
    if is_dataclass(value) and not isinstance(value, type):
        return size + sum(size_of(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return size + _size_of_items([part for item in value.items() for part in item])
    if isinstance(value, list | tuple | set | frozenset):
        return size + _size_of_items(value)
    return size


def _size_of_items(items: Collection[object]) -> int:
    step = max(1, len(items) // SAMPLED_ITEMS)
    sampled = [size_of(item) for item in islice(items, 0, None, step)]
    return sum(sampled) * len(items) // max(1, len(sampled))
