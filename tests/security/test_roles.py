"""Who is signed in by the proxy, and what viewers and operators may do: on the page and in the API."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from demetra_dash.app import build
from demetra_dash.settings import Settings
from layouts import ids
from services.analytics import Analytics
from services.database.engine import make_engine
from tests.api.clients import client_of, client_on, down
from tests.processes.waiting import until

PROXY = "10.0.0.7"
SIGNED_IN: dict[str, Any] = {
    "auth": "header",
    "trusted_proxies": (ip_network(PROXY),),
    "operator_groups": frozenset({"Marketing Ops"}),
}
TOKEN = "a token that nobody guesses, ever 7"
ANNA = {"X-Remote-User": "anna", "X-Remote-Groups": "Staff, Marketing Ops"}
BORIS = {"X-Remote-User": "boris", "X-Remote-Groups": "Staff"}
CHANGING = ["/api/sync/run-now", "/api/ml-dashboard/generate-all", "/api/pins?run=1&name=Board"]
READING = [
    "/",
    "/api/sync/status",
    "/api/overview",
    "/api/breakdown",
    "/api/dimensions",
    "/api/pins",
    "/_dash-layout",
    "/_dash-dependencies",
    "/no/such/page",
]
THROUGH = {"REMOTE_ADDR": PROXY}


@pytest.fixture(scope="module")
def signed_in() -> FlaskClient:
    return client_of(down(), **SIGNED_IN, api_token=TOKEN)


def get(client: FlaskClient, path: str, headers: dict[str, str], peer: str = PROXY) -> TestResponse:
    return client.get(path, headers=headers, environ_base={"REMOTE_ADDR": peer})


@pytest.mark.parametrize("path", READING)
def test_nobody_looks_without_signing_in(signed_in: FlaskClient, path: str) -> None:
    assert get(signed_in, path, {}).status_code == 401


@pytest.mark.parametrize("path", READING)
@pytest.mark.parametrize("who", [ANNA, BORIS])
def test_who_is_signed_in_may_look(signed_in: FlaskClient, path: str, who: dict[str, str]) -> None:
    assert get(signed_in, path, who).status_code not in {401, 403}


@pytest.mark.parametrize("peer", ["203.0.113.9", "127.0.0.1", "10.0.0.8"])
def test_a_name_that_no_trusted_proxy_sends_is_not_believed(signed_in: FlaskClient, peer: str) -> None:
    forged = {**ANNA, "X-Forwarded-For": PROXY}

    assert get(signed_in, "/api/sync/status", forged, peer).status_code == 401


@pytest.mark.parametrize("name", ["", " ", "anna,boris", "boris, anna", "a" * 201, "anna\x7f"])
def test_a_name_that_is_not_one_name_is_not_believed(signed_in: FlaskClient, name: str) -> None:
    assert get(signed_in, "/api/sync/status", {**ANNA, "X-Remote-User": name}).status_code == 401


def test_only_the_groups_of_the_setting_may_look_where_it_names_some() -> None:
    client = client_of(down(), **SIGNED_IN, viewer_groups=frozenset({"Board"}))

    answers = [get(client, "/api/sync/status", {**BORIS, "X-Remote-Groups": groups})
               for groups in ("Board", "Staff;Board", "Staff", "", "board", "Marketing Ops")]  # fmt: skip

    assert [answer.status_code for answer in answers] == [503, 503, 403, 403, 403, 503]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/assets/favicon.svg", "/_favicon.ico"])
def test_probes_and_files_are_for_everybody(signed_in: FlaskClient, path: str) -> None:
    assert get(signed_in, path, {}).status_code not in {401, 403}


@pytest.mark.parametrize("path", ["/assets/../", "/assets/..%2fapi/sync/status", "/healthz/"])
def test_a_path_that_only_begins_like_a_public_one_shows_no_figures(
    signed_in: FlaskClient, path: str
) -> None:
    answer = get(signed_in, path, {})

    assert answer.status_code in {401, 404}


@pytest.mark.parametrize("path", CHANGING)
def test_an_operator_may_start_a_run_and_a_viewer_may_not(signed_in: FlaskClient, path: str) -> None:
    answers = [signed_in.post(path, headers=who, environ_base=THROUGH) for who in (ANNA, BORIS)]

    assert [answer.status_code for answer in answers] == [503, 403]
    assert answers[1].get_json()["code"] == "not_allowed"


@pytest.mark.parametrize("path", CHANGING)
def test_a_page_of_another_site_may_not_use_an_operator_s_sign_in(signed_in: FlaskClient, path: str) -> None:
    headers = {**ANNA, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert signed_in.post(path, headers=headers, environ_base=THROUGH).status_code == 403


def test_the_api_token_is_an_operator_s_wherever_it_comes_from(signed_in: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    assert signed_in.post(CHANGING[0], headers=headers).status_code == 503


@pytest.mark.parametrize("wrong", [f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", TOKEN])
def test_a_wrong_token_signs_nobody_in(signed_in: FlaskClient, wrong: str) -> None:
    answers = [
        signed_in.post(CHANGING[0], headers={"Authorization": wrong}),
        signed_in.get("/api/sync/status", headers={"Authorization": wrong}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]


def test_the_history_says_who_asked(engine: sa.Engine) -> None:
    client = client_on(engine, **SIGNED_IN)
    asked = client.post(CHANGING[0], headers=ANNA, environ_base=THROUGH).get_json()

    run = get(client, f"/api/sync/runs/{asked['run_id']}", BORIS).get_json()

    assert run["requested_by"] == "anna"


def test_without_signing_in_other_machines_stay_outside_unless_they_are_let_in() -> None:
    strangers = {"REMOTE_ADDR": "203.0.113.9"}
    closed, opened = client_of(down()), client_of(down(), allow_anonymous=True)

    answers = [client.get("/api/sync/status", environ_base=strangers) for client in (closed, opened)]

    assert [answer.status_code for answer in answers] == [403, 503]
    assert "DEMETRA_ALLOW_ANONYMOUS" in answers[0].get_json()["detail"]


# The page: Dash asks for everything it shows by POST.


def press(client: Any, who: dict[str, str], **headers: str) -> Any:
    """Press the sync button, as the browser does; return the answer."""
    dependencies = get(client, "/_dash-dependencies", who).get_json()
    callback = next(d for d in dependencies if f"{ids.SYNC}.aria-disabled" in d["output"])
    values = {f"{ids.TICK}.data": 1, f"{ids.SYNC}.n_clicks": 1, f"{ids.SNAPSHOT}.data": None}
    outputs = [
        dict(zip(("id", "property"), one.rsplit(".", 1), strict=True))
        for one in callback["output"].strip(".").split("...")
    ]

    def filled(given: Any) -> Any:
        return [one | {"value": values.get(f"{one['id']}.{one['property']}")} for one in given]

    body = {
        "output": callback["output"],
        "outputs": outputs,
        "inputs": filled(callback["inputs"]),
        "state": filled(callback["state"]),
        "changedPropIds": [f"{ids.SYNC}.n_clicks"],
    }
    return client.post("/_dash-update-component", json=body, headers={**who, **headers}, environ_base=THROUGH)


@pytest.fixture
def page(engine: sa.Engine, tmp_path: Path) -> Any:
    settings = Settings(**SIGNED_IN, audit_log=tmp_path / "audit.jsonl")
    return build(Analytics(engine, 1800.0), settings).server.test_client()


def noted(tmp_path: Path) -> list[Any]:
    return [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]


def test_an_operator_s_button_starts_a_run_in_their_name(page: Any, tmp_path: Path) -> None:
    shown = press(page, ANNA).get_json()["response"]

    assert shown[ids.SYNC]["aria-disabled"] == "false"
    assert shown[ids.SYNC]["title"].endswith("You may start a sync.")
    assert get(page, "/api/sync/runs", ANNA).get_json()["runs"][0]["requested_by"] == "anna"
    assert [(line["who"], line["action"], line["outcome"]) for line in noted(tmp_path)] == [
        ("anna", "sync", "asked")
    ]


def test_a_viewer_s_button_is_disabled_says_why_and_starts_nothing(page: Any, tmp_path: Path) -> None:
    answer = press(page, BORIS).get_json()

    assert answer["response"][ids.SYNC]["aria-disabled"] == "true"
    assert "operator" in answer["response"][ids.SYNC]["title"]
    assert "operator" in json.dumps(answer["sideUpdate"])
    assert get(page, "/api/sync/runs", ANNA).get_json()["runs"] == []
    assert [(line["who"], line["outcome"]) for line in noted(tmp_path)] == [("boris", "not_allowed")]


def test_nobody_presses_the_button_from_another_site(page: Any) -> None:
    answer = press(page, ANNA, Origin="https://evil.example")

    assert answer.status_code == 403
    assert get(page, "/api/sync/runs", ANNA).get_json()["runs"] == []


def test_what_is_kept_for_one_visitor_is_given_to_nobody_who_is_not_signed_in(published: sa.Engine) -> None:
    # On connections of its own: it closes them.
    engine = make_engine(published.url.render_as_string(hide_password=False), name="demetra tests")
    analytics = Analytics(engine, 1800.0)
    client = build(analytics, Settings(**SIGNED_IN)).server.test_client()
    analytics.start()
    try:
        until(lambda: analytics.known_snapshot is not None)
        path = "/api/ml-dashboard/roi-forecast/data"
        first, again = get(client, path, ANNA), get(client, path, BORIS)

        assert (first.status_code, again.data) == (200, first.data)
        assert [get(client, path, {}).status_code, get(client, path, ANNA, "10.0.0.8").status_code] == [
            401,
            401,
        ]
    finally:
        analytics.close()
