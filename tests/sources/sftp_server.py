"""An SFTP server on this machine, which shows one folder. Needs paramiko."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import StreamRequestHandler
from threading import Event
from typing import Any

import paramiko

from tests.sources.servers import running

PASSWORD = "s3cr3t-p4ss"


@dataclass
class SftpServer:
    """What is served, and how to misbehave: `hangs_at` names an operation that never answers."""

    root: Path
    key: Any
    user_key: Any = None
    hangs_at: str = ""
    port: int = 0
    opened: list[str] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)


@contextmanager
def sftp_server(root: Path) -> Iterator[SftpServer]:
    """Run a server on 127.0.0.1 until the block ends."""
    server = SftpServer(root, paramiko.ECDSAKey.generate())

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            transport = paramiko.Transport(self.request)
            transport.add_server_key(server.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, server)
            with suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(server=_Login(server))
                while transport.is_active() and not server.stopped.wait(0.05):
                    pass
            transport.close()

    with running(Handler) as server.port:
        try:
            yield server
        finally:
            server.stopped.set()


class _Login(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, server: SftpServer) -> None:
        self.server = server

    def check_auth_password(self, username: str, password: str) -> int:
        is_right = (username, password) == ("ann", PASSWORD)
        return int(paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED)

    def check_auth_publickey(self, username: str, key: Any) -> int:
        return int(paramiko.AUTH_SUCCESSFUL if key == self.server.user_key else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


class _Files(paramiko.SFTPServerInterface):  # type: ignore[misc]
    def __init__(self, _login: _Login, server: SftpServer) -> None:
        super().__init__(_login)
        self.server = server

    def place(self, path: str, operation: str) -> Path:
        if operation == self.server.hangs_at:
            self.server.stopped.wait(30)
        return self.server.root / str(self.canonicalize(path)).lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            place = self.place(path, "list")
            return [
                paramiko.SFTPAttributes.from_stat(one.lstat(), one.name) for one in sorted(place.iterdir())
            ]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self.place(path, "stat").stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            self.server.opened.append(path)
            stream = self.place(path, "open").open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = paramiko.SFTPHandle(flags)
        handle.filename = path
        handle.readfile = stream
        handle.stat = lambda: paramiko.SFTPAttributes.from_stat(os.fstat(stream.fileno()))
        return handle


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
