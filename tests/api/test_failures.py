"""What goes wrong is said in one form, in the caller's language, and never with a page."""

from __future__ import annotations

from typing import NoReturn

import pytest
from flask.testing import FlaskClient

from demetra_dash.api.failures import STATUSES, status_of
from services import errors
from services.analytics import Analytics
from services.errors import DemetraError, InvalidInputError, NotFoundError, NotReadyError, UnavailableError
from tests.api.clients import client_of

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
NOWHERE = [
    "/api",
    "/api/",
    "/api/nothing",
    "/api/overview/",
    "/api//overview",
    "/api/%2e%2e/healthz",
    "/api/sync/runs/1/x",
    "/api/<script>",
    "/api/ml-dashboard/roi-forecast",
]


class NoAnalytics(Analytics):
    """A facade with a bug in it."""

    def __init__(self) -> None:
        pass

    def status(self) -> NoReturn:
        raise ZeroDivisionError("secret")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", NOWHERE)
def test_an_unknown_address_is_a_404_in_json_for_every_method(
    without_database: FlaskClient, path: str, method: str
) -> None:
    answer = without_database.open(path, method=method)

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert (answer.get_json()["status"], answer.get_json()["code"]) == (404, "not_found")


def test_other_addresses_belong_to_the_page(without_database: FlaskClient) -> None:
    assert without_database.get("/apiary").content_type.startswith("text/html")


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/api/overview", "POST", "GET, HEAD, OPTIONS"),
        ("/api/overview", "BREW", "GET, HEAD, OPTIONS"),
        ("/api/sync/run-now", "GET", "OPTIONS, POST"),
        ("/api/sync/run-now", "HEAD", "OPTIONS, POST"),
        ("/api/ml-dashboard/generate-all", "GET", "OPTIONS, POST"),
        ("/healthz", "POST", "GET, HEAD, OPTIONS"),
        ("/readyz", "DELETE", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    without_database: FlaskClient, path: str, method: str, allowed: str
) -> None:
    answer = without_database.open(path, method=method)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(("path", "allowed"), [("/api/overview", "GET"), ("/api/sync/run-now", "POST")])
def test_options_names_the_methods(without_database: FlaskClient, path: str, allowed: str) -> None:
    answer = without_database.options(path)

    assert (answer.status_code, answer.data) == (200, b"")
    assert allowed in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("ru", "ru"), ("ru-RU,ru;q=0.9,en;q=0.5", "ru"), ("en-GB", "en"), ("de", "en"), (None, "en")],
)
def test_problems_speak_the_callers_language(
    without_database: FlaskClient, accepted: str | None, lang: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}

    answer = without_database.get("/api/overview?run=0", headers=headers)

    assert ("целое число" if lang == "ru" else "a whole number") in answer.get_json()["detail"]
    assert answer.headers["Content-Language"] == lang
    assert "Accept-Language" in answer.headers["Vary"]


def test_without_a_preference_problems_speak_the_language_of_the_installation() -> None:
    answer = client_of(NoAnalytics(), locale="ru").get("/api/nothing")

    assert answer.headers["Content-Language"] == "ru"


def test_a_problem_has_all_its_members_and_is_not_kept(without_database: FlaskClient) -> None:
    answer = without_database.get("/api/overview?days=0")

    assert answer.get_json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "invalid_parameter",
        "detail": "The parameter “days” is “0”, but must be a whole number from 1 to 3660 or all.",
        "parameter": "days",
        "value": "0",
        "allowed": "a whole number from 1 to 3660 or all",
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_mistake_of_ours_is_logged_and_its_details_are_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    answer = client_of(NoAnalytics()).get("/api/sync/status")

    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_server_error")
    assert b"secret" not in answer.data
    assert "ZeroDivisionError: secret" in caplog.text


def test_a_mistake_of_the_page_is_left_to_the_page() -> None:
    client = client_of(NoAnalytics())
    client.application.add_url_rule("/broken", view_func=lambda: str(1 / 0))

    assert client.get("/broken").content_type.startswith("text/html")


@pytest.mark.parametrize(
    "family", [errors.NotFoundError, errors.InvalidInputError, errors.NotReadyError, errors.UnavailableError]
)
def test_every_family_of_failures_has_a_status(
    family: type[NotFoundError] | type[InvalidInputError] | type[NotReadyError] | type[UnavailableError],
) -> None:
    assert family in STATUSES


def test_the_nearest_family_decides() -> None:
    assert status_of(errors.NoSnapshotError()) == 404
    assert status_of(errors.DatabaseOutdatedError(found="1", needed="2")) == 503
    assert status_of(DemetraError()) == 500
