"""Serving under a path, whether the proxy strips it or not."""

from __future__ import annotations

import pytest
from flask import Flask, request, url_for

from demetra_dash.path_prefix import under_prefix

PREFIX = "/marketing/roi/"


def ask(path: str, prefix: str = PREFIX) -> dict[str, str]:
    server = Flask(__name__)

    @server.get("/")
    @server.get("/<path:rest>")
    def echo(rest: str = "") -> dict[str, str]:
        return {"path": request.path, "own": url_for("echo", rest="api/overview")}

    server.wsgi_app = under_prefix(server.wsgi_app, prefix)
    return server.test_client().get(path).get_json()


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
def test_the_prefix_is_taken_off_if_it_is_there(asked, seen):
    assert ask(asked)["path"] == seen


@pytest.mark.parametrize("asked", ["/marketing/roi/x", "/x"])
def test_own_addresses_carry_the_prefix_either_way(asked):
    assert ask(asked)["own"] == "/marketing/roi/api/overview"


def test_without_a_prefix_nothing_changes():
    assert ask("/x", prefix="/") == {"path": "/x", "own": "/api/overview"}
