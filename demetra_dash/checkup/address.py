"""Looks at the page as people reach it: straight at the web process, or through the proxy in front.

A proxy that is not quite right is seen here before anybody else sees it: a prefix that differs, an
answer of the sign-in page in place of ours, a security header that got lost.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from demetra_dash.checkup.finding import Finding, failed, ok, same, warning
from demetra_dash.settings import Settings
from services.text import Text

SECONDS = 10.0
_LINKS = re.compile(r"""(?:src|href)=["']([^"']+)["']""")
_CONFIG = re.compile(r'<script id="_dash-config"[^>]*>(.*?)</script>', re.DOTALL)
_ASK_PROXY = Text(
    en="Look at the proxy in front: what it answers here is not Demetra's.",
    ru="Проверьте прокси: он отвечает здесь не от имени Demetra.",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an address answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type."""
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self) -> Any:
        """Return the body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def look_at_address(settings: Settings, url: str) -> Iterator[Finding]:
    """Look at the page under `url`, one finding after the other."""
    base = url if url.endswith("/") else url + "/"
    try:
        alive = _get(base, "healthz")
    except OSError as error:
        yield warning(
            "address",
            same(f"{base}: {error}"),
            Text(
                en="Start “demetra web” (or “demetra run”), or name the right address with --url.",
                ru="Запустите «demetra web» (или «demetra run») либо укажите адрес: --url.",
            ),
        )
        return
    if alive.json() != {"status": "ok"}:
        yield failed("address", same(f"{base}healthz: {_summary(alive)}"), _ASK_PROXY)
        return
    yield ok("address", same(base))
    page = _get(base, "")
    yield _prefix(page, base)
    yield from _answers(page, base)
    yield _frames(page, settings)
    yield _compression(page)
    yield _outside(page)


def _prefix(page: Reply, base: str) -> Finding:
    """Compare the prefix that the page was made for with the path that it is reached under."""
    found = _CONFIG.search(page.body.decode("utf-8", "replace"))
    made_for = json.loads(found.group(1)).get("requests_pathname_prefix") if found else None
    if made_for is None:
        return failed("prefix", same(f"{base}: {_summary(page)}"), _ASK_PROXY)
    path = urlsplit(base).path
    if made_for == path:
        return ok("prefix", same(path))
    return failed(
        "prefix",
        Text(
            en="the page is made for {made_for}, but reached under {path}",
            ru="страница собрана для {made_for}, а открывается по {path}",
        ).format(made_for=made_for, path=path),
        Text(en="Set DEMETRA_PATH_PREFIX={path}", ru="Задайте DEMETRA_PATH_PREFIX={path}").format(path=path),
    )


def _answers(page: Reply, base: str) -> Iterator[Finding]:
    """See whether an asset, the callbacks and the API come through as they are."""
    links = _LINKS.findall(page.body.decode("utf-8", "replace"))
    script = next((link for link in links if link.partition("?")[0].endswith(".js")), None)
    wanted = [
        ("callbacks", "_dash-dependencies", "application/json"),
        ("api", "api/sync/status", "application/json"),
    ]
    if script is not None:
        wanted.insert(0, ("assets", script, "text/javascript"))
    for subject, path, kind in wanted:
        reply = _get(base, path)
        if (reply.status, reply.kind.replace("application/javascript", "text/javascript")) == (200, kind):
            yield ok(subject, same(urlsplit(urljoin(base, path)).path))
        else:
            yield failed(subject, same(f"{urljoin(base, path)}: {_summary(reply)}"), _ASK_PROXY)


def _frames(page: Reply, settings: Settings) -> Finding:
    policy = page.headers.get("content-security-policy", "")
    wanted = f"frame-ancestors {settings.frame_ancestors}"
    if wanted in policy:
        return ok("embedding", same(wanted))
    return failed(
        "embedding",
        Text(
            en="the page arrives without “{wanted}” in its Content-Security-Policy",
            ru="в Content-Security-Policy страницы нет «{wanted}»",
        ).format(wanted=wanted),
        Text(
            en="Let the proxy pass Demetra's headers on; set DEMETRA_FRAME_ANCESTORS for the web process.",
            ru="Пусть прокси передаёт заголовки Demetra; DEMETRA_FRAME_ANCESTORS задайте для веб-процесса.",
        ),
    )


def _compression(page: Reply) -> Finding:
    encoding = page.headers.get("content-encoding", "")
    if encoding:
        return ok("compression", same(encoding))
    return warning(
        "compression",
        Text(en="the page arrives uncompressed", ru="страница приходит несжатой"),
        Text(
            en="Let the proxy pass Accept-Encoding on, or compress there.",
            ru="Пусть прокси передаёт Accept-Encoding или сжимает сам.",
        ),
    )


def _outside(page: Reply) -> Finding:
    links = _LINKS.findall(page.body.decode("utf-8", "replace"))
    foreign = sorted({urlsplit(link).netloc for link in links if urlsplit(link).netloc})
    if not foreign:
        return ok("internet", Text(en="nothing is loaded from elsewhere", ru="извне ничего не загружается"))
    return failed(
        "internet",
        same(", ".join(foreign)),
        Text(
            en="The page loads something from elsewhere: see what the proxy puts into it.",
            ru="Страница загружает что-то извне: проверьте, что добавляет прокси.",
        ),
    )


def _summary(reply: Reply) -> str:
    where = reply.headers.get("location")
    return f"{reply.status} {reply.kind}" + (f" → {where}" if where else "")


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: one that leads to a sign-in page is what we want to see."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener() -> OpenerDirector:
    return build_opener(_Stay)


def _get(base: str, path: str) -> Reply:
    request = Request(urljoin(base, path), headers={"Accept-Encoding": "gzip", "Accept": "*/*"})  # noqa: S310
    try:
        with _opener().open(request, timeout=SECONDS) as answer:
            return _reply(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        with error:
            return _reply(error.code, error.headers, error.read())


def _reply(status: int, headers: Any, body: bytes) -> Reply:
    plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
    return Reply(status, {name.lower(): value for name, value in headers.items()}, plain)
