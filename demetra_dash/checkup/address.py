"""Checks of the page as clients reach it: directly at the web process, or through the proxy in front.

They find a misconfigured proxy before users do: a different prefix, a sign-in page in place of our answer, a
missing security header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from demetra_dash.checkup.asking import Reply, ask
from demetra_dash.checkup.check_result import CheckResult, failed, ok, same, warning
from demetra_dash.checkup.proxy import is_this_machine, look_at_visitors
from demetra_dash.settings import Settings
from services.text import Text

_LINKS = re.compile(r"""(?:src|href)=["']([^"']+)["']""")
_CONFIG = re.compile(r'<script id="_dash-config"[^>]*>(.*?)</script>', re.DOTALL)
_ASK_PROXY = Text(
    en="Look at the proxy in front: what it answers here is not Demetra's.",
    ru="Проверьте прокси: он отвечает здесь не от имени Demetra.",
)


def look_at_address(settings: Settings, url: str) -> Iterator[CheckResult]:
    """Yield the check results about the page under `url`, one after the other."""
    base = url if url.endswith("/") else url + "/"
    try:
        alive = ask(base, "healthz")
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
        yield failed("address", same(f"{base}healthz: {alive.summary}"), _ASK_PROXY)
        return
    yield ok("address", same(base))
    yield from look_at_visitors(settings, base)
    credentials = _credentials(settings, base)
    page = ask(base, "", credentials)
    if page.status == 401 and not credentials:
        yield _closed()
    else:
        yield _prefix(page, base)
        yield from _answers(page, base, credentials)
        yield _compression(page)
    yield _frames(page, settings)
    yield _outside(page)


def _credentials(settings: Settings, base: str) -> Mapping[str, str]:
    """Return the headers that give access to the page; a token is not sent unencrypted to another machine."""
    if settings.api_token is None or not (base.startswith("https://") or is_this_machine(base)):
        return {}
    return {"Authorization": f"Bearer {settings.api_token}"}


def _closed() -> CheckResult:
    return ok(
        "page",
        Text(
            en="shown after signing in, so not looked at further (with DEMETRA_API_TOKEN it is)",
            ru="открывается после входа, поэтому дальше не проверена (с DEMETRA_API_TOKEN — проверяется)",
        ),
    )


def _prefix(page: Reply, base: str) -> CheckResult:
    """Compare the prefix that the page was made for with the path that it is served under."""
    found = _CONFIG.search(page.body.decode("utf-8", "replace"))
    made_for = json.loads(found.group(1)).get("requests_pathname_prefix") if found else None
    if made_for is None:
        return failed("prefix", same(f"{base}: {page.summary}"), _ASK_PROXY)
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


def _answers(page: Reply, base: str, credentials: Mapping[str, str]) -> Iterator[CheckResult]:
    """Check whether an asset, the callbacks and the API arrive unchanged."""
    links = _LINKS.findall(page.body.decode("utf-8", "replace"))
    script = next((link for link in links if link.partition("?")[0].endswith(".js")), None)
    wanted = [
        ("callbacks", "_dash-dependencies", "application/json"),
        ("api", "api/sync/status", "application/json"),
    ]
    if script is not None:
        wanted.insert(0, ("assets", script, "text/javascript"))
    for subject, path, kind in wanted:
        reply = ask(base, path, credentials)
        if (reply.status, reply.kind.replace("application/javascript", "text/javascript")) == (200, kind):
            yield ok(subject, same(urlsplit(urljoin(base, path)).path))
        else:
            yield failed(subject, same(f"{urljoin(base, path)}: {reply.summary}"), _ASK_PROXY)


def _frames(page: Reply, settings: Settings) -> CheckResult:
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


def _compression(page: Reply) -> CheckResult:
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


def _outside(page: Reply) -> CheckResult:
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
