"""A database that refuses for a while: afterwards every run works under the lock, whole or not at all.

Two real worker processes are at work. A run is held at a table that the test has locked, so that
`pg_locks` shows from outside what it holds; the worker's user is no superuser.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import pytest
import sqlalchemy as sa

from services.database import embedded
from services.database.embedded import EmbeddedServer
from services.database.engine import make_engine
from services.database.schema import migrate
from services.sync import queue
from tests.faults.conftest import Seen
from tests.faults.disks import disk, fill, needs_mount
from tests.faults.oracle import Oracle
from tests.faults.own_server import own_server
from tests.processes.waiting import TIMEOUT_SECONDS, until
from tests.rows import FIRST_DAY, add_campaigns

DAYS = 60
WORKERS = 2
EARLY_TABLE = "snapshot_days"  # written in the first stage
LATE_TABLE = "ml_charts"  # written in the last one
MUST = "every run in one transaction under the sync lock, rolled back whole when it fails; no change lost"
_WAITING = "SELECT pid FROM pg_locks WHERE relation = CAST(:held AS regclass) AND NOT granted"
_HOLDERS = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND (classid, objid) = (0, 4350002)"
)
# Each session ends what it does by COMMIT or ROLLBACK, but for the one of each worker that listens.
_UNDER_WAY = "SELECT id FROM sync_runs WHERE state IN ('queued', 'running')"
_OUTSIDE_OF_TRANSACTIONS = (
    "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'demetra worker%'"
    " AND state = 'idle' AND query NOT IN ('COMMIT', 'ROLLBACK')"
)
_OF_THE_WORKERS = "FROM pg_stat_activity WHERE application_name LIKE 'demetra worker%'"


@dataclass
class Site:
    """A database with two workers, and an administrator whose sessions no spell touches."""

    server: EmbeddedServer
    home: Path
    admin: sa.Engine
    oracle: Oracle
    days: int = DAYS

    def execute(self, *statements: str) -> None:
        with self.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def configure(self, change: str) -> None:
        """Change a setting of the server for all sessions, those that are open included."""
        self.execute(f"ALTER SYSTEM {change}", "SELECT pg_reload_conf()")

    def column(self, statement: str, **values: Any) -> list[Any]:
        with self.admin.connect() as connection:
            return list(connection.scalars(sa.text(statement), values))

    def ask(self) -> int:
        """Add a day of campaigns and ask for a run; return its id."""
        with self.admin.begin() as connection:
            add_campaigns(connection, first=FIRST_DAY + timedelta(days=self.days))
            self.days += 1
            return queue.enqueue(connection, trigger="button").run.run_id

    def has_changes(self) -> bool:
        return bool(self.column("SELECT 1 FROM campaign_changes LIMIT 1"))

    def run(self, run_id: int) -> Any:
        return next(run for run in self.oracle.runs() if run.id == run_id)

    @contextmanager
    def holding(self, table: str = LATE_TABLE) -> Iterator[sa.Connection]:
        """Let runs come as far as their first writing to `table`."""
        with self.admin.connect() as connection:
            connection.execute(sa.text(f"LOCK TABLE {table} IN SHARE MODE"))
            yield connection

    def held(self, table: str = LATE_TABLE) -> int:
        """Return the session of the run that waits for `table`."""
        until(lambda: len(self.column(_WAITING, held=table)) == 1)
        (pid,) = self.column(_WAITING, held=table)
        return int(pid)

    def rest(self) -> None:
        """Wait until no run is under way and no session of the workers is left in another mode.

        A worker records a failed run before it queues the run in its place. Both looks, a second apart, must
        find nothing, since one alone may fall in between.
        """
        until(lambda: self._is_at_rest() and self._is_at_rest(after=1.0))

    def _is_at_rest(self, after: float = 0.0) -> bool:
        sleep(after)
        listening = [f"LISTEN {queue.CHANNEL}"] * WORKERS
        return not self.column(_UNDER_WAY) and self.column(_OUTSIDE_OF_TRANSACTIONS) == listening


Fault = Callable[[Site], None]


def _read_only(site: Site, seconds: float) -> None:
    with site.holding(EARLY_TABLE):
        struck = site.ask()
        site.held(EARLY_TABLE)
        site.configure("SET default_transaction_read_only = on")
    sleep(seconds)
    assert site.run(struck).state == "running"  # its end could not be written down
    site.configure("RESET default_transaction_read_only")
    until(lambda: site.run(struck).state == "interrupted")


def _twice_read_only(site: Site, seconds: float) -> None:
    _read_only(site, seconds)
    site.rest()
    _read_only(site, seconds)


def _full_disk(site: Site, seconds: float) -> None:
    filler = site.home / "filler"
    with site.holding(EARLY_TABLE):
        site.ask()
        site.held(EARLY_TABLE)
        fill(filler)
    sleep(seconds)
    filler.unlink()
    site.server.ensure_running()  # it ends when there is no room for its own log


def _missing_grant(site: Site, seconds: float) -> None:
    with site.holding():
        struck = site.ask()
        site.held()
        site.execute("REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public FROM demetra")
    sleep(seconds)
    assert site.run(struck).state == "running"
    site.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO demetra")
    until(lambda: site.run(struck).state in {"failed", "interrupted"})


def _killed_sessions(site: Site) -> None:
    """Kill the session of a run, then all sessions of the workers, in a run and at rest."""
    with site.holding():
        first = site.ask()
        site.execute(f"SELECT pg_terminate_backend({site.held()})")
        until(lambda: site.run(first).state == "failed")
    site.rest()
    with site.holding():
        second = site.ask()
        site.held()
        site.execute(f"SELECT pg_terminate_backend(pid) {_OF_THE_WORKERS}")
        until(lambda: site.run(second).state in {"failed", "interrupted"})
    site.rest()
    site.execute(f"SELECT pg_terminate_backend(pid) {_OF_THE_WORKERS}")


def _deadlock(site: Site) -> None:
    """Wait for what the run holds while the run waits: it is the one that finds the deadlock."""
    site.configure("SET deadlock_timeout = '5s'")
    with site.holding() as connection:
        connection.execute(sa.text("SET LOCAL deadlock_timeout = '10min'"))
        struck = site.ask()
        site.held()
        connection.execute(sa.text("LOCK TABLE campaign_changes IN SHARE MODE"))
        until(lambda: site.run(struck).state == "failed")
    assert site.run(struck).error_code == "database_busy"
    site.configure("RESET deadlock_timeout")


def _time_out(site: Site) -> None:
    site.configure("SET statement_timeout = 1000")
    with site.holding():
        struck = site.ask()
        until(lambda: site.run(struck).state == "failed")
    assert site.run(struck).error_code == "database_busy"
    site.configure("RESET statement_timeout")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all spells: each of them leaves it at rest, with both workers alive."""
    with own_server() as postgres, _at_work(postgres.server, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def small_site(tmp_path: Path) -> Iterator[Site]:
    # Socket paths must be short, so not pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="dm-") as folder, disk(Path(folder), "size=160m") as home:
        home.chmod(0o755)
        server = embedded.start(home)
        try:
            with _at_work(server, tmp_path, home) as site:
                yield site
        finally:
            server.stop()


SPELLS = pytest.mark.parametrize(
    ("seconds", "number"), [(6.0, 3), pytest.param(8.0, 10, marks=pytest.mark.slow)], ids=["quick", "whole"]
)
NUMBERS = pytest.mark.parametrize(
    "number", [3, pytest.param(10, marks=pytest.mark.slow)], ids=["quick", "whole"]
)


@pytest.mark.fault("PostgreSQL twice read-only for 8 s; then 10 runs", must=MUST)
@SPELLS
def test_runs_after_two_read_only_spells(site: Site, seconds: float, number: int, seen: Seen) -> None:
    _strike(site, partial(_twice_read_only, seconds=seconds), number, seen)


@pytest.mark.fault("disk of PostgreSQL full for a while; then 10 runs", must=MUST)
@needs_mount
@SPELLS
def test_runs_after_a_full_disk(small_site: Site, seconds: float, number: int, seen: Seen) -> None:
    _strike(small_site, partial(_full_disk, seconds=seconds), number, seen)


@pytest.mark.fault("rights in PostgreSQL missing for a while; then 10 runs", must=MUST)
@SPELLS
def test_runs_after_a_missing_grant(site: Site, seconds: float, number: int, seen: Seen) -> None:
    _strike(site, partial(_missing_grant, seconds=seconds), number, seen)


@pytest.mark.fault("sessions of the workers killed; then 10 runs", must=MUST)
@NUMBERS
def test_runs_after_killed_sessions(site: Site, number: int, seen: Seen) -> None:
    _strike(site, _killed_sessions, number, seen)


@pytest.mark.fault("a deadlock; then 10 runs", must=MUST)
@NUMBERS
def test_runs_after_a_deadlock(site: Site, number: int, seen: Seen) -> None:
    _strike(site, _deadlock, number, seen)


@pytest.mark.fault("statements time out; then 10 runs", must=MUST)
@NUMBERS
def test_runs_after_a_time_out(site: Site, number: int, seen: Seen) -> None:
    _strike(site, _time_out, number, seen)


def _strike(site: Site, fault: Fault, number: int, seen: Seen) -> None:
    site.rest()  # also after a spell whose test has failed
    before = site.oracle.assert_sound()
    fault(site)
    site.rest()
    # The changes of the struck run are published by the one in its place, or are still to come.
    shown = site.oracle.assert_sound()
    assert (shown > before) is not site.has_changes()

    for each in range(number):
        _run_under_the_lock(site, cut=each % 3 == 1)
    assert site.oracle.assert_sound() > shown
    seen("{} runs under the lock", number)


def _run_under_the_lock(site: Site, *, cut: bool) -> None:
    """Look at a run from outside while it is held; `cut`: it fails there, and is tried again."""
    before = site.oracle.snapshots()[0]
    with site.holding():
        asked = site.ask()
        session = site.held()
        assert site.column(_HOLDERS) == [session]
        assert site.column("SELECT id FROM sync_runs WHERE state = 'running'") == [asked]
        assert site.oracle.assert_sound(idle=False) == before  # nothing of it is to be seen
        assert site.has_changes()
        if cut:
            site.execute(f"SELECT pg_cancel_backend({session})")
            until(lambda: site.run(asked).state == "failed")
            assert site.oracle.assert_sound(idle=False) == before
            assert site.has_changes()
    site.rest()

    newest = site.oracle.runs()[-1]
    assert (newest.state, newest.no_new_data) == ("succeeded", False), newest.error_text
    assert (newest.id > asked) is cut
    assert site.oracle.assert_sound() == newest.id
    assert not site.has_changes()


@contextmanager
def _at_work(server: EmbeddedServer, folder: Path, home: Path | None = None) -> Iterator[Site]:
    """Fill a server, and start the workers on it."""
    url = sa.make_url(server.url)
    untouched = "-c default_transaction_read_only=off -c statement_timeout=0"
    admin = make_engine(
        url.update_query_dict({"options": untouched}).render_as_string(), name="demetra tests"
    )
    migrate(admin)
    site = Site(server, home or folder, admin, Oracle(admin))
    site.execute(
        "CREATE ROLE demetra LOGIN",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO demetra",
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO demetra",
    )
    with admin.begin() as connection:
        for channel in ("Telegram", "TikTok"):
            add_campaigns(connection, channel, days=DAYS, revenue=[8 + n % 3 for n in range(DAYS)])
    with _workers(url.set(username="demetra").render_as_string(), folder):
        until(lambda: bool(site.oracle.snapshots()))
        site.rest()
        yield site
    admin.dispose()


@contextmanager
def _workers(url: str, folder: Path) -> Iterator[None]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DEMETRA_HOME": str(folder),
        "CHART_DPI": "50",
        "DEMETRA_POOL_PROCESSES": "1",
        "SYNC_INTERVAL_MINUTES": "10080",  # so that no slot begins meanwhile
    }
    command = [sys.executable, "-m", "demetra_dash", "worker"]
    started = [subprocess.Popen(command, env=environment, cwd=folder) for _ in range(WORKERS)]
    try:
        yield
        assert [process.poll() for process in started] == [None] * WORKERS, "a worker ended"
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(TIMEOUT_SECONDS)
