"""Settings that are right each by itself, but not together; they are refused at the start."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from demetra_dash.settings import Settings


class NoProxyError(InvalidInputError):
    """Names are to come from a proxy, but none is trusted."""

    code = "no_trusted_proxy"
    words = Text(
        en="DEMETRA_AUTH=header believes a name that a proxy sends, so DEMETRA_TRUSTED_PROXIES must say "
        "which proxy, such as 127.0.0.1.",
        ru="DEMETRA_AUTH=header верит имени от прокси, поэтому в DEMETRA_TRUSTED_PROXIES должно стоять, "
        "какому именно, например 127.0.0.1.",
    )


class IncompleteTokenSettingsError(InvalidInputError):
    """Tokens are to be checked, but not all that they are checked against is given."""

    code = "jwt_settings"
    words = Text(
        en="DEMETRA_AUTH=jwt needs DEMETRA_JWT_ISSUER, DEMETRA_JWT_AUDIENCE and one of "
        "DEMETRA_JWT_KEY_FILE and DEMETRA_JWT_SECRET_FILE.",
        ru="Для DEMETRA_AUTH=jwt нужны DEMETRA_JWT_ISSUER, DEMETRA_JWT_AUDIENCE и что-то одно: "
        "DEMETRA_JWT_KEY_FILE или DEMETRA_JWT_SECRET_FILE.",
    )


class OpenToAllError(InvalidInputError):
    """Everybody who reaches this address could do everything."""

    code = "open_to_all"
    words = Text(
        en="On {host} other machines reach Demetra, and nobody has to sign in. Set DEMETRA_AUTH to header "
        "or jwt, or DEMETRA_ALLOW_ANONYMOUS=1 if everybody who reaches it may do everything.",
        ru="По адресу {host} Demetra видна другим машинам, а входить никому не нужно. Задайте DEMETRA_AUTH "
        "(header или jwt) или DEMETRA_ALLOW_ANONYMOUS=1, если каждому, кто до неё доберётся, можно всё.",
    )


def check_together(settings: Settings) -> None:
    """Raise for settings that would leave Demetra open, or closed to everybody."""
    if settings.auth == "header" and not settings.trusted_proxies:
        raise NoProxyError
    has_one_key = (settings.jwt_key_file is None) != (settings.jwt_secret_file is None)
    if settings.auth == "jwt" and not (settings.jwt_issuer and settings.jwt_audience and has_one_key):
        raise IncompleteTokenSettingsError
    if settings.auth == "none" and not settings.allow_anonymous and not _is_loopback(settings.host):
        raise OpenToAllError(host=settings.host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
