"""What a visitor without a sign-in learns of a deployment: no more than that it is there."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from werkzeug.test import Client

from demetra_dash.api import health
from demetra_dash.settings import Settings
from tests.api.clients import client_of, down
from tests.checkup.test_address import application as application

SIGNED_IN: dict[str, Any] = {"auth": "header", "trusted_proxies": (ip_network("10.0.0.7"),)}
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_readyz_tells_no_address_of_the_database_and_the_log_does_once(
    lang: str, caplog: pytest.LogCaptureFixture
) -> None:
    health._logged.clear()
    client = client_of(down(), **SIGNED_IN)

    answers = [
        client.get("/readyz", headers={"Accept-Language": lang}, environ_base=STRANGER) for _ in range(3)
    ]

    assert {(answer.status_code, answer.get_json()["code"]) for answer in answers} == {
        (503, "database_unavailable")
    }
    assert all("127.0.0.1" not in answer.text and "port" not in answer.text for answer in answers)
    assert sum("127.0.0.1" in r.getMessage() for r in caplog.records if "Not ready" in r.getMessage()) == 1


@pytest.mark.parametrize("path", ["security.txt", "change-password", "anything"])
@pytest.mark.parametrize("settings", [{}, SIGNED_IN], ids=["none", "header"])
def test_nothing_is_well_known_and_that_needs_no_sign_in(
    application: Callable[[Settings], Any], path: str, settings: dict[str, Any]
) -> None:
    client = Client(application(Settings(**settings)))

    assert client.get(f"/.well-known/{path}", environ_base=STRANGER).status_code == 404


@pytest.mark.parametrize("path", ["/.well-known/../api/sync/status", "/.well-known/..%2fapi/sync/status"])
def test_a_well_known_path_leads_nowhere_else(application: Callable[[Settings], Any], path: str) -> None:
    client = Client(application(Settings(**SIGNED_IN)))

    assert client.get(path, environ_base=STRANGER).status_code in {401, 404}
