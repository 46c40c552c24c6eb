"""Who asked for a run is told only to users who are signed in and to this machine (F6)."""

from __future__ import annotations

import json
import time
from ipaddress import ip_network
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from demetra_dash.api.syncs import ROUTES
from demetra_dash.security.links import new_link
from services.sync import queue
from services.text import Text
from tests.api.clients import client_on

SECRET = "a secret that nobody will guess 42"
CHIEF = "chief@corp.example"
PROXY = ip_network("10.0.0.7")
HEADER: dict[str, Any] = {
    "auth": "header",
    "trusted_proxies": (PROXY,),
    "link_secret": SECRET,
    "api_token": SECRET,
}
OPEN = {"allow_anonymous": True, "link_secret": SECRET}
READING = [route.path for route in ROUTES if route.method == "GET"]


@pytest.fixture
def run_id(engine: sa.Engine) -> int:
    """One run that succeeded, one that failed, and one that waits: all asked for by the chief."""
    with engine.begin() as connection:
        for fail in (False, True):
            asked = queue.enqueue(connection, trigger="api", requested_by=CHIEF).run
            queue.claim(connection)
            if fail:
                queue.fail(connection, asked.run_id, code="x", text=Text(en="x", ru="x"))
            else:
                queue.finish(connection, asked.run_id, {})
        return queue.enqueue(connection, trigger="api", requested_by=CHIEF).run.run_id


def told(client: FlaskClient, run_id: int, peer: str, headers: dict[str, str], query: str = "") -> str:
    """Return all that the API says of runs to such a client."""
    texts = []
    for path in READING:
        address = path.replace("<run_id>", str(run_id)) + query
        answer = client.get(address, headers=headers, environ_base={"REMOTE_ADDR": peer})
        assert answer.status_code == 200
        texts.append(answer.text)
    return "\n".join(texts)


def test_holders_of_a_link_learn_no_name(engine: sa.Engine, run_id: int) -> None:
    link = new_link(time.time(), 600).sign(SECRET)

    texts = [
        told(client_on(engine, **HEADER), run_id, "203.0.113.9", {}, f"?link={link}"),
        told(client_on(engine, **HEADER), run_id, "203.0.113.9", {"Demetra-Link": link}),
        told(client_on(engine, **OPEN), run_id, "127.0.0.1", {"Demetra-Link": link}),
    ]

    assert all(CHIEF not in text and '"requested_by":null' in text for text in texts)


@pytest.mark.parametrize(
    ("peer", "headers"), [("203.0.113.9", {}), ("127.0.0.1", {"X-Forwarded-For": "1.1.1.1"})]
)
def test_anonymous_visitors_of_other_machines_learn_no_name(
    engine: sa.Engine, run_id: int, peer: str, headers: dict[str, str]
) -> None:
    assert CHIEF not in told(client_on(engine, **OPEN), run_id, peer, headers)


def test_an_anonymous_visitor_who_joins_a_run_learns_no_name(engine: sa.Engine, run_id: int) -> None:
    client = client_on(engine, **OPEN)

    answer = client.post("/api/sync/run-now?wait=1", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    assert answer.status_code == 202
    assert CHIEF not in answer.text


def test_who_is_signed_in_and_who_is_on_this_machine_learns_it(engine: sa.Engine, run_id: int) -> None:
    signed_in, own = client_on(engine, **HEADER), client_on(engine)
    token = {"Authorization": f"Bearer {SECRET}"}

    texts = [
        told(signed_in, run_id, "10.0.0.7", {"X-Remote-User": "boris", "X-Forwarded-For": "203.0.113.9"}),
        told(signed_in, run_id, "203.0.113.9", token),
        told(own, run_id, "127.0.0.1", {}),
    ]

    assert all(text.count(CHIEF) >= 4 for text in texts)


def test_the_description_of_the_api_says_who_learns_it(engine: sa.Engine) -> None:
    document = client_on(engine).get("/api/openapi.json").get_json()

    assert "null to holders of a link" in " ".join(json.dumps(document["components"]).split())
