"""Checks of the settings for access: sign-in, roles, credentials for scripts and portals."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from demetra_dash.checkup.check_result import CheckResult, failed, ok, same, warning
from demetra_dash.security.combinations import check_start, widest
from demetra_dash.settings import Settings
from services.errors import DemetraError
from services.text import Text

_SIGN_IN = Text(
    en="Set DEMETRA_AUTH to header or jwt, unless everyone who reaches this address may do everything.",
    ru="Задайте DEMETRA_AUTH (header или jwt), если не каждому, кто доберётся до адреса, можно всё.",
)
_ANY_SITE = frozenset({"*", "http:", "https:"})


def look_at_access(settings: Settings) -> Iterator[CheckResult]:
    """Yield the check results about access, one after the other."""
    try:
        check_start(settings)
    except DemetraError as error:
        yield failed(
            "access",
            error.text,
            Text(en="No web process starts with this.", ru="С этим веб-процесс не запустится."),
        )
        return
    yield _visitors(settings)
    if settings.api_token is not None:
        yield ok("token", Text(en="scripts with it, as operators", ru="скрипты с ним — как операторы"))
    if settings.link_secret is not None:
        yield ok("links", Text(en="holders of a signed link, as viewers", ru="по ссылке — только смотреть"))
    if settings.auth != "header" and (wide := widest(settings.trusted_proxies)) is not None:
        yield _wide(str(wide))
    if _ANY_SITE & set(settings.frame_ancestors.split()):
        yield _framed_by_all(settings.frame_ancestors)
    yield from _home(settings)


def _visitors(settings: Settings) -> CheckResult:
    if settings.auth == "none" and settings.allow_anonymous:
        what = Text(
            en="everyone who reaches {address}, without signing in, as operators",
            ru="все, кто доберётся до {address}, — без входа, как операторы",
        )
        return warning("access", what.format(address=settings.own_address), _SIGN_IN)
    if settings.auth == "none":
        return ok(
            "access",
            Text(en="this machine only, as operators", ru="только эта машина — как оператор"),
        )
    who = {
        "header": Text(en="who is signed in by {by}", ru="кого впустил {by}"),
        "jwt": Text(en="who has a token of {by}", ru="у кого есть токен от {by}"),
    }[settings.auth]
    by = settings.jwt_issuer if settings.auth == "jwt" else ", ".join(map(str, settings.trusted_proxies))
    who, roles = who.format(by=by), _roles(settings)
    return ok("access", Text(en=f"{who.en}; {roles.en}", ru=f"{who.ru}; {roles.ru}"))


def _roles(settings: Settings) -> Text:
    return Text(
        en="viewers: {viewers}; operators: {operators}", ru="смотрят: {viewers}; обновляют: {operators}"
    ).format(
        viewers=_groups(settings.viewer_groups, Text(en="all of them", ru="все они")),
        operators=_groups(settings.operator_groups, Text(en="none of them", ru="никто из них")),
    )


def _groups(names: frozenset[str], without: Text) -> Text:
    return same(", ".join(sorted(names))) if names else without


def _wide(network: str) -> CheckResult:
    return warning(
        "proxies",
        Text(
            en="{network} in DEMETRA_TRUSTED_PROXIES is so wide that visitors choose their own address",
            ru="{network} в DEMETRA_TRUSTED_PROXIES так широко, что посетители сами выбирают себе адрес",
        ).format(network=network),
        Text(en="Name the addresses of the proxies only.", ru="Укажите только адреса самих прокси."),
    )


def _framed_by_all(ancestors: str) -> CheckResult:
    return warning(
        "frames",
        Text(
            en="every site may embed the page and catch clicks in it (DEMETRA_FRAME_ANCESTORS={value})",
            ru="любой сайт может встроить страницу и подставить клик в ней (DEMETRA_FRAME_ANCESTORS={value})",
        ).format(value=ancestors),
        Text(en="Name the sites that embed it.", ru="Назовите сайты, которые её встраивают."),
    )


def _home(settings: Settings) -> Iterator[CheckResult]:
    """Warn if other users of this machine can read the home folder."""
    # Started by root, the embedded PostgreSQL runs as another user, who needs access.
    home = settings.home.expanduser()
    if (os.geteuid() == 0 and settings.database_url is None) or not home.is_dir():
        return
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning(
            "home-mode",
            Text(
                en="other users of this machine may look into {home} (mode {mode})",
                ru="другие пользователи этой машины могут заглянуть в {home} (права {mode})",
            ).format(home=home, mode=f"{mode:04o}"),
            same(f"chmod 700 {home}"),
        )
