"""The history of runs: what the imports since the run before brought, and whether it can be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa

from services.database.tables import imports, ml_charts
from services.snapshots import causes, pins
from services.snapshots.causes import RunRecord
from services.sync import queue
from services.views import HistoryRun, Pin, Run


@dataclass(frozen=True, slots=True)
class StoredImport:
    """An import: its number and time, and the rows that it added and corrected."""

    id: int
    imported_at: datetime
    rows_new: int
    rows_corrected: int


def history(connection: sa.Connection, limit: int) -> tuple[HistoryRun, ...]:
    """Return the newest `limit` runs, newest first."""
    runs = queue.history(connection, limit)
    pinned = {pin.run_id: pin for pin in pins.listed(connection)}
    kept = set(connection.scalars(sa.select(ml_charts.c.run_id).distinct()))
    brought = news(causes.newest_records(connection, limit + 1), _stored_imports(connection))
    return tuple(_shown(run, brought.get(run.run_id), pinned.get(run.run_id), kept) for run in runs)


def news(records: Sequence[RunRecord], stored: Sequence[StoredImport]) -> dict[int, tuple[StoredImport, ...]]:
    """Return by run the imports that are in its data and not in those of the run before.

    records: of runs with a snapshot, newest first; the last one has none before and is left out.
    """
    return {
        later.run_id: tuple(one for one in stored if _is_in(one, later) and not _is_in(one, earlier))
        for later, earlier in pairwise(records)
    }


def _is_in(one: StoredImport, run: RunRecord) -> bool:
    return run.has_import(one.id, one.imported_at)


def _stored_imports(connection: sa.Connection) -> list[StoredImport]:
    i = imports.c
    since = sa.func.now() - sa.func.make_interval(0, 0, 0, queue.HISTORY_DAYS + 1)
    rows = connection.execute(
        sa.select(i.id, i.imported_at, i.rows_imported, i.rows_updated).where(i.imported_at > since)
    )
    return [StoredImport(*row) for row in rows]


def _shown(run: Run, brought: Sequence[StoredImport] | None, pin: Pin | None, kept: set[int]) -> HistoryRun:
    sums: Mapping[str, int] = {}
    if brought is not None:
        sums = {
            "imports": len(brought),
            "rows_new": sum(one.rows_new for one in brought),
            "rows_corrected": sum(one.rows_corrected for one in brought),
        }
    return HistoryRun(
        run=run,
        **sums,
        is_kept=run.run_id in kept or pin is not None,
        pin_id=None if pin is None else pin.id,
        pin=None if pin is None else pin.name,
    )
