"""The judge after every fault: is what readers get whole, from one run, and is nothing left lying about?

It asks PostgreSQL in plain SQL and the API over HTTP, and knows nothing of the code under test but
the promised tables and addresses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics

TABLES = {
    "roi-forecast": "ml_roi_forecast",
    "roi-timeseries": "ml_roi_timeseries",
    "reach-ctr-timeseries": "ml_reach_ctr_timeseries",
    "budget-recommendations": "ml_budget_rec",
}
INTERVAL_SECONDS = 1800.0
_PNG_BEGIN, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_SNAPSHOTS = (
    "SELECT id FROM sync_runs WHERE state = 'succeeded'"
    " AND EXISTS (SELECT FROM ml_charts WHERE run_id = sync_runs.id) ORDER BY id DESC LIMIT 2"
)
_OF_RUNS = (
    "SELECT table_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND column_name = 'run_id'"
    " AND table_name NOT IN (SELECT table_name FROM information_schema.views WHERE table_schema = 'public')"
    " ORDER BY 1"
)
_SYNC_LOCK_HELD = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 4350002"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_OVERDUE = (
    "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%' AND now() - state_change > make_interval(secs => :deadline)"
)


@dataclass
class Oracle:
    """Judges one database, the folder of chart files, and the model file.

    `chart_dir` None: charts are not copied. `deadline_seconds` is how long a worker may be silent.
    """

    engine: sa.Engine
    chart_dir: Path | None = None
    model_file: Path | None = None
    deadline_seconds: float = 300.0

    def assert_sound(self, *, current: int | None = None, idle: bool = True) -> int:
        """Fail with everything that is wrong; return the current run.

        `current` is the run that must be on screen; `idle`: nothing is under way any more.
        """
        newest = self.snapshots()
        assert newest, "there is no snapshot"
        wrong = list(self._wrong(newest, idle=idle))
        if current not in {None, newest[0]}:
            wrong.append(f"run {newest[0]} is on screen, not {current}")
        assert not wrong, "\n".join(wrong)
        return newest[0]

    def assert_clean(self) -> None:
        """Fail unless there is no snapshot at all, and no part of one."""
        wrong = [*self._orphans([]), *self._left_running(idle=True)]
        assert not self.snapshots()
        assert not wrong, "\n".join(wrong)

    def snapshots(self) -> list[int]:
        """Return the run on screen and the one before it, as far as there are such."""
        return [int(row[0]) for row in self._rows(_SNAPSHOTS)]

    def runs(self) -> list[Any]:
        """Return all runs as rows of sync_runs, oldest first."""
        return self._rows("SELECT * FROM sync_runs ORDER BY id")

    def locks(self) -> int:
        """Return how many hold the lock of the worker."""
        return int(self._rows(_SYNC_LOCK_HELD)[0][0])

    def get(self, path: str) -> Any:
        """Return the JSON that the API answers with."""
        answer = self._client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.get_json()

    def _wrong(self, newest: list[int], *, idle: bool) -> Iterator[str]:
        for run_id in newest:
            yield from self._torn(run_id)
        yield from self._not_on_screen(newest[0])
        yield from self._orphans(newest)
        yield from self._left_running(idle=idle)
        yield from self._untold()
        yield from self._wrong_files(newest[0])

    def _torn(self, run_id: int) -> Iterator[str]:
        """Look whether all of a run can be read over HTTP, as it stands in the tables."""
        charts = {
            row.slug: row
            for row in self._rows("SELECT slug, png, sha256 FROM ml_charts WHERE run_id = :run", run=run_id)
        }
        if set(charts) != set(TABLES):
            yield f"run {run_id} has charts {sorted(charts)}"
        for slug, table in TABLES.items():
            stored = self._rows(f"SELECT count(*) FROM {table} WHERE run_id = :run", run=run_id)[0][0]
            data = self.get(f"/api/ml-dashboard/{slug}/data?run={run_id}")
            if not stored or (data["run_id"], data["count"], len(data["rows"])) != (run_id, stored, stored):
                yield f"run {run_id}: {stored} rows of {slug}, the API gives {data['count']}"
            if slug in charts:
                yield from self._wrong_chart(run_id, slug, charts[slug])
        for table in ("snapshot_days", "recommendations"):
            if not self._rows(f"SELECT count(*) FROM {table} WHERE run_id = :run", run=run_id)[0][0]:
                yield f"run {run_id} has nothing in {table}"

    def _wrong_chart(self, run_id: int, slug: str, stored: Any) -> Iterator[str]:
        png = self._client.get(f"/api/ml-dashboard/{slug}/chart?run={run_id}").data
        if png != bytes(stored.png):
            yield f"run {run_id}: the API gives another chart {slug}"
        if hashlib.sha256(png).hexdigest() != stored.sha256:
            yield f"run {run_id}: wrong hash of chart {slug}"
        if not (png.startswith(_PNG_BEGIN) and png.endswith(_PNG_END)):
            yield f"run {run_id}: chart {slug} is no whole PNG"

    def _not_on_screen(self, current: int) -> Iterator[str]:
        for slug, state in self.get("/api/ml-dashboard/status").items():
            if isinstance(state, dict) and "run_id" in state and state["run_id"] != current:
                yield f"card {slug} shows run {state['run_id']}, not {current}"
        shown = {self.get(f"/api/ml-dashboard/{slug}/data")["run_id"] for slug in TABLES}
        if shown != {current}:
            yield f"the cards come from the runs {sorted(shown)}, not {current}"
        status = self.get("/api/sync/status")
        if status["snapshot"]["run_id"] != current or status["age_seconds"] < 0:
            yield f"the status speaks of {status['snapshot']}, {status['age_seconds']} s old"

    def _orphans(self, newest: list[int]) -> Iterator[str]:
        for (table,) in self._rows(_OF_RUNS):
            orphans = self._rows(
                f"SELECT DISTINCT run_id FROM {table} WHERE run_id NOT IN"
                " (SELECT id FROM sync_runs WHERE state = 'succeeded')"
            )
            if orphans:
                yield f"{table} has rows of runs that did not succeed: {[row[0] for row in orphans]}"

    def _left_running(self, *, idle: bool) -> Iterator[str]:
        locks = self.locks()
        counts = dict(tuple(row) for row in self._rows("SELECT state, count(*) FROM sync_runs GROUP BY 1"))
        running = counts.get("running", 0)
        if running > locks or (idle and (running or locks or counts.get("queued"))):
            yield f"runs by state: {counts}; {locks} hold the lock"
        for row in self._rows(_OVERDUE, deadline=self.deadline_seconds):
            yield f"{row.application_name} has held a transaction open beyond its deadline"

    def _untold(self) -> Iterator[str]:
        """Look whether every run says how it ended, in both languages, to those who ask."""
        for run in self.runs():
            text = run.error_text or {}
            if run.state in {"failed", "interrupted"} and not (
                run.error_code and text.get("en") and text.get("ru") and run.finished_at
            ):
                yield f"run {run.id} {run.state} without a reason"
            if self.get(f"/api/sync/runs/{run.id}")["state"] != run.state:
                yield f"the API tells otherwise of run {run.id}"

    def _wrong_files(self, current: int) -> Iterator[str]:
        if self.chart_dir is not None and self.chart_dir.is_dir():
            stored = self._rows("SELECT slug, sha256 FROM ml_charts WHERE run_id = :run", run=current)
            expected = {f"{row.slug}.png": row.sha256 for row in stored}
            found = {path.name: _sha256(path) for path in self.chart_dir.iterdir()}
            if found != expected:
                yield f"{self.chart_dir} holds {sorted(found)}, not just the charts of run {current}"
        if self.model_file is not None and self.model_file.exists():
            manifest = self.model_file.with_name(self.model_file.name + ".manifest.json")
            told = json.loads(manifest.read_bytes())
            if _sha256(self.model_file) not in {told["sha256"], told["previous_sha256"]}:
                yield "the model file is not the one in its manifest"
        if self.model_file is not None and self.model_file.parent.is_dir():
            left = sorted(path.name for path in self.model_file.parent.glob(f".{self.model_file.name}*"))
            if left:
                yield f"left beside the model file: {left}"

    def _rows(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text(statement), values))

    @cached_property
    def _client(self) -> FlaskClient:
        server: Flask = build(Analytics(self.engine, INTERVAL_SECONDS), Settings()).server
        return server.test_client()


def processes_of(home: Path) -> list[psutil.Process]:
    """Return the living processes that were started with `home` as DEMETRA_HOME."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DEMETRA_HOME") == str(home) and process.status() != "zombie":
                found.append(process)
        except psutil.Error:  # it ended while we looked
            continue
    return found


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
