"""Checks of the proxy in front: access without a sign-in, the client's address, headers it lets through."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from demetra_dash.checkup.asking import Reply, ask
from demetra_dash.checkup.check_result import CheckResult, failed, ok, same, warning
from demetra_dash.security.self_check import HEADER, identity_headers, watched_headers
from demetra_dash.settings import Settings
from services.text import Text

_LET_IN = (200, 503)  # 503: access is granted, but the database is down
_SIGN_IN = Text(
    en="Set DEMETRA_AUTH to header or jwt, and let the proxy sign visitors in. See who is meant to get in.",
    ru="Задайте DEMETRA_AUTH (header или jwt) и вход на прокси. Проверьте, кого вы хотите впустить.",
)


def look_at_visitors(settings: Settings, base: str) -> Iterator[CheckResult]:
    """Yield the check results about access without a sign-in, and about the proxy in front of `base`."""
    yield _without_sign_in(settings, ask(base, "api/sync/status"), base)
    if urlsplit(base).netloc != urlsplit(settings.own_address).netloc:
        yield from _proxy(settings, base)


def is_this_machine(base: str) -> bool:
    """Tell whether an address is a loopback address."""
    name = (urlsplit(base).hostname or "").removesuffix(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _without_sign_in(settings: Settings, reply: Reply, base: str) -> CheckResult:
    if reply.status == 400:
        return failed("sign-in", same(f"{base}: {reply.summary}"), same(reply.detail))
    if reply.status not in _LET_IN or not reply.kind.endswith("json"):
        what = Text(en="without it, nobody is let in ({status})", ru="без входа не впускают ({status})")
        return ok("sign-in", what.format(status=reply.summary))
    if settings.auth == "none" and is_this_machine(base):
        return ok("sign-in", Text(en="none, on this machine", ru="не нужен — на этой машине"))
    return failed(
        "sign-in",
        Text(
            en="everyone who reaches {base} is let in without signing in",
            ru="каждого, кто доберётся до {base}, впускают без входа",
        ).format(base=base),
        _SIGN_IN,
    )


def _proxy(settings: Settings, base: str) -> Iterator[CheckResult]:
    arrived = _arrived(base, ())
    if arrived is None:
        return
    if arrived["proxied"] != "1":
        if arrived["dropped"] == "1" or settings.trusted_proxies:
            yield _not_trusted()
        return
    yield _visitor(int(arrived["entries"]), int(arrived["hops"]))
    hyphened = [name for name in watched_headers(settings) if "-" in name]
    yield _headers(_forged(base, identity_headers(settings)), _forged(base, _underscored(hyphened)))


def _arrived(base: str, headers: Sequence[str]) -> dict[str, str] | None:
    """Return what the web process reports about a request with a random word in these headers."""
    word = secrets.token_hex(16)
    told = ask(base, "healthz", {HEADER: word} | dict.fromkeys(headers, word)).headers.get(HEADER.lower())
    return None if told is None else dict(part.split("=", 1) for part in told.split(", "))


def _forged(base: str, headers: Sequence[str]) -> list[str]:
    """Return the headers that the web process accepts from a client that sends them as `headers`."""
    told = _arrived(base, headers) if headers else None
    return [name for name in told["arrived"].split("+") if name] if told else []


def _underscored(headers: Sequence[str]) -> list[str]:
    return [name.replace("-", "_") for name in headers]


def _not_trusted() -> CheckResult:
    return warning(
        "proxy",
        Text(
            en="the request does not come from a trusted proxy, so its headers are dropped",
            ru="запрос пришёл не от доверенного прокси, поэтому его заголовки отброшены",
        ),
        Text(
            en="Name the address of the proxy in DEMETRA_TRUSTED_PROXIES, and let it send "
            "DEMETRA_PROXY_SECRET if that is set.",
            ru="Укажите адрес прокси в DEMETRA_TRUSTED_PROXIES; DEMETRA_PROXY_SECRET, если он задан, прокси "
            "должен передавать.",
        ),
    )


def _visitor(entries: int, hops: int) -> CheckResult:
    what = Text(
        en="entries in X-Forwarded-For: {entries}; DEMETRA_PROXY_HOPS: {hops}",
        ru="записей в X-Forwarded-For: {entries}; DEMETRA_PROXY_HOPS: {hops}",
    ).format(entries=entries, hops=hops)
    if entries == hops:
        return ok("proxy", what)
    if entries > hops:
        advice = Text(
            en="If all of these are proxies of yours, set DEMETRA_PROXY_HOPS={entries}.",
            ru="Если всё это ваши прокси, задайте DEMETRA_PROXY_HOPS={entries}.",
        )
        return warning("proxy", what, advice.format(entries=entries))
    advice = Text(
        en="No visitor is known, and all are limited together. Let each proxy add the address of its client "
        "to X-Forwarded-For, or set DEMETRA_PROXY_HOPS to the number of proxies.",
        ru="Посетители неизвестны и ограничены вместе. Пусть каждый прокси добавляет адрес своего клиента "
        "в X-Forwarded-For, или задайте в DEMETRA_PROXY_HOPS число прокси.",
    )
    return failed("proxy", what, advice)


def _headers(own: Sequence[str], underscored: Sequence[str]) -> CheckResult:
    if own:
        return failed(
            "headers",
            Text(
                en="a visitor's own {names} arrives: visitors choose who they are",
                ru="доходит {names} от самого посетителя: он сам решает, кто он",
            ).format(names=", ".join(own)),
            Text(
                en="The proxy must replace these headers, or drop what the visitor sends.",
                ru="Прокси должен заменять эти заголовки или отбрасывать присланное посетителем.",
            ),
        )
    if underscored:
        return failed(
            "headers",
            Text(
                en="a visitor's {written} arrives as {names}: visitors choose their name, groups or address",
                ru="{written} от посетителя доходит как {names}: он сам выбирает имя, группы или адрес",
            ).format(written=", ".join(_underscored(underscored)), names=", ".join(underscored)),
            Text(
                en="Let the proxy drop headers with underscores (nginx: underscores_in_headers off). Names "
                "without hyphens, such as DEMETRA_AUTH_HEADER=RemoteUser, cannot be imitated.",
                ru="Пусть прокси отбрасывает заголовки с подчёркиванием (nginx: underscores_in_headers off). "
                "Имена без дефисов, например DEMETRA_AUTH_HEADER=RemoteUser, подделать нельзя.",
            ),
        )
    return ok("headers", Text(en="none is taken from the visitor", ru="от посетителя не берётся ни один"))
