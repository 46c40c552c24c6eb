"""Requests made up from the API's own description: no 5xx, and every answer as described."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.schemas import BaseSchema

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.engine import make_engine
from tests.api.filling import publish_first
from tests.conftest import fresh_database
from tests.faults.conftest import Seen
from tests.faults.own_server import INTERVAL_SECONDS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

QUICK, ALL = 300, 10_000
# The description promises these answers; that a refused request is 4xx is part of it.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


PAGE_METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND", "get", "X" * 99]
PAGE_PATHS = [
    "/",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_reload-hash",
    "/_favicon.ico",
    "/_dash-update-component",
    "/_dash-component-suites/",
    "/_dash-component-suites/dash/dash-renderer/build/dash_renderer.min.js",
    "/_dash-component-suites/dash/dcc/async-mathjax.js.map",
    "/assets/",
    "/assets/..",
    "/assets/demetra.js",
    "/api/overview",
    "/healthz",
]
HEADERS = [
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_AUTHORIZATION",
    "HTTP_CACHE_CONTROL",
    "HTTP_CONTENT_ENCODING",
    "HTTP_COOKIE",
    "HTTP_EXPECT",
    "HTTP_HOST",
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_RANGE",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_ORIGIN",
    "HTTP_RANGE",
    "HTTP_REFERER",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PREFIX",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
]
ODD_WORDS = [
    *(
        "gzip;q=nan",
        "br;q=-1, *;q=1e999",
        "*",
        "identity;q=0, *;q=0",
        'W/"x", "',
        "bytes=0-0,-1",
        "bytes=9-1",
    ),
    *("Thu, 01 Jan 99999 00:00:00 GMT", "Sat, 32 Foo 2020", "-1", "1e9", "²", "9" * 5000, "[::1", "a:b:c"),
    *("multipart/form-data; boundary=", "application/json; charset=x", "application/json", "chunked"),
    *("Bearer \xff", "Basic !", "same-origin", "null", "http://[", "en;q=1;q=2,,;", "ru-\xff", "max-age=x"),
]


# Bytes as WSGI has them: each one a character.
LATIN = st.text(st.characters(max_codepoint=255), max_size=40)
WORDS = st.sampled_from(ODD_WORDS) | LATIN
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
NAMES = ["output", "outputs", "inputs", "state", "changedPropIds"]


@st.composite
def page_requests(draw: st.DrawFn, questions: list[dict[str, Any]]) -> WSGIEnvironment:
    """Draw a request for one of the page's addresses: half of them one that the page sends, but changed."""
    if draw(st.booleans()):
        body = dict(draw(st.sampled_from(questions)))
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=2)):
            body[name] = draw(JSON)
        for value in body["inputs"] if isinstance(body["inputs"], list) else []:
            if isinstance(value, dict) and draw(st.booleans()):
                body["inputs"] = [{**value, "value": draw(JSON)}]
        data, path, method = json.dumps(body).encode(), "/_dash-update-component", "POST"
        usual = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(data))}
    else:
        data, usual = draw(st.binary(max_size=50)), {}
        path = draw(st.sampled_from(PAGE_PATHS)) + draw(st.just("") | LATIN)
        method = draw(st.sampled_from(PAGE_METHODS))
    given = draw(st.dictionaries(st.sampled_from(HEADERS), WORDS, max_size=3))
    server = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1"}
    wsgi = {"wsgi.url_scheme": "http", "wsgi.input": BytesIO(data), "wsgi.errors": BytesIO()}
    asked = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": draw(st.just("") | LATIN)}
    return {"REMOTE_ADDR": "127.0.0.1", **server, **wsgi, **asked, **usual, **given}


@pytest.fixture(scope="module")
def schema(server_url: str, template: str) -> Iterator[BaseSchema]:
    """The description of an application with one snapshot."""
    with fresh_database(server_url, template) as url:
        engine = make_engine(url, name="demetra tests")
        with engine.begin() as connection:
            publish_first(connection)
        analytics = Analytics(engine, INTERVAL_SECONDS)
        # Its requests come from no address, and such visitors are not on this machine.
        app = build(analytics, Settings(allow_anonymous=True))
        analytics.start(app.responses.prefetch)
        yield schemathesis.openapi.from_wsgi("/api/openapi.json", app.server)
        analytics.close()


@pytest.mark.parametrize("requests", [QUICK, pytest.param(ALL, marks=pytest.mark.slow)])
@pytest.mark.fault("generated API requests", must="no 5xx, every answer as described")
def test_every_generated_request_is_answered_as_described(
    schema: BaseSchema, seen: Seen, requests: int
) -> None:
    operations = [cast("Any", found).ok() for found in schema.get_all_operations()]
    open_ones = [
        found for found in operations if found.query or found.path_parameters
    ]  # others ask one thing
    answered: Counter[Any] = Counter()

    for operation in operations:
        _ask(operation, requests // len(open_ones) + 1, answered)

    seen("{} requests", answered.total())
    assert answered.total() >= requests * 0.9
    assert {status // 100 for status in answered} <= {2, 3, 4}


def _ask(operation: Any, times: int, answered: Counter[Any]) -> None:
    both = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=both)
    @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        if "wait" in (case.query or {}):
            case.query["wait"] = 0  # no worker process runs here
        response = case.call(headers={"Accept-Encoding": "identity"})
        answered[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    ask()


@pytest.mark.parametrize("requests", [QUICK, pytest.param(ALL, marks=pytest.mark.slow)])
@pytest.mark.fault("generated requests for the page", must="no 5xx, no traceback, none without headers")
def test_nothing_that_a_client_sends_to_the_page_is_a_mistake_of_the_server(
    schema: BaseSchema, seen: Seen, requests: int, caplog: pytest.LogCaptureFixture
) -> None:
    server: Any = schema.app
    questions = _questions(server)
    answered: Counter[Any] = Counter()

    @given(environ=page_requests(questions))
    @settings(max_examples=requests, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(environ: WSGIEnvironment) -> None:
        told: list[Any] = []
        body = server(environ, lambda status, headers, *_: told.extend([status, headers]))
        close = getattr(body, "close", None)
        list(body)
        if close:
            close()
        answered[told[0]] += 1
        assert int(told[0][:3]) < 500
        assert dict(told[1])["Server"] == "demetra"
        assert [record for record in caplog.records if record.exc_info] == []

    with caplog.at_level(logging.WARNING):
        ask()
    seen("{} requests", answered.total())
    assert len(answered) > 4


def _questions(server: Any) -> list[dict[str, Any]]:
    """Return what a page sends to each callback."""
    found = server.test_client().get("/_dash-dependencies").get_json()
    return [
        {
            "output": spec["output"],
            "outputs": _outputs(spec["output"]),
            "inputs": spec["inputs"],
            "state": spec["state"],
            "changedPropIds": [],
        }
        for spec in found
        if spec["clientside_function"] is None
    ]


def _outputs(name: str) -> Any:
    leaves = name[2:-2].split("...") if name.startswith("..") else [name]
    parts = [leaf.partition("@")[0].rpartition(".") for leaf in leaves]
    outputs = [{"id": component_id, "property": name_of} for component_id, _, name_of in parts]
    return outputs if name.startswith("..") else outputs[0]
