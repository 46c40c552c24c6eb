"""Forwarded headers: believed from trusted proxies only, and exactly so far as the hops reach."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.test import Client

from demetra_dash.security.proxies import IS_PROXIED, PEER, behind_proxies, is_this_machine
from tests.api.clients import client_of, down

PROXY, STRANGER = "10.0.0.7", "203.0.113.9"
FORGED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Port": "443",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=evil.example;proto=https",
}


def seen(
    peer: str, headers: dict[str, str], hops: int = 1, trusted: Sequence[str] = ("10.0.0.0/24", "fd00::/8")
) -> dict[str, Any]:
    """Return what an application sees of a request, and how often something was dropped."""
    server = Flask(__name__)
    dropped = []

    @server.get("/")
    def echo() -> dict[str, Any]:
        return {
            "address": request.remote_addr,
            "peer": request.environ[PEER],
            "scheme": request.scheme,
            "host": request.host,
            "is_proxied": request.environ[IS_PROXIED],
            "is_here": is_this_machine(request.environ),
            "forwarded": sorted(name for name in dict(request.headers) if "orward" in name or "Real" in name),
        }

    networks = tuple(ip_network(one) for one in trusted)
    behind = behind_proxies(server.wsgi_app, networks, hops, lambda: dropped.append(1))
    answer = Client(behind).get("/", headers=headers, environ_base={"REMOTE_ADDR": peer})
    return {**answer.get_json(), "dropped": len(dropped)}


@pytest.mark.parametrize("header", FORGED)
@pytest.mark.parametrize("peer", [STRANGER, "127.0.0.1", "10.0.1.7", "::1", ""])
def test_a_stranger_s_forwarded_header_is_dropped_and_counted(header: str, peer: str) -> None:
    found = seen(peer, {header: FORGED[header]})

    assert (found["address"] or "", found["scheme"], found["host"]) == (peer, "http", "localhost")
    assert (found["forwarded"], found["dropped"], found["is_here"]) == ([], 1, False)


def test_without_forwarded_headers_nothing_is_counted() -> None:
    found = seen("127.0.0.1", {})

    assert (found["dropped"], found["is_here"]) == (0, True)


def test_a_trusted_proxy_s_headers_are_believed() -> None:
    found = seen(
        PROXY,
        {
            "X-Forwarded-For": STRANGER,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "roi.example.com:8443",
        },
    )

    assert (found["address"], found["peer"]) == (STRANGER, PROXY)
    assert (found["scheme"], found["host"], found["dropped"]) == ("https", "roi.example.com:8443", 0)


@pytest.mark.parametrize("peer", ["fd00::7", "::ffff:10.0.0.7"])
def test_a_proxy_may_have_an_address_of_the_new_kind(peer: str) -> None:
    assert seen(peer, {"X-Forwarded-For": "2001:db8::5"})["address"] == "2001:db8::5"


@pytest.mark.parametrize(
    ("listed", "hops", "address"),
    [
        ("1.1.1.1, 203.0.113.9", 1, STRANGER),
        ("127.0.0.1, 1.1.1.1, 203.0.113.9", 1, STRANGER),
        ("1.1.1.1, 203.0.113.9, 10.0.0.8", 2, STRANGER),
        ("203.0.113.9, 10.0.0.9, 10.0.0.8", 3, STRANGER),
        ("203.0.113.9", 2, PROXY),
        ("203.0.113.9:4711", 1, STRANGER),
        ("[2001:db8::5]:4711", 1, "2001:db8::5"),
        ("", 1, PROXY),
        ("unknown", 1, PROXY),
        ("203.0.113.9,", 1, PROXY),
        ("203.0.113.9, <script>", 1, PROXY),
        ("2130706433", 1, PROXY),
        ("0177.0.0.1", 1, PROXY),
    ],
)
def test_the_visitor_stands_exactly_that_many_hops_from_the_right(
    listed: str, hops: int, address: str
) -> None:
    assert seen(PROXY, {"X-Forwarded-For": listed}, hops)["address"] == address


@pytest.mark.parametrize(
    ("said", "hops", "scheme"),
    [
        ("https", 2, "https"),
        ("http, https", 1, "https"),
        ("https, http", 1, "http"),
        ("https, http", 2, "https"),
        ("HTTPS", 1, "https"),
        ("javascript", 1, "http"),
        ("", 1, "http"),
    ],
)
def test_the_scheme_is_that_of_the_outermost_trusted_proxy(said: str, hops: int, scheme: str) -> None:
    assert seen(PROXY, {"X-Forwarded-Proto": said}, hops)["scheme"] == scheme


@pytest.mark.parametrize(
    "host", ["evil.example/path", "a b", "user@evil.example", "a:b:c", "a:999999", "<script>", "évil"]
)
def test_a_host_that_cannot_be_one_is_not_believed(host: str) -> None:
    assert seen(PROXY, {"X-Forwarded-Host": host.encode().decode("latin1")})["host"] == "localhost"


def test_the_other_ways_to_say_it_are_dropped_from_trusted_proxies_too() -> None:
    found = seen(PROXY, FORGED)

    assert found["forwarded"] == ["X-Forwarded-Prefix"]


def test_a_forged_address_makes_nobody_a_neighbour() -> None:
    client = client_of(down())

    answer = client.get(
        "/api/sync/status",
        headers={"X-Forwarded-For": "127.0.0.1"},
        environ_base={"REMOTE_ADDR": STRANGER},
    )

    assert (answer.status_code, answer.get_json()["code"]) == (403, "stranger")


def test_a_forged_scheme_brings_no_promise_of_tls() -> None:
    client = client_of(down(), trusted_proxies=(ip_network(PROXY),))

    answers = [
        client.get("/healthz", headers={"X-Forwarded-Proto": "https"}, environ_base={"REMOTE_ADDR": peer})
        for peer in (PROXY, "127.0.0.1")
    ]

    assert ["Strict-Transport-Security" in answer.headers for answer in answers] == [True, False]
