"""A proxy that ends answers half-way, in the three ways that are seen in the wild."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from tests.proxy.processes import HOST

Cut = Literal["within the head", "within the body", "and calls it complete"]
CUTS: tuple[Cut, ...] = ("within the head", "within the body", "and calls it complete")
BETWEEN_NEIGHBOURS = {"connection", "keep-alive", "transfer-encoding"}


class BadLine(ThreadingHTTPServer):
    """Stands before a port of this machine. While `cut` is set, answers to the page's questions end early."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__((HOST, 0), _Handler)
        self.target = target
        self.cut: Cut | None = None
        self.longest = 0  # shorter answers pass
        self.passed = 0  # questions that have been answered in full

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """A browser that goes away in the middle is no news."""


@contextmanager
def bad_line(target: int) -> Iterator[BadLine]:
    """Give a running line to `target`."""
    line = BadLine(target)
    thread = threading.Thread(target=line.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield line
    finally:
        line.shutdown()
        thread.join()
        line.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BadLine

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        target = HTTPConnection(HOST, self.server.target, timeout=60)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target.request(self.command, self.path, body or None, dict(self.headers.items()))
        answer = target.getresponse()
        content = answer.read()
        target.close()
        is_question = "_dash-update-component" in self.path
        cut = self.server.cut if is_question and len(content) > self.server.longest else None
        self._answer(answer, content, cut)
        self.server.passed += is_question and cut is None

    def _answer(self, answer: HTTPResponse, content: bytes, cut: Cut | None) -> None:
        headers = [pair for pair in answer.getheaders() if pair[0].lower() not in BETWEEN_NEIGHBOURS]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        if cut != "and calls it complete":
            kept.append(("Content-Length", str(len(content))))
        status = f"HTTP/1.1 {answer.status} {answer.reason}"
        head = "\r\n".join([status, *(f"{name}: {value}" for name, value in kept)])
        end = "\r\nConnection: close\r\n\r\n" if cut else "\r\n\r\n"
        whole = (head + end).encode("latin-1")
        if cut == "within the head":
            self.wfile.write(whole[: len(whole) // 2])
        else:
            self.wfile.write(whole + (content[: len(content) // 2] if cut else content))
        self.close_connection = cut is not None
