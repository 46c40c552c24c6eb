"""`demetra run` as a newcomer meets it: an empty home, one command, and everything is there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.dashboards import DASHBOARDS
from tests.processes.waiting import PATIENCE_SECONDS, until


@dataclass
class Running:
    """A running `demetra run`, and how to speak to it."""

    process: subprocess.Popen
    home: Path
    port: int
    environment: dict[str, str]

    def get(self, path: str) -> Any:
        return json.loads(self.bytes(path))

    def bytes(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.read()

    def answers(self, path: str = "/healthz") -> bool:
        try:
            return bool(self.bytes(path))
        except (urllib.error.URLError, OSError):
            return False

    def part(self, name: str) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # it may end while we look
                if child.cmdline()[-1:] == [name]:
                    return child
        return None

    def command(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "demetra_dash", *words],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    # Socket paths must be short, so not pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="dm-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {
            **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "TEST_DATABASE_URL"}},
            "HOME": folder,
            "DEMETRA_PORT": str(port),
            "CHART_DPI": "60",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "demetra_dash", "run"], env=environment, cwd=home, stdin=subprocess.DEVNULL
        )
        demetra = Running(process, home, port, environment)
        try:
            until(demetra.answers)
            until(lambda: demetra.answers("/readyz"))
            yield demetra
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_SECONDS)
        assert process.returncode == 0
        assert _left_over(home) == []


def test_the_worker_leaves_the_processors_to_the_page_until_that_answers(running):
    until(lambda: running.part("worker") is not None)
    web, worker = running.part("web"), running.part("worker")

    first_process_of_the_page = min(child.create_time() for child in web.children())

    assert worker.create_time() > first_process_of_the_page


def test_all_four_charts_and_tables_come_from_one_run(running):
    outcome = json.loads(running.bytes("/api/ml-dashboard/generate-all?wait=60", method="POST"))
    assert outcome["state"] == "succeeded"

    # Of this very run: another one of the web processes may hear of it a moment later.
    run = outcome["run_id"]
    answers = [running.get(f"/api/ml-dashboard/{dashboard.slug}/data?run={run}") for dashboard in DASHBOARDS]
    charts = [running.bytes(f"/api/ml-dashboard/{d.slug}/chart?run={run}") for d in DASHBOARDS]

    assert {answer["run_id"] for answer in answers} == {run}
    assert all(answer["count"] == len(answer["rows"]) > 0 for answer in answers)
    assert all(chart.startswith(b"\x89PNG") for chart in charts)


def test_commands_work_while_it_runs(running):
    done = running.command("sync", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "succeeded"


def test_a_second_one_on_the_same_port_is_told_so(running):
    second = running.command("run")

    assert second.returncode == 1
    assert "--port" in second.stderr


def test_the_state_lives_under_the_home_folder(running):
    assert {"postgres", "model.skops"} <= {path.name for path in (running.home / ".demetra").iterdir()}


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_part_that_dies_is_started_again(running, name):
    victim = running.part(name)
    assert victim is not None

    victim.kill()

    until(lambda: running.part(name) not in {victim, None})
    until(running.answers)
    outcome = json.loads(running.bytes("/api/sync/run-now?wait=60", method="POST"))
    assert outcome["state"] == "succeeded"


def test_the_embedded_database_is_started_again_when_it_dies(running):
    for process in _left_over(running.home):
        process.kill()

    until(lambda: running.answers("/readyz"))


def _left_over(home: Path) -> list[psutil.Process]:
    """Return what still runs on the home folder's database."""
    found = []
    for process in psutil.process_iter(["name", "cmdline", "status"]):
        words = process.info["cmdline"] or []
        if process.info["name"] == "postgres" and any(str(home) in word for word in words):
            found.append(process)
    return found
