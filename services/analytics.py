"""The facade of the services layer: all reads and requests of the page, the API and the commands.

Page and API open transactions only here. The facade reads published results and queues runs;
`services.sync.run` does the runs, with their heavy libraries, in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import date, datetime
from functools import partial
from time import monotonic, sleep
from typing import TypeVar

import sqlalchemy as sa

from services import pacing
from services.dashboards import DASHBOARDS
from services.database.engine import Connect, reading, writing
from services.database.schema import check_schema
from services.errors import DatabaseUnavailableError, NoSnapshotError, UnknownRunError
from services.intake import export, history
from services.intake.export import Block
from services.intake.history import Import
from services.live.chart_demand import ChartDemand
from services.live.live_data import LiveData, Prepare
from services.live.part_cache import PartCache
from services.periods import DateRange, Selection, last_days
from services.planner.model import Model
from services.snapshots import bundle, causes, comparing, pictures, pins, store
from services.snapshots.bundle import Part
from services.snapshots.causes import RunRecord
from services.snapshots.comparing import Comparison, Side
from services.snapshots.pinned_bundles import PinnedBundles
from services.sources import state
from services.sync import queue, run_history
from services.sync.status import read_status
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
    EnqueuedRun,
    HistoryRun,
    Measure,
    Overview,
    Pacing,
    Pin,
    Run,
    Snapshot,
    Sources,
    SyncStatus,
    Target,
    TrackRecord,
    Variant,
)

T = TypeVar("T")

WAIT_STEP_SECONDS = 0.05
LIVE_WAIT_STEP_SECONDS = 0.25  # there, a change of the run ends the wait


class Analytics:
    """Reads and requests on one database. Every method may raise `DatabaseUnavailableError`.

    It reads from the database at each call. From `start` on, the newest snapshots and the status come from
    memory, also while the database is down.
    """

    def __init__(self, engine: sa.Engine, interval_seconds: float) -> None:
        self._engine = engine
        self._interval_seconds = interval_seconds
        self._live: LiveData | None = None
        self._pinned = PinnedBundles(self._query)
        self._read_parts = PartCache()
        self._demand = ChartDemand(self._request_variant)

    def start(self, prepare: Prepare = lambda _: None) -> None:
        """Keep the newest snapshots in memory; `prepare` is called with each one before it is current."""
        if self._live is not None:  # else its thread would watch for ever
            self._live.stop()
        self._live = LiveData(self._engine, self._interval_seconds, prepare)
        self._live.start()

    def close(self) -> None:
        """Stop watching for snapshots, and close all connections."""
        if self._live is not None:
            self._live.stop()
        self._engine.dispose()

    @property
    def database_url(self) -> str:
        """The address of the database, with its password, for a child process."""
        return self._engine.url.render_as_string(hide_password=False)

    @property
    def known_snapshot(self) -> Snapshot | None:
        """The newest snapshot as far as it is known without a query."""
        return None if self._live is None else self._live.known_snapshot

    @property
    def currency(self) -> str | None:
        """The currency of the newest snapshot's amounts; None where the data do not tell it."""
        snapshot = self.snapshot() if self._live is None else self.known_snapshot
        return None if snapshot is None else snapshot.currency

    def currency_of(self, run_id: int) -> str | None:
        """Return the currency of a run's amounts, like `currency`; that of the newest for an unknown run."""
        try:
            return self.snapshot_of(run_id).currency
        except UnknownRunError:
            return self.currency

    @property
    def unreachable_since(self) -> datetime | None:
        """The start of the outage while the database is down and answers come from memory, else None."""
        return None if self._live is None else self._live.down_since

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot, or None before the first one."""
        return self._query(store.newest) if self._live is None else self._live.current()

    def snapshot_of(self, run_id: int) -> Snapshot:
        """Return the snapshot of a run; raises `UnknownRunError`."""
        held = None if self._live is None else self._live.bundle(run_id)
        if held is not None:
            return held.snapshot
        try:
            return self._query(lambda connection: store.find(connection, run_id))
        except UnknownRunError:
            return self._pinned.bundle(run_id).snapshot

    def run_named(self, name: str) -> int:
        """Return the run that is pinned under a name; raises `UnknownPinNameError`."""
        return self._query(lambda connection: pins.run_named(connection, name))

    def pin_name(self, run_id: int) -> str | None:
        """Return the name that a run is pinned under; None for a run that is not pinned."""
        return next((pin.name for pin in self.pins() if pin.run_id == run_id), None)

    def pins(self) -> tuple[Pin, ...]:
        """Return all pinned runs, the newest first."""
        return self._query(pins.listed)

    def pin(self, run_id: int, name: str, pinned_by: str | None = None) -> Pin:
        """Keep a run under a name; raises as `services.snapshots.pins.pin` does."""
        return self._query(lambda connection: pins.pin(connection, run_id, name, pinned_by), writing)

    def unpin(self, pin_id: int) -> Pin:
        """Delete a pin and return it; raises `UnknownPinError`."""
        return self._query(lambda connection: pins.unpin(connection, pin_id), writing)

    def targets(self, month: date | None = None, channel: str | None = None) -> tuple[Target, ...]:
        """Return the targets, of all months or one, of all channels or one, the newest month first."""
        return self._query(lambda connection: pacing.listed(connection, month, channel))

    def put_targets(self, new: Sequence[Target], set_by: str | None = None) -> tuple[Target, ...]:
        """Store targets in place of those of the same month, channel and measure."""
        return self._query(lambda connection: pacing.put(connection, new, set_by), writing)

    def delete_target(self, month: date, channel: str, measure: Measure) -> Target:
        """Delete a target and return it; raises `UnknownTargetError`."""
        return self._query(lambda connection: pacing.delete(connection, month, channel, measure), writing)

    def pacing(self, month: DateRange | None = None, channel: str | None = None) -> Pacing:
        """Return the pace of a month of the newest snapshot; raises as `services.pacing.reading.pacing`."""
        return self._query(lambda connection: pacing.pacing(connection, month, channel))

    def dashboard(self, slug: str, run_id: int | None = None, most_rows: int | None = None) -> DashboardView:
        """Return one dashboard, with all of its rows or the first `most_rows`.

        Raises `UnknownDashboardError`, `NoSnapshotError`, `UnknownRunError`.
        """
        if most_rows is None and self._live is not None:
            first = self._part(bundle.dashboard(slug, MOST_SHOWN_ROWS), run_id)
            if not first.rows_left_out:
                return first
            run_id = first.snapshot.run_id
        return self._part(bundle.dashboard(slug, most_rows), run_id)

    def chart(self, slug: str, run_id: int | None = None, variant: Variant | None = None) -> Chart:
        """Return the chart of one dashboard; raises like `dashboard`.

        Without a `variant`, that is the usual one. A variant that the newest snapshot lacks is requested, and
        the nearest one is returned; older snapshots keep those that they have.
        """
        charts = self._part(bundle.charts(slug), run_id)
        if variant is None or variant == charts[0].variant:
            return charts[0]
        found, newest = pictures.nearest(charts, variant), self.snapshot()
        if newest is not None and newest.run_id == found.run_id:
            self._demand.note(variant, is_missing=found.variant != variant)
        return found

    def has_charts(self, run_id: int, variant: Variant) -> bool:
        """Tell whether the snapshot of a run has all of its charts in this variant; raises like `chart`."""
        return all(
            variant in {chart.variant for chart in self._part(bundle.charts(spec.slug), run_id)}
            for spec in DASHBOARDS
        )

    def sizes(self, run_id: int) -> dict[str, DashboardSize]:
        """Return the size of each dashboard of a run, by slug, without reading its rows."""
        return self._part(bundle.SIZES, run_id)

    def overview(self, selection: Selection, run_id: int | None = None) -> Overview:
        """Return the figures of a period of the data, against its comparison.

        `bundle.USUAL_SELECTIONS` of the newest snapshots come from memory, also while the database is down;
        so do those that were read before. Raises `NoCampaignsError`, `NoSnapshotError`, `UnknownRunError`,
        `UnknownChannelError`, `OutsideDataError`.
        """
        return self._part(bundle.figures(selection), run_id, self._read_parts)

    def channel_days(self, channel: str, run_id: int | None = None) -> ChannelDays:
        """Return the days of a channel in a snapshot; raises like `overview`."""
        return self._part(bundle.channel_days(channel), run_id, self._read_parts)

    def breakdown(self, question: BreakdownQuestion, run_id: int | None = None) -> Breakdown:
        """Return the figures of a period by campaign, channel or attribute value.

        Those of the newest snapshots that were read before come from memory, also while the database is down.
        Raises as `overview` does, `UnansweredError` and `UnknownValueError`.
        """
        return self._part(bundle.divided(question), run_id, self._read_parts)

    def dimensions(self, run_id: int | None = None) -> tuple[Dimension, ...]:
        """Return what the figures of a snapshot can be divided by; raises as `advice` does."""
        return self._part(bundle.DIMENSIONS, run_id, self._read_parts)

    def advice(self, run_id: int | None = None) -> Advice:
        """Return the recommendations of a snapshot; raises `NoSnapshotError`, `UnknownRunError`."""
        return self._part(bundle.ADVICE, run_id)

    def track_record(self, run_id: int | None = None) -> TrackRecord:
        """Return how recorded forecasts turned out whose days are in a snapshot's data.

        Raises `NoSnapshotError`, `UnknownRunError`.
        """
        return self._part(bundle.TRACK_RECORD, run_id)

    def run(self, run_id: int) -> Run:
        """Return a sync run; raises `UnknownRunError`."""
        run = self._query(lambda connection: queue.find(connection, run_id))
        return self._returned(run)[0]

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """Return the newest sync runs, newest first."""
        return self._returned(*self._query(lambda connection: queue.history(connection, limit)))

    def history(self, limit: int = 50) -> tuple[HistoryRun, ...]:
        """Return the newest sync runs with what the history shows of them, newest first."""
        found = self._query(lambda connection: run_history.history(connection, limit))
        self._returned(*(one.run for one in found))
        return found

    def compare(self, first: int, second: int) -> Comparison:
        """Return what moved between two runs, from the earlier to the later one, and why.

        Raises `UnknownRunError` and `NoCampaignsError`.
        """
        snapshots = sorted(map(self.snapshot_of, (first, second)), key=lambda one: one.created_at)
        earlier, later = snapshots
        days = comparing.window_of(earlier, later)
        one = self.overview(last_days(days), earlier.run_id)
        sides = [self._side(snapshot, days, one.date_from, one.date_to) for snapshot in snapshots]
        records = [self._query(partial(_record_of, snapshot)) for snapshot in snapshots]
        between = self._query(lambda connection: causes.imports_between(connection, *records))
        has_corrections = comparing.has_corrections(*sides)
        why = causes.find(
            (earlier, later), (records[0], records[1]), between, has_corrections=has_corrections
        )
        return comparing.compare(sides[0], sides[1], why)

    def _side(self, snapshot: Snapshot, days: int, first: date, last: date) -> Side:
        run_id = snapshot.run_id
        return Side(
            overview=self.overview(last_days(days), run_id),
            same_days=self._part(bundle.sums(first, last), run_id),
            dashboards={slug: self.dashboard(slug, run_id) for slug in (comparing.FORECASTS, comparing.PLAN)},
            advice=self.advice(run_id),
        )

    def planner(self, run_id: int | None = None) -> Model:
        """Return the response curves of a snapshot; raises `NoCurvesError`, `NoSnapshotError`."""
        return self._part(bundle.PLANNER, run_id)

    def count_runs(self) -> dict[str, int]:
        """Return the number of runs of the history in each state."""
        return self._query(queue.count_by_state)

    def request_sync(
        self, trigger: str, requested_by: str | None = None, *, redraw: bool = False
    ) -> EnqueuedRun:
        """Queue a run, or join the active one; with `redraw`, it redraws even if nothing has changed."""
        asked = self._query(
            lambda connection: queue.enqueue(
                connection, trigger=trigger, requested_by=requested_by, redraw=redraw
            ),
            writing,
        )
        if self._live is not None:
            self._live.note_requested()
        return asked

    def wait_for(self, run_id: int, seconds: float) -> Run:
        """Return the run once it is over, or as it is after `seconds`; raises `UnknownRunError`."""
        end = monotonic() + seconds
        while True:
            changes = 0 if self._live is None else self._live.changes
            run, left = self.run(run_id), end - monotonic()
            if run.is_over or left <= 0:
                return run
            if self._live is None:
                sleep(min(left, WAIT_STEP_SECONDS))
            else:
                self._live.wait(changes, min(left, LIVE_WAIT_STEP_SECONDS))

    def imports(
        self, limit: int = 50, fetched_from: str | None = None, channel: str | None = None
    ) -> tuple[Import, ...]:
        """Return the newest imports, newest first; of a declared source, or with rows of a channel."""
        return self._query(
            lambda connection: history.list_imports(
                connection, limit=limit, fetched_from=fetched_from, channel=channel
            )
        )

    def import_of(self, import_id: int) -> Import:
        """Return an import; raises `UnknownImportError`."""
        return self._query(lambda connection: history.import_of(connection, import_id))

    def campaign_days(self, first: date | None, last: date | None, channel: str | None) -> Generator[Block]:
        """Yield blocks of the campaign days of a period, all of one moment (see `intake.export`).

        A connection of the pool is in use until the iterator is closed.
        """
        if self.unreachable_since is not None:
            raise DatabaseUnavailableError(reason="it is down")
        with reading(self._engine) as connection:
            yield from export.campaign_days(connection, first, last, channel)

    def sources(self) -> Sources:
        """Return the declared sources with what is known of each."""
        return self._query(state.list_sources)

    def fetch_source(self, name: str, requested_by: str | None = None) -> EnqueuedRun:
        """Queue a run that fetches a source, or join the queued one; raises `UnknownSourceError`."""

        def ask(connection: sa.Connection) -> EnqueuedRun:
            state.want(connection, name)
            return queue.enqueue_next(connection, trigger="fetch", requested_by=requested_by)

        asked = self._query(ask, writing)
        if self._live is not None:
            self._live.note_requested()
        return asked

    def status(self) -> SyncStatus:
        """Return the sync status; while the database is down the last known one, marked so."""
        if self._live is not None:
            return self._live.status()
        return self._query(lambda connection: read_status(connection, self._interval_seconds))

    def check_ready(self) -> None:
        """Raise unless the database is up, has this version's schema and holds a snapshot."""
        self._query(_check_ready)

    def _request_variant(self, variant: Variant, is_missing: bool) -> None:
        def ask(connection: sa.Connection) -> None:
            pictures.want(connection, variant)
            if is_missing:
                queue.enqueue(connection, trigger="pictures")

        self._query(ask, writing)
        if self._live is not None:
            self._live.note_requested()

    def _part(self, part: Part[T], run_id: int | None, cache: PartCache | None = None) -> T:
        """Return a part of a snapshot, the newest by default: from memory or from the database.

        `cache`: where a part of a snapshot in memory is kept once it was read.
        """
        if self._live is not None and run_id is None:
            newest = self._live.current()
            if newest is None:
                raise NoSnapshotError
            run_id = newest.run_id
        held = None if self._live is None or run_id is None else self._live.bundle(run_id)
        found = None if held is None else held.get(part)
        if found is not None:
            return found

        def read() -> T:
            return self._query(lambda connection: part.read(connection, run_id))

        try:
            return read() if held is None or cache is None else cache.get_or_read(held.snapshot, part, read)
        except UnknownRunError:
            if run_id is None:
                raise
            return self._pinned.part(part, run_id)

    def _query(self, ask: Callable[[sa.Connection], T], connect: Connect = reading) -> T:
        if self._live is not None:
            return self._live.query(ask, connect)
        with connect(self._engine) as connection:
            return ask(connection)

    def _returned(self, *runs: Run) -> tuple[Run, ...]:
        if self._live is not None:
            self._live.note_returned(*runs)
        return runs


def _record_of(snapshot: Snapshot, connection: sa.Connection) -> RunRecord:
    return causes.record_of(connection, snapshot.run_id)


def _check_ready(connection: sa.Connection) -> None:
    check_schema(connection)
    store.find(connection)
