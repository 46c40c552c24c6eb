"""`demetra run` in a home of its own, for tests that look at it from outside."""

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.processes import warm
from tests.processes.waiting import TIMEOUT_SECONDS, until


@dataclass
class Running:
    """A running `demetra run`, and how to speak to it."""

    process: subprocess.Popen[bytes]
    home: Path
    port: int
    environment: dict[str, str]

    def get(self, path: str) -> Any:
        return json.loads(self.bytes(path))

    def bytes(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return bytes(answer.read())

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

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return warm.run(words, self.environment, self.home)


@contextmanager
def demetra_run(
    command: Sequence[str] = (sys.executable, "-m", "demetra_dash", "run"),
    *,
    foreign_packages: Sequence[str] = (),
    **settings: str,
) -> Iterator[Running]:
    """Run `command` until the block ends; it must end in order then, and leave no process behind.

    The working folder is its home; `foreign_packages` lie there, and fail when they are imported.
    """
    # Socket paths must be short, so not pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="dm-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o755)
        environment = own_environment(home) | settings
        for name in foreign_packages:
            (home / name).mkdir()
            (home / name / "__init__.py").write_text("raise SystemExit('this is not a part of Demetra')")
        process = subprocess.Popen(command, env=environment, cwd=home, stdin=subprocess.DEVNULL)
        demetra = Running(process, home, int(environment["DEMETRA_PORT"]), environment)
        try:
            until(demetra.answers)
            until(lambda: demetra.answers("/readyz"))
            yield demetra
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(TIMEOUT_SECONDS)
        assert process.returncode == 0
        assert left_over(home) == []


def own_environment(home: Path) -> dict[str, str]:
    """Return an environment in which Demetra keeps everything in `home` and serves on a free port."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "TEST_DATABASE_URL"}}
    return {**inherited, "HOME": str(home), "DEMETRA_PORT": str(free_port()), "CHART_DPI": "60"}


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def left_over(home: Path) -> list[psutil.Process]:
    """Return what still runs on the home folder's database."""
    found = []
    for process in psutil.process_iter(["name", "cmdline", "status"]):
        words = process.info["cmdline"] or []
        if process.info["name"] == "postgres" and any(str(home) in word for word in words):
            found.append(process)
    return found
