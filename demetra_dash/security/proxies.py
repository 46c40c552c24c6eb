"""Whom a request comes from: forwarded headers count only when a trusted proxy has sent them.

Anybody can write `X-Forwarded-For` into a request. Who talks to us directly is known from the
connection alone; only when that is a proxy of `DEMETRA_TRUSTED_PROXIES` are its headers believed, and
of a list exactly so many entries from its right end as there are proxies (`DEMETRA_PROXY_HOPS`), since
everything further left may have been written by the visitor. From any other peer they are dropped before
anything else can see them, and counted.

A request counts as sent from this machine only when nothing speaks against it: the connection and the
visitor have loopback addresses, and no header or protocol version shows a proxy on the way that is not
trusted, or that does not name the visitor.
"""

from __future__ import annotations

import hmac
import logging
import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from demetra_dash.security.setting_values import Network

Address = IPv4Address | IPv6Address

FOR, PROTO, HOST = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"
PREFIX = "HTTP_X_FORWARDED_PREFIX"
NEVER_READ = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_SERVER", "HTTP_X_REAL_IP")
"""Said in other words by the four above: two ways to say a thing are two chances to forge it."""

PROOF = "HTTP_X_DEMETRA_PROXY_SECRET"

PEER = "demetra.peer"
IS_PROXIED = "demetra.is_proxied"
WAS_FORGED = "demetra.forwarded_headers_dropped"
IS_UNKNOWN = "demetra.visitor_is_unknown"
IS_REMOTE = "demetra.passed_another_machine"
IS_IMPOSTOR = "demetra.proxy_sent_a_wrong_secret"
SPEAKS_FOR_ITSELF = "demetra.proxy_speaks_for_itself"
FAULT = "demetra.forwarded_list_fault"

Fault = Literal["missing", "short", "unusable"]
"""Why a trusted proxy's X-Forwarded-For names no visitor."""

# What proxies add to a request; a browser or a script adds none of them.
_SIGNS = frozenset(
    {
        FOR,
        PROTO,
        HOST,
        PREFIX,
        *NEVER_READ,
        "HTTP_X_FORWARDED_BY",
        "HTTP_X_FORWARDED_SCHEME",
        "HTTP_X_FORWARDED_SSL",
        "HTTP_X_FORWARDED_PROTOCOL",
        "HTTP_X_FORWARDED_URI",
        "HTTP_X_FORWARDED_METHOD",
        "HTTP_X_FORWARDED_USER",
        "HTTP_X_FORWARDED_CLIENT_CERT",
        "HTTP_VIA",
        "HTTP_CLIENT_IP",
        "HTTP_X_CLIENT_IP",
        "HTTP_X_CLUSTER_CLIENT_IP",
        "HTTP_X_ORIGINAL_FOR",
        "HTTP_X_ORIGINAL_FORWARDED_FOR",
        "HTTP_X_ORIGINAL_HOST",
        "HTTP_X_ORIGINAL_URI",
        "HTTP_X_ENVOY_EXTERNAL_ADDRESS",
        "HTTP_X_PROXYUSER_IP",
        "HTTP_X_APPENGINE_USER_IP",
        "HTTP_X_AZURE_CLIENTIP",
        "HTTP_TRUE_CLIENT_IP",
        "HTTP_FASTLY_CLIENT_IP",
        "HTTP_FLY_CLIENT_IP",
        "HTTP_CF_CONNECTING_IP",
        "HTTP_CF_CONNECTING_IPV6",
    }
)
# nginx speaks HTTP/1.0 to the server behind it unless told otherwise. Granian writes it "HTTP/1".
_OLD_PROTOCOLS = ("HTTP/1.0", "HTTP/1")
# A proxy asks these for itself, without naming a visitor.
_ASKED_BY_PROXIES = ("/healthz", "/readyz", "/metrics")

log = logging.getLogger(__name__)

_HOST_FORM = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def behind_proxies(
    wsgi: WSGIApplication,
    trusted: Sequence[Network],
    hops: int,
    count_dropped: Callable[[], None],
    *,
    secret: str | None = None,
) -> WSGIApplication:
    """Return `wsgi`, which then sees the visitor's address, scheme and host in the usual places.

    `PEER` keeps the address that talks to us directly; `IS_PROXIED` tells whether that is trusted. With a
    `secret`, a proxy is trusted only when it sends the secret too.
    """
    warned: set[Fault] = set()

    def believed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = address_of(environ.get("REMOTE_ADDR", ""))
        shows_proxy = not _SIGNS.isdisjoint(environ)
        said = {name: environ.pop(name) for name in (FOR, PROTO, HOST, PREFIX) if name in environ}
        for name in NEVER_READ:
            environ.pop(name, None)
        proof = environ.pop(PROOF, None)
        environ[PEER] = environ.get("REMOTE_ADDR", "")
        environ[IS_IMPOSTOR] = secret is not None and proof is not None and not _is_same(proof, secret)
        environ[IS_PROXIED] = is_in(peer, trusted) and (secret is None or _is_same(proof or "", secret))
        environ[WAS_FORGED] = not environ[IS_PROXIED] and shows_proxy
        if environ[IS_PROXIED]:
            fault = environ[FAULT] = _believe(environ, said, hops)
            environ[IS_UNKNOWN] = fault is not None
            environ[SPEAKS_FOR_ITSELF] = not shows_proxy and not _is_old(environ)
            if not environ.get("PATH_INFO", "").endswith(_ASKED_BY_PROXIES):
                _warn_once(fault, warned, hops)
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

    A proxy speaks for visitors of other machines. So a visitor counts only when every address on the way
    is a loopback address, and nothing shows a proxy that is not trusted or that names no visitor. A
    socket of the file system (no address) shows neither, so its visitors do not count.
    """
    if any(environ.get(flag, False) for flag in (WAS_FORGED, IS_UNKNOWN, IS_REMOTE, IS_IMPOSTOR)):
        return False
    if not environ.get(IS_PROXIED, False) and _is_old(environ):
        return False
    visitor = environ.get("REMOTE_ADDR", "")
    return _is_loopback(visitor) and _is_loopback(environ.get(PEER, visitor))


def _is_loopback(text: str | None) -> bool:
    address = address_of(text or "")
    return address is not None and address.is_loopback


def _is_old(environ: WSGIEnvironment) -> bool:
    return environ.get("SERVER_PROTOCOL") in _OLD_PROTOCOLS


def _is_same(proof: str, secret: str) -> bool:
    return hmac.compare_digest(proof.encode("utf-8", "surrogateescape"), secret.encode())


def _believe(environ: WSGIEnvironment, said: dict[str, str], hops: int) -> Fault | None:
    """Take over what a trusted proxy said; return why it names no visitor, None when it does."""
    listed = _entries(said.get(FOR, ""))
    fault: Fault | None = None
    if len(listed) < hops:
        # A shorter list has not passed all proxies; then the nearest proxy is all that is known.
        fault = "short" if listed else "missing"
    elif (address := address_of(listed[-hops])) is None:
        fault = "unusable"
    else:
        environ["REMOTE_ADDR"] = str(address)
        environ[IS_REMOTE] = not all(map(_is_loopback, listed[-hops:]))
    scheme = _outermost(said.get(PROTO, ""), hops).lower()
    if scheme in {"http", "https"}:
        environ["wsgi.url_scheme"] = scheme
    host = _outermost(said.get(HOST, ""), hops)
    if _HOST_FORM.fullmatch(host):
        environ["HTTP_HOST"] = host
    if PREFIX in said:
        environ[PREFIX] = said[PREFIX]
    return fault


def _warn_once(fault: Fault | None, warned: set[Fault], hops: int) -> None:
    """Write into the log, once for each kind, that a trusted proxy does not say who the visitor is."""
    if fault is None or fault in warned:
        return
    warned.add(fault)
    log.warning(
        "A trusted proxy sent an X-Forwarded-For that names no visitor (%s; DEMETRA_PROXY_HOPS is %d). Its "
        "visitors are limited together, under the address of the proxy. Correct the proxy or the setting; "
        "`demetra doctor --url ADDRESS` tells what arrives.",
        fault,
        hops,
    )


def _outermost(text: str, hops: int) -> str:
    """Return what the outermost of our proxies said; proxies replace this value or add to it."""
    entries = _entries(text)
    return entries[-min(hops, len(entries))] if entries else ""


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",")] if text.strip() else []
