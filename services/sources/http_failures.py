"""What a failed HTTP request means: HTTP statuses, and the errors of the libraries, as errors of sources.

The messages of the libraries hold addresses with their queries, which may be credentials; none is shown.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException

import requests
from urllib3.exceptions import HTTPError, LocationValueError

from services.sources.connections import NO_BUNDLE, reason_of
from services.sources.failures import (
    SourceAddressError,
    SourceBusyError,
    SourceDeniedError,
    SourceError,
    SourceMissingError,
    SourceRefusedError,
    SourceServerError,
    SourceTlsError,
    SourceUnreachableError,
)
from services.text import Text

FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
"""What sending a request and reading its answer may raise."""

_LONGEST_PAUSE = 86_400.0
_UNUSABLE_TYPES = (
    *(requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema),
    *(requests.exceptions.InvalidHeader, LocationValueError, UnicodeError),
)


def failure_of(error: BaseException, host: str) -> SourceError:
    """Return what one of `FAILURES` means for a request to a host."""
    causes = list(_causes(error))
    for one in causes:
        if isinstance(one, requests.exceptions.ProxyError):
            return SourceUnreachableError(host=host, reason=_PROXY)
        if isinstance(one, _UNUSABLE_TYPES):
            return SourceAddressError(host=host, reason=_UNUSABLE)
    for one in causes:
        if isinstance(one, ssl.SSLError) or type(one).__name__ == "CertificateError":
            return _tls_failure(one, host)
    own = [
        one for one in causes if isinstance(one, OSError) and not isinstance(one, requests.RequestException)
    ]
    return _system_failure(own[0], host) if own else _without_system(error, host)


def error_of_status(status: int, host: str, pause: float | None) -> SourceError:
    """Return what an HTTP status means; `pause`: the seconds that the server asks to be left alone."""
    reason = f"HTTP {status}"
    if status in {401, 403, 407}:
        return SourceDeniedError(host=host, reason=reason)
    if status in {404, 410}:
        return SourceMissingError(place=host, reason=reason)
    if status == 429:
        return SourceBusyError(host=host, reason=reason, retry_after=pause)
    if status >= 500:
        return SourceServerError(host=host, reason=reason, retry_after=pause)
    return SourceRefusedError(host=host, reason=reason)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After`, which are a number or a date, at most a day."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_PAUSE)
    end = _date(text)
    if end is None:
        return None
    now = _date(headers.get("Date", "")) or datetime.now(UTC)  # the server's clock, if it tells its time
    return min(max((end - now).total_seconds(), 0.0), _LONGEST_PAUSE)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it wraps: libraries keep the cause in different places."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]


def _tls_failure(error: BaseException, host: str) -> SourceError:
    message = getattr(error, "verify_message", None)
    if message:
        return SourceTlsError(host=host, reason=message)
    if not isinstance(error, ssl.SSLError):
        return SourceTlsError(host=host, reason=_WRONG_HOST)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return SourceServerError(host=host, reason=_BROKEN_OFF)
    return SourceUnreachableError(host=host, reason=f"TLS: {error.reason or '?'}")


def _system_failure(error: OSError, host: str) -> SourceError:
    if isinstance(error, ConnectionError):
        return SourceServerError(host=host, reason=_BROKEN_OFF)
    if "CA certificate" in str(error):
        return SourceTlsError(host=host, reason=NO_BUNDLE)
    return SourceUnreachableError(host=host, reason=reason_of(error))


def _without_system(error: BaseException, host: str) -> SourceError:
    if isinstance(error, requests.RequestException | HTTPError | HTTPException):
        return SourceServerError(host=host, reason=_BROKEN_OFF)
    return SourceAddressError(host=host, reason=_UNUSABLE)


_PROXY = Text(en="the proxy does not let through", ru="прокси не пропускает")
_UNUSABLE = Text(en="its address or headers cannot be used", ru="адрес или заголовки непригодны")
_WRONG_HOST = Text(en="it is for another host", ru="он выдан другому узлу")
_BROKEN_OFF = Text(en="it broke the connection off", ru="соединение оборвано")
