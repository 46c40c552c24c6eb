"""Parsing of this package's settings: each reader refuses values that would not protect.

A reader's docstring is the text of the error message: what the value must be.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, cast, get_args

Network = IPv4Network | IPv6Network
Auth = Literal["none", "header", "jwt"]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,80}")
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_ANCESTOR = re.compile(r"'self'|'none'|https?:|(https?://)?(\*\.)?[A-Za-z0-9.-]+(:(\d{1,5}|\*))?|\*")
_MAPPED = IPv6Network("::ffff:0:0/96")

# Headers that a browser sends, or that servers and proxies set from the client's request.
_STANDARD_HEADERS = frozenset(
    {
        "a-im",
        "alt-used",
        "authorization",
        "cache-control",
        "client-ip",
        "connection",
        "cookie",
        "cookie2",
        "date",
        "demetra-check",
        "demetra-link",
        "depth",
        "destination",
        "device-memory",
        "dnt",
        "downlink",
        "dpr",
        "early-data",
        "ect",
        "expect",
        "forwarded",
        "from",
        "host",
        "http2-settings",
        "idempotency-key",
        "keep-alive",
        "last-event-id",
        "link",
        "max-forwards",
        "negotiate",
        "origin",
        "overwrite",
        "ping-from",
        "ping-to",
        "pragma",
        "prefer",
        "priority",
        "purpose",
        "range",
        "referer",
        "referrer",
        "rtt",
        "save-data",
        "service-worker",
        "service-worker-navigation-preload",
        "te",
        "timeout",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "true-client-ip",
        "upgrade",
        "upgrade-insecure-requests",
        "user-agent",
        "via",
        "viewport-width",
        "want-content-digest",
        "want-digest",
        "warning",
        "width",
        "x-client-data",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-correlation-id",
        "x-csrf-token",
        "x-demetra-proxy-secret",
        "x-http-method-override",
        "x-original-for",
        "x-original-host",
        "x-original-uri",
        "x-original-url",
        "x-purpose",
        "x-real-ip",
        "x-request-id",
        "x-requested-with",
        "x-rewrite-url",
        "x-xsrf-token",
    }
)
_STANDARD_STARTS = (
    "accept",
    "access-control-",
    "cf-connecting-",
    "content-",
    "if-",
    "proxy-",
    "sec-",
    "x-forwarded-",
)
# Headers of common sign-ins with the name, the groups and the token of the user.
_FROM_SIGN_INS = frozenset(
    f"x-forwarded-{what}"
    for what in ("user", "email", "groups", "preferred-username", "access-token", "id-token")
)

_OFTEN_GUESSED = ("changeme", "change-me", "change_me", "secret", "password", "example", "demetra", "default")
_FEWEST_CHARACTERS = 32
_FEWEST_DIFFERENT = 8


def auth(text: str) -> Auth:
    """one of: none, header, jwt"""
    if text not in get_args(Auth):
        raise ValueError
    return cast("Auth", text)


def networks(text: str) -> tuple[Network, ...]:
    """addresses or networks such as 10.0.0.7, 10.1.0.0/16 or fd00::/8, separated by commas or spaces"""
    return tuple(_network(part) for part in parts(text))


def hosts(text: str) -> tuple[str, ...]:
    """host names without port such as roi.example.com or *.example.com, separated by commas or spaces"""
    found = tuple(part.lower() for part in parts(text))
    if not all(_HOST.fullmatch(host) for host in found):
        raise ValueError
    return found


def groups(text: str) -> frozenset[str]:
    """names of groups, separated by commas"""
    return group_names(text)


def identity_header(text: str) -> str:
    """the name of a header such as X-Remote-User that only the sign-in sends, and no browser or server"""
    if not _HEADER_NAME.fullmatch(text) or is_standard_header(text):
        raise ValueError
    return text


def token_header(text: str) -> str:
    """Authorization, or a header such as X-Access-Token that only the sign-in sends"""
    return text if text.lower() == "authorization" else identity_header(text)


def line(text: str) -> str:
    """one line of text without spaces at its ends"""
    if not text.isprintable():
        raise ValueError
    return text


def frame_ancestors(text: str) -> str:
    """'self', 'none', or sites such as https://intranet.example.com, separated by spaces"""
    sources = text.split(" ")
    if not all(_ANCESTOR.fullmatch(source) for source in sources):
        raise ValueError
    if len(sources) > 1 and "'none'" in sources:
        raise ValueError
    return text


def secret(text: str) -> str:
    """a secret of at least 32 characters that cannot be guessed; make one with: openssl rand -hex 32"""
    if len(text) < _FEWEST_CHARACTERS or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError
    if len(set(text)) < _FEWEST_DIFFERENT or _repeats(text) or _is_often_guessed(text):
        raise ValueError
    return text


def is_standard_header(name: str) -> bool:
    """Tell whether browsers, scripts, servers or proxies send a header of this name by default."""
    plain = name.lower().replace("_", "-")
    if plain in _FROM_SIGN_INS:
        return False
    return plain in _STANDARD_HEADERS or plain.startswith(_STANDARD_STARTS)


def group_names(text: str) -> frozenset[str]:
    """Return the names in a list separated by commas or semicolons; names may contain spaces."""
    return frozenset(name for part in re.split(r"[,;]", text) if (name := part.strip()))


def parts(text: str) -> list[str]:
    """Return the parts of a list separated by commas or spaces; raise `ValueError` if it is empty."""
    found = [part for part in re.split(r"[,\s]+", text) if part]
    if not found:
        raise ValueError
    return found


def _network(text: str) -> Network:
    network = ip_network(text)
    # A dual-stack socket writes 10.0.0.0/8 as ::ffff:10.0.0.0/104; addresses are compared as IPv4.
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return ip_network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - _MAPPED.prefixlen))
    return network


def _repeats(text: str) -> bool:
    """Tell whether the text is a shorter text repeated."""
    return text in (text + text)[1:-1]


def _is_often_guessed(text: str) -> bool:
    """Tell whether at least half of the text consists of words from examples."""
    rest = text.lower()
    for word in _OFTEN_GUESSED:
        rest = rest.replace(word, "")
    return len(rest) < _FEWEST_CHARACTERS // 2 or len(set(rest)) < _FEWEST_DIFFERENT
