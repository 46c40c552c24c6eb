"""What the page's addresses are sent by others than the page: refused in a sentence, without a traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, cast

import pytest
import sqlalchemy as sa
from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callbacks import accepted, dashboards
from callbacks.wiring import tell_run
from demetra_dash.app import build
from demetra_dash.settings import Settings
from layouts import ids
from services.analytics import Analytics
from tests.api.clients import INTERVAL_SECONDS, down

ADDRESS = "/_dash-update-component"
CARDS, FIGURES = f"{ids.CARDS}.data", f"{ids.FIGURES}.data"
VIEW = f"{ids.VIEW}.data"
NO_RUNS = [True, False, 1.0, "1", "True", [], [1], {}, {"a": 1}, 0, -1, 2**63, 10**30, 1e308, float("nan")]


@pytest.fixture(scope="module")
def app(published: sa.Engine) -> Iterator[Dash]:
    """The application on a database with one snapshot."""
    analytics = Analytics(published, INTERVAL_SECONDS)
    app = build(analytics, Settings())
    analytics.start(app.responses.prefetch)
    yield app
    assert analytics._live is not None
    analytics._live.stop()


@pytest.fixture
def client(app: Dash, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    """A client; at the end, nothing was logged with a traceback."""
    with caplog.at_level(logging.WARNING):
        yield app.server.test_client()
    assert [record for record in caplog.records if record.exc_info] == []
    assert all("\n" not in record.getMessage() for record in caplog.records)


def question(app: Dash, of: str, **values: Any) -> dict[str, Any]:
    """Return what the page sends to the callback with an input `of`, with `values` by name."""
    name, callback = next(
        (name, spec)
        for name, spec in app.callback_map.items()
        if "callback" in spec and any(_name(one) == of for one in spec["inputs"])
    )
    is_list = isinstance(callback["output"], list)
    outputs = [
        {"id": one.component_id, "property": one.component_property}
        for one in (callback["output"] if is_list else [callback["output"]])
    ]

    def filled(parts: Any) -> list[Any]:
        return [{**part, "value": values.get(_name(part), _usual(_name(part)))} for part in parts]

    return {
        "output": name,
        "outputs": outputs if is_list else outputs[0],
        "inputs": filled(callback["inputs"]),
        "state": filled(callback["state"]),
        "changedPropIds": [of],
    }


def _name(part: Any) -> str:
    return f"{part['id']}.{part['property']}"


def _usual(name: str) -> Any:
    texts = {f"{ids.VERSION}.data": "1", f"{ids.PICTURE_THEME}.data": "dark"}
    known = {VIEW: {"period": "28", "compare": "before", "channel": ""}, **texts}
    return known.get(name, 1)


def send(client: FlaskClient, body: Any, **more: str) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(ADDRESS, **{"data": data, "content_type": "application/json", **more})


def assert_refused(answer: TestResponse) -> None:
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] == "invalid_page_request"


@pytest.mark.parametrize("of", [CARDS, FIGURES, f"{ids.TICK}.data", f"{ids.RENEWAL}.n_intervals"])
def test_what_the_page_sends_is_answered(app: Dash, client: Any, of: str) -> None:
    assert send(client, question(app, of)).status_code in {200, 204}


def test_each_value_that_a_callback_takes_has_a_rule(app: Dash) -> None:
    taken = [
        part
        for spec in app.callback_map.values()
        if "callback" in spec
        for part in [*spec["inputs"], *spec["state"]]
    ]

    unruled = {_name(part) for part in taken if accepted.rule_of(part["id"], part["property"]) is None}
    assert unruled == set(), "say in callbacks/accepted.py which values a page may send"
    assert len(taken) > 10


@pytest.mark.parametrize("of", [CARDS, FIGURES])
@pytest.mark.parametrize("value", NO_RUNS, ids=str)
def test_a_run_that_is_no_whole_number_is_refused(
    app: Dash, client: Any, of: str, value: float | str | list[int] | dict[str, int]
) -> None:
    assert_refused(send(client, question(app, of, **{of: value})))


@pytest.mark.parametrize(
    "value",
    [
        *({"slug": "roi-forecast", "run": run, "theme": "light"} for run in NO_RUNS[:9]),
        *(
            [],
            "roi-forecast",
            7,
            {},
            {"slug": "roi-forecast"},
            {"run": 1},
            {"slug": None, "run": 1, "theme": "light"},
        ),
        {"slug": "x" * 10_000, "run": 1, "theme": "light"},
        *({"slug": "roi-forecast", "run": 1, "theme": theme} for theme in (None, "blue", 1, ["dark"])),
        *({"slug": "roi-forecast", "run": 1}, {"slug": "roi-forecast", "run": 1, "theme": "dark", "more": 1}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_large_view_that_shows_no_dashboard_of_a_run_is_refused(app: Dash, client: Any, value: Any) -> None:
    name = f"{ids.LARGE_SHOWN}.data"
    assert_refused(send(client, question(app, name, **{name: value})))


@pytest.mark.parametrize(
    "value",
    [
        *(None, 28, "28", [], {}, ["28", "before", ""], {"period": "28"}),
        {"period": "28", "compare": "before", "channel": None},
        {"period": 28, "compare": "before", "channel": ""},
        {"period": "28", "compare": "before", "channel": "x" * 10_000},
        {"period": "28", "compare": "before", "channel": "", "more": ""},
        {"period": {"a": 1}, "compare": ["before"], "channel": ""},
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_view_without_its_three_texts_is_refused(app: Dash, client: Any, value: Any) -> None:
    assert_refused(send(client, question(app, VIEW, **{VIEW: value})))


@pytest.mark.parametrize("period", ["", "0", "-1", "yesterday", "2026-13-45,", "1990-01-01,1990-01-02"])
def test_a_view_that_selects_nothing_is_answered_by_a_sentence(
    app: Dash, client: Any, run_id: int, period: str
) -> None:
    view = {"period": period, "compare": "before", "channel": ""}

    answer = send(client, question(app, FIGURES, **{VIEW: view, FIGURES: run_id}))

    assert answer.status_code == 200
    assert answer.get_json()["response"][ids.OVERVIEW]["className"] == "overview has-problem"


@pytest.mark.parametrize("value", [[], {}, "x" * 10_000, ["1"]], ids=lambda value: str(value)[:9])
@pytest.mark.parametrize("name", [f"{ids.VERSION}.data", f"{ids.TICK}.data", f"{ids.SYNC}.n_clicks"])
def test_other_values_are_refused_likewise(app: Dash, client: Any, name: str, value: Any) -> None:
    assert_refused(send(client, question(app, f"{ids.TICK}.data", **{name: value})))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[[]]",
        b"7",
        b'"text"',
        b"NaN",
        b"\xff\xfe{}",
        b'{"output": "\xff"}',
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 10_000,
        b'{"output": ' + b"9" * 10_000 + b"}",
        b"{}",
        b'{"output": null}',
        b'{"output": []}',
        b'{"output": {}}',
        b'{"output": "nothing.children"}',
        b'{"output": "figures.data"}',
        b'{"output": ".."}',
    ],
    ids=lambda body: str(body[:30]),
)
def test_a_body_that_is_no_question_is_refused(client: Any, body: bytes) -> None:
    assert_refused(send(client, body))


CHANGES = {
    "no inputs": lambda body: body.pop("inputs"),
    "null inputs": lambda body: body.update(inputs=None),
    "inputs as an object": lambda body: body.update(inputs={"0": body["inputs"][0]}),
    "inputs as numbers": lambda body: body.update(inputs=[1]),
    "an input too many": lambda body: body["inputs"].append(body["inputs"][0]),
    "nested inputs": lambda body: body.update(inputs=[[body["inputs"][0]]]),
    "another input": lambda body: body["inputs"][0].update(id="tabs"),
    "another property": lambda body: body["inputs"][0].update(property="value"),
    "an id that is an object": lambda body: body["inputs"][0].update(id={"type": "x"}),
    "an input without an id": lambda body: body["inputs"][0].pop("id"),
    "no outputs": lambda body: body.pop("outputs"),
    "null outputs": lambda body: body.update(outputs=None),
    "outputs as a text": lambda body: body.update(outputs="x"),
    "an output too few": lambda body: body["outputs"].pop(),
    "another output": lambda body: body["outputs"][0].update(id="figures"),
    "an output without a property": lambda body: body["outputs"][0].pop("property"),
    "an output whose property is a list": lambda body: body["outputs"][0].update(property=[]),
    "state that is none": lambda body: body.update(state=[{"id": "x", "property": "y"}]),
    "null state": lambda body: body.update(state=None),
    "changed as a text": lambda body: body.update(changedPropIds="cards.data"),
    "changed as numbers": lambda body: body.update(changedPropIds=[1]),
    "changed as objects": lambda body: body.update(changedPropIds=[{}]),
    "changed elsewhere": lambda body: body.update(changedPropIds=["{.data"]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("of", [CARDS, VIEW])
def test_a_question_of_another_shape_is_refused(
    app: Dash, client: FlaskClient, change: Callable[[dict[str, Any]], Any], of: str
) -> None:
    body = question(app, of)
    change(body)

    assert_refused(send(client, body))


def test_a_list_in_place_of_a_single_output_is_refused(app: Dash, client: Any) -> None:
    body = question(app, f"{ids.RENEWAL}.n_intervals")

    assert_refused(send(client, body | {"outputs": [body["outputs"]]}))
    assert_refused(send(client, body | {"outputs": [[body["outputs"]]]}))


def test_state_of_another_shape_is_refused(app: Dash, client: Any) -> None:
    body = question(app, f"{ids.TICK}.data")
    del body["state"]

    assert_refused(send(client, body))


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded", "a" * 500])
def test_a_question_that_is_not_said_to_be_json_is_refused(app: Dash, client: Any, content_type: str) -> None:
    assert_refused(send(client, question(app, CARDS), content_type=content_type))


@pytest.mark.parametrize("path", [ADDRESS, "/", "/healthz", "/api/overview", "/assets/10_tokens.css", "/x"])
def test_an_address_that_is_no_utf_8_is_refused(client: Any, path: str) -> None:
    answers = [
        client.open(path, method=method, environ_overrides={"QUERY_STRING": "lang=\xff&m=1"})
        for method in ("GET", "POST")
    ]

    assert {answer.status_code for answer in answers} == {400}


def test_a_refusal_costs_one_line_of_the_log(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        send(client, b"null")

    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3


def test_a_bug_in_a_callback_is_logged_with_its_traceback(
    app: Dash, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboards, "show_cards", lambda *_: dict[str, str]()["a bug"])

    with caplog.at_level(logging.WARNING):
        answer = app.server.test_client().post(ADDRESS, json=question(app, CARDS))

    assert answer.status_code != 400
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["'a bug'"]


FILES = [
    "x/y",
    "dash/nothing.js",
    "dash/../app.py",
    "dash/..%2fdash.py",
    "dash/%00",
    "dash/" + "a" * 5000,
    "%D1%8F/y",
    "os/path",
    "sys/x",
    "dash//dcc/dash_core_components.js",
    "dash/dcc/dash_core_components.v1_2_3m4.js/..",
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path[:30])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_that_dash_does_not_have_is_not_found(client: Any, path: str, method: str) -> None:
    answer = client.open(f"/_dash-component-suites/{path}", method=method)

    assert answer.status_code in {308, 404}


def test_each_file_that_dash_lists_is_there_or_not_found(app: Dash, client: Any) -> None:
    answers = {
        path: client.get(f"/_dash-component-suites/{package}/{path}").status_code
        for package, paths in app.registered_paths.items()
        for path in paths
    }

    assert set(answers.values()) <= {200, 404}
    assert all(path.endswith(".map") for path, status in answers.items() if status == 404)
    assert list(answers.values()).count(200) > 20


@pytest.mark.parametrize("run_id", [True, False, 1.0, "1", None])
def test_only_a_whole_number_is_told_as_a_run(run_id: float | str | None) -> None:
    with pytest.raises(TypeError):
        tell_run(cast("int", run_id))


def test_a_length_in_other_digits_is_no_length() -> None:
    server = build(down(), Settings()).server
    starts = count()

    body = server.wsgi_app(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": ADDRESS,
            "QUERY_STRING": "",
            "CONTENT_LENGTH": "²",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": None,
        },
        lambda *_: next(starts),
    )
    assert (b"".join(body) != b"", next(starts)) == (True, 1)
