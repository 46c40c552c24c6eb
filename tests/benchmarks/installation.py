"""An installation for benchmarks: embedded PostgreSQL, sample campaigns and processes of Demetra."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import psutil

from services.database import embedded

TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Installation:
    """A home directory with sample campaigns and one snapshot; `environment` is that of all processes."""

    home: Path
    port: int
    environment: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, method: str = "GET") -> bytes:
        """Return the body of an answer."""
        request = urllib.request.Request(self.address + path, method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            body: bytes = answer.read()
            return body

    def sync(self) -> Any:
        """Request a run that redraws everything; return it when it is over."""
        run = json.loads(self.get("/api/ml-dashboard/generate-all?wait=25", method="POST"))
        while run["state"] in {"queued", "running"}:  # on a machine that has much else to do
            sleep(1)
            run = json.loads(self.get(f"/api/sync/runs/{run['run_id']}"))
        return run

    def demetra(self, *words: str) -> None:
        """Run a command of Demetra to its end."""
        subprocess.run(
            [sys.executable, "-m", "demetra_dash", *words],
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @contextmanager
    def part(self, *words: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a Python module as a process of the installation; end it and its children afterwards."""
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            _end(process)


@contextmanager
def installation() -> Iterator[Installation]:
    """Yield an installation with sample campaigns and one snapshot; delete it afterwards."""
    home = Path(tempfile.mkdtemp(prefix="dm-bench-"))  # socket paths must be short
    home.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        server = embedded.start(home)
        stack.callback(server.stop)
        port = free_port()
        settings = {"DATABASE_URL": server.url, "DEMETRA_HOME": str(home), "DEMETRA_PORT": str(port)}
        built = Installation(home, port, {**os.environ, **settings})
        built.demetra("migrate")
        built.demetra("demo")
        built.demetra("sync")
        yield built


def free_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def until(is_so: Callable[[], object], pause: float = 0.02) -> float:
    """Return after how many seconds `is_so` holds; raise TimeoutError when it never does."""
    start = perf_counter()
    end = monotonic() + TIMEOUT_SECONDS
    while not is_so():
        if monotonic() > end:
            raise TimeoutError
        sleep(pause)
    return perf_counter() - start


def answers(address: str) -> bool:
    """Tell whether an address answers with success."""
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
    for child in family:
        if child.is_running():
            child.kill()
