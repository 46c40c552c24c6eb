"""The embedded PostgreSQL ends with the last process that uses it, however the processes end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from services.database import embedded
from services.database.engine import make_engine
from services.database.schema import migrate
from tests.processes.waiting import TIMEOUT_SECONDS, until

# Takes part until its standard input ends, or restarts the server on a line.
USER = """
import sys
from pathlib import Path
from services.database import embedded
server = embedded.start(Path(sys.argv[1]))
print(server.url, flush=True)
for line in sys.stdin:
    server.ensure_running()
    print(server.url, flush=True)
server.stop()
"""
# An import waits before its first row, in the middle of its transaction, and ends when its client is gone.
HOLD = (
    "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); END'",
    "CREATE TRIGGER hold BEFORE INSERT ON campaigns EXECUTE FUNCTION hold()",
    "ALTER SYSTEM SET client_connection_check_interval = 200",
    "SELECT pg_reload_conf()",
)


class Home:
    """A home folder, what its server runs as, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "TEST_DATABASE_URL"}},
            "DEMETRA_HOME": str(folder),
        }

    def servers(self) -> list[psutil.Process]:
        """Return the server process, if one lives."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # it may end while we look
                if process.name() == "postgres" and f"{self.folder}/postgres" in process.cmdline():
                    found.append(process)
        return found

    def command(self, *words: str) -> subprocess.Popen[str]:
        return self._start(["-m", "demetra_dash", *words])

    def user(self) -> subprocess.Popen[str]:
        """Return a process that uses the server already."""
        user = self._start(["-c", USER, str(self.folder)])
        assert user.stdout is not None
        assert user.stdout.readline()
        return user

    def importing(self) -> subprocess.Popen[str]:
        """Return an import that is in the middle of its transaction."""
        file = self.folder / "campaigns.csv"
        if not file.exists():
            lines = (f"2026-01-{day:02},c1,Telegram,1000,10,2,5,8\n" for day in range(1, 29))
            head = "date,campaign_id,channel,impressions,clicks,conversions,cost,revenue\n"
            file.write_text(head + "".join(lines))
            self._hold_imports()
        process = self.command("import", str(file))
        until(lambda: self._has_transaction() or process.poll() is not None)
        assert process.stderr is not None
        assert process.poll() is None, process.stderr.read()
        return process

    def _hold_imports(self) -> None:
        server = embedded.start(self.folder)
        engine = make_engine(server.url, name="demetra tests", pool_size=1)
        migrate(engine)
        engine.dispose()
        with psycopg.connect(server.url, autocommit=True) as connection:
            for statement in HOLD:
                connection.execute(statement)
        server.stop()

    def _has_transaction(self) -> bool:
        if not (self.folder / "postgres" / ".s.PGSQL.5432").exists():
            return False
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(user="postgres", host=f"{self.folder}/postgres", connect_timeout=5) as connection,
        ):
            writing = "SELECT 1 FROM pg_locks WHERE relation = to_regclass('campaigns') AND mode LIKE 'Row%'"
            return connection.execute(writing).fetchone() is not None
        return False

    def _start(self, words: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            env=self.environment,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_signals,
        )


def _heed_signals() -> None:
    """Undo that a shell has these signals ignored: for commands in the background, and under nohup."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def home() -> Iterator[Home]:
    # Socket paths must be short, so not pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="dm-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Home(Path(folder).resolve())
        yield home
        for server in home.servers():  # of a test that failed
            server.kill()


def _end(*processes: subprocess.Popen[str]) -> None:
    """Let the processes leave, all at once, in the orderly way."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    for process in processes:
        assert process.wait(TIMEOUT_SECONDS) == 0
        _close(process)


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> int:
    process.send_signal(number)
    code = process.wait(TIMEOUT_SECONDS)
    _close(process)
    return code


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        assert stream is not None
        stream.close()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 1)], ids=str
)
def test_the_only_command_takes_the_server_with_it_when_it_is_ended(
    home: Home, number: signal.Signals, code: int
) -> None:
    assert _signal(home.importing(), number) == code

    assert home.servers() == []
    again = home.command("status", "--json")
    answer, _ = again.communicate()
    assert json.loads(answer)["snapshot"] is None  # the import was rolled back
    assert home.servers() == []


def test_what_killed_commands_left_running_ends_with_the_next_one(home: Home) -> None:
    staying = home.user()
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        _signal(home.importing(), number)
    assert len(home.servers()) == 1
    _signal(staying, signal.SIGKILL)
    assert len(home.servers()) == 1  # no process was left to stop it

    status = home.command("status", "--json")
    status.communicate()

    assert home.servers() == []


def test_a_process_with_the_number_of_a_killed_one_does_not_keep_the_server(home: Home) -> None:
    users = [home.user(), home.user()]
    _signal(users[0], signal.SIGKILL)
    # As if the system had given the number to another process, this one.
    (home.folder / "postgres" / ".handle_pids.json").write_text(json.dumps([os.getpid(), users[1].pid]))

    _end(users[1])

    assert home.servers() == []


def test_a_server_that_another_process_started_again_ends_with_the_last_one(home: Home) -> None:
    first, second = home.user(), home.user()
    (server,) = home.servers()
    server.kill()
    until(lambda: not server.is_running())
    assert first.stdin is not None
    first.stdin.write("again\n")
    first.stdin.flush()
    assert first.stdout is not None
    first.stdout.readline()

    _end(first)
    assert len(home.servers()) == 1
    _end(second)

    assert home.servers() == []


@pytest.mark.parametrize("number", [2, 5])
def test_processes_that_leave_at_once_leave_no_server(home: Home, number: int) -> None:
    for _ in range(3):
        _end(*[home.user() for _ in range(number)])

        assert home.servers() == []


def test_a_process_that_stays_keeps_the_server_of_those_that_leave(home: Home) -> None:
    staying, *leaving = [home.user() for _ in range(3)]
    (server,) = home.servers()

    _end(*leaving)

    assert home.servers() == [server]
    _end(staying)
    assert home.servers() == []


def test_a_server_that_is_stopping_is_waited_for_and_started_again(home: Home) -> None:
    _signal(home.user(), signal.SIGKILL)
    (server,) = home.servers()
    server.send_signal(signal.SIGINT)  # as pg_ctl does, whose caller was killed then
    file = home.folder / "postgres" / "postmaster.pid"
    until(lambda: not file.exists() or file.read_text().rstrip().endswith("stopping"))

    joined = embedded.start(home.folder)

    with psycopg.connect(joined.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    joined.stop()
    joined.stop()
    assert home.servers() == []


def test_a_second_use_in_one_process_keeps_the_server(home: Home) -> None:
    first = embedded.start(home.folder)
    second = embedded.start(home.folder)

    first.stop()
    assert second.is_running()
    second.stop()

    assert home.servers() == []
    third = embedded.start(home.folder)
    assert third.is_running()
    third.stop()


def test_a_link_in_the_place_of_the_lock_is_not_followed(home: Home) -> None:
    target = home.folder / "target"
    (home.folder / embedded.USERS).symlink_to(target)

    with pytest.raises(embedded.EmbeddedDatabaseError):
        embedded.start(home.folder)
    assert not target.exists()
