"""The web server: granian serves the WSGI application in several processes."""

from __future__ import annotations

import signal
import socket
import sys
from pkgutil import resolve_name
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from demetra_dash.malloc import limit_arenas
from demetra_dash.metrics_folder import shared_folder
from demetra_dash.security.combinations import check_start
from demetra_dash.settings import Settings, read_settings
from services.errors import UnavailableError
from services.text import Text

# A request occupies a thread until its body has arrived, or while `?wait=` holds the answer. With 200 slow
# clients some threads must remain. Threads start on demand, and an idle one costs little.
THREADS_PER_WORKER = 256
# Reading headers occupies no thread; still, no client needs longer.
HEADER_MS = 10_000
# Larger headers are refused with 431. The token of a large single sign-on takes about 16 KiB.
LARGEST_HEADERS_BYTES = 65_536


class PortInUseError(UnavailableError):
    """Another program already listens on the port."""

    code = "port_in_use"
    words = Text(
        en="Cannot listen on {host}:{port} ({reason}). Choose another port with --port or DEMETRA_PORT.",
        ru="Не удаётся слушать {host}:{port} ({reason}). Выберите другой порт: --port или DEMETRA_PORT.",
    )


def application() -> Any:
    """Return the WSGI application for the settings of this process (also for gunicorn)."""
    from demetra_dash.app import create_app

    limit_arenas()
    _refuse_numpy()
    return create_app(read_settings()).server


def _refuse_numpy() -> None:
    """Let no library import numpy into this process; one that has it already keeps it.

    Dash's JSON encoder would, as soon as it meets a component: 7 MB for arrays that no page here has.
    Uploaded files are read by processes of their own.
    """
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]


def serve(settings: Settings, target: str = "demetra_dash.server:application") -> None:
    """Serve the page and the API until SIGTERM or Ctrl-C; raise `PortInUseError`.

    `target` names the function that makes the WSGI application in each process.
    """
    check_start(settings)
    check_port(settings.host, settings.port)
    with shared_folder():
        _granian(settings, target).serve(target_loader=_load)


def _load(target: str) -> Any:
    """Make the application in a server process.

    Until then a signal ends the process at once: the inherited handlers only record signals, for the parent.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    return resolve_name(target)()


def _granian(settings: Settings, target: str) -> Any:
    return Granian(
        target,
        interface=Interfaces.WSGI,
        # HTTP/1 only, as proxies use it: no request can be smuggled past a proxy by another protocol.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS, max_buffer_size=LARGEST_HEADERS_BYTES),
        websockets=False,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        blocking_threads=THREADS_PER_WORKER,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_access=False,
        log_level=LogLevels.error,
    )


def check_port(host: str, port: int) -> None:
    """Raise `PortInUseError` unless `host`:`port` can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUseError(host=host, port=port, reason=error.strerror or error) from error
