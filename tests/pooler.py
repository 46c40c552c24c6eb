"""A PgBouncer of the test's own in front of a test's database."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.database.engine import readable_url
from tests.faults.own_server import until

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def pooler(database_url: str, more: str = "", files: Mapping[str, bytes] | None = None) -> Iterator[sa.URL]:
    """Give the address of the database through a PgBouncer in transaction mode.

    `more` are further lines of its settings, in which `{folder}` is where `files` are.
    """
    if PGBOUNCER is None:
        pytest.skip("there is no pgbouncer on this machine")
    folder = Path(tempfile.mkdtemp(prefix="dm-pool-"))
    folder.chmod(0o755)
    for name, content in (files or {}).items():
        (folder / name).write_bytes(content)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = _settings(database_url, port) + more.format(folder=folder)
    (folder / "pgbouncer.ini").write_text(settings)
    user = ["-u", _owner(database_url)] if os.geteuid() == 0 else []
    process = subprocess.Popen([PGBOUNCER, "-q", *user, str(folder / "pgbouncer.ini")])
    try:
        until(lambda: _listens(port))
        yield readable_url(database_url).set(host="127.0.0.1", port=port, database="pooled", query={})
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _settings(database_url: str, port: int) -> str:
    url = readable_url(database_url)
    host = url.host or url.query.get("host")
    return f"""
[databases]
pooled = host={host} port={url.port or 5432} dbname={url.database} user={url.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 100
"""


def _owner(database_url: str) -> str:
    """Return whose rights reach the server: PgBouncer refuses to run as root."""
    folder = Path(str(readable_url(database_url).query.get("host", "")))
    return folder.owner() if folder.is_absolute() and folder.owner() != "root" else "nobody"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
