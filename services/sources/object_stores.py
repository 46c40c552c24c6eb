"""Object stores as places of files, through fsspec, whose libraries are extras."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from urllib3.util import parse_url

from services.sources.connections import Connector
from services.sources.failures import (
    SourceAddressError,
    SourceDeniedError,
    SourceError,
    SourceExtraError,
    SourceMissingError,
    SourceServerError,
    SourceTlsError,
    SourceUnreachableError,
)
from services.sources.remote import RemoteFile
from services.sources.waiting import within
from services.text import Text

if TYPE_CHECKING:
    from services.executors.base import Deadline
    from services.sources.kind import Fetch

T = TypeVar("T")
# Under which names the libraries give what changes with the content, the best first.
_TAGS = ("ETag", "etag", "md5Hash", "generation", "content_md5")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")
_DENIED = (
    "NoCredentials",
    "PartialCredentials",
    "ClientAuthentication",
    "DefaultCredentials",
    "RefreshError",
)
_UNREACHABLE = ("EndpointConnection", "ConnectTimeout", "ClientConnector", "ServiceRequest", "TransportError")


class ObjectStore:
    """A file system of fsspec as a place of files; each call ends at the deadline."""

    def __init__(self, protocol: str, settings: Mapping[str, Any], kind: str, deadline: Deadline) -> None:
        self.name = kind
        self._deadline = deadline
        try:
            import fsspec

            # Not from its cache, in which credentials and listings of earlier fetches stay.
            self._files = fsspec.filesystem(
                protocol, skip_instance_cache=True, use_listings_cache=False, **settings
            )
        except ImportError:
            raise SourceExtraError(type=kind, extra=kind) from None
        except Exception as error:  # noqa: BLE001 - libraries check their settings in their own ways
            raise self._failure(error) from None

    def find(self, pattern: str) -> list[RemoteFile]:
        """Return the files that match a path with `*`, `?`, `[abc]` and `**`."""
        if not any(mark in pattern for mark in "*?["):
            return [_file(pattern, self._call(lambda: self._files.info(pattern)))]
        found = self._call(lambda: self._files.glob(pattern, detail=True))
        bucket = pattern.lstrip("/").partition("/")[0]
        if not found and not any(mark in bucket for mark in "*?["):
            self._call(lambda: self._files.info(bucket))  # raises if there is none
        return [_file(path, info) for path, info in found.items() if info.get("type") == "file"]

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """Open a file for reading."""
        stream = self._call(lambda: self._files.open(path, "rb"))
        try:
            yield cast(BinaryIO, _Reading(self, stream))
        finally:
            stream.close()

    def finished(self, file: RemoteFile) -> bool:
        """Tell whether a file still has its size.

        A store gives out whole files, and listings and single answers of some libraries differ in form.
        """
        return _file(file.path, self._call(lambda: self._files.info(file.path))).size == file.size

    def _call(self, work: Callable[[], T]) -> T:
        try:
            return within(self._deadline, lambda _stop: work())
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001 - each library has errors of its own
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> SourceError:
        """Return what an error means. Its message may hold a signed address, so that it is not shown."""
        own = next((one for one in _chain(error) if isinstance(one, SourceError)), None)
        if own is not None:  # of our resolver
            return own
        names = " ".join(type(one).__name__ for one in _chain(error))
        status = _status(error)
        if isinstance(error, FileNotFoundError) or status == 404:
            return SourceMissingError(place=self.name, reason=_NOTHING)
        if isinstance(error, PermissionError) or status in {401, 403} or any(one in names for one in _DENIED):
            return SourceDeniedError(host=self.name, reason=_CREDENTIALS)
        if "Certificate" in names or "SSL" in names:
            return SourceTlsError(host=self.name, reason=type(error).__name__)
        if isinstance(error, ConnectionError) or any(one in names for one in _UNREACHABLE):
            return SourceUnreachableError(host=self.name, reason=_NO_CONNECTION)
        return SourceServerError(host=self.name, reason=type(error).__name__)

    def read_within(self, stream: Any, size: int) -> bytes:
        """Read from an open file until the deadline."""
        return bytes(self._call(lambda: stream.read(size)))


class _Reading:
    """An open file whose reading ends at the deadline of its store."""

    def __init__(self, store: ObjectStore, stream: Any) -> None:
        self._store = store
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._store.read_within(self._stream, size)


@contextmanager
def object_store(
    fetch: Fetch, protocol: str, settings: Mapping[str, Any], endpoint: str | None = None
) -> Iterator[ObjectStore]:
    """Yield the store of a source; `settings` without a value are left out."""
    if endpoint is not None:
        _refuse_internal(fetch, endpoint)
    given = {name: value for name, value in settings.items() if value not in (None, "", {})}
    yield ObjectStore(protocol, given, fetch.source.type, fetch.deadline)


def _refuse_internal(fetch: Fetch, endpoint: str) -> None:
    """Raise `SourceAddressError` for an endpoint in a private network that the source does not allow.

    Libraries resolve the name again: see `checked_resolver`, which not all of them accept.
    """
    if fetch.source.internal:
        return
    try:
        parts = parse_url(endpoint)
    except ValueError:
        raise SourceAddressError(host="?", reason=_NO_ENDPOINT) from None
    host = str(parts.host or "").strip("[]")
    if parts.scheme != "https" or not host:
        raise SourceAddressError(host=host or "?", reason=_NO_ENDPOINT)
    Connector(fetch.deadline, internal=False).check(host, parts.port or 443)


def _file(path: str, info: Mapping[str, Any]) -> RemoteFile:
    tag = next((str(info[name]) for name in _TAGS if info.get(name)), "")
    time = next((_time(info[name]) for name in _TIMES if info.get(name)), "")
    size = int(info.get("size") or 0)
    return RemoteFile(path, size, tag.strip('"') or f"{size} {time}", time)


def _time(value: Any) -> str:
    return f"{value.timestamp():.6f}" if isinstance(value, datetime) else str(value)


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    for _ in range(10):
        if one is None:
            return
        yield one
        one = one.__cause__ or one.__context__


def _status(error: BaseException) -> int:
    """Return the HTTP status of an error of a library, 0 if it has none."""
    for one in _chain(error):
        response = getattr(one, "response", None)
        found = (
            response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None
        )
        for status in (
            found,
            getattr(one, "status_code", None),
            getattr(one, "code", None),
            getattr(one, "status", None),
        ):
            if isinstance(status, int | str) and str(status).isdigit():
                return int(status)
    return 0


_NOTHING = Text(en="no such file", ru="нет такого файла")
_CREDENTIALS = Text(en="its keys or rights", ru="ключи или права")
_NO_CONNECTION = Text(en="no connection", ru="нет соединения")
_NO_ENDPOINT = Text(
    en="its endpoint is not at a public HTTPS address", ru="точка доступа не на публичном адресе HTTPS"
)
