"""The parts of a large installation, each as a process of its own: webs, workers, nginx, Redis, Dask.

All of them listen on 127.0.0.1 and on ports of their own, and all are ended with the test.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes.waiting import until

ROOT = Path(__file__).parents[2]
NGINX_EXAMPLE = ROOT / "deploy/nginx/several-webs.conf"
QUIET = {"DASK_LOGGING__DISTRIBUTED": "error"}


@dataclass
class Part:
    """One process with everything that it has started."""

    process: subprocess.Popen[bytes]
    port: int | None = None

    def kill(self) -> None:
        """End it as a power cut would; its port is free afterwards."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.port is not None:  # its own processes, which also listen, take a moment longer to die
            port = self.port
            until(lambda: not is_listening(port))

    def end(self) -> None:
        """Ask it to end; insist when it does not."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        self.kill()


@contextmanager
def started(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[Part]:
    """Give a running process of its own group; it has ended afterwards."""
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        cwd=folder,
        start_new_session=True,
    )
    part = Part(process, port)
    try:
        yield part
    finally:
        part.end()


@contextmanager
def demetra(
    part: str, folder: Path, environment: Mapping[str, str], port: int | None = None
) -> Iterator[Part]:
    """Give a running `demetra web` (on a port of its own, or on `port`) or `demetra worker`."""
    port = port or (free_port() if part == "web" else None)
    own = {"DEMETRA_PORT": str(port)} if port else {}
    with started([sys.executable, "-m", "demetra_dash", part], folder, {**environment, **own}, port) as made:
        if port:
            until(lambda: is_listening(port))
        yield made


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Give the address of an empty Redis."""
    port = free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with started([program("redis-server"), *words, "--logfile", "redis.log"], folder):
        until(lambda: is_listening(port))
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def nginx(folder: Path, webs: Sequence[int]) -> Iterator[int]:
    """Give the port of an nginx that runs the example of `deploy/nginx` before the webs on these ports."""
    port = free_port()
    (folder / "several-webs.conf").write_text(_on_this_machine(NGINX_EXAMPLE.read_text(), port, webs))
    # As root it would change to a user that may not enter the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"""
        {user}
        daemon off;
        pid nginx.pid;
        error_log error.log;
        events {{}}
        http {{
            log_format served '$status $upstream_addr';
            access_log served.log served;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            include several-webs.conf;
        }}
    """)
    words = ["-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
    with started([program("nginx"), *words], folder):
        until(lambda: is_listening(port))
        yield port


@contextmanager
def dask_scheduler(folder: Path) -> Iterator[Part]:
    """Give a running Dask scheduler."""
    port = free_port()
    words = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *words]
    with started(command, folder, QUIET, port) as part:
        until(lambda: is_listening(port))
        yield part


@contextmanager
def dask_worker(folder: Path, address: str) -> Iterator[Part]:
    """Give a starting worker of a Dask cluster."""
    words = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
    # One thread for numerical libraries, as under a Dask nanny and in the processes of a pool.
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **QUIET}
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, *words]
    with started(command, folder, environment) as part:
        yield part


def served(folder: Path) -> list[tuple[str, list[int]]]:
    """Return what nginx has answered: the status, and the ports of the webs that it asked for it."""
    lines = [line.split(" ", 1) for line in (folder / "served.log").read_text().splitlines()]
    return [
        (status, [int(address.rpartition(":")[2]) for address in webs.split(", ") if ":" in address])
        for status, webs in lines
    ]


def free_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    """Tell whether the port has a listener."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _on_this_machine(example: str, port: int, webs: Sequence[int]) -> str:
    """Return the example with its addresses replaced by those of this machine, and nothing else."""
    changes = {"listen 80;": f"listen 127.0.0.1:{port};", "/var/log/nginx/access.log": "linked.log"}
    changes |= {f"web-{n}.example.com:8050 ": f"127.0.0.1:{web} " for n, web in enumerate(webs, start=1)}
    for there, here in changes.items():
        assert example.count(there) == 1, f"{NGINX_EXAMPLE} has no “{there}”"
        example = example.replace(there, here)
    return example


def program(name: str) -> str:
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"needs {name}")
    return path
