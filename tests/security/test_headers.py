"""The headers that browsers and caches get, and what no answer contains."""

from __future__ import annotations

from importlib.metadata import version
from ipaddress import ip_network
from typing import Any

import pytest
import sqlalchemy as sa

from demetra_dash.app import build
from demetra_dash.settings import SettingError, Settings, read_settings
from services.analytics import Analytics

CHART = "/api/ml-dashboard/roi-forecast/chart"
ANNA = {"X-Remote-User": "anna"}


@pytest.fixture(scope="module")
def page(published: sa.Engine) -> Any:
    return build(Analytics(published, 1800.0), Settings()).server.test_client()


@pytest.fixture(scope="module")
def signed_in(published: sa.Engine) -> Any:
    settings = Settings(auth="header", trusted_proxies=(ip_network("127.0.0.1"),))
    return build(Analytics(published, 1800.0), settings).server.test_client()


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/overview", "/api/nothing", "/assets/favicon.svg"])
def test_no_answer_says_what_it_was_made_with(page: Any, path: str) -> None:
    with page.get(path) as answer:
        text = answer.text
    told = f"{answer.headers}{text if path == '/' else ''}"

    assert answer.headers["Server"] == "demetra"
    for package in ("dash", "flask", "werkzeug", "granian"):
        assert version(package) not in told
    assert "Python" not in told


@pytest.mark.parametrize(
    ("path", "is_document"),
    [
        *(("/", True), ("/api/overview", True), ("/assets/favicon.svg", True), ("/no/such/page", True)),
        *(("/assets/view.js", False), ("/assets/10_tokens.css", False)),
        ("/assets/fonts/inter-regular-latin.woff2", False),
    ],
)
def test_headers_about_documents_are_with_all_that_a_browser_may_run(
    page: Any, path: str, is_document: bool
) -> None:
    with page.get(path) as answer:
        headers = answer.headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert ("Content-Security-Policy" in headers) == is_document
    assert ("Permissions-Policy" in headers) == is_document


def test_the_promise_of_tls_is_made_only_over_tls(page: Any) -> None:
    answers = [page.get("/healthz", base_url=f"{scheme}://localhost") for scheme in ("http", "https")]

    assert ["Strict-Transport-Security" in answer.headers for answer in answers] == [False, True]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "private, no-cache"),
        ("/_dash-layout", "no-store"),
        ("/_dash-dependencies", "no-store"),
        ("/api/sync/status", "no-store"),
        (CHART, "private, no-cache"),
        ("/api/nothing", "no-store"),
    ],
)
def test_no_cache_in_between_keeps_an_answer(page: Any, signed_in: Any, path: str, told: str) -> None:
    answers = [page.get(path), signed_in.get(path, headers=ANNA), signed_in.get(path)]

    assert answers[0].headers["Cache-Control"] == answers[1].headers["Cache-Control"] == told
    assert answers[2].headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/api/overview", CHART, "/api/nothing"])
def test_a_cache_that_keeps_an_answer_all_the_same_keeps_it_for_one_visitor(
    signed_in: Any, path: str
) -> None:
    for headers in (ANNA, {}):
        vary = signed_in.get(path, headers=headers).headers["Vary"].lower()

        assert {"authorization", "cookie", "x-remote-user", "demetra-link"} <= set(vary.split(", "))


def test_an_unchanged_answer_is_told_apart_as_well(signed_in: Any) -> None:
    first = signed_in.get(CHART, headers=ANNA)

    second = signed_in.get(CHART, headers={**ANNA, "If-None-Match": first.headers["ETag"]})
    stranger = signed_in.get(CHART, headers={"If-None-Match": first.headers["ETag"]})

    assert (second.status_code, stranger.status_code) == (304, 401)
    assert "X-Remote-User" in second.headers["Vary"]


def test_features_of_the_browser_that_nobody_needs_are_off(page: Any) -> None:
    headers = page.get("/").headers

    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "value",
    [
        "'self'; script-src *",
        "https://a.example\r\nX-Evil: 1",
        "https://a.example, https://b.example",
        "'none' https://a.example",
        "javascript:alert(1)",
        "'unsafe-inline'",
        "https://a.example/path?x",
    ],
)
def test_a_setting_cannot_add_a_rule_or_a_header(value: str) -> None:
    with pytest.raises(SettingError):
        read_settings({"DEMETRA_FRAME_ANCESTORS": value})


@pytest.mark.parametrize("value", ["'self'", "'none'", "'self' https://*.example.com:8443", "http://portal"])
def test_sites_that_may_embed_the_page_are_believed(value: str) -> None:
    assert read_settings({"DEMETRA_FRAME_ANCESTORS": value}).frame_ancestors == value
