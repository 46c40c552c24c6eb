"""Cross-field validation of settings: each value is valid, their combination is not."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address
from typing import TYPE_CHECKING

from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demetra_dash.security.setting_values import Network
    from demetra_dash.settings import Settings

SHORTEST_IPV4, SHORTEST_IPV6 = 8, 16  # prefixes, in bits
MOST_NETWORKS = 4  # of that size, together
_IPV4_WITHIN_IPV6 = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "2002::/16")))


class NoProxyError(InvalidInputError):
    """User names come from a proxy, but no proxy is trusted."""

    code = "no_trusted_proxy"
    words = Text(
        en="DEMETRA_AUTH=header believes a name that a proxy sends, so DEMETRA_TRUSTED_PROXIES must say "
        "which proxy, such as 127.0.0.1.",
        ru="DEMETRA_AUTH=header верит имени от прокси, поэтому в DEMETRA_TRUSTED_PROXIES должно стоять, "
        "какому именно, например 127.0.0.1.",
    )


class ProxyWithoutSignInError(InvalidInputError):
    """A proxy forwards requests from other machines, but no sign-in is required."""

    code = "proxy_without_sign_in"
    words = Text(
        en="DEMETRA_TRUSTED_PROXIES brings visitors of other machines, and none of them has to sign in. Set "
        "DEMETRA_AUTH to header or jwt, or DEMETRA_ALLOW_ANONYMOUS=1 if everybody who reaches the proxy may "
        "do everything.",
        ru="Прокси из DEMETRA_TRUSTED_PROXIES приводят посетителей с других машин, а входить им не нужно. "
        "Задайте DEMETRA_AUTH (header или jwt) или DEMETRA_ALLOW_ANONYMOUS=1, если каждому, кто "
        "доберётся до прокси, можно всё.",
    )


class WideProxiesError(InvalidInputError):
    """The trusted networks are so wide that any client could set its own user name."""

    code = "wide_trusted_proxies"
    words = Text(
        en="DEMETRA_AUTH=header believes a name from every address in DEMETRA_TRUSTED_PROXIES; {networks} is "
        "too wide for that. Name the addresses of the proxies; a network has at least /8 (IPv4) or /16 "
        "(IPv6), and all together are no larger than four of these.",
        ru="DEMETRA_AUTH=header верит имени с любого адреса из DEMETRA_TRUSTED_PROXIES; {networks} — слишком "
        "широко. Укажите адреса самих прокси; сеть — не шире /8 (IPv4) или /16 (IPv6), а все вместе "
        "не больше четырёх таких.",
    )


class SameHeaderError(InvalidInputError):
    """One header would be read both as user name and as groups."""

    code = "same_header"
    words = Text(
        en="DEMETRA_AUTH_HEADER and DEMETRA_AUTH_GROUPS_HEADER are both {header}, so a name would be taken "
        "for a group. Set two different headers.",
        ru="DEMETRA_AUTH_HEADER и DEMETRA_AUTH_GROUPS_HEADER — один и тот же заголовок {header}, и имя сошло "
        "бы за группу. Задайте два разных заголовка.",
    )


class SecretWithoutProxyError(InvalidInputError):
    """A proxy secret is set, but no proxy is trusted."""

    code = "secret_without_proxy"
    words = Text(
        en="A trusted proxy proves itself by DEMETRA_PROXY_SECRET, so DEMETRA_TRUSTED_PROXIES must say "
        "which proxy, such as 127.0.0.1.",
        ru="DEMETRA_PROXY_SECRET подтверждает доверенный прокси, поэтому в DEMETRA_TRUSTED_PROXIES должно "
        "стоять, какому именно верить, например 127.0.0.1.",
    )


class IncompleteTokenSettingsError(InvalidInputError):
    """Authentication by tokens needs settings that are missing."""

    code = "jwt_settings"
    words = Text(
        en="DEMETRA_AUTH=jwt needs DEMETRA_JWT_ISSUER, DEMETRA_JWT_AUDIENCE and one of "
        "DEMETRA_JWT_KEY_FILE and DEMETRA_JWT_SECRET_FILE.",
        ru="Для DEMETRA_AUTH=jwt нужны DEMETRA_JWT_ISSUER, DEMETRA_JWT_AUDIENCE и что-то одно: "
        "DEMETRA_JWT_KEY_FILE или DEMETRA_JWT_SECRET_FILE.",
    )


class OpenToAllError(InvalidInputError):
    """Every client that reaches this address could do everything."""

    code = "open_to_all"
    words = Text(
        en="On {host} other machines reach Demetra, and nobody has to sign in. Set DEMETRA_AUTH to header "
        "or jwt, or DEMETRA_ALLOW_ANONYMOUS=1 if everybody who reaches it may do everything.",
        ru="По адресу {host} Demetra видна другим машинам, а входить никому не нужно. Задайте DEMETRA_AUTH "
        "(header или jwt) или DEMETRA_ALLOW_ANONYMOUS=1, если каждому, кто до неё доберётся, можно всё.",
    )


def validate_combination(settings: Settings) -> None:
    """Raise for settings that together leave Demetra open, or closed to all clients."""
    if settings.proxy_secret is not None and not settings.trusted_proxies:
        raise SecretWithoutProxyError
    {"none": _check_none, "header": _check_header, "jwt": _check_jwt}[settings.auth](settings)


def check_start(settings: Settings) -> None:
    """Raise for settings that a web process cannot start with, an unusable key file included."""
    validate_combination(settings)
    if settings.auth == "jwt":
        # Imported late: cryptography is loaded only if it is needed.
        from demetra_dash.security.tokens import Verifier

        Verifier(settings)


def widest(networks: Iterable[Network]) -> Network | None:
    """Return a network too wide for a proxy, or one of several too wide together; None if there is none."""
    given = list(networks)
    ipv4 = list(collapse_addresses(one for one in given if isinstance(one, IPv4Network)))
    ipv6 = list(collapse_addresses(one for one in given if isinstance(one, IPv6Network)))
    wide: Network | None = next((one for one in given if _is_wide(one)), None)
    if wide is None and sum(one.num_addresses for one in ipv4) > MOST_NETWORKS << (32 - SHORTEST_IPV4):
        wide = min(ipv4, key=lambda one: one.prefixlen)
    if wide is None and sum(one.num_addresses for one in ipv6) > MOST_NETWORKS << (128 - SHORTEST_IPV6):
        wide = min(ipv6, key=lambda one: one.prefixlen)
    return wide


def _is_wide(network: Network) -> bool:
    if isinstance(network, IPv4Network):
        return network.prefixlen < SHORTEST_IPV4
    # An IPv6 network that maps IPv4 addresses counts as an IPv4 network.
    within = next((one.prefixlen for one in _IPV4_WITHIN_IPV6 if network.subnet_of(one)), None)
    return network.prefixlen < (SHORTEST_IPV6 if within is None else within + SHORTEST_IPV4)


def _check_none(settings: Settings) -> None:
    if settings.allow_anonymous:
        return
    if settings.trusted_proxies:
        raise ProxyWithoutSignInError
    if not _is_loopback(settings.host):
        raise OpenToAllError(host=settings.host)


def _check_header(settings: Settings) -> None:
    if not settings.trusted_proxies:
        raise NoProxyError
    if (wide := widest(settings.trusted_proxies)) is not None:
        raise WideProxiesError(networks=wide)
    names = {name.lower().replace("_", "-") for name in (settings.auth_header, settings.auth_groups_header)}
    if len(names) == 1:
        raise SameHeaderError(header=settings.auth_header)


def _check_jwt(settings: Settings) -> None:
    has_one_key = (settings.jwt_key_file is None) != (settings.jwt_secret_file is None)
    if not (settings.jwt_issuer and settings.jwt_audience and has_one_key):
        raise IncompleteTokenSettingsError


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
