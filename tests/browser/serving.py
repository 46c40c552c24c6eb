"""The page's application on a port of its own, in threads of this process, until it is cut off."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

from dash import Dash
from werkzeug.serving import ThreadedWSGIServer

HOST = "localhost"
POLL_SECONDS = 0.02


class _Server(ThreadedWSGIServer):
    """A server that knows its open connections: a browser keeps them for further requests."""

    daemon_threads = False  # their end is waited for
    request_queue_size = 128

    def __init__(self, app: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(HOST, 0, app)

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        self._open.discard(request)
        super().close_request(request)

    def cut(self) -> None:
        """End every connection, whatever is under way on it."""
        for connection in list(self._open):
            with suppress(OSError):  # the browser was faster
                connection.shutdown(socket.SHUT_RDWR)


class Served:
    """A served application; `close` leaves no thread and no connection behind."""

    def __init__(self, app: Dash) -> None:
        self._server = _Server(app.server)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,))
        self._thread.start()
        self.url = f"http://{HOST}:{self._server.port}"

    def close(self) -> None:
        """Stop all answers. It may be called again."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.cut()
            self._thread.join()
