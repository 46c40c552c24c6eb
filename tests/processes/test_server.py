"""A web server that is told to stop while it is still starting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.benchmarks.installation import free_port
from tests.processes.waiting import until

KILLED_AFTER_SECONDS = 10  # what the server allows its processes when they do not end by themselves


def application() -> None:
    """Be an application that takes for ever to be made."""
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    sleep(600)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_still_starting_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    code = "from demetra_dash.server import serve; from demetra_dash.settings import read_settings\n"
    code += "serve(read_settings(), 'tests.processes.test_server:application')"
    environment = {**os.environ, "DEMETRA_PORT": str(free_port()), "DEMETRA_WORKERS": "2"}
    with (tmp_path / "said").open("wb") as said:
        server = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=said)
    until(lambda: (tmp_path / "said").read_text().count("begun") == 2)
    told_at = monotonic()

    server.send_signal(number)

    server.wait(2 * KILLED_AFTER_SECONDS)
    assert monotonic() - told_at < KILLED_AFTER_SECONDS
