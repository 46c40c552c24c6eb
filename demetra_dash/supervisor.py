"""`demetra run`: starts all processes on this machine, restarts them, and ends them together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from time import monotonic
from types import FrameType

import sqlalchemy as sa

from demetra_dash.parent_watchdog import PARENT_VARIABLE
from demetra_dash.restarts import Restarts
from demetra_dash.security.combinations import check_start
from demetra_dash.server import check_port
from demetra_dash.settings import Settings
from demetra_dash.source_declarations import declared_sources
from demetra_dash.terminal import tell
from demetra_dash.worker_report import WorkerReport
from services.database import embedded
from services.database.embedded import EmbeddedServer
from services.database.engine import make_engine
from services.database.schema import migrate
from services.errors import DemetraError
from services.snapshots import store
from services.text import Text

log = logging.getLogger("demetra.run")

CHECK_SECONDS = 0.2
STOP_SECONDS = 10.0
WEB_FIRST_SECONDS = 10.0  # the worker starts when the page answers, or after this time


class SampleInterruptedError(DemetraError):
    """The process that makes the sample campaigns was killed."""

    code = "sample_interrupted"
    words = Text(
        en="The sample campaigns were not made: their process was killed ({signal}). Start again, or use "
        "--no-demo.",
        ru="Примерные кампании не созданы: их процесс убит ({signal}). Запустите снова или с --no-demo.",
    )


@dataclass(slots=True)
class _Child:
    """A child process that is restarted when it ends.

    `has_served` is set once the process does its work. Where that cannot be seen from outside, `has_worked`
    takes the seconds that an ended process ran, and tells whether it did its work in that time.
    """

    name: str
    environment: Mapping[str, str]
    has_worked: Callable[[float], bool] = lambda _seconds: False
    has_served: bool = False
    restarts: Restarts = field(default_factory=lambda: Restarts(due=monotonic()))
    process: subprocess.Popen[bytes] | None = None

    @property
    def is_paused(self) -> bool:
        """True while the process has ended and is not restarted yet."""
        return self.process is None and self.restarts.ended > 0

    def keep_alive(self) -> None:
        now = monotonic()
        if self.process is None:
            if now >= self.restarts.due:
                self._start(now)
        elif self.process.poll() is not None:
            _kill_group(self.process)
            self._note_end(_how(self.process.returncode))
        else:
            self.restarts.settle(now)

    def wait_no_longer(self) -> None:
        if self.restarts.started is None:
            self.restarts.due = monotonic()

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

    def _start(self, now: float) -> None:
        self.restarts.start(now)
        self.has_served = False
        try:
            self.process = subprocess.Popen(
                _command(self.name),
                stdin=subprocess.PIPE,  # kept open: see demetra_dash.parent_watchdog
                env={**os.environ, **self.environment, PARENT_VARIABLE: "1"},
                start_new_session=True,  # Ctrl-C reaches only `run`, which ends its children in order
            )
        except OSError as error:  # no memory, or too many processes
            self._note_end(f"cannot be started ({error.strerror})")

    def _note_end(self, how: str) -> None:
        self.process = None
        now, restarts = monotonic(), self.restarts
        lived = now - (restarts.started or now)
        restarts.end(now, has_served=self.has_served or self.has_worked(lived))
        log.warning(
            "%s %s (times in a row: %s) and is started again in %.1f s",
            self.name,
            how,
            restarts.ended,
            max(0.0, restarts.due - now),
        )


def run_all(settings: Settings, *, with_demo: bool) -> None:
    """Serve until Ctrl-C or SIGTERM; an embedded database is started first and stopped last."""
    check_start(settings)
    check_port(settings.host, settings.port)
    declared_sources(settings).read()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signal, _frame: stopping.set())
    with ExitStack() as stack:
        server = _embedded(settings, stack)
        url = server.url if server else str(settings.database_url)
        environment = _environment(settings, url)
        engine = make_engine(url, name="demetra run", pool_size=1)
        stack.callback(engine.dispose)
        migrate(engine)
        if with_demo:
            _fill(engine, environment, stopping)
        _serve(WorkerReport(engine), environment, server, settings, stopping)


def _serve(
    report: WorkerReport,
    environment: Mapping[str, str],
    server: EmbeddedServer | None,
    settings: Settings,
    stopping: threading.Event,
) -> None:
    # One after the other: loading the worker's libraries would slow down the start of the page.
    web, worker = (
        _Child("web", environment),
        _Child("worker", environment, has_worked=report.has_finished_run),
    )
    worker.restarts.due += WEB_FIRST_SECONDS
    try:
        _supervise(web, worker, report, server, settings, stopping)
    finally:
        _stop((web, worker))
        report.clear()


def _embedded(settings: Settings, stack: ExitStack) -> EmbeddedServer | None:
    if settings.database_url is not None:
        return None
    server = embedded.start(settings.home.expanduser())
    stack.callback(server.stop)
    return server


def _environment(settings: Settings, url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "DEMETRA_HOST": settings.host, "DEMETRA_PORT": str(settings.port)}


def _fill(engine: sa.Engine, environment: Mapping[str, str], stopping: threading.Event) -> None:
    """Create sample campaigns in an empty database; exit 1 if `demo` fails, which prints the reason."""
    if not _is_empty(engine):
        return
    # In a separate process, so that this one stays small.
    done = subprocess.run(
        _command("demo"), env={**os.environ, **environment}, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode == 0 or stopping.is_set() or not _is_empty(engine):
        return
    if done.returncode < 0:
        raise SampleInterruptedError(signal=_signal(-done.returncode))
    sys.exit(1)


def _is_empty(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return not store.has_campaigns(connection)


def _supervise(
    web: _Child,
    worker: _Child,
    report: WorkerReport,
    server: EmbeddedServer | None,
    settings: Settings,
    stopping: threading.Event,
) -> None:
    announced = False
    while not stopping.is_set():
        for part in (web, worker):
            part.keep_alive()
        if server is not None and not server.is_running():
            _restart(server)
        if not web.has_served and _answers(settings):
            web.has_served = True
            worker.wait_no_longer()
            if not announced:
                tell(f"Demetra is ready: {settings.own_address}  (Ctrl-C ends it)")
            announced = True
        if worker.is_paused and (run_id := report.queued_run()) is not None:
            worker.restarts.hurry(monotonic(), run_id)
        report.tell(worker.restarts)
        stopping.wait(CHECK_SECONDS if web.has_served else CHECK_SECONDS / 2)


def _restart(server: EmbeddedServer) -> None:
    log.warning("the embedded PostgreSQL ended and is started again")
    try:
        server.ensure_running()
    except DemetraError as error:
        log.warning("%s", error)


def _stop(parts: Sequence[_Child]) -> None:
    # A second Ctrl-C must not interrupt the shutdown.
    signal.signal(signal.SIGINT, _ignore)
    end = monotonic() + STOP_SECONDS
    for part in parts:
        part.stop()
    for part in parts:
        part.wait(end - monotonic())


def _command(name: str) -> list[str]:
    # -P: do not import a folder `services` or `layouts` from the working folder.
    return [sys.executable, "-P", "-m", "demetra_dash", name]


def _how(returncode: int) -> str:
    """Return how a process has ended."""
    return f"ended with code {returncode}" if returncode >= 0 else f"was killed ({_signal(-returncode)})"


def _signal(number: int) -> str:
    with suppress(ValueError):  # a signal without a name
        return signal.Signals(number).name
    return f"signal {number}"


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill all processes that a child has started: those of a web server would keep the port."""
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
