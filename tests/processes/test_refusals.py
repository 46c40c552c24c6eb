"""`demetra run` that cannot start: one sentence on stderr and exit code 1, never a traceback."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from demetra_dash import supervisor
from services.intake.demo import create_sample
from tests.processes import warm
from tests.processes.running import own_environment

REFUSES = "import sys; sys.exit('refused: no more elephants')"
IS_KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
FILLS_FIRST = """
import sys, datetime
from services.intake.demo import create_sample
from services.database.engine import make_engine
with make_engine(sys.argv[1], name="another").begin() as connection:
    create_sample(connection, today=datetime.date(2026, 11, 23))
sys.exit("refused: there are rows")
"""


@pytest.fixture
def fill(engine: sa.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Fill the database as `demetra run` does, with a script in place of the command `demo`."""

    def run(script: str, stopping: bool = False) -> None:
        monkeypatch.setattr(
            supervisor, "_command", lambda _name: [sys.executable, "-c", script, database_url]
        )
        event = threading.Event()
        if stopping:
            event.set()
        supervisor._fill(engine, {}, event)

    return run


def test_a_demo_that_refuses_ends_it_with_the_words_of_the_demo(
    fill: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        fill(REFUSES)

    assert end.value.code == 1
    assert capfd.readouterr().err == "refused: no more elephants\n"


def test_a_demo_that_was_killed_is_told_with_what_to_do(fill: Callable[..., None]) -> None:
    with pytest.raises(supervisor.SampleInterruptedError, match=r"killed \(SIGKILL\).*--no-demo"):
        fill(IS_KILLED)


def test_rows_that_came_meanwhile_are_served(fill: Callable[..., None]) -> None:
    fill(FILLS_FIRST)


@pytest.mark.parametrize("script", [REFUSES, IS_KILLED])
def test_a_stop_in_the_middle_of_the_demo_is_no_failure(fill: Callable[..., None], script: str) -> None:
    fill(script, stopping=True)


def test_a_database_with_campaigns_gets_no_sample(fill: Callable[..., None], engine: sa.Engine) -> None:
    with engine.begin() as connection:
        create_sample(connection, today=date(2026, 11, 23))

    fill(REFUSES)


@pytest.mark.parametrize("command", [("run",), ("demo", "--serve"), ("demo",)])
def test_a_database_that_takes_no_rows_is_named(
    command: tuple[str] | tuple[str, str], engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    name = sa.make_url(database_url).database
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))

    done = _demetra(tmp_path, *command, DATABASE_URL=database_url)

    assert done.returncode == 1
    assert "read-only" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DATABASE_URL": "postgresql://user:geheim@127.0.0.1:9/none"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://localhost/none"}, "DATABASE_URL"),
        ({"DEMETRA_HOME": "/proc/none"}, "/proc/none"),
        ({"DEMETRA_HOME": "~nosuchuser/demetra"}, "DEMETRA_HOME"),
        ({"DEMETRA_HOST": "a" * 300, "DEMETRA_ALLOW_ANONYMOUS": "1"}, "--port"),
    ],
)
def test_whatever_is_missing_is_named(settings: dict[str, str], words: str, tmp_path: Path) -> None:
    done = _demetra(tmp_path, "run", **settings)

    assert done.returncode in {1, 2}
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize("words", [("--serve", "--json"), ("--port", "8051")])
def test_a_demo_refuses_options_that_mean_nothing(words: tuple[str, str], tmp_path: Path) -> None:
    done = _demetra(tmp_path, "demo", *words)

    assert done.returncode == 2
    assert "--serve" in done.stderr


def _demetra(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return warm.run(words, own_environment(home) | settings, home)
