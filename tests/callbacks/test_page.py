"""The page as a browser asks for it, without a browser."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any, NoReturn, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from demetra_dash.app import build
from demetra_dash.settings import Settings
from layouts import ids
from services.analytics import Analytics
from services.errors import DatabaseReadOnlyError, DemetraError
from services.views import SyncStatus


class Refusing:
    """A facade that takes no requests."""

    def __init__(
        self, analytics: Analytics, error: DatabaseReadOnlyError | DemetraError | ZeroDivisionError
    ) -> None:
        self._analytics = analytics
        self._error = error

    known_snapshot = None

    def status(self) -> SyncStatus:
        return self._analytics.status()

    def request_sync(self, trigger: str, requested_by: str | None = None) -> NoReturn:
        raise self._error


VIEW = {"period": "28", "compare": "before", "channel": ""}


def client_of(analytics: Analytics | Refusing) -> FlaskClient:
    server: Flask = build(cast("Analytics", analytics), Settings()).server
    return server.test_client()


def post(client: FlaskClient, changed: str, values: dict[str, Any]) -> TestResponse:
    """Ask as Dash's own script does, for the callback that `changed` sets off."""
    spec = next(
        s
        for s in client.get("/_dash-dependencies").get_json()
        if s["clientside_function"] is None and changed in [f"{i['id']}.{i['property']}" for i in s["inputs"]]
    )

    def given(kind: str) -> list[Any]:
        return [d | {"value": values.get(f"{d['id']}.{d['property']}")} for d in spec[kind]]

    outputs = [
        dict(zip(("id", "property"), leaf.rsplit(".", 1), strict=True))
        for leaf in spec["output"].strip(".").split("...")
    ]
    body = {
        "output": spec["output"],
        "outputs": outputs if spec["output"].startswith("..") else outputs[0],
        "inputs": given("inputs"),
        "state": given("state"),
        "changedPropIds": [changed],
    }
    return client.post("/_dash-update-component", json=body)


def test_the_skeleton_is_served_without_asking_the_database(without_database: Analytics) -> None:
    layout = client_of(without_database).get("/_dash-layout")

    assert layout.status_code == 200
    assert "Sync now" in json.dumps(layout.get_json())


def test_a_tick_tells_how_things_stand(published: Analytics, run_id: int) -> None:
    answer = post(client_of(published), f"{ids.TICK}.data", {f"{ids.TICK}.data": 1}).get_json()["response"]

    assert answer[ids.SNAPSHOT]["data"] == run_id
    assert "charts" in answer[ids.FRESH_CHARTS]["children"]


def test_a_snapshot_fills_the_overview(published: Analytics, run_id: int) -> None:
    changed = f"{ids.FIGURES}.data"

    answer = post(client_of(published), changed, {changed: run_id, f"{ids.VIEW}.data": VIEW}).get_json()[
        "response"
    ]

    assert answer[ids.kpi("revenue", "value")]["title"] == "1,121\u00a0EUR"


def test_a_picture_that_is_opened_is_shown_in_all_its_pixels(published: Analytics, run_id: int) -> None:
    changed = f"{ids.LARGE_SHOWN}.data"
    shown = {"slug": "budget-recommendations", "run": run_id, "theme": "light"}

    answer = post(client_of(published), changed, {changed: shown}).get_json()["response"]

    whole = answer[ids.LARGE_WHOLE]["data"]
    assert {name: whole[name] for name in shown} == shown
    source = whole["src"].partition(",")[2]
    assert b64decode(source) == published.chart("budget-recommendations", run_id).png


@pytest.mark.parametrize("shown", [None, {"slug": "no-such-card", "run": 1, "theme": "light"}])
def test_a_large_view_of_nothing_is_asked_for_in_vain(
    published: Analytics, shown: dict[str, str | int] | None
) -> None:
    changed = f"{ids.LARGE_SHOWN}.data"

    assert post(client_of(published), changed, {changed: shown}).status_code == 204


def test_before_the_first_snapshot_nothing_is_drawn(empty: Analytics) -> None:
    changed = f"{ids.FIGURES}.data"

    assert post(client_of(empty), changed, {f"{ids.VIEW}.data": VIEW}).status_code == 204


@pytest.mark.parametrize(
    ("error", "words"),
    [(DatabaseReadOnlyError(), "accepts no writing"), (DemetraError(), "Something went wrong")],
)
def test_a_request_that_is_refused_is_answered_with_the_reason(
    empty: Analytics, error: DatabaseReadOnlyError | DemetraError, words: str
) -> None:
    changed = f"{ids.SYNC}.n_clicks"

    answer = post(client_of(Refusing(empty, error)), changed, {changed: 1}).get_json()

    assert words in answer["sideUpdate"][ids.NOTICE_ERROR_TEXT]["children"]
    assert answer["sideUpdate"][ids.NOTICE_ERROR]["is_open"] is True
    assert "is-idle" in answer["response"][ids.SYNC_BAR]["className"]


def test_a_bug_is_logged_and_told_without_details(empty: Analytics, caplog: pytest.LogCaptureFixture) -> None:
    changed = f"{ids.SYNC}.n_clicks"
    bug = ZeroDivisionError("secret detail")

    answer = post(client_of(Refusing(empty, bug)), changed, {changed: 1})

    assert answer.status_code == 200
    assert "unexpected" in answer.get_json()["sideUpdate"][ids.NOTICE_ERROR_TEXT]["children"]
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text
