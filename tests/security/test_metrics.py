"""What Prometheus collects, and who may."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest
import sqlalchemy as sa

from tests.api.clients import client_of, client_on, down
from tests.scraping import numbers

TOKEN = "a token that nobody guesses, ever 7"
LINE = re.compile(r'(# (HELP|TYPE) demetra_\w+ .+)|(demetra_\w+(\{\w+="\w+"\})? -?\d+(\.\d+)?)')
FAMILIES = {
    "demetra_database_up": "gauge",
    "demetra_runs": "gauge",
    "demetra_workers": "gauge",
    "demetra_snapshot_age_seconds": "gauge",
    "demetra_forwarded_headers_dropped_total": "counter",
    "demetra_requests_refused_total": "counter",
    "demetra_http_request_seconds": "histogram",
}


def test_the_numbers_are_in_the_format_of_prometheus(published: sa.Engine) -> None:
    answer = client_on(published).get("/metrics")

    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith("\n")
    assert [line for line in answer.text.splitlines() if not LINE.fullmatch(line)] == []


def test_the_names_are_those_that_others_rely_on(published: sa.Engine) -> None:
    client = client_on(published)

    text = client.get("/metrics").text
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))

    assert types == FAMILIES
    assert re.findall(r"_total\{code=\"(\d+)\"\} 0.0$", text, re.MULTILINE) == [
        "400",
        "401",
        "403",
        "413",
        "429",
    ]


def test_runs_and_the_age_of_the_snapshot_are_told(published: sa.Engine) -> None:
    found = numbers(client_on(published))

    assert (found["demetra_database_up"], found['demetra_runs{state="succeeded"}']) == (1, 1)
    assert found["demetra_snapshot_age_seconds"] >= 0


def test_without_a_database_the_other_numbers_are_still_told() -> None:
    client = client_of(down())
    client.get("/healthz", headers={"X-Forwarded-For": "1.2.3.4"})
    client.post("/api/sync/run-now", headers={"Origin": "https://evil.example"})

    found = numbers(client)

    assert found["demetra_database_up"] == 0
    assert found["demetra_forwarded_headers_dropped_total"] == 1
    assert found['demetra_requests_refused_total{code="403"}'] == 1


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 200),
        ("10.0.0.7", {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("203.0.113.9", {}, 401),
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("203.0.113.9", {"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_the_numbers_are_for_this_machine_the_proxies_and_who_is_signed_in(
    peer: str, headers: dict[str, str], status: int
) -> None:
    client = client_of(
        down(), trusted_proxies=(ip_network("10.0.0.7"),), api_token=TOKEN, allow_anonymous=True
    )

    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})

    assert answer.status_code == status
