"""How much one visitor may send, and which hosts are answered for."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from demetra_dash.security.hosts import check_host
from demetra_dash.security.limits import (
    LARGEST_BODY,
    MOST_VISITORS,
    RateLimit,
    TooManyRequestsError,
    visitor_of,
)
from services.errors import InvalidInputError
from tests.api.clients import client_of, down

PATH = "/api/openapi.json"
OPEN = {"allow_anonymous": True}


def ask(client: FlaskClient, peer: str, path: str = PATH, **headers: str) -> TestResponse:
    return client.get(path, headers=headers, environ_base={"REMOTE_ADDR": peer})


def test_a_visitor_who_asks_too_often_waits_and_the_others_do_not() -> None:
    client = client_of(down(), rate_limit=12, **OPEN)

    answers = [ask(client, "203.0.113.9") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 5
    assert ask(client, "203.0.113.10").status_code == 200


def test_a_visitor_is_told_apart_behind_a_trusted_proxy_and_only_there() -> None:
    client = client_of(down(), rate_limit=6, trusted_proxies=(ip_network("10.0.0.7"),), **OPEN)

    behind = [ask(client, "10.0.0.7", **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(4)]
    forged = [ask(client, "10.0.0.8", **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(4)]

    assert (behind, forged) == ([200] * 4, [200, 429, 429, 429])


@pytest.mark.parametrize(("peer", "path"), [("127.0.0.1", PATH), ("::1", PATH), ("203.0.113.9", "/healthz")])
def test_probes_and_this_machine_are_not_limited(peer: str, path: str) -> None:
    client = client_of(down(), rate_limit=6, **OPEN)

    assert {ask(client, peer, path).status_code for _ in range(10)} == {200}


def test_no_limit_is_no_limit() -> None:
    client = client_of(down(), rate_limit=0, **OPEN)

    assert {ask(client, "203.0.113.9").status_code for _ in range(50)} == {200}


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    limit = RateLimit(60, clock=lambda: now[0])
    for _ in range(10):
        limit.take("anna")
    with pytest.raises(TooManyRequestsError):
        limit.take("anna")
    now[0] += 1.0

    limit.take("anna")

    with pytest.raises(TooManyRequestsError):
        limit.take("anna")


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    limit = RateLimit(60)
    for place in range(MOST_VISITORS + 500):
        limit.take(str(place))

    assert len(limit._buckets) == MOST_VISITORS


def test_one_site_has_one_bucket_however_many_addresses_it_owns() -> None:
    assert visitor_of(ip_address("2001:db8::1")) == visitor_of(ip_address("2001:db8::ffff:1"))
    assert visitor_of(ip_address("2001:db8::1")) != visitor_of(ip_address("2001:db8:0:1::1"))
    assert visitor_of(ip_address("10.0.0.1")) != visitor_of(ip_address("10.0.0.2"))


@pytest.mark.parametrize("path", ["/api/sync/run-now", "/_dash-update-component", "/no/such/page"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    without_database: FlaskClient, path: str
) -> None:
    sizes = (LARGEST_BODY, LARGEST_BODY + 1, 10**15)

    answers = [without_database.post(path, environ_overrides={"CONTENT_LENGTH": str(size)}) for size in sizes]

    assert [answer.status_code == 413 for answer in answers] == [False, True, True]


def test_a_large_body_of_unknown_length_is_not_read_to_its_end(without_database: FlaskClient) -> None:
    class Endless:
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            assert self.read_bytes < 4 * LARGEST_BODY, "somebody reads on and on"
            self.read_bytes += min(size if size > 0 else 65_536, 65_536)
            return b" " * min(size if size > 0 else 65_536, 65_536)

    environ = create_environ("/_dash-update-component", method="POST", content_type="application/json")
    environ.pop("CONTENT_LENGTH", None)
    environ |= {"REMOTE_ADDR": "127.0.0.1", "wsgi.input": Endless(), "wsgi.input_terminated": True}

    _, status, _ = run_wsgi_app(without_database.application, environ)

    assert status[:3] in {"400", "413"}
    assert environ["wsgi.input"].read_bytes <= LARGEST_BODY


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("roi.example.com", True),
        ("ROI.example.com:8443", True),
        ("roi.example.com.", True),
        ("a.intra.example", True),
        ("[fd00::1]:8050", True),
        ("intra.example", False),
        ("evil-roi.example.com", False),
        ("roi.example.com.evil.example", False),
        ("roi.example.com@evil.example", False),
        ("", False),
        ("roi.example.com,evil.example", False),
        ("127.0.0.1", False),
    ],
)
def test_only_the_hosts_on_the_list_are_answered_for(host: str, is_known: bool) -> None:
    allowed = ("roi.example.com", "*.intra.example", "[fd00::1]")

    if is_known:
        check_host(host, allowed)
    else:
        with pytest.raises(InvalidInputError):
            check_host(host, allowed)


@pytest.mark.parametrize("host", ["evil.example", "roi.example.com,evil.example", "a b", "<script>"])
def test_another_host_is_refused_everywhere_but_for_probes(host: str) -> None:
    client = client_of(down(), allowed_hosts=("roi.example.com",))

    paths = ("/", PATH, "/api/sync/run-now", "/assets/x.css", "/healthz", "/readyz")
    answers = [client.get(path, headers={"Host": host}) for path in paths]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 200, 503]
    assert all(host not in answer.text for answer in answers)


def test_a_forged_forwarded_host_does_not_get_past_the_list() -> None:
    client = client_of(down(), allowed_hosts=("roi.example.com",))
    headers = {"Host": "evil.example", "X-Forwarded-Host": "roi.example.com"}

    assert client.get(PATH, headers=headers).status_code == 400
