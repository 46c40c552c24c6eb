"""Settings that would allow open access are refused at the start, with what to set instead."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from demetra_dash.app import create_app
from demetra_dash.security.combinations import validate_combination
from demetra_dash.settings import SettingError, Settings, declared, read_settings, shown
from services.errors import InvalidInputError

NO_FILE = Path("no-such-file.env")
PROXIES = (ip_network("127.0.0.1"),)
SSO: dict[str, Any] = {"auth": "jwt", "jwt_issuer": "i", "jwt_audience": "a"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "roi.example.com", ""])
def test_nobody_is_open_to_other_machines_by_accident(host: str) -> None:
    with pytest.raises(InvalidInputError, match="DEMETRA_ALLOW_ANONYMOUS=1"):
        validate_combination(Settings(host=host))
    with pytest.raises(InvalidInputError):
        create_app(Settings(host=host, database_url="postgresql://nobody@127.0.0.1:1/none"))


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "127.0.0.1"},
        {"host": "127.8.0.1"},
        {"host": "::1"},
        {"host": "localhost"},
        {"host": "0.0.0.0", "allow_anonymous": True},
        {"host": "0.0.0.0", "auth": "header", "trusted_proxies": PROXIES},
        {"host": "0.0.0.0", **SSO, "jwt_key_file": Path("key.pem")},
    ],
)
def test_what_is_meant_is_allowed(
    settings: dict[str, str] | dict[str, str | bool] | dict[str, Any] | dict[str, str | Path],
) -> None:
    validate_combination(Settings(**settings))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"auth": "header"}, "DEMETRA_TRUSTED_PROXIES"),
        ({"auth": "jwt"}, "DEMETRA_JWT_ISSUER"),
        (SSO, "DEMETRA_JWT_KEY_FILE"),
        ({**SSO, "jwt_issuer": "", "jwt_key_file": Path("k")}, "DEMETRA_JWT_ISSUER"),
        ({**SSO, "jwt_audience": "", "jwt_key_file": Path("k")}, "DEMETRA_JWT_AUDIENCE"),
        ({**SSO, "jwt_key_file": Path("k"), "jwt_secret_file": Path("s")}, "DEMETRA_JWT_SECRET_FILE"),
    ],
)
def test_a_sign_in_that_cannot_work_is_refused_by_name(
    settings: dict[str, str] | dict[str, str | Path], named: str
) -> None:
    with pytest.raises(InvalidInputError, match=named):
        validate_combination(Settings(**settings))


WEAK = [
    "short",
    "a" * 64,
    "abcd" * 16,
    "changeme" * 5,
    "changemechangemechangeme12345678",
    "secretpasswordsecretpassworddemetra",
    "correct horse battery staple and more",
    "тайна" * 8,
    "0123456789abcdef" * 2 + "\n",
]


@pytest.mark.parametrize("variable", ["DEMETRA_API_TOKEN", "DEMETRA_LINK_SECRET"])
@pytest.mark.parametrize("value", WEAK)
def test_a_weak_secret_is_refused_and_not_repeated(variable: str, value: str) -> None:
    with pytest.raises(SettingError) as error:
        read_settings({variable: value}, NO_FILE)

    assert str(error.value).startswith(f"{variable} is “…”")
    assert value not in str(error.value)


def test_a_strong_secret_is_taken_and_never_written() -> None:
    secret = "9f86d081884c7d659a2feaa0c55ad015"
    settings = read_settings({"DEMETRA_API_TOKEN": secret, "DEMETRA_LINK_SECRET": secret}, NO_FILE)
    written = [shown(item, getattr(settings, item.name)) for item in declared()]

    assert settings.api_token == settings.link_secret == secret
    assert secret not in " ".join(written) + repr(settings)
    assert written.count("(set)") == 2


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEMETRA_AUTH", "basic"),
        ("DEMETRA_TRUSTED_PROXIES", "proxy.example"),
        ("DEMETRA_TRUSTED_PROXIES", "10.0.0.7/24"),
        ("DEMETRA_TRUSTED_PROXIES", ","),
        ("DEMETRA_PROXY_HOPS", "0"),
        ("DEMETRA_ALLOWED_HOSTS", "https://roi.example.com"),
        ("DEMETRA_ALLOWED_HOSTS", "roi.example.com:8443"),
        ("DEMETRA_ALLOWED_HOSTS", "*"),
        ("DEMETRA_AUTH_HEADER", "X Remote User"),
        ("DEMETRA_AUTH_HEADER", "X-User\r\nX-Evil: 1"),
        ("DEMETRA_AUTH_HEADER", "X_Remote_User"),
        ("DEMETRA_RATE_LIMIT", "-1"),
    ],
)
def test_a_value_that_does_not_protect_is_refused(variable: str, value: str) -> None:
    with pytest.raises(SettingError):
        read_settings({variable: value}, NO_FILE)


def test_proxies_and_hosts_are_lists() -> None:
    settings = read_settings(
        {
            "DEMETRA_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8 fd00::/8",
            "DEMETRA_ALLOWED_HOSTS": "ROI.example.com,*.intra.example",
            "DEMETRA_OPERATOR_GROUPS": "Marketing Ops, Board",
        },
        NO_FILE,
    )

    assert settings.trusted_proxies == tuple(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "fd00::/8")))
    assert settings.allowed_hosts == ("roi.example.com", "*.intra.example")
    assert settings.operator_groups == {"Marketing Ops", "Board"}
