"""Without a sign-in only visitors on this machine are let in; behind a proxy no visitor is on it (F1, F8)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import product
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from demetra_dash.security.combinations import validate_combination
from demetra_dash.security.proxies import PROOF, behind_proxies, is_this_machine
from demetra_dash.settings import Settings
from services.errors import InvalidInputError
from tests.api.clients import client_of, down

STRANGER = "203.0.113.9"
TRUSTED: dict[str, Any] = {"trusted_proxies": (ip_network("127.0.0.1"), ip_network("10.0.0.7"))}
PATHS = [("GET", "/api/sync/status"), ("POST", "/api/sync/run-now"), ("GET", "/")]
SECRET = "a secret that only the proxy knows 31"
LET_IN = {200, 503}


def answer(
    client: FlaskClient, method: str, path: str, peer: str, headers: dict[str, str], **environ: str
) -> TestResponse:
    own = {"REMOTE_ADDR": peer, **environ}
    return client.open(path, method=method, headers=headers, environ_overrides=own)


# Settings, the peer's address, what it sends: visitors of other machines, one and all.
THROUGH_PROXIES = {
    "the documented nginx": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": STRANGER}),
    "over IPv6": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": "2001:db8::5"}),
    "mapped": (TRUSTED, "::ffff:127.0.0.1", {"X-Forwarded-For": STRANGER}),
    "a list": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": f"127.0.0.1, {STRANGER}"}),
    "an untrusted nginx": ({}, "127.0.0.1", {"X-Forwarded-For": STRANGER}),
    "an untrusted nginx that says localhost": ({}, "::1", {"X-Forwarded-For": "127.0.0.1"}),
    "only the scheme": ({}, "127.0.0.1", {"X-Forwarded-Proto": "https"}),
    "only Via": ({}, "127.0.0.1", {"Via": "1.1 squid"}),
    "only Forwarded": ({}, "127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
    "only X-Real-IP": ({}, "127.0.0.1", {"X-Real-IP": STRANGER}),
    "a tunnel": ({}, "127.0.0.1", {"CF-Connecting-IP": STRANGER}),
    "a socket of the file system": ({}, "", {}),
    "a socket of the file system, with a list": ({}, "", {"X-Forwarded-For": "127.0.0.1"}),
    "trusted, without the header": (TRUSTED, "127.0.0.1", {}),
    "trusted, an empty header": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": ""}),
    "trusted, no address": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": "unknown"}),
    "trusted, hidden": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": "_hidden"}),
    "trusted, leading zeros": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": "127.0.0.001"}),
    "trusted, a comma at the end": (TRUSTED, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1,"}),
    "shorter than the hops": (TRUSTED | {"proxy_hops": 2}, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
    "a trusted proxy's own loopback": (TRUSTED, "10.0.0.7", {"X-Forwarded-For": "127.0.0.1"}),
    "the outer of two proxies' own loopback": (
        TRUSTED | {"proxy_hops": 2},
        "127.0.0.1",
        {"X-Forwarded-For": "127.0.0.1, 10.0.0.8"},
    ),
    "a wrong secret": (
        TRUSTED | {"proxy_secret": SECRET},
        "127.0.0.1",
        {"X-Demetra-Proxy-Secret": "x" * 32},
    ),
}


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(("settings", "peer", "headers"), THROUGH_PROXIES.values(), ids=THROUGH_PROXIES)
def test_a_visitor_through_a_proxy_is_not_let_in_without_signing_in(
    settings: dict[str, Any]
    | dict[str, tuple[IPv4Network | IPv6Network, IPv4Network | IPv6Network] | int]
    | dict[str, tuple[IPv4Network | IPv6Network, IPv4Network | IPv6Network] | str],
    peer: str,
    headers: dict[str, str],
    method: str,
    path: str,
) -> None:
    refused = answer(client_of(down(), **settings), method, path, peer, headers)

    assert refused.status_code in {401, 403}


def test_a_plain_proxy_pass_of_nginx_is_known_by_its_protocol() -> None:
    """It sends no header at all, the Host of the server behind it, and HTTP/1.0."""
    client = client_of(down())

    answers = [
        answer(client, "GET", "/api/sync/status", "127.0.0.1", {"Host": "127.0.0.1:8050"}, SERVER_PROTOCOL=p)
        for p in ("HTTP/1.0", "HTTP/1", "HTTP/1.1")
    ]

    assert [one.status_code for one in answers] == [403, 403, 503]


@pytest.mark.parametrize(
    ("settings", "peer", "headers"),
    [
        ({}, "127.0.0.1", {}),
        ({}, "127.3.2.1", {}),
        ({}, "::1", {}),
        ({}, "::ffff:127.0.0.1", {}),
        (TRUSTED, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        (TRUSTED, "127.0.0.1", {"X-Forwarded-For": f"{STRANGER}, ::1"}),
        (TRUSTED | {"proxy_hops": 2}, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 127.0.0.1"}),
    ],
)
def test_who_is_on_this_machine_is_let_in(
    settings: dict[str, Any] | dict[str, tuple[IPv4Network | IPv6Network, IPv4Network | IPv6Network] | int],
    peer: str,
    headers: dict[str, str],
) -> None:
    assert answer(client_of(down(), **settings), *PATHS[0], peer, headers).status_code in LET_IN


ADDRESSES = st.one_of(st.ip_addresses().map(str), st.sampled_from(["127.0.0.1", "::1", "unknown", "", "x"]))
NETWORKS = st.lists(st.sampled_from(["127.0.0.0/8", "10.0.0.0/8", "::1/128"]), max_size=3)


@given(
    peer=ADDRESSES,
    listed=st.lists(ADDRESSES, max_size=4),
    hops=st.integers(1, 3),
    trusted=NETWORKS,
    proto=st.sampled_from(["HTTP/1.0", "HTTP/1.1"]),
)
def test_no_request_with_another_machine_on_its_way_is_ever_this_machine(
    peer: str, listed: list[str], hops: int, trusted: list[str], proto: str
) -> None:
    environ = {"REMOTE_ADDR": peer, "SERVER_PROTOCOL": proto}
    if listed:
        environ["HTTP_X_FORWARDED_FOR"] = ", ".join(listed)
    behind_proxies(lambda *_: [], tuple(map(ip_network, trusted)), hops, lambda: None)(environ, _answer)

    if is_this_machine(environ):
        trusts = any(ip_address(peer) in ip_network(one) for one in trusted)
        way = [peer, *(listed[-hops:] if trusts else listed)]
        assert all(_is_loopback(one) for one in way)
        assert len(listed) >= hops if trusts else not listed


def _answer(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
    return lambda _: None


def _is_loopback(text: str) -> Any:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


@pytest.mark.parametrize("more", [{}, {"api_token": SECRET}, {"link_secret": SECRET}, {"host": "0.0.0.0"}])
@pytest.mark.parametrize("networks", ["127.0.0.1", "10.0.0.0/24", "::1"])
def test_a_trusted_proxy_without_a_sign_in_is_refused_at_the_start(
    networks: str, more: dict[str, str]
) -> None:
    settings: dict[str, Any] = {"trusted_proxies": (ip_network(networks),), **more}

    with pytest.raises(InvalidInputError, match="DEMETRA_ALLOW_ANONYMOUS=1"):
        validate_combination(Settings(**settings))
    validate_combination(Settings(**settings, allow_anonymous=True))
    validate_combination(Settings(**settings, auth="header"))


@pytest.mark.parametrize(
    ("hops", "said"),
    [(2, STRANGER), (1, "unknown"), (1, "_hidden"), (1, "7.7.7.007"), (1, f"{STRANGER},"), (1, None)],
)
def test_f08_visitors_whom_the_proxy_does_not_name_are_limited_together(hops: int, said: str | None) -> None:
    client = client_of(down(), **TRUSTED, proxy_hops=hops, rate_limit=60, allow_anonymous=True)
    headers = {} if said is None else {"X-Forwarded-For": said}

    answers = [answer(client, *PATHS[0], "127.0.0.1", headers).status_code for _ in range(16)]

    assert answers.count(429) >= 5


@pytest.mark.parametrize("said", ["unknown", f"{STRANGER},", ""])
def test_f08_the_numbers_are_not_for_visitors_whom_the_proxy_does_not_name(said: str) -> None:
    client = client_of(down(), **TRUSTED, allow_anonymous=True)
    headers = {"X-Forwarded-For": said}

    answers = [answer(client, "GET", "/metrics", peer, headers) for peer in ("127.0.0.1", "10.0.0.7")]

    assert [one.status_code for one in answers] == [401, 401]


def test_f08_a_proxy_that_names_no_visitor_is_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(down(), **TRUSTED, proxy_hops=2, allow_anonymous=True)

    for path, said in product(["/api/sync/status"] * 3 + ["/healthz"], [STRANGER, "a, b"]):
        answer(client, "GET", path, "127.0.0.1", {"X-Forwarded-For": said})

    lines = [record.getMessage() for record in caplog.records if "names no visitor" in record.getMessage()]
    assert len(lines) == 2
    assert "short" in lines[0]
    assert "unusable" in lines[1]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({}, 401, "sign_in"),
        ({"X-Demetra-Proxy-Secret": SECRET}, 503, "database_unavailable"),
        ({"X-Demetra-Proxy-Secret": SECRET + "x"}, 401, "proxy_secret"),
        ({"X-Demetra-Proxy-Secret": ""}, 401, "proxy_secret"),
        ({"X-Demetra-Proxy-Secret": "пароль".encode().decode("latin1")}, 401, "proxy_secret"),
    ],
)
def test_f05_a_proxy_with_a_secret_is_believed_only_with_the_right_one(
    sent: dict[str, str], status: int, code: str
) -> None:
    client = client_of(down(), auth="header", **TRUSTED, proxy_secret=SECRET)
    headers = {"X-Remote-User": "anna", "X-Forwarded-For": STRANGER, **sent}

    told = answer(client, *PATHS[0], "10.0.0.7", headers)

    assert (told.status_code, told.get_json()["code"]) == (status, code)
    assert SECRET not in told.text


def test_f05_the_secret_is_seen_by_nothing_behind_the_proxy_layer() -> None:
    seen = {}
    environ = {"REMOTE_ADDR": "10.0.0.7", PROOF: SECRET}

    behind_proxies(
        lambda environ, _: seen.update(environ) or [],
        TRUSTED["trusted_proxies"],
        1,
        lambda: None,
        secret=SECRET,
    )(environ, _answer)

    assert SECRET not in seen.values()


def test_f05_a_secret_needs_a_proxy_that_sends_it() -> None:
    with pytest.raises(InvalidInputError, match="DEMETRA_TRUSTED_PROXIES"):
        validate_combination(Settings(proxy_secret=SECRET))
