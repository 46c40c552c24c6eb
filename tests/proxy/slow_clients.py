"""Clients that take their time: python -m tests.proxy.slow_clients KIND PORT PATH

On purpose or on a bad line, they hold their connections for as long as they are allowed to, and come
back when they are thrown out. A process of its own, so that they take no time from those who measure.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Literal

from tests.growing.machines import ROOT
from tests.proxy.processes import HOST

Kind = Literal["headers", "bodies", "readers"]
KINDS: tuple[Kind, ...] = ("headers", "bodies", "readers")
CLIENTS = 200
PAUSE_SECONDS = 0.5
SIP_BYTES = 256
SMALL_BUFFER = 2048


@contextmanager
def slow_clients(kind: Kind, port: int, path: str) -> Iterator[None]:
    """Have 200 slow clients around; before the block begins all are connected, and readers are reading."""
    words = [sys.executable, "-m", "tests.proxy.slow_clients", kind, str(port), path]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.kill()


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[socket.socket]:
    plug = socket.socket()
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    plug.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(plug, (HOST, port))
        yield plug
    finally:
        plug.close()


async def _type(plug: socket.socket, text: bytes) -> None:
    for letter in text:
        await asyncio.get_running_loop().sock_sendall(plug, bytes([letter]))
        await asyncio.sleep(PAUSE_SECONDS)


async def _be_slow(kind: Kind, plug: socket.socket, path: str, is_here: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    if kind != "readers":
        is_here.set()
    if kind == "headers":
        await _type(plug, f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n".encode() + b"X-Slow: 1\r\n" * 1000)
    elif kind == "bodies":
        head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        await loop.sock_sendall(plug, f"{head}Content-Length: 10000\r\n\r\n".encode())
        await _type(plug, b"{" * 10_000)
    else:
        await loop.sock_sendall(plug, f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        while await loop.sock_recv(plug, SIP_BYTES):
            is_here.set()
            await asyncio.sleep(PAUSE_SECONDS)


async def _client(kind: Kind, port: int, path: str, is_here: asyncio.Event) -> None:
    while True:
        with suppress(OSError):
            async with _connected(port) as plug:
                await _be_slow(kind, plug, path, is_here)
        await asyncio.sleep(PAUSE_SECONDS)


async def _main(kind: Kind, port: int, path: str) -> None:
    marks = [asyncio.Event() for _ in range(CLIENTS)]
    clients = [asyncio.create_task(_client(kind, port, path, mark)) for mark in marks]
    for mark in marks:
        await mark.wait()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.gather(*clients)


if __name__ == "__main__":
    kind_, port_, path_ = sys.argv[1:]
    asyncio.run(_main(kind_, int(port_), path_))  # type: ignore[arg-type]
