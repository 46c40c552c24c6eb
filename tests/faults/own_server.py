"""A PostgreSQL of one's own, to freeze and to kill; a web application that reads from it."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import sqlalchemy as sa
from flask.testing import FlaskClient

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.database import embedded
from services.database.embedded import EmbeddedServer
from services.database.engine import make_engine
from services.database.schema import migrate
from services.live.cached_analytics import CachedAnalytics
from tests.api.filling import publish_first

INTERVAL_SECONDS = 1800.0
TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class OwnServer:
    """A PostgreSQL server for one test module."""

    server: EmbeddedServer

    @property
    def url(self) -> str:
        return self.server.url

    def processes(self) -> list[psutil.Process]:
        """Return the postmaster, then its children."""
        postmaster = psutil.Process(self.server._server.get_postmaster_info().pid)
        return [postmaster, *postmaster.children(recursive=True)]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of the server; let them go on afterwards."""
        stopped = self.processes()
        _signal(stopped, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(stopped, signal.SIGCONT)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill the server as a power cut does; start it again afterwards."""
        processes = self.processes()
        _signal(processes, signal.SIGKILL)
        psutil.wait_procs(processes, TIMEOUT_SECONDS)
        try:
            yield
        finally:
            self.server.ensure_running()


@dataclass(frozen=True)
class Web:
    """A web process on a server of its own, with one snapshot read whole."""

    postgres: OwnServer
    engine: sa.Engine
    analytics: CachedAnalytics
    client: FlaskClient


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Start a server, and stop it afterwards."""
    home = Path(tempfile.mkdtemp(prefix="dm-own-"))  # socket paths must be short
    home.chmod(0o755)
    server = embedded.start(home)
    try:
        yield OwnServer(server)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def own_web() -> Iterator[Web]:
    """Start a server with one snapshot, and an application on it."""
    with own_server() as postgres:
        engine = make_engine(postgres.url, name="demetra tests")
        migrate(engine)
        with engine.begin() as connection:
            publish_first(connection)
        with web_on(postgres.url) as (analytics, client):
            until(lambda: analytics.known_snapshot is not None)
            newest = analytics.snapshot()
            assert newest is not None
            analytics.read_whole(newest)
            analytics.status()
            yield Web(postgres, engine, analytics, client)
        engine.dispose()


@contextmanager
def web_on(url: str, **settings: Any) -> Iterator[tuple[CachedAnalytics, FlaskClient]]:
    """Build an application on a database, as a web process does."""
    analytics = CachedAnalytics(make_engine(url, name="demetra web", pool_size=8), INTERVAL_SECONDS)
    app = build(analytics, Settings(**settings))
    analytics.start()
    yield analytics, app.server.test_client()
    analytics.close()


def until(condition: Any, seconds: float = TIMEOUT_SECONDS) -> float:
    """Return after how many seconds `condition` holds; fail when it never does."""
    start = monotonic()
    while not condition():
        assert monotonic() - start < seconds, "it never came true"
        sleep(0.02)
    return monotonic() - start


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
