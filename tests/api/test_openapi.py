"""The document, the routes and the answers agree."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from demetra_dash.api import ROUTES
from demetra_dash.api.responses import FORMS
from demetra_dash.api.schemas import components
from services.dashboards import DASHBOARDS
from services.errors import NoCampaignsError
from tests.api.clients import client_of, down
from tests.api.schema_check import errors
from tests.api.test_syncs import ASKING, WithWorker

PARTS = [f"/api/ml-dashboard/{spec.slug}/{part}" for spec in DASHBOARDS for part in ("chart", "data")]
READING = [
    *PARTS,
    "/api/ml-dashboard/roi-forecast/data?format=csv",
    "/api/ml-dashboard/status",
    "/api/overview",
    "/api/overview?days=all",
    "/api/breakdown?by=channel",
    "/api/breakdown?by=channel&days=7&trends=0&compare=none",
    "/api/breakdown.csv?by=channel",
    "/api/dimensions",
    "/api/recommendations",
    "/api/track-record",
    "/api/sync/status",
    "/api/sync/runs",
    "/api/sync/runs/1",
    "/api/pins",
    "/api/plan/curves",
    "/api/plan/frontier",
    "/api/plan/frontier?horizon_days=60&change_limit_percent=50&moves=all",
    "/api/pacing",
    "/api/pacing?month=2026-12",
    "/api/targets",
    "/api/imports",
    "/api/sources",
    "/api/export/campaign-days.csv?from=2026-10-01",
    "/api/openapi.json",
    "/healthz",
    "/readyz",
]
FAILING = [
    "/api/ml-dashboard/no-such/chart",
    "/api/ml-dashboard/roi-forecast/data?format=xml",
    "/api/ml-dashboard/roi-forecast/data?run=99",
    "/api/overview?days=0",
    "/api/breakdown",
    "/api/breakdown?by=planet",
    "/api/breakdown?sort=luck",
    "/api/breakdown?dimension=device",
    "/api/dimensions?run=99",
    "/api/recommendations?run=x",
    "/api/recommendations?run=0",
    "/api/track-record?run=99",
    "/api/sync/runs?limit=0",
    "/api/sync/runs/x",
    "/api/sync/runs/99",
]


@pytest.fixture(scope="module")
def document(without_database: FlaskClient) -> Any:
    return without_database.get("/api/openapi.json").get_json()


def texts_for(schema: Any) -> Any:
    """Texts that a schema allows, and unexpected texts."""
    allowed = [*schema.get("enum", []), "1", "28", "all"]
    return st.sampled_from(allowed) | st.text(min_size=1) | st.integers().map(str)


def check(document: Any, answer: TestResponse) -> None:
    """Assert that an answer is one of those that the document describes for its request."""
    described = _operation(document, answer.request)["responses"][str(answer.status_code)]["content"]

    assert answer.mimetype in described
    if answer.is_json:
        assert errors(answer.get_json(), described[answer.mimetype]["schema"], document) == []


def _operation(document: dict[str, Any], request: Request) -> Any:
    """Return the operation for a request; an address without a place for a name goes first."""
    fitting = [
        path for path in document["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), request.path)
    ]
    return document["paths"][min(fitting, key=lambda path: path.count("{"))][request.method.lower()]


def test_the_document_has_the_routes_and_the_routes_have_the_document(
    document: Any, without_database: FlaskClient
) -> None:
    served = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in without_database.application.url_map.iter_rules()
        if rule.rule.startswith("/api") or rule.rule in {"/healthz", "/readyz", "/metrics"}
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    described = {(path, method) for path, methods in document["paths"].items() for method in methods}

    assert described == served


def test_the_promised_addresses_are_there(document: Any) -> None:
    assert set(document["paths"]) == {
        "/api/ml-dashboard/{slug}/chart",
        "/api/ml-dashboard/{slug}/data",
        "/api/ml-dashboard/status",
        "/api/ml-dashboard/generate-all",
        "/api/sync/run-now",
        "/api/sync/status",
        "/api/sync/runs",
        "/api/sync/runs/{run_id}",
        "/api/pins",
        "/api/pins/{pin_id}",
        "/api/compare",
        "/api/plan",
        "/api/pacing",
        "/api/targets",
        "/api/plan/curves",
        "/api/plan/frontier",
        "/api/overview",
        "/api/breakdown",
        "/api/breakdown.csv",
        "/api/breakdown.xlsx",
        "/api/dimensions",
        "/api/recommendations",
        "/api/track-record",
        "/api/report.{kind}",
        "/api/openapi.json",
        "/api/imports",
        "/api/imports/{import_id}",
        "/api/imports/{import_id}/undo",
        "/api/uploads/{upload}",
        "/api/sources",
        "/api/sources/{name}/fetch",
        "/api/export/campaign-days.csv",
        "/api/embed/links",
        "/api/embed/renewals",
        "/metrics",
        "/healthz",
        "/readyz",
    }


@pytest.mark.parametrize("view", FORMS)
def test_every_attribute_that_a_form_names_exists(view: type) -> None:
    by_body, _ = components([view])

    assert list(by_body) == [view]


@pytest.mark.parametrize("path", READING)
def test_answers_are_as_described(document: Any, reader: FlaskClient, path: str) -> None:
    answer = reader.get(path)

    assert answer.status_code == 200
    check(document, answer)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_whatever_is_asked_the_answer_is_as_described(
    document: Any, reader: FlaskClient, data: st.DataObject
) -> None:
    path = data.draw(
        st.sampled_from([path for path, methods in document["paths"].items() if "get" in methods])
    )
    parameters = document["paths"][path]["get"]["parameters"]
    asked = {one["name"]: data.draw(texts_for(one["schema"])) for one in parameters}
    parts = {one["name"]: quote(asked.pop(one["name"]), safe="") for one in parameters if one["in"] == "path"}

    answer = reader.get(path.format(**parts), query_string=asked)

    assert answer.status_code in {200, 400, 404}
    if answer.get_json() is None or answer.get_json().get("code") != "not_found":
        check(document, answer)


@pytest.mark.parametrize("path", FAILING)
def test_failures_are_as_described(document: Any, reader: FlaskClient, path: str) -> None:
    answer = reader.get(path)

    assert answer.status_code in {400, 404, 422}
    check(document, answer)


@pytest.mark.parametrize("path", READING)
def test_answers_without_a_database_are_as_described(
    document: Any, without_database: FlaskClient, path: str
) -> None:
    check(document, without_database.get(path))


def test_answers_of_an_empty_database_are_as_described(document: Any, client: FlaskClient) -> None:
    for path in READING:
        check(document, client.get(path))


@pytest.mark.parametrize("path", ASKING)
def test_answers_to_askers_are_as_described(
    document: Any, client: FlaskClient, engine: sa.Engine, path: str
) -> None:
    accepted = client.post(path)
    failed = client_of(WithWorker(engine, NoCampaignsError())).post(f"{path}?wait=1")
    succeeded = client_of(WithWorker(engine)).post(f"{path}?wait=1")

    assert [answer.status_code for answer in (accepted, failed, succeeded)] == [202, 200, 200]
    for answer in (accepted, failed, succeeded):
        check(document, answer)


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}])
@pytest.mark.parametrize("path", ASKING)
def test_refusals_are_as_described(document: Any, path: str, headers: dict[str, str]) -> None:
    check(document, client_of(down(), api_token="x" * 16).post(path, headers=headers))


def test_every_parameter_that_a_route_reads_is_described(document: Any) -> None:
    for route in ROUTES:
        path = re.sub(r"<(\w+)>", r"{\1}", route.path)
        described = document["paths"][path][route.method.lower()]["parameters"]

        assert [one["name"] for one in described if one["in"] == "query"] == [
            p.name for p in route.parameters
        ]
        assert [one["name"] for one in described if one["in"] == "path"] == re.findall(r"{(\w+)}", path)


def test_the_rows_are_described_by_the_columns_of_their_tables(document: Any) -> None:
    for spec in DASHBOARDS:
        row = document["components"]["schemas"][f"{spec.slug}.row"]

        assert list(row["properties"]) == [column.name for column in spec.table.c]


def test_a_number_that_is_no_number_would_be_noticed(document: Any) -> None:
    row = document["components"]["schemas"]["roi-forecast.row"]["properties"]["roi_forecast"]

    assert errors(0.25, row, document) == errors(None, row, document) == []
    assert errors("0.25", row, document) != []


def test_addresses_are_relative_to_the_prefix() -> None:
    client = client_of(down(), path_prefix="/marketing/roi/")

    assert client.get("/api/openapi.json").get_json()["servers"] == [{"url": "/marketing/roi"}]
