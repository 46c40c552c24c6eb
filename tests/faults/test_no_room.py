"""Full and read-only disks: the run says so or goes on without the copy, and recovers by itself."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.database import embedded
from services.database.engine import make_engine
from services.database.schema import migrate
from services.snapshots import store
from services.sync.options import SyncOptions
from services.sync.run import run_now
from services.views import Run
from tests.faults.conftest import Seen
from tests.faults.disks import disk, fill, needs_mount
from tests.faults.oracle import Oracle
from tests.rows import add_campaigns

pytestmark = pytest.mark.fault(
    "disk full, read-only `ML_DASHBOARD_DIR`, no room for temporary files",
    must="fails with that reason or goes on without the copy; recovers",
)


def test_without_a_folder_for_charts_a_run_goes_on(
    published: sa.Engine, options: SyncOptions, oracle: Oracle, tmp_path: Path, seen: Seen
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_bytes(b"")

    run = _sync(published, replace(options, chart_dir=blocked / "charts"))

    assert (run.state, run.error_code) == ("succeeded", "chart_copy")
    _recovers(published, options, oracle)
    seen(f"no folder for charts: {run.state}, {run.error_code}")


@needs_mount
def test_a_full_or_read_only_folder_for_charts_keeps_no_figures_back(
    published: sa.Engine, options: SyncOptions, oracle: Oracle, tmp_path: Path, seen: Seen
) -> None:
    for kind in ("size=16k", "ro"):
        with disk(tmp_path / "small", kind) as small:
            run = _sync(published, replace(options, chart_dir=small))

            assert (run.state, run.error_code) == ("succeeded", "chart_copy")
            assert [file.name for file in small.iterdir() if file.name.startswith(".")] == []
            seen(f"chart folder {kind}: {run.state}, {run.error_code}")
    _recovers(published, options, oracle)


@needs_mount
def test_a_full_disk_for_the_model_fails_the_run_with_that_reason(
    published: sa.Engine, options: SyncOptions, oracle: Oracle, tmp_path: Path, seen: Seen
) -> None:
    before = oracle.assert_sound()
    with disk(tmp_path / "small", "size=4k") as small:
        run = _sync(published, replace(options, model_file=small / "model.skops"))

        assert (run.state, run.error_code) == ("failed", "model_file_unavailable")
        assert run.error_text is not None
        assert os.strerror(errno.ENOSPC) in run.error_text["en"]
        assert list(small.iterdir()) == [] or [file.suffix for file in small.iterdir()] == [".json"]
    assert oracle.assert_sound() == before
    _recovers(published, options, oracle)
    seen(f"model folder full: {run.state}, {run.error_code}")


def test_a_full_database_fails_the_run_with_that_reason(
    published: sa.Engine, options: SyncOptions, oracle: Oracle, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    before = oracle.assert_sound()

    with monkeypatch.context() as patch:
        patch.setattr(store, "publish_charts", _full)
        run = _sync(published, options)

    assert (run.state, run.error_code) == ("failed", "database_full")
    assert oracle.assert_sound() == before
    _recovers(published, options, oracle)
    seen(f"database full (its error 53100): {run.state}, {run.error_code}")


@needs_mount
def test_a_database_whose_disk_is_full_fails_the_run_with_that_reason(
    options: SyncOptions, tmp_path: Path, seen: Seen
) -> None:
    with _small_server() as (engine, home):
        with engine.begin() as connection:
            add_campaigns(connection, days=60)
        first = _sync(engine, options)
        oracle = Oracle(engine, chart_dir=options.chart_dir, model_file=options.model_file)
        filler = home / "filler"
        fill(filler)

        failed = _sync(engine, options, redraw=True)

        filler.unlink()
        assert (failed.state, failed.error_code) == ("failed", "database_full"), failed.error_text
        assert oracle.assert_sound() == first.run_id
        assert oracle.assert_sound() < _sync(engine, options, redraw=True).run_id == oracle.assert_sound()
    seen(f"disk of the database full: {failed.state}, {failed.error_code}")


@needs_mount
def test_without_room_for_temporary_files_a_run_goes_on_or_says_so(
    published: sa.Engine, published_url: str, options: SyncOptions, oracle: Oracle, tmp_path: Path, seen: Seen
) -> None:
    before = oracle.assert_sound()
    home = {"DEMETRA_HOME": str(tmp_path / "home"), "ML_DASHBOARD_DIR": str(tmp_path / "charts")}
    with disk(tmp_path / "small", "size=4k") as small:
        fill(small / "filler")
        done = subprocess.run(
            [sys.executable, "-m", "demetra_dash", "sync", "--json"],
            env=os.environ | home | {"DATABASE_URL": published_url, "TMPDIR": str(small)},
            check=False,
            capture_output=True,
            text=True,
        )

    assert done.returncode in {0, 1}, done.stderr
    run = json.loads(done.stdout)
    assert run["state"] == "succeeded" or run["error"]["code"]
    assert oracle.snapshots()[0] >= before
    seen(f"no room for temporary files: {run['state']}")


def _full(connection: sa.Connection, _charts: object) -> None:
    connection.execute(
        sa.text(
            "DO $$ BEGIN RAISE 'could not extend file: No space left on device'"
            " USING ERRCODE = 'disk_full'; END $$"
        )
    )


@contextmanager
def _small_server() -> Iterator[tuple[sa.Engine, Path]]:
    """Start a server on a disk of its own."""
    # Socket paths must be short, so not pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, disk(Path(folder), "size=160m") as home:
        home.chmod(0o755)
        server = embedded.start(home)
        engine = make_engine(server.url, name="demetra tests")
        try:
            migrate(engine)
            yield engine, home
        finally:
            engine.dispose()
            server.stop()


def _sync(engine: sa.Engine, options: SyncOptions, *, redraw: bool = False) -> Run:
    run = run_now(engine, options, trigger="test", requested_by=None, redraw=redraw)
    assert run is not None
    return run


def _recovers(engine: sa.Engine, options: SyncOptions, oracle: Oracle) -> None:
    run = _sync(engine, options)

    assert oracle.assert_sound() == run.run_id
