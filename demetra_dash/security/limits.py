"""Limits for one client address: requests per minute, and bytes of a body.

Each web process counts by itself, so the limit is approximate: it prevents one client from using all
processing time. The web server limits the size of headers (see `server`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from ipaddress import IPv4Address
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from services.errors import DemetraError
from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from demetra_dash.security.proxies import Address

LARGEST_BODY = 1_000_000
LARGEST_UPLOAD = 200 * 2**20
UPLOADS = ("POST", "/api/imports")  # the only route that reads a body larger than `LARGEST_BODY`
MOST_VISITORS = 10_000
BURST_SECONDS = 10.0  # of requests may come at once: a page loads about fifty files when it opens
IPV6_SITE_BITS = 64


class TooManyRequestsError(DemetraError):
    """The client exceeds DEMETRA_RATE_LIMIT."""

    code = "too_many_requests"
    words = Text(
        en="Too many requests from this address. Wait {seconds} s (DEMETRA_RATE_LIMIT).",
        ru="Слишком много запросов с этого адреса. Подождите {seconds} с (DEMETRA_RATE_LIMIT).",
    )


class TooLargeError(DemetraError):
    """The body of the request is larger than any route needs."""

    code = "too_large"
    words = Text(
        en="The body of the request is too large; at most {largest} bytes are read.",
        ru="Тело запроса слишком велико: читается не больше {largest} байт.",
    )


class RateLimit:
    """A token bucket for each client, refilled at a constant rate."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_second = per_minute / 60
        self._size = max(1.0, self._per_second * BURST_SECONDS)
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, visitor: str) -> None:
        """Count one request; raise `TooManyRequestsError` if the client's bucket is empty."""
        if not self._per_second:
            return
        with self._lock:
            left = self._refilled(visitor)
            if left < 1:
                raise TooManyRequestsError(seconds=ceil((1 - left) / self._per_second))
            self._buckets[visitor] = (left - 1, self._clock())
            self._buckets.move_to_end(visitor)
            if len(self._buckets) > MOST_VISITORS:
                self._buckets.popitem(last=False)

    def _refilled(self, visitor: str) -> float:
        now = self._clock()
        left, seen = self._buckets.get(visitor, (self._size, now))
        return min(self._size, left + (now - seen) * self._per_second)


def visitor_of(address: Address) -> str:
    """Return the key to count a client under: its IPv4 address, or the /64 network of its IPv6 address."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(int(address) >> (128 - IPV6_SITE_BITS))


def largest_body(method: str, path: str) -> int:
    """Return the most bytes that a body may have at this address."""
    return LARGEST_UPLOAD if (method, path) == UPLOADS else LARGEST_BODY


def check_length(length: int | None, largest: int = LARGEST_BODY) -> None:
    """Raise `TooLargeError` for a Content-Length above `largest`; None is accepted."""
    if length is not None and length > largest:
        raise TooLargeError(largest=largest)
