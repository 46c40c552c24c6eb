"""Connections of one fetch: to checked addresses only, and cut off at the deadline."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from services.executors.base import Deadline
from services.sources.addresses import refusal
from services.sources.failures import (
    SourceAddressError,
    SourceOverdueError,
    SourceTlsError,
    SourceUnreachableError,
)
from services.text import Text

_CONNECT_SECONDS = 10.0  # for each address
_RESOLVE_SECONDS = 10.0

_Place = tuple[socket.AddressFamily, Any]


class Connector:
    """Opens the connections of one fetch. Close it to release their descriptors.

    A host name is resolved once for each connection, all its addresses are checked, and the connection is
    made to one of these addresses: a second answer of the name server is never asked for.
    """

    def __init__(self, deadline: Deadline, *, internal: bool) -> None:
        self._deadline = deadline
        self._internal = internal
        self._lock = Lock()
        self._open: list[socket.socket] = []

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to a checked address of a host; raise a `SourceError`."""
        return self._connected(host, self.resolve(host, port))

    def resolve(self, host: str, port: int) -> list[_Place]:
        """Return the families and checked addresses of a host; raise a `SourceError`."""
        places = self._resolved(host, port)
        self._refuse_closed(host, places)
        return places

    def connect_proxy(self, host: str, port: int) -> socket.socket:
        """Return a connection to a proxy, which may be in a private network; raise a `SourceError`."""
        return self._connected(host, self._resolved(host, port))

    def check(self, host: str, port: int) -> None:
        """Raise a `SourceError` if a host that a proxy will connect to has an address that is refused.

        A name that only the proxy can resolve passes.
        """
        with suppress(SourceUnreachableError):
            self._refuse_closed(host, self._resolved(host, port))

    @contextmanager
    def until_deadline(self) -> Iterator[None]:
        """Cut all connections off if the block is not over at the deadline."""
        timer = Timer(self._deadline.left(), self._cut_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        """Release the descriptors of this connector. The connections themselves are closed by their users."""
        with self._lock:
            for one in self._open:
                one.close()
            self._open.clear()

    def overdue(self) -> SourceOverdueError:
        """Return the error of a fetch whose deadline is over."""
        return SourceOverdueError(seconds=f"{self._deadline.seconds:g}")

    def is_overdue(self) -> bool:
        """Tell whether the deadline is over."""
        return self._deadline.left() == 0

    def _refuse_closed(self, host: str, places: list[_Place]) -> None:
        for _, address in places:
            reason = None if self._internal else refusal(address[0])
            if reason is not None:
                raise SourceAddressError(host=host, reason=reason)

    def _resolved(self, host: str, port: int) -> list[_Place]:
        answer: Future[list[_Place]] = Future()
        # In a thread, because resolving takes no timeout.
        Thread(target=_resolve, args=(host, port, answer), daemon=True).start()
        try:
            return answer.result(timeout=min(self._deadline.left(), _RESOLVE_SECONDS))
        except TimeoutError:
            raise self._unreachable(host, _NO_NAME_SERVER) from None
        except (OSError, UnicodeError):
            raise SourceUnreachableError(host=host, reason=_UNKNOWN_NAME) from None

    def _connected(self, host: str, places: list[_Place]) -> socket.socket:
        failure: SourceUnreachableError | SourceOverdueError = SourceUnreachableError(
            host=host, reason=_UNKNOWN_NAME
        )
        for family, address in places:
            if self._deadline.left() == 0:
                raise self.overdue()
            try:
                return self._connected_to(family, address)
            except TimeoutError:
                failure = self._unreachable(host, _NO_ANSWER)
            except OSError as error:
                failure = SourceUnreachableError(host=host, reason=reason_of(error))
        raise failure

    def _connected_to(self, family: socket.AddressFamily, address: Any) -> socket.socket:
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(max(0.001, min(self._deadline.left(), _CONNECT_SECONDS)))
            made.connect(address)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.settimeout(max(0.001, self._deadline.left()))
            with self._lock:
                # A duplicate, because TLS takes the descriptor out of the socket that it wraps.
                self._open.append(made.dup())
        except BaseException:
            made.close()
            raise
        return made

    def _unreachable(self, host: str, reason: Text) -> SourceUnreachableError | SourceOverdueError:
        return (
            self.overdue() if self._deadline.left() == 0 else SourceUnreachableError(host=host, reason=reason)
        )

    def _cut_off(self) -> None:
        with self._lock:
            for one in self._open:
                with suppress(OSError):  # closed by the other side
                    one.shutdown(socket.SHUT_RDWR)


class CheckedAdapter(HTTPAdapter):
    """Sends requests through the connections of a connector."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:
        """Have the pools for direct connections made with connections of the connector."""
        super().init_poolmanager(*args, **keywords)
        self.poolmanager.pool_classes_by_scheme = _pools(self._connector.connect)

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        """Return the pools for connections to a proxy, made with connections of the connector."""
        manager = super().proxy_manager_for(proxy, **keywords)
        manager.pool_classes_by_scheme = _pools(self._connector.connect_proxy)
        return manager


def trusted() -> str:
    """Return the file or folder of trusted certificates."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return named or DEFAULT_CA_BUNDLE_PATH


def trusted_context(host: str) -> ssl.SSLContext:
    """Return the TLS context of a client for other protocols than HTTP; raise `SourceTlsError`."""
    place = Path(trusted())
    try:
        if place.is_dir():
            return ssl.create_default_context(capath=place)
        return ssl.create_default_context(cafile=place)
    except (OSError, ssl.SSLError):
        raise SourceTlsError(host=host, reason=NO_BUNDLE) from None


def reason_of(error: OSError) -> Text:
    """Return why a connection failed, without any address."""
    if isinstance(error, ConnectionRefusedError):
        return _REFUSED
    if isinstance(error, ConnectionError):
        return _BROKEN_OFF
    word = error.strerror or type(error).__name__
    return Text(en=word, ru=word)


def _resolve(host: str, port: int, answer: Future[list[_Place]]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answer.set_result([(family, address) for family, _, _, _, address in found])
    except (OSError, UnicodeError) as error:
        answer.set_exception(error)


def _pools(connect: Callable[[str, int], socket.socket]) -> dict[str, type[HTTPConnectionPool]]:
    class PlainConnection(HTTPConnection):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            return connect(self.host, self.port or 80)

    class TlsConnection(HTTPSConnection):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            return connect(self.host, self.port or 443)

    class PlainPool(HTTPConnectionPool):  # type: ignore[misc]
        ConnectionCls = PlainConnection

    class TlsPool(HTTPSConnectionPool):  # type: ignore[misc]
        ConnectionCls = TlsConnection

    return {"http": PlainPool, "https": TlsPool}


NO_BUNDLE = Text(
    en="the file in REQUESTS_CA_BUNDLE cannot be read", ru="файл из REQUESTS_CA_BUNDLE не читается"
)
_UNKNOWN_NAME = Text(en="its name is unknown", ru="такое имя неизвестно")
_NO_NAME_SERVER = Text(en="its name could not be resolved in time", ru="имя не удалось разрешить вовремя")
_NO_ANSWER = Text(en="no answer", ru="нет ответа")
_REFUSED = Text(en="connection refused", ru="соединение отклонено")
_BROKEN_OFF = Text(en="connection broken off", ru="соединение оборвано")
