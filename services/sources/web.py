"""Requests over HTTPS for one fetch: checked addresses, limits, a deadline, and no secret in errors.

With a proxy (HTTPS_PROXY, NO_PROXY) the proxy connects; the address that the name has here is checked all
the same. REQUESTS_CA_BUNDLE names the certificates to trust.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

import orjson
import requests
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar
from requests.utils import get_environ_proxies, select_proxy

from services.sources.bodies import chunks_of
from services.sources.calls import Call, Values, may_have_credentials, shown_host
from services.sources.connections import CheckedAdapter, Connector, trusted
from services.sources.failures import (
    SourceAddressError,
    SourceAnswerError,
    SourceError,
    SourceRedirectError,
)
from services.sources.http_failures import FAILURES, error_of_status, failure_of, retry_after
from services.sources.kind import Fetch, Secret
from services.text import Text

MOST_REDIRECTS = 5
JSON_BYTES = 64_000_000
"""The largest JSON answer; a platform's page of rows is 1 to 20 MB."""

_ERROR_BYTES = 1_000_000
_REDIRECTS = {301, 302, 303, 307, 308}
# What another host is sent of a request's headers: nothing that can be a credential.
_HARMLESS = {"accept", "accept-language", "if-none-match", "if-modified-since"}

# It writes addresses with their query, in which presigned addresses have their credentials.
logging.getLogger("urllib3.connectionpool").addFilter(lambda record: False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its content in memory. `host` is the one that was asked; `headers` ignore case."""

    host: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the content as JSON, numbers with a fraction as `Decimal`; raise `SourceAnswerError`."""
        content = self.content.removeprefix(codecs.BOM_UTF8)
        try:
            orjson.loads(content)  # refuses deep nesting, at which the other parser uses up the stack
            return json.loads(content, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise SourceAnswerError(host=self.host, reason=_NO_JSON) from None

    @property
    def retry_after(self) -> float | None:
        """The seconds that the server asks to be left alone, None without such a wish."""
        return retry_after(self.headers)

    def error(self) -> SourceError:
        """Return the error that the status means where the platform gives no better reason."""
        return error_of_status(self.status, self.host, self.retry_after)


Explain = Callable[[Answer], SourceError | None]
"""Returns what an answer with a status of 400 or more means on its platform, None to go by the status."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was downloaded, or with status 304 the news that it has not changed.

    `url` is the address after redirects; it may hold credentials. `sha256`, in hexadecimal digits, and
    `size` are those of the unpacked content. `headers` ignore case.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    url: str = field(repr=False)
    size: int
    sha256: str


class Web:
    """The requests of one fetch, to be used in a `with` statement; connections are kept between requests."""

    def __init__(self, fetch: Fetch, *, redirect_hosts: tuple[str, ...] = ()) -> None:
        self._deadline = fetch.deadline
        self._internal = fetch.source.internal
        self._max_bytes = fetch.source.max_bytes
        self._redirect_hosts = tuple(host.lower() for host in redirect_hosts)
        self._connector = Connector(fetch.deadline, internal=fetch.source.internal)
        self._adapter = CheckedAdapter(self._connector)
        self._cookies = RequestsCookieJar()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._adapter.close()
        self._connector.close()

    def download(
        self,
        url: str | Secret,
        to: Path,
        *,
        method: str = "GET",
        params: Values | None = None,
        headers: Values | None = None,
        body: Any = None,
        explain: Explain | None = None,
    ) -> Downloaded:
        """Write the content of an answer of status 200 to 299 to a file, which is removed on any failure.

        Status 304 (to `If-None-Match` or `If-Modified-Since` in `headers`) writes nothing. `body` is sent as
        JSON. Raise a `SourceError`.
        """
        with self._answered(Call.of(method, url, params, headers, body=body)) as response:
            final = str(response.url)
            if response.status_code == 304:
                return Downloaded(304, response.headers, final, 0, "")
            self._raise_for_status(response, explain)
            size, sha256 = self._written(response, to)
            return Downloaded(response.status_code, response.headers, final, size, sha256)

    def ask(
        self,
        method: str,
        url: str | Secret,
        *,
        params: Values | None = None,
        headers: Values | None = None,
        body: Any = None,
        form: Values | None = None,
        explain: Explain | None = None,
        max_bytes: int = JSON_BYTES,
    ) -> Answer:
        """Return an answer of status 200 to 299 with its content. `body` is sent as JSON, `form` as a form.

        Raise the `SourceError` of `explain`, or that of the status.
        """
        with self._answered(Call.of(method, url, params, headers, body=body, form=form)) as response:
            self._raise_for_status(response, explain)
            return self._in_memory(response, max_bytes)

    def json(self, method: str, url: str | Secret, **options: Any) -> Any:
        """Return the JSON of an answer, see `ask` and `Answer.json`."""
        return self.ask(method, url, **options).json()

    @contextmanager
    def _answered(self, call: Call) -> Iterator[requests.Response]:
        with self._connector.until_deadline(), closing(self._followed(call)) as response:
            yield response

    def _followed(self, call: Call) -> requests.Response:
        visited = set[str]()
        for _ in range(MOST_REDIRECTS + 1):
            response = self._sent(call)
            target = response.headers.get("Location")
            if response.status_code not in _REDIRECTS or not target:
                return response
            response.close()
            visited.add(call.url)
            call = self._redirected(replace(call, url=str(response.url)), target)
        reason = _IN_CIRCLES if call.url in visited else _TOO_OFTEN
        raise SourceRedirectError(host=call.host, reason=reason)

    def _redirected(self, call: Call, target: str) -> Call:
        if call.method != "GET":
            raise SourceRedirectError(host=call.host, reason=_NO_GET)
        try:
            new = Call("GET", urljoin(call.url, target))
        except ValueError:
            raise SourceRedirectError(host=call.host, reason=_to_host("?")) from None
        if new.hostname != call.hostname and not self._may_redirect_to(new.hostname):
            raise SourceRedirectError(host=call.host, reason=_to_host(new.hostname), to=new.hostname)
        headers = call.headers
        if not may_have_credentials(call, new):
            headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
        return replace(new, headers=headers)

    def _may_redirect_to(self, host: str) -> bool:
        return any(
            host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self._redirect_hosts
        )

    def _sent(self, call: Call) -> requests.Response:
        """Send one request; return its answer with the content still to be read."""
        try:
            request = call.prepared(self._cookies)
            url = str(request.url)
            proxies = self._proxies(call, url)
            response = self._adapter.send(
                request, stream=True, timeout=self._timeout(), verify=trusted(), proxies=proxies
            )
        except FAILURES as error:
            raise self._failure(error, call.host) from None
        response.url = url
        extract_cookies_to_jar(self._cookies, request, response.raw)
        return response

    def _proxies(self, call: Call, url: str) -> dict[str, str]:
        """Return the proxies for an address, after refusing an address that may not be asked."""
        if call.scheme != "https" and not (call.scheme == "http" and self._internal):
            raise SourceAddressError(host=call.host, reason=_NOT_HTTPS)
        if not call.hostname:
            raise SourceAddressError(host=call.host, reason=_NO_HOST)
        proxies = get_environ_proxies(url)
        if select_proxy(url, proxies) is not None:
            self._connector.check(call.hostname, call.port)
        return proxies

    def _timeout(self) -> float:
        left = self._deadline.left()
        if left == 0:
            raise self._connector.overdue()
        return left

    def _raise_for_status(self, response: requests.Response, explain: Explain | None) -> None:
        if response.status_code < 300:
            return
        answer = self._in_memory(response, _ERROR_BYTES, is_error=True)
        raise (explain and response.status_code >= 400 and explain(answer)) or answer.error()

    def _in_memory(self, response: requests.Response, limit: int, *, is_error: bool = False) -> Answer:
        host = shown_host(str(response.url))
        content = bytearray()
        try:
            for chunk in self._chunks(response, limit):
                content += chunk
        except SourceError:
            if not is_error:  # the status of an error says enough without its content
                raise
        return Answer(host, response.status_code, response.headers, bytes(content))

    def _written(self, response: requests.Response, to: Path) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        try:
            with to.open("wb") as stream:
                for chunk in self._chunks(response, self._max_bytes):
                    stream.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
        except BaseException:
            to.unlink(missing_ok=True)
            raise
        return size, digest.hexdigest()

    def _chunks(self, response: requests.Response, limit: int) -> Iterator[bytes]:
        host = shown_host(str(response.url))
        chunks = chunks_of(response, host, limit)
        while True:
            try:
                chunk = next(chunks, None)
            except FAILURES as error:
                raise self._failure(error, host) from None
            if self._deadline.left() == 0:
                raise self._connector.overdue()
            if chunk is None:
                return
            yield chunk

    def _failure(self, error: BaseException, host: str) -> SourceError:
        return self._connector.overdue() if self._deadline.left() == 0 else failure_of(error, host)


def _to_host(host: str) -> Text:
    return Text(en=f"to {host or '?'}", ru=f"на {host or '?'}")


_IN_CIRCLES = Text(en="in circles", ru="по кругу")
_TOO_OFTEN = Text(en=f"more than {MOST_REDIRECTS} times", ru=f"больше {MOST_REDIRECTS} раз")
_NO_GET = Text(en="a request with content", ru="запрос с содержимым")
_NOT_HTTPS = Text(en="it is not asked over HTTPS", ru="обращение к нему не по HTTPS")
_NO_HOST = Text(en="the address has no host", ru="в адресе нет узла")
_NO_JSON = Text(en="no JSON", ru="это не JSON")
