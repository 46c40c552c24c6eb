"""Which sites may send changing requests, and what browsers are told.

The database of these clients is down, so a request that is let in ends as a 503.
"""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from dash import Dash, Input, Output, html
from flask.testing import FlaskClient

from demetra_dash.security.headers import apply_headers
from demetra_dash.security.setting_values import networks
from demetra_dash.settings import Settings
from tests.api.clients import client_of, down

TOKEN = "correct horse battery staple"
CHANGING = ["/api/sync/run-now", "/api/ml-dashboard/generate-all"]
LET_IN, NO_TOKEN, FOREIGN = 503, 401, 403

OWN_PAGE = [
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Origin": "https://LOCALHOST"},
]
FOREIGN_PAGE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8051"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://["},
    {"Origin": "http://\xe9vil"},
]
WRONG_TOKENS = [
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Bearer {TOKEN}x",
    f"Bearer {TOKEN[:-1]}",
    "Bearer t\xf6",
]


@pytest.fixture(scope="module")
def with_token() -> FlaskClient:
    return client_of(down(), api_token=TOKEN)


@pytest.mark.parametrize("path", CHANGING)
def test_a_command_line_may_ask_when_no_token_is_set(without_database: FlaskClient, path: str) -> None:
    assert without_database.post(path).status_code == LET_IN


@pytest.mark.parametrize("headers", OWN_PAGE)
def test_our_own_page_may_ask(
    without_database: FlaskClient, with_token: FlaskClient, headers: dict[str, str]
) -> None:
    answers = [client.post(CHANGING[0], headers=headers) for client in (without_database, with_token)]

    assert [answer.status_code for answer in answers] == [LET_IN, LET_IN]


@pytest.mark.parametrize("path", CHANGING)
@pytest.mark.parametrize("headers", FOREIGN_PAGE)
def test_a_page_of_another_site_may_not(
    without_database: FlaskClient, headers: dict[str, str], path: str
) -> None:
    answer = without_database.post(path, headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (FOREIGN, "foreign_site")


def test_no_origin_matches_a_host_that_cannot_be() -> None:
    # Signed in: without a sign-in such a host is refused before anything else.
    client = client_of(
        down(), auth="header", trusted_proxies=networks("127.0.0.1"), operator_groups=frozenset({"ops"})
    )
    headers = {"Origin": "", "Host": "a b/c", "X-Remote-User": "anna", "X-Remote-Groups": "ops"}

    answer = client.post(CHANGING[0], headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (FOREIGN, "foreign_site")


@pytest.mark.parametrize("headers", FOREIGN_PAGE)
def test_a_token_that_is_set_makes_no_foreign_page_our_own(
    with_token: FlaskClient, headers: dict[str, str]
) -> None:
    assert with_token.post(CHANGING[0], headers=headers).status_code == FOREIGN


def test_with_a_token_set_a_command_line_needs_it(with_token: FlaskClient) -> None:
    answer = with_token.post(CHANGING[0])

    assert (answer.status_code, answer.get_json()["code"]) == (NO_TOKEN, "missing_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("headers", [{}, *OWN_PAGE])
@pytest.mark.parametrize("wrong", WRONG_TOKENS)
def test_a_wrong_token_is_refused_wherever_it_comes_from(
    with_token: FlaskClient, headers: dict[str, str], wrong: str
) -> None:
    assert with_token.post(CHANGING[0], headers={**headers, "Authorization": wrong}).status_code == NO_TOKEN


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_right_token_opens(with_token: FlaskClient, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {TOKEN}"}

    assert with_token.post(CHANGING[0], headers=headers).status_code == LET_IN


def test_another_scheme_is_no_token(with_token: FlaskClient) -> None:
    assert with_token.post(CHANGING[0], headers={"Authorization": f"Basic {TOKEN}"}).status_code == NO_TOKEN


def test_the_token_is_in_no_answer(with_token: FlaskClient) -> None:
    answers = [with_token.post(CHANGING[0]), with_token.get("/api/openapi.json")]

    assert all(TOKEN.encode() not in answer.data for answer in answers)


@pytest.mark.parametrize("headers", FOREIGN_PAGE)
def test_reading_is_not_restricted(without_database: FlaskClient, headers: dict[str, str]) -> None:
    assert without_database.get("/healthz", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/nothing", "/_dash-layout", "/no/such/page"])
def test_every_answer_carries_the_headers(without_database: FlaskClient, path: str) -> None:
    headers = without_database.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'self'; script-src 'self' 'sha256-" in headers["Content-Security-Policy"]


def test_the_setting_says_who_may_frame_the_page() -> None:
    headers = client_of(down(), frame_ancestors="https://portal.example").get("/").headers

    assert headers["Content-Security-Policy"].endswith("; frame-ancestors https://portal.example")


def test_the_policy_allows_every_inline_script_of_the_page_and_no_other() -> None:
    app = Dash(__name__, enable_mcp=False)
    app.layout = html.Div([html.Button(id="a"), html.Div(id="b")])
    source = "function (n) { return n; }"
    app.clientside_callback(source, Output("b", "children"), Input("a", "n_clicks"))  # type: ignore[no-untyped-call]
    apply_headers(app, Settings())

    answer = app.server.test_client().get("/")
    page = re.sub(r"<!--.*?-->", "", answer.text, flags=re.DOTALL)
    inline = re.findall(r"<script(?![^>]*(?:src=|/json))[^>]*>(.*?)</script>", page, re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline}
    allowed = re.search(r"script-src ([^;]*)", answer.headers["Content-Security-Policy"])

    assert len(inline) == 2
    assert allowed is not None
    assert set(allowed[1].split()) == {"'self'", *(f"'sha256-{one}'" for one in hashes)}
