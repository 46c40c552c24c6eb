"""Names of hosts, resolved for the library of an object store as for our own connections.

The library resolves names itself, at each connection. With this resolver it only gets addresses that have
been checked, so a name server that answers differently the second time leads nowhere else.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from requests.utils import get_environ_proxies

from services.sources.connections import Connector

if TYPE_CHECKING:
    from services.sources.kind import Fetch


def checked_resolver(fetch: Fetch, endpoint: str) -> Any:
    """Return a resolver for connections of aiohttp to a store, None where its addresses are not checked.

    That is with `internal = true`, behind a proxy, which connects in its own network, and without aiohttp.
    """
    if fetch.source.internal or _goes_through_proxy(endpoint):
        return None
    try:
        from aiohttp.abc import AbstractResolver
    except ImportError:  # as the library of the store, which says so itself
        return None

    class CheckedResolver(AbstractResolver):  # type: ignore[misc]
        async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[Any]:
            places = await asyncio.to_thread(connector.resolve, host, port)
            return [_answer(host, port, found, address[0]) for found, address in places]

        async def close(self) -> None:
            pass

    connector = Connector(fetch.deadline, internal=False)
    return CheckedResolver()


def _goes_through_proxy(endpoint: str) -> bool:
    try:
        return bool(get_environ_proxies(endpoint))
    except ValueError:  # no address: it is refused before it is used
        return False


def _answer(host: str, port: int, family: int, address: str) -> dict[str, Any]:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": flags}
