"""How quick the read API is, against a bare Flask route on the same server.

Both are served by the same processes of granian and asked by the same callers. The bare route returns
one word and does nothing else.
"""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Any

from tests.benchmarks.installation import Installation, answers, installation, until
from tests.benchmarks.table import Line, show

DATA = "/api/ml-dashboard/roi-timeseries/data"
CHART = "/api/ml-dashboard/roi-timeseries/chart"
BARE = "/bare"
CONNECTIONS = 4
ROUNDS, ROUND_SECONDS = 7, 2.0
CLIENTS, THINK_SECONDS, MANY_SECONDS = 50, 1.0, 60.0
MANY_PATHS = (
    DATA,
    CHART,
    "/api/overview",
    "/api/recommendations",
    "/api/ml-dashboard/status",
    "/api/sync/status",
)


def application() -> Any:
    """Return Demetra's application, with a bare Flask application that knows `BARE` beside it."""
    from flask import Flask

    from demetra_dash.server import application as demetra

    bare, ours = Flask("bare"), demetra()
    bare.add_url_rule(BARE, "bare", lambda: "bare")

    def both(environ: Any, start_response: Any) -> Any:
        chosen = bare if environ["PATH_INFO"] == BARE else ours
        return chosen.wsgi_app(environ, start_response)

    return both


def serve(port: str) -> None:
    """Serve `application` as `demetra web` serves Demetra."""
    from demetra_dash.server import serve as serve_demetra
    from demetra_dash.settings import read_settings

    serve_demetra(read_settings(port=int(port)), target="tests.benchmarks.reading:application")


@dataclass
class Caller:
    """One kept-alive connection."""

    port: int
    headers: str = "Accept-Encoding: br\r\n"
    _socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str, more: str = "") -> tuple[int, bytes]:
        """Return the status and the head of an answer, when its body has been read."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.headers}{more}\r\n".encode())
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = bytes(received[:end]).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        left = end + 4 + length - len(received)
        while left > 0:
            left -= len(self._receive())
        return int(head[9:12]), head

    def _receive(self) -> bytes:
        part = self._socket.recv(262_144)
        if not part:
            raise ConnectionError
        return part


def main() -> None:
    """Measure and print the table."""
    with installation() as built, _served(built):
        show(
            "read API against a bare Flask route on the same server",
            chain(_speeds(built), _many_clients(built)),
        )


@contextmanager
def _served(built: Installation) -> Iterator[None]:
    with built.part("tests.benchmarks.reading", "serve", str(built.port)):
        until(lambda: answers(built.address + BARE))
        yield


def _speeds(built: Installation) -> Iterator[Line]:
    tag = _tag(built, DATA)
    for what, path, more in (
        ("data", DATA, ""),
        ("chart", CHART, ""),
        ("data, 304", DATA, f"If-None-Match: {tag}\r\n"),
    ):
        pairs = [(_rate(built, path, more), _rate(built, BARE, "")) for _ in range(ROUNDS)]
        ratio = median(ours / bare for ours, bare in pairs)
        ours = median(ours for ours, _ in pairs)
        yield Line(
            f"requests per second, {what}", ">= 0.7 x", f"{ratio:.2f} x ({ours:.0f} / s)", ratio >= 0.7
        )


def _tag(built: Installation, path: str) -> str:
    _, head = Caller(built.port).get(path)
    return head.partition(b"etag: ")[2].split(b"\r\n")[0].decode()


def _rate(built: Installation, path: str, more: str) -> float:
    """Return how many answers a second a few callers get who ask without a pause."""
    counts = [0] * CONNECTIONS
    end = monotonic() + ROUND_SECONDS

    def call(place: int) -> None:
        caller = Caller(built.port)
        while monotonic() < end:
            status, _ = caller.get(path, more)
            assert status == (304 if more else 200)
            counts[place] += 1

    _together([lambda place=place: call(place) for place in range(CONNECTIONS)])  # type: ignore[misc]
    return sum(counts) / ROUND_SECONDS


def _many_clients(built: Installation) -> Iterator[Line]:
    """Let many clients read, now from Demetra and now from the bare route, while syncs run."""
    took: dict[bool, list[float]] = {True: [], False: []}
    failures: list[object] = []
    runs: list[int] = []
    end = monotonic() + MANY_SECONDS

    def read(number: int) -> None:
        chance = random.Random(number)
        caller = Caller(built.port)
        sleep(chance.random() * THINK_SECONDS)
        turn = number
        while monotonic() < end:
            path = chance.choice(MANY_PATHS)
            is_ours = bool((turn := turn + 1) % 2)
            start = perf_counter()
            status, _ = caller.get(path if is_ours else BARE)
            took[is_ours].append(perf_counter() - start)
            if status != 200:
                failures.append((path, status))
            sleep(THINK_SECONDS * (0.5 + chance.random()))

    def sync() -> None:
        while monotonic() < end:
            outcome = built.sync()
            runs.append(outcome["run_id"])
            if outcome["state"] != "succeeded":
                failures.append(outcome)

    with built.part("demetra_dash", "worker"):
        built.sync()  # warm
        end = monotonic() + MANY_SECONDS
        _together([sync, *(partial(read, number) for number in range(CLIENTS))])
    ours, bare = (_percentile(took[is_ours], 0.99) for is_ours in (True, False))
    asked = len(took[True])
    yield Line(
        f"{CLIENTS} clients, 1 s think time, while {len(runs)} syncs run: errors",
        "0",
        f"{len(failures)} of {asked}",
        not failures and len(runs) > 2,
    )
    yield Line(
        "the same: p99",
        "< 3 x",
        f"{ours / bare:.2f} x ({1000 * ours:.0f} ms / {1000 * bare:.0f} ms)",
        ours < 3 * bare,
    )


def _together(tasks: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(tasks)) as threads:
        for done in [threads.submit(task) for task in tasks]:
            done.result()


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))]


if __name__ == "__main__":
    serve(sys.argv[2]) if sys.argv[1:2] == ["serve"] else main()
