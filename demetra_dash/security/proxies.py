"""The client address of a request: forwarded headers count only if a trusted proxy has sent them.

Every client can send `X-Forwarded-For`. Only the address of the direct peer is certain. If that is a proxy of
`DEMETRA_TRUSTED_PROXIES`, its headers are used. Of a list, as many entries count from its right end as there
are proxies (`DEMETRA_PROXY_HOPS`): the client may have written all entries further left. From any other peer,
the headers are dropped before other code can see them, and counted.

A request counts as local only if nothing contradicts it: peer and client have loopback addresses, and no
header or protocol version shows a proxy in between that is not trusted or does not name the client.
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
"""The same facts as in the four headers above. Each further header would be a further one to forge."""

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
"""Why a trusted proxy's X-Forwarded-For names no client."""

# Headers that proxies add to a request, and that browsers and scripts do not send.
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
# nginx uses HTTP/1.0 to the server behind it by default. Granian writes it "HTTP/1".
_OLD_PROTOCOLS = ("HTTP/1.0", "HTTP/1")
# A proxy requests these for itself, without a client to name.
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
    """Return `wsgi`, wrapped so that it sees the client's address, scheme and host in the usual variables.

    `PEER` keeps the address of the direct peer; `IS_PROXIED` tells whether that peer is trusted. With a
    `secret`, a proxy is trusted only if it sends the secret too.
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
    """Return the address in `text`, with or without a port; None if there is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    # A dual-stack socket writes 10.0.0.7 as ::ffff:10.0.0.7.
    return getattr(address, "ipv4_mapped", None) or address


def is_in(address: Address | None, networks: Iterable[Network]) -> bool:
    """Tell whether the address is in one of the networks."""
    return address is not None and any(address in network for network in networks)


def is_this_machine(environ: WSGIEnvironment) -> bool:
    """Tell whether the client is on this machine, as far as can be known.

    Every address on the way must be a loopback address. No sign of a proxy may be there, except of a trusted
    one that names the client. A Unix socket has no address, so its clients do not count.
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
    """Apply the headers of a trusted proxy; return why they name no client, None if they do."""
    listed = _entries(said.get(FOR, ""))
    fault: Fault | None = None
    if len(listed) < hops:
        # A shorter list has not passed all proxies; then only the nearest proxy is known.
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
    """Log, once for each kind of fault, that a trusted proxy does not name the client."""
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
    """Return the value from the outermost of our proxies; proxies replace this header or append to it."""
    entries = _entries(text)
    return entries[-min(hops, len(entries))] if entries else ""


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",")] if text.strip() else []
