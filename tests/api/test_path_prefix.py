"""Serving under a path, whether the proxy strips it or not."""

from __future__ import annotations

import pytest
from flask import Flask, request, url_for
from werkzeug.test import Client

from demetra_dash.app import build
from demetra_dash.path_prefix import under_prefix
from demetra_dash.settings import Settings
from tests.api.clients import down

PREFIX = "/marketing/roi/"


def ask(path: str, prefix: str = PREFIX) -> dict[str, str]:
    server = Flask(__name__)

    @server.get("/")
    @server.get("/<path:rest>")
    def echo(rest: str = "") -> dict[str, str]:
        return {"path": request.path, "own": url_for("echo", rest="api/overview")}

    found: dict[str, str] = Client(under_prefix(server.wsgi_app, prefix)).get(path).get_json()
    return found


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("/marketing/roi/api/overview", "/api/overview"),
        ("/api/overview", "/api/overview"),
        ("/marketing/roi/", "/"),
        ("/marketing/roi", "/"),
        ("/", "/"),
        ("/marketing/roixyz", "/marketing/roixyz"),
        ("/healthz", "/healthz"),
    ],
)
def test_the_prefix_is_taken_off_if_it_is_there(asked: str, seen: str) -> None:
    assert ask(asked)["path"] == seen


@pytest.mark.parametrize("asked", ["/marketing/roi/x", "/x"])
def test_own_addresses_carry_the_prefix_either_way(asked: str) -> None:
    assert ask(asked)["own"] == "/marketing/roi/api/overview"


def test_without_a_prefix_nothing_changes() -> None:
    assert ask("/x", prefix="/") == {"path": "/x", "own": "/api/overview"}


def told(caplog: pytest.LogCaptureFixture, forwarded: str, prefix: str = PREFIX) -> list[str]:
    wsgi = under_prefix(Flask(__name__), prefix)
    for _ in range(2):
        Client(wsgi).get("/", headers={"X-Forwarded-Prefix": forwarded})
    return [record.getMessage() for record in caplog.records]


def test_a_proxy_with_another_prefix_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = told(caplog, "/marketing")

    assert "'/marketing'" in line
    assert f"DEMETRA_PATH_PREFIX is {PREFIX!r}" in line


@pytest.mark.parametrize("forwarded", ["/marketing/roi", "/marketing/roi/", ""])
def test_a_proxy_with_the_same_prefix_is_not(caplog: pytest.LogCaptureFixture, forwarded: str) -> None:
    assert told(caplog, forwarded) == []


def test_the_page_is_at_its_own_address_and_at_no_other() -> None:
    client = build(down(), Settings(path_prefix=PREFIX)).server.test_client()

    assert {client.get(path).status_code for path in ("/", PREFIX, PREFIX.rstrip("/"))} == {200}
    for path in ("/bi/", "/marketing/", "/marketing/roi/page-2"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert PREFIX in answer.text
