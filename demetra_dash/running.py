"""`demetra run`: starts every part on this machine, keeps them alive, and ends them together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from time import monotonic
from types import FrameType

import click

from demetra_dash.parent import VARIABLE
from demetra_dash.security.conflicts import check_together
from demetra_dash.server import check_port
from demetra_dash.settings import Settings
from services import snapshots
from services.database import embedded
from services.database.embedded import EmbeddedServer
from services.database.engine import make_engine
from services.database.schema import migrate
from services.errors import DemetraError

log = logging.getLogger("demetra.run")

CHECK_SECONDS = 0.5
STOP_SECONDS = 10.0
STEADY_SECONDS = 30.0  # a part that lived this long is restarted at once
MAX_PAUSE_SECONDS = 30.0
WEB_FIRST_SECONDS = 10.0  # the worker starts when the page answers, or after so long


@dataclass(slots=True)
class _Part:
    """One child process that is restarted when it ends, after a pause that doubles."""

    name: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = field(default_factory=monotonic)

    def start(self) -> None:
        self.started = monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demetra_dash", self.name],
            stdin=subprocess.PIPE,  # kept open: see demetra_dash.parent
            env={**os.environ, **self.environment, VARIABLE: "1"},
            start_new_session=True,  # Ctrl-C reaches `run` alone, which ends the parts in order
        )

    def keep_alive(self) -> None:
        now = monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.poll() is not None:
            log.warning("%s ended with code %s and is started again", self.name, self.process.returncode)
            _kill_group(self.process)
            lived_long = now - self.started > STEADY_SECONDS
            self.pause = 0.0 if lived_long else min(MAX_PAUSE_SECONDS, 2 * self.pause + 0.5)
            self.due = now + self.pause
            self.process = None

    def wait_no_longer(self) -> None:
        if not self.started:
            self.due = monotonic()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            log.warning("%s did not end in time and is killed", self.name)
            _kill_group(self.process)


def run_all(settings: Settings, *, with_demo: bool) -> None:
    """Serve until Ctrl-C or SIGTERM; the database, when embedded, is started first and ended last."""
    check_together(settings)
    check_port(settings.host, settings.port)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signal, _frame: stopping.set())
    with ExitStack() as stack:
        server = _embedded(settings, stack)
        url = server.url if server else str(settings.database_url)
        environment = _environment(settings, url)
        _prepare(url, with_demo=with_demo, environment=environment)
        # One after the other: the worker's libraries would take the processors from the page's.
        web, worker = _Part("web", environment), _Part("worker", environment)
        worker.due += WEB_FIRST_SECONDS
        parts = (web, worker)
        try:
            _supervise(parts, server, settings, stopping)
        finally:
            _stop(parts)


def _embedded(settings: Settings, stack: ExitStack) -> EmbeddedServer | None:
    if settings.database_url is not None:
        return None
    server = embedded.start(settings.home.expanduser())
    stack.callback(server.stop)
    return server


def _environment(settings: Settings, url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "DEMETRA_HOST": settings.host, "DEMETRA_PORT": str(settings.port)}


def _prepare(url: str, *, with_demo: bool, environment: Mapping[str, str]) -> None:
    """Migrate, and fill an empty database with sample campaigns."""
    engine = make_engine(url, name="demetra run", pool_size=1)
    try:
        migrate(engine)
        with engine.connect() as connection:
            is_empty = not snapshots.has_campaigns(connection)
    finally:
        engine.dispose()
    if is_empty and with_demo:
        # In a process of its own, so that this one stays small.
        command = [sys.executable, "-m", "demetra_dash", "demo"]
        subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, check=True)


def _supervise(
    parts: Sequence[_Part], server: EmbeddedServer | None, settings: Settings, stopping: threading.Event
) -> None:
    announced = False
    while not stopping.is_set():
        for part in parts:
            part.keep_alive()
        if server is not None and not server.is_running():
            _restart(server)
        if not announced and _answers(settings):
            announced = True
            for part in parts:
                part.wait_no_longer()
            click.echo(f"Demetra is ready: {settings.own_address}  (Ctrl-C ends it)")
        stopping.wait(CHECK_SECONDS if announced else CHECK_SECONDS / 5)


def _restart(server: EmbeddedServer) -> None:
    log.warning("the embedded PostgreSQL ended and is started again")
    try:
        server.ensure_running()
    except DemetraError as error:
        log.warning("%s", error)


def _stop(parts: Sequence[_Part]) -> None:
    # A second Ctrl-C must not interrupt the orderly end.
    signal.signal(signal.SIGINT, _ignore)
    end = monotonic() + STOP_SECONDS
    for part in parts:
        part.stop()
    for part in parts:
        part.wait(end - monotonic())


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what a part has started: a web server's processes would go on holding the port."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _ignore(_signal: int, _frame: FrameType | None) -> None:
    return


def _answers(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{settings.own_address}healthz", timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
