"""Requests made up from the API's own description: no 5xx, and every answer as described."""

from __future__ import annotations

from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.database.engine import make_engine
from services.remembering import RememberingAnalytics
from tests.api.filling import publish_first
from tests.conftest import fresh_database
from tests.faults.own_server import INTERVAL_SECONDS

QUICK, ALL = 300, 10_000
# The description promises these answers; that a refused request is 4xx is part of it.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def schema(server_url, template):
    """The description of an application with one snapshot."""
    with fresh_database(server_url, template) as url:
        engine = make_engine(url, name="demetra tests")
        with engine.begin() as connection:
            publish_first(connection)
        analytics = RememberingAnalytics(engine, INTERVAL_SECONDS)
        app = build(analytics, Settings())
        yield schemathesis.openapi.from_wsgi("/api/openapi.json", app.server)
        analytics.close()


@pytest.mark.parametrize("requests", [QUICK, pytest.param(ALL, marks=pytest.mark.slow)])
@pytest.mark.fault("generated API requests", must="no 5xx, every answer as described")
def test_every_generated_request_is_answered_as_described(schema, seen, requests):
    operations = [found.ok() for found in schema.get_all_operations()]
    open_ones = [
        found for found in operations if found.query or found.path_parameters
    ]  # others ask one thing
    answered = Counter()

    for operation in operations:
        _ask(operation, requests // len(open_ones) + 1, answered)

    seen("{} requests", answered.total())
    assert answered.total() >= requests * 0.9
    assert {status // 100 for status in answered} <= {2, 3, 4}


def _ask(operation, times, answered):
    both = operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=both)
    @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(case):
        if "wait" in (case.query or {}):
            case.query["wait"] = 0  # nobody works here
        response = case.call(headers={"Accept-Encoding": "identity"})
        answered[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    ask()
