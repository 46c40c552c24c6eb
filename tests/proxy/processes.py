"""The parts of an installation behind a proxy, each as a process of its own: web, nginx, parent page."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.growing.machines import Part, is_listening, program, started
from tests.processes.waiting import until

HOST = "127.0.0.1"


@contextmanager
def web(
    database_url: str,
    folder: Path,
    port: int,
    module: Sequence[str] = ("demetra_dash", "web"),
    **settings: str,
) -> Iterator[Part]:
    """Give a running web process with these settings, which listens on `port` already."""
    environment = {
        "DATABASE_URL": database_url,
        "DEMETRA_HOME": str(folder),
        "DEMETRA_PORT": str(port),
        "DEMETRA_WORKERS": "1",
        **settings,
    }
    with started([sys.executable, "-m", *module], folder, environment, port) as part:
        until(lambda: is_listening(port))
        yield part


@contextmanager
def nginx(folder: Path, servers: str, *, main: str = "", common: str = "") -> Iterator[None]:
    """Run nginx with these `server` blocks, and `main` and `common` lines above and around them."""
    # As root it would change to a user that may not enter the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nginx.conf").write_text(
        f"""
        {user}
        {main}
        daemon off;
        pid nginx.pid;
        error_log error.log;
        events {{ worker_connections 4096; }}
        http {{
            default_type text/html;
            log_format asked '$status $request_method $request_uri';
            access_log asked.log asked;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            {common}
            {servers}
        }}
        """
    )
    with started([program("nginx"), "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"], folder):
        until(lambda: (folder / "nginx.pid").exists())
        yield
    (folder / "nginx.pid").unlink(missing_ok=True)


def asked(folder: Path) -> list[tuple[int, str]]:
    """Return status and address of every request that the nginx of this folder has answered."""
    lines = (line.split(" ", 2) for line in (folder / "asked.log").read_text().splitlines())
    return [(int(status), address) for status, _, address in lines]
