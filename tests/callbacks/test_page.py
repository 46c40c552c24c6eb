"""The page as a browser asks for it, without a browser."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest
from flask.testing import FlaskClient

from demetra_dash.app import build
from demetra_dash.settings import Settings
from layouts import ids
from services.errors import DatabaseReadOnlyError, DemetraError


class Refusing:
    """A facade that takes no requests."""

    def __init__(self, analytics, error):
        self._analytics = analytics
        self._error = error

    known_snapshot = None

    def status(self):
        return self._analytics.status()

    def request_sync(self, trigger, requested_by=None):
        raise self._error


def client_of(analytics) -> FlaskClient:
    return build(analytics, Settings()).server.test_client()


def post(client, changed, values):
    """Ask as Dash's own script does, for the callback that `changed` sets off."""
    spec = next(
        s
        for s in client.get("/_dash-dependencies").json
        if s["clientside_function"] is None and changed in [f"{i['id']}.{i['property']}" for i in s["inputs"]]
    )

    def given(kind):
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


def test_the_skeleton_is_served_without_asking_the_database(without_database):
    layout = client_of(without_database).get("/_dash-layout")

    assert layout.status_code == 200
    assert "Sync now" in json.dumps(layout.json)


def test_a_tick_tells_how_things_stand(published, run_id):
    answer = post(client_of(published), f"{ids.TICK}.data", {f"{ids.TICK}.data": 1}).json["response"]

    assert answer[ids.SNAPSHOT]["data"] == run_id
    assert "charts" in answer[ids.FRESH_CHARTS]["children"]


def test_a_snapshot_fills_the_overview(published, run_id):
    changed = f"{ids.FIGURES}.data"

    answer = post(client_of(published), changed, {changed: run_id, f"{ids.PERIOD}.value": 28}).json[
        "response"
    ]

    assert answer[ids.kpi("revenue", "value")]["title"] == "1,121\u00a0EUR"


def test_a_picture_that_is_opened_is_shown_in_all_its_pixels(published, run_id):
    changed, shown = f"{ids.LARGE_SHOWN}.data", {"slug": "budget-recommendations", "run": run_id}

    answer = post(client_of(published), changed, {changed: shown}).json["response"]

    whole = answer[ids.LARGE_WHOLE]["data"]
    assert {"slug": whole["slug"], "run": whole["run"]} == shown
    source = whole["src"].partition(",")[2]
    assert b64decode(source) == published.chart("budget-recommendations", run_id).png


@pytest.mark.parametrize("shown", [None, {"slug": "no-such-card", "run": 1}])
def test_a_large_view_of_nothing_is_asked_for_in_vain(published, shown):
    changed = f"{ids.LARGE_SHOWN}.data"

    assert post(client_of(published), changed, {changed: shown}).status_code == 204


def test_before_the_first_snapshot_nothing_is_drawn(empty):
    changed = f"{ids.FIGURES}.data"

    assert post(client_of(empty), changed, {f"{ids.PERIOD}.value": 28}).status_code == 204


@pytest.mark.parametrize(
    ("error", "words"),
    [(DatabaseReadOnlyError(), "accepts no writing"), (DemetraError(), "Something went wrong")],
)
def test_a_request_that_is_refused_is_answered_with_the_reason(empty, error, words):
    changed = f"{ids.SYNC}.n_clicks"

    answer = post(client_of(Refusing(empty, error)), changed, {changed: 1}).json

    assert words in answer["sideUpdate"][ids.NOTICE_ERROR_TEXT]["children"]
    assert answer["sideUpdate"][ids.NOTICE_ERROR]["is_open"] is True
    assert "is-idle" in answer["response"][ids.SYNC_BAR]["className"]


def test_a_bug_is_logged_and_told_without_details(empty, caplog):
    changed = f"{ids.SYNC}.n_clicks"
    bug = ZeroDivisionError("secret detail")

    answer = post(client_of(Refusing(empty, bug)), changed, {changed: 1})

    assert answer.status_code == 200
    assert "unexpected" in answer.json["sideUpdate"][ids.NOTICE_ERROR_TEXT]["children"]
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text
