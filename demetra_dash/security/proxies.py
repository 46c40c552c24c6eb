"""Whom a request comes from: forwarded headers count only when a trusted proxy has sent them.

Anybody can write `X-Forwarded-For` into a request. Who talks to us directly is known from the
connection alone; only when that is a proxy of `DEMETRA_TRUSTED_PROXIES` are its headers believed, and
of a list exactly so many entries from its right end as there are proxies (`DEMETRA_PROXY_HOPS`), since
everything further left may have been written by the visitor. From anybody else they are dropped before
anything else can see them, and counted.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from demetra_dash.security.setting_values import Network

Address = IPv4Address | IPv6Address

FOR, PROTO, HOST = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"
PREFIX = "HTTP_X_FORWARDED_PREFIX"
NEVER_READ = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_SERVER", "HTTP_X_REAL_IP")
"""Said in other words by the four above: two ways to say a thing are two chances to forge it."""

PEER = "demetra.peer"
IS_PROXIED = "demetra.is_proxied"
WAS_FORGED = "demetra.forwarded_headers_dropped"

_HOST_FORM = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def behind_proxies(
    wsgi: WSGIApplication, trusted: Sequence[Network], hops: int, count_dropped: Callable[[], None]
) -> WSGIApplication:
    """Return `wsgi`, which then sees the visitor's address, scheme and host in the usual places.

    `PEER` keeps the address that talks to us directly; `IS_PROXIED` tells whether that is trusted.
    """

    def believed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = address_of(environ.get("REMOTE_ADDR", ""))
        said = {name: environ.pop(name) for name in (FOR, PROTO, HOST, PREFIX) if name in environ}
        dropped = [environ.pop(name) for name in NEVER_READ if name in environ]
        environ[PEER] = environ.get("REMOTE_ADDR", "")
        environ[IS_PROXIED] = is_in(peer, trusted)
        environ[WAS_FORGED] = not environ[IS_PROXIED] and bool(said or dropped)
        if environ[IS_PROXIED]:
            _believe(environ, said, hops)
        elif environ[WAS_FORGED]:
            count_dropped()
        return wsgi(environ, start_response)

    return believed


def address_of(text: str) -> Address | None:
    """Return the address that `text` writes, with or without a port; None for anything else."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    # ::ffff:10.0.0.7 is how a socket for both families writes 10.0.0.7.
    return getattr(address, "ipv4_mapped", None) or address


def is_in(address: Address | None, networks: Iterable[Network]) -> bool:
    """Tell whether the address is in one of the networks."""
    return address is not None and any(address in network for network in networks)


def is_this_machine(environ: WSGIEnvironment) -> bool:
    """Tell whether the visitor is on this machine, as far as can be known.

    A proxy on this machine that nobody trusts speaks for others, so its visitors do not count.
    """
    address = address_of(environ.get("REMOTE_ADDR", ""))
    return address is not None and address.is_loopback and not environ.get(WAS_FORGED, False)


def _believe(environ: WSGIEnvironment, said: dict[str, str], hops: int) -> None:
    listed = _entries(said.get(FOR, ""))
    # A shorter list has not passed all proxies; then the nearest proxy is all that is known.
    address = address_of(listed[-hops]) if len(listed) >= hops else None
    if address is not None:
        environ["REMOTE_ADDR"] = str(address)
    scheme = _outermost(said.get(PROTO, ""), hops).lower()
    if scheme in {"http", "https"}:
        environ["wsgi.url_scheme"] = scheme
    host = _outermost(said.get(HOST, ""), hops)
    if _HOST_FORM.fullmatch(host):
        environ["HTTP_HOST"] = host
    if PREFIX in said:
        environ[PREFIX] = said[PREFIX]


def _outermost(text: str, hops: int) -> str:
    """Return what the outermost of our proxies said; proxies replace this value or add to it."""
    entries = _entries(text)
    return entries[-min(hops, len(entries))] if entries else ""


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",")] if text.strip() else []
