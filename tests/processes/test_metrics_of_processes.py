"""The numbers at `/metrics` are those of all web processes of one server, also of those that were killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from demetra_dash.metrics_folder import FILE_BYTES, VARIABLE, shared_folder, take_slot
from tests.benchmarks.installation import free_port
from tests.faults.disks import disk, fill, needs_mount
from tests.processes.waiting import until
from tests.scraping import numbers_in, requests

SERVE = """
from demetra_dash.server import serve
from demetra_dash.settings import read_settings
serve(read_settings())
"""
COUNT = """
import sys
from prometheus_client import CollectorRegistry, generate_latest
from demetra_dash.metrics import Metrics
metrics = Metrics()
for _ in range(int(sys.argv[1])):
    metrics.count_dropped()
    metrics.count_refused(429)
    metrics.observe_request("GET", "/", "200 OK", 0.01)
print("counted", flush=True)
sys.stdin.read()
registry = CollectorRegistry()
registry.register(metrics)
sys.stdout.write(generate_latest(registry).decode())
"""
HEALTH = requests("GET", "/healthz", "2xx")


class Process:
    """A process that counts in a folder, then waits."""

    def __init__(self, folder: Path, times: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", COUNT, str(times)],
            env={**os.environ, VARIABLE: str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "counted\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def scrape(self) -> dict[str, float]:
        """Return the numbers that it gives of all processes, and end it."""
        return numbers_in(self._process.communicate()[0])


def counted(found: dict[str, float]) -> tuple[float, float, float]:
    return (
        found["demetra_forwarded_headers_dropped_total"],
        found['demetra_requests_refused_total{code="429"}'],
        found[requests("GET", "/", "2xx")],
    )


def test_processes_count_together(tmp_path: Path) -> None:
    first, second = Process(tmp_path, 500), Process(tmp_path, 70)

    assert counted(first.scrape()) == (570, 570, 570)
    assert counted(second.scrape()) == (570, 570, 570)


def test_what_a_killed_process_has_counted_stays_and_its_files_are_used_again(tmp_path: Path) -> None:
    first, second = Process(tmp_path, 500), Process(tmp_path, 70)
    first.kill()
    third = Process(tmp_path, 3)

    assert counted(third.scrape()) == (573, 573, 573)
    assert counted(second.scrape()) == (573, 573, 573)
    assert len(list(tmp_path.glob("*.db"))) == 2 * len(FILE_BYTES)


def test_many_kills_leave_no_more_files(tmp_path: Path) -> None:
    for _ in range(4):
        Process(tmp_path, 1).kill()

    assert counted(Process(tmp_path, 1).scrape()) == (5, 5, 5)
    assert len(list(tmp_path.glob("*.db"))) == len(FILE_BYTES)


@pytest.mark.parametrize("folder", ["missing", "a file"])
def test_without_a_usable_folder_a_process_counts_for_itself(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a file").touch()

    assert counted(Process(tmp_path / folder, 4).scrape()) == (4, 4, 4)


def test_all_series_fit_into_the_files_as_they_are_made(tmp_path: Path) -> None:
    fill_up = """
from demetra_dash.api import ROUTES
from demetra_dash.metrics import MAX_SERIES, Metrics
longest = max(len(route.path) for route in ROUTES)
metrics = Metrics()
for number in range(MAX_SERIES + 5):
    metrics.observe_request("OPTIONS", f"{number:0>{2 * longest}}", f"{number % 5 + 1}00", 0.1)
"""
    environment = {**os.environ, VARIABLE: str(tmp_path)}
    subprocess.run([sys.executable, "-c", fill_up], env=environment, check=True)

    sizes = {file.name.partition("_")[0]: file.stat().st_size for file in tmp_path.glob("*.db")}

    assert sizes == FILE_BYTES


@needs_mount
def test_a_full_disk_ends_no_process(tmp_path: Path) -> None:
    with disk(tmp_path / "small", "size=2m") as small:
        first = Process(small, 4)
        fill(small / "filler")
        second = Process(small, 5)

        assert counted(second.scrape()) == (5, 5, 5)
        assert counted(first.scrape()) == (4, 4, 4)


def test_the_folder_is_private_and_gone_afterwards() -> None:
    with shared_folder() as folder:
        mode, variable = folder.stat().st_mode & 0o777, os.environ[VARIABLE]

    assert (mode, variable) == (0o700, str(folder))
    assert not folder.exists()
    assert VARIABLE not in os.environ


def test_only_folders_of_killed_servers_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    in_use, new = tmp_path / "demetra-metrics-in-use", tmp_path / "demetra-metrics-new"
    other = tmp_path / "another-program"
    folders = [tmp_path / "demetra-metrics-abandoned", in_use, new, other]
    for folder in folders:
        folder.mkdir()
        take_slot(folder)
        if folder is not new:
            os.utime(folder, (time.time() - 3600,) * 2)
    (tmp_path / "demetra-metrics-link").symlink_to(other)
    lock = os.open(in_use, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)

    with shared_folder():
        kept = {folder for folder in folders if folder.exists()}
    os.close(lock)

    assert kept == {in_use, new, other}


@contextmanager
def server(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    """Serve with two processes and no database; yield the server and its address."""
    port = free_port()
    environment = {
        **os.environ,
        "TMPDIR": str(folder),
        "DEMETRA_PORT": str(port),
        "DEMETRA_WORKERS": "2",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE], env=environment)
    try:
        yield psutil.Process(process.pid), f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read(), "utf-8")


def is_up(address: str) -> bool:
    with suppress(OSError):
        get(f"{address}/healthz")
        return True
    return False


def slots_that_counted(folder: Path) -> int:
    files = folder.glob("demetra-metrics-*/histogram_*.db")
    return sum(b"/healthz" in file.read_bytes() for file in files)


def test_a_server_sums_its_processes_over_a_kill(tmp_path: Path) -> None:
    with server(tmp_path) as (process, address):
        asked = 0

        def ask() -> bool:
            nonlocal asked
            asked += is_up(address)
            return slots_that_counted(tmp_path) == 2

        until(ask)
        before = numbers_in(get(f"{address}/metrics"))
        killed = process.children()[0]
        killed.kill()
        until(lambda: not killed.is_running() and len(process.children()) == 2)
        until(lambda: is_up(address))
        after = numbers_in(get(f"{address}/metrics"))
        files = list(tmp_path.glob("demetra-metrics-*/*.db"))

    assert before[HEALTH] == asked
    assert after[HEALTH] == asked + 1
    assert len(files) == 2 * len(FILE_BYTES)
    assert list(tmp_path.glob("demetra-metrics-*")) == []
