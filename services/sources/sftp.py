"""SFTP servers as places of files, through paramiko, which is an extra. The key of the server is checked."""

from __future__ import annotations

import fnmatch
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from services.sources.connections import Connector
from services.sources.failures import (
    SourceDeniedError,
    SourceError,
    SourceExtraError,
    SourceHostKeyError,
    SourceMissingError,
    SourceOptionError,
    SourceServerError,
    SourceTooLargeError,
)
from services.sources.http_failures import failure_of
from services.sources.remote import RemoteFile
from services.text import Text

if TYPE_CHECKING:
    from services.sources.kind import Fetch

_DEEPEST = 40
_MOST_ENTRIES = 200_000
_REQUESTS = 32  # that are under way while a file is read


@dataclass(frozen=True, slots=True)
class Server:
    """An SFTP server, and who reads it. `host_key` is its key or fingerprint, None: as in known_hosts."""

    host: str
    port: int
    username: str
    password: str | None = field(repr=False)
    key_file: str | None
    host_key: str | None


class SftpPlace:
    """The files of an SFTP server, to be used in a “with” statement."""

    def __init__(self, server: Server, fetch: Fetch) -> None:
        self.name = server.host
        self._server = server
        self._deadline = fetch.deadline
        self._connector = Connector(fetch.deadline, internal=fetch.source.internal)
        self._transport: Any = None
        try:
            import paramiko
        except ImportError:
            raise SourceExtraError(type="sftp", extra="sftp") from None
        self._paramiko = paramiko

    def __enter__(self) -> Self:
        try:
            with self._told():
                self._transport = self._paramiko.Transport(
                    self._connector.connect(self._server.host, self._server.port)
                )
                self._transport.banner_timeout = self._transport.auth_timeout = self._deadline.left()
                self._transport.start_client(timeout=self._deadline.left())
                self._check_host()
                self._sign_in()
                self._client = self._paramiko.SFTPClient.from_transport(self._transport)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def find(self, pattern: str) -> list[RemoteFile]:
        """Return the files that match a path with wildcards; links and hidden files are left out."""
        first, *segments = [part for part in pattern.split("/") if part]
        base = PurePosixPath("/" if pattern.startswith("/") else ".")
        while segments and not _is_pattern(first):
            base, first, segments = base / first, segments[0], segments[1:]
        with self._told():
            if not _is_pattern(first):
                return [_file(base / first, self._client.stat(str(base / first)))]
            found = {file.path: file for file in self._walk(base, (first, *segments), _DEEPEST, [0])}
        return list(found.values())

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """Open a file for reading."""
        with self._told():
            stream = self._client.open(path, "rb")
        try:
            with self._told():
                stream.prefetch(stream.stat().st_size, _REQUESTS)
            yield cast(BinaryIO, _Reading(self, stream))
        finally:
            with suppress(OSError, EOFError, self._paramiko.SSHException), self._connector.until_deadline():
                stream.close()

    def finished(self, file: RemoteFile) -> bool:
        """Tell whether a file is still as it was."""
        with self._told():
            return _file(PurePosixPath(file.path), self._client.stat(file.path)) == file

    def read_within(self, stream: Any, size: int) -> bytes:
        """Read from an open file until the deadline."""
        with self._told():
            return bytes(stream.read(size))

    def _walk(
        self, folder: PurePosixPath, segments: tuple[str, ...], depth: int, seen: list[int]
    ) -> Iterator[RemoteFile]:
        segment, rest = segments[0], segments[1:]
        is_deep = segment == "**"
        if is_deep and rest:
            yield from self._walk(folder, rest, depth, seen)
        for entry in self._client.listdir_attr(str(folder)):
            seen[0] += 1
            if seen[0] > _MOST_ENTRIES:
                raise SourceTooLargeError(place=self.name, limit=_ENTRIES)
            if entry.filename.startswith(".") or not (
                is_deep or fnmatch.fnmatchcase(entry.filename, segment)
            ):
                continue
            path, mode = folder / entry.filename, entry.st_mode or 0
            if stat.S_ISREG(mode) and not rest:
                yield _file(path, entry)
            elif stat.S_ISDIR(mode) and depth and (is_deep or rest):
                yield from self._walk(path, segments if is_deep else rest, depth - 1, seen)

    def _check_host(self) -> None:
        key = self._transport.get_remote_server_key()
        if self._server.host_key is None:
            known = self._is_in_known_hosts(key)
        else:
            known = is_key(self._server.host_key, key.get_name(), key.asbytes())
        if not known:
            raise SourceHostKeyError(host=self.name, fingerprint=fingerprint(key.asbytes()))

    def _is_in_known_hosts(self, key: Any) -> bool:
        hosts = self._paramiko.HostKeys()
        with suppress(OSError):  # no such file
            hosts.load(str(Path("~/.ssh/known_hosts").expanduser()))
        host, port = self._server.host, self._server.port
        return bool(hosts.check(host if port == 22 else f"[{host}]:{port}", key))

    def _sign_in(self) -> None:
        try:
            if self._server.key_file is not None:
                self._transport.auth_publickey(
                    self._server.username, self._private_key(self._server.key_file)
                )
            else:
                self._transport.auth_password(self._server.username, self._server.password or "")
        except self._paramiko.AuthenticationException:
            raise SourceDeniedError(host=self.name, reason=_SIGN_IN) from None

    def _private_key(self, file: str) -> Any:
        passphrase = self._server.password.encode() if self._server.password else None
        try:
            return self._paramiko.PKey.from_path(Path(file).expanduser(), passphrase)
        except (OSError, ValueError, TypeError, self._paramiko.SSHException):
            raise SourceOptionError(option="key_file", reason=_NO_KEY) from None

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        self._connector.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        with self._connector.until_deadline():
            try:
                yield
            except (OSError, EOFError, self._paramiko.SSHException) as error:
                raise self._failure(error) from None

    def _failure(self, error: Exception) -> SourceError:
        if self._connector.is_overdue():
            return self._connector.overdue()
        if isinstance(error, FileNotFoundError):
            return SourceMissingError(place=self.name, reason=_NOTHING)
        if isinstance(error, PermissionError):
            return SourceDeniedError(host=self.name, reason=_RIGHTS)
        if isinstance(error, OSError) and error.errno is not None:
            return failure_of(error, self.name)
        return SourceServerError(host=self.name, reason=f"SFTP: {type(error).__name__}")


class _Reading:
    """An open file whose reading ends at the deadline of its place."""

    def __init__(self, place: SftpPlace, stream: Any) -> None:
        self._place = place
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._place.read_within(self._stream, size)


def fingerprint(key: bytes) -> str:
    """Return the fingerprint of a key as OpenSSH shows it."""
    return "SHA256:" + b64encode(sha256(key).digest()).decode().rstrip("=")


def is_key(text: str, name: str, key: bytes) -> bool:
    """Tell whether a text is the fingerprint of a key, or the key as OpenSSH writes it."""
    if text.startswith("SHA256:"):
        return text.rstrip("=") == fingerprint(key)
    parts = text.split()
    try:
        return len(parts) >= 2 and parts[0] == name and b64decode(parts[1], validate=True) == key
    except ValueError:
        return False


def _is_pattern(segment: str) -> bool:
    return any(mark in segment for mark in "*?[")


def _file(path: PurePosixPath, found: Any) -> RemoteFile:
    return RemoteFile(
        str(path), found.st_size or 0, f"{found.st_size}-{found.st_mtime}", f"{found.st_mtime:020}"
    )


_ENTRIES = Text(en="200,000 files in its folders", ru="200 000 файлов в папках")
_SIGN_IN = Text(en="user, password or key", ru="имя, пароль или ключ")
_NO_KEY = Text(
    en="it is no private key, or its passphrase (the password) is wrong",
    ru="это не закрытый ключ, или парольная фраза (пароль) неверна",
)
_NOTHING = Text(en="no such file or folder", ru="нет такого файла или папки")
_RIGHTS = Text(en="rights of the user", ru="права пользователя")
