"""What a scanner would try: traversal, broken lines, scripts, formulas, strange methods."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demetra_dash.app import build
from demetra_dash.security import audit
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from tests.api.clients import client_on

SCRIPT = '"><script>alert(1)</script>'
CHANGING = ["/api/sync/run-now", "/api/ml-dashboard/generate-all"]
TRAVERSALS = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "/etc/passwd",
    "%00/etc/passwd",
    "..%c0%af..%c0%afetc/passwd",
]
PLACES = [
    "/{}",
    "/assets/{}",
    "/_dash-component-suites/dash/{}",
    "/_dash-component-suites/{}",
    "/api/ml-dashboard/{}/chart",
    "/api/sync/runs/{}",
]


@pytest.fixture(scope="module")
def page(published: sa.Engine) -> Any:
    return build(Analytics(published, 1800.0), Settings()).server.test_client()


@pytest.mark.parametrize("path", TRAVERSALS)
@pytest.mark.parametrize("place", PLACES)
def test_no_path_leads_out_of_the_folders(page: Any, path: str, place: str) -> None:
    answer = page.get(place.format(path))

    assert b"root:" not in answer.data
    assert answer.status_code in {200, 304, 308, 400, 404, 405, 500}
    assert answer.status_code != 200 or b"_dash-config" in answer.data


@pytest.mark.parametrize("path", ["/assets/../demetra_dash/settings.py", "/assets/%2e%2e/pyproject.toml"])
def test_our_own_source_is_not_served(page: Any, path: str) -> None:
    assert b"DEMETRA_API_TOKEN" not in page.get(path).data
    assert b"[project]" not in page.get(path).data


BROKEN_LINES = [
    "%0d%0aX-Evil:%201",
    "%0aSet-Cookie:%20a=b",
    "%0d%0a%0d%0a<script>",
    "%e5%98%8a%e5%98%8dX-Evil:1",
]


@pytest.mark.parametrize("text", BROKEN_LINES)
@pytest.mark.parametrize(
    "path",
    [
        "/?lang={}",
        "/?link={}",
        "/{}",
        "/api/{}",
        "/api/overview?days={}",
        "/api/ml-dashboard/{}/data",
        "/api/ml-dashboard/roi-forecast/data?format={}",
        "/api/ml-dashboard/roi-forecast/chart?download=1&x={}",
        "/api/sync/runs/{}",
    ],
)
def test_no_parameter_adds_a_header(page: Any, path: str, text: str) -> None:
    answer = page.get(path.format(text))

    assert "X-Evil" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert all("\n" not in value and "\r" not in value for value in answer.headers.values())


@pytest.mark.parametrize(
    "parameter", ["lang", "theme", "tab", "embed", "kiosk", "link", "days", "format", "run"]
)
@pytest.mark.parametrize("path", ["/", "/no/such/page", "/api/overview", "/api/nothing"])
def test_no_parameter_is_written_into_a_page(page: Any, path: str, parameter: str) -> None:
    answer = page.get(path, query_string={parameter: SCRIPT}, headers={"Accept": "text/html"})

    assert answer.mimetype != "text/html" or SCRIPT not in answer.text


@pytest.mark.parametrize("path", [f"/{SCRIPT}", f"/api/{SCRIPT}", f"/api/ml-dashboard/{SCRIPT}/chart"])
def test_no_path_is_written_into_a_page(page: Any, path: str) -> None:
    answer = page.get(path, headers={"Accept": "text/html", "Host": "x"})

    assert answer.mimetype != "text/html" or SCRIPT not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_refusal_writes_no_part_of_the_request_into_its_page(published: sa.Engine) -> None:
    client = client_on(published, allowed_hosts=("roi.example.com",))

    answer = client.get("/", headers={"Host": "<script>", "Accept": "text/html"})

    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "<script" not in answer.text


@pytest.mark.parametrize("slug", [spec.slug for spec in DASHBOARDS])
def test_data_can_only_be_read_as_data(page: Any, slug: str) -> None:
    """No other site reads it by naming it as a script, a style or a picture."""
    answer = page.get(f"/api/ml-dashboard/{slug}/data")

    assert answer.mimetype == "application/json"
    assert answer.text.startswith("{")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/api/overview", "/api/sync/status", *CHANGING])
@pytest.mark.parametrize("name", ["callback", "jsonp", "cb"])
def test_no_answer_becomes_a_script(page: Any, path: str, name: str) -> None:
    assert not page.get(path, query_string={name: "alert"}).text.startswith("alert")


@pytest.mark.parametrize("path", CHANGING)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FOO"])
@pytest.mark.parametrize(
    "override",
    [
        {},
        {"X-HTTP-Method-Override": "POST"},
        {"X-HTTP-Method": "POST"},
        {"X-Method-Override": "POST"},
    ],
)
def test_only_a_post_starts_a_run(
    page: Any, published: sa.Engine, path: str, method: str, override: dict[str, str]
) -> None:
    before = len(Analytics(published, 1800.0).runs())

    answer = page.open(path, method=method, headers=override, query_string={"_method": "POST"})

    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
    assert len(Analytics(published, 1800.0).runs()) == before


@pytest.mark.parametrize("path", CHANGING)
def test_asking_what_is_possible_promises_nothing_to_other_sites(page: Any, path: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    answer = page.options(path, headers=headers)

    assert answer.status_code == 200
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_reading_by_another_method_is_refused(page: Any) -> None:
    assert page.post("/api/overview").status_code == 405
    assert page.delete("/api/sync/runs/1").status_code == 405


def test_no_name_can_forge_a_line_of_the_audit_log(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    audit.open_log(log)
    forged = 'anna"}\r\n{"who": "root\u2028\x00'

    audit.note(who=forged, path="/\n" + "x" * 10_000, outcome=403)
    audit.note(who="boris")

    lines = log.read_bytes().splitlines()
    assert [json.loads(line)["who"] for line in lines] == [forged, "boris"]
    assert max(map(len, lines)) < 2000


def test_every_refusal_and_every_change_is_one_line(published: sa.Engine, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    client = client_on(published, audit_log=log, api_token="a token that nobody guesses, ever 7")
    client.get("/api/sync/status")
    client.post(CHANGING[0])
    client.post(CHANGING[0], headers={"Origin": "https://evil.example"})
    client.get("/api/nothing")

    lines = [json.loads(line) for line in log.read_text().splitlines()]

    assert [(line["action"], line["path"], line["outcome"]) for line in lines] == [
        ("POST", CHANGING[0], 401),
        ("POST", CHANGING[0], 403),
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line["time"]) for line in lines)
    assert {line["address"] for line in lines} == {"127.0.0.1"}
