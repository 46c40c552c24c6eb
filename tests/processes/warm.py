"""`demetra` as a process of its own that need not import anything: forked from one that has imported it all.

A command spends most of its time on imports, and tests start hundreds. So one process imports what commands
import, runs nothing of it, and is forked for each of them. The fork has the environment, the folder and the
streams that it is given, heeds the same signals, and ends as an interpreter does: exit handlers, exit code.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Any

ROOT = Path(__file__).parents[2]
# What the commands import when they are used, and what their first run imports.
PARTS = ("campaigns", "channels", "checking", "inspecting", "links", "rates", "serving", "sources", "syncing")
MODULES = (*(f"demetra_dash.commands.{part}" for part in PARTS), "services.sync.pipeline", "skops.io")
LONGEST_REQUEST = 1 << 20


def run(
    words: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run `demetra` with these words in this environment and folder; return what it wrote, and its code."""
    with TemporaryFile() as out, TemporaryFile() as err, Path(os.devnull).open() as nothing:
        code = _server().run(words, environment, folder, [nothing.fileno(), out.fileno(), err.fileno()])
        written = []
        for file in (out, err):
            file.seek(0)
            written.append(file.read().decode())
    return subprocess.CompletedProcess(["demetra", *words], code, *written)


class _Server:
    """The process that is forked."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        atexit.register(self.close)

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, streams: list[int]
    ) -> int:
        request = json.dumps({"words": words, "environment": dict(environment), "folder": str(folder)})
        with self._lock:
            try:
                socket.send_fds(self._socket, [request.encode()], streams)
                return int(self._socket.recv(100))
            except BaseException:  # such as a test that takes too long: the next one gets another process
                _server.cache_clear()
                os.killpg(self._process.pid, signal.SIGKILL)
                raise

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


@cache
def _server() -> _Server:
    return _Server()


def _serve(requests: socket.socket) -> None:
    """Fork for each request and answer with the exit code; return in the fork, to do what was asked for."""
    while True:
        request, streams, _, _ = socket.recv_fds(requests, LONGEST_REQUEST, 3)
        if not request:
            os._exit(0)
        child = os.fork()
        if child == 0:
            requests.close()
            _become(json.loads(request), streams)
            return
        for stream in streams:
            os.close(stream)
        requests.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(wanted: dict[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.path[0] = wanted["folder"]
    sys.argv = ["demetra", *wanted["words"]]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, and they end this process
    for module in MODULES:
        import_module(module)
    from demetra_dash.cli import main

    gc.freeze()  # a fork that collected garbage among all this would copy it
    _serve(socket.socket(fileno=int(sys.argv[1])))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
