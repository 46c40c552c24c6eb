"""Each deployment that is documented, run as its text stands: only those are let in who should be (F1)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
import yaml

from demetra_dash.checkup import look_at_access, look_at_address
from demetra_dash.security.combinations import validate_combination
from demetra_dash.settings import read_settings
from services.errors import InvalidInputError
from tests.deploy.as_written import (
    DEPLOY,
    VISITOR,
    compose_settings,
    documented_settings,
    image_settings,
    plain_proxy,
    proxy,
    unit_settings,
    without_places,
)
from tests.growing.machines import free_port, program
from tests.proxy.processes import HOST, web

NO_FILE = Path("no-such-file.env")
STRANGER = "203.0.113.9"
PREFIX = "/marketing/roi/"
REFUSED = {401, 403}
FORGED = {
    "nothing": {},
    "an address": {"X-Forwarded-For": "127.0.0.1"},
    "other ways to say it": {
        "Forwarded": "for=127.0.0.1",
        "X-Real-IP": "127.0.0.1",
        "X_Forwarded_For": "127.0.0.1",
    },
    "a name": {"X-Remote-User": "anna", "X-Remote-Groups": "ops"},
    "a name with underscores": {"X_Remote_User": "anna", "X_Remote_Groups": "ops"},
    "hop by hop": {"Connection": "X-Remote-User, X-Forwarded-For", "X-Remote-User": "anna"},
    "a host": {"Host": "127.0.0.1", "X-Forwarded-Host": "localhost"},
}
SIGNED_IN = {
    'proxy_set_header X-Remote-User "";': 'proxy_set_header X-Remote-User "anna";',
    'proxy_set_header X-Remote-Groups "";': 'proxy_set_header X-Remote-Groups "view";',
}


@pytest.fixture(autouse=True)
def needs_nginx() -> None:
    program("nginx")


def status(port: int, method: str, path: str, *, tls: bool = False, **headers: str) -> int:
    context = ssl._create_unverified_context() if tls else None
    made = (
        HTTPSConnection(HOST, port, timeout=30, context=context)
        if tls
        else HTTPConnection(HOST, port, timeout=30)
    )
    with closing(made) as connection:
        connection.request(method, path, headers={VISITOR: STRANGER, **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def statuses(port: int, prefix: str, *, tls: bool = False) -> set[int]:
    """Return how a stranger is answered who reads, syncs, and forges what there is to forge."""
    asked = [("GET", "api/overview?days=7"), ("GET", ""), ("POST", "api/sync/run-now")]
    return {
        status(port, method, prefix + path, tls=tls, **headers)
        for method, path in asked
        for headers in FORGED.values()
    }


@contextmanager
def running(database_url: str, folder: Path, settings: dict[str, str]) -> Iterator[int]:
    port = free_port()
    with web(database_url, folder, port, **without_places(settings)):
        yield port


def seen_by_doctor(settings: dict[str, str], url: str) -> dict[str, str]:
    read = read_settings(settings, NO_FILE)
    found = [*look_at_access(read), *look_at_address(read, url)]
    return {finding.subject: finding.state for finding in found}


def test_the_documented_nginx_lets_in_whom_it_signs_in_and_nobody_else(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "intranet.pem"))
    settings = documented_settings("sudo cp deploy/nginx/demetra.conf")
    assert settings["DEMETRA_PATH_PREFIX"] == PREFIX
    with running(database_url, tmp_path, settings) as web_port:
        with proxy("demetra.conf", tmp_path, web_port) as port:
            found = seen_by_doctor(settings, f"https://{HOST}:{port}{PREFIX}")
            refused = statuses(port, PREFIX, tls=True)
        with proxy("demetra.conf", tmp_path, web_port, **SIGNED_IN) as port:
            signed_in = [
                status(port, method, f"{PREFIX}{path}", tls=True)
                for method, path in (("GET", ""), ("GET", "api/sync/status"), ("POST", "api/sync/run-now"))
            ]

    assert refused <= REFUSED
    assert signed_in == [200, 200, 403]
    assert set(found.values()) == {"ok"}
    assert {"access", "sign-in", "proxy", "headers"} <= set(found)


def test_the_units_of_systemd_with_the_documented_settings_let_nobody_in_without_a_sign_in(
    database_url: str, tmp_path: Path
) -> None:
    settings = unit_settings("demetra-web.service") | documented_settings("sudo cp deploy/nginx/demetra.conf")
    with (
        running(database_url, tmp_path, settings) as web_port,
        proxy("demetra.conf", tmp_path, web_port) as port,
    ):
        assert statuses(port, PREFIX, tls=True) <= REFUSED


def test_the_units_of_systemd_without_a_setting_answer_no_proxy(database_url: str, tmp_path: Path) -> None:
    with (
        running(database_url, tmp_path, unit_settings("demetra-web.service")) as web_port,
        proxy("several-webs.conf", tmp_path, web_port) as port,
    ):
        assert statuses(port, "/") <= {400, *REFUSED}
        assert status(web_port, "GET", "/api/sync/status") == 200


def test_several_webs_let_in_whom_their_nginx_signs_in_and_nobody_else(
    database_url: str, tmp_path: Path
) -> None:
    settings = documented_settings("demetra web --host 0.0.0.0")
    assert settings["DEMETRA_TRUSTED_PROXIES"] == "192.0.2.10"
    validate_combination(read_settings(settings | {"DEMETRA_HOST": "0.0.0.0"}, NO_FILE))
    here = settings | {"DEMETRA_TRUSTED_PROXIES": HOST}
    with running(database_url, tmp_path, here) as web_port:
        with proxy("several-webs.conf", tmp_path, web_port) as port:
            refused = statuses(port, "/")
        with proxy("several-webs.conf", tmp_path, web_port, **SIGNED_IN) as port:
            signed_in = status(port, "GET", "/api/sync/status")

    assert refused <= REFUSED
    assert signed_in == 200


@pytest.mark.parametrize("exported", [{}, {"DEMETRA_PATH_PREFIX": PREFIX, "DEMETRA_TRUSTED_PROXIES": HOST}])
def test_compose_starts_and_lets_nobody_in_without_a_sign_in(
    database_url: str, tmp_path: Path, exported: dict[str, str]
) -> None:
    settings = compose_settings("web", **exported)
    validate_combination(read_settings(settings, NO_FILE))
    with (
        running(database_url, tmp_path, settings) as web_port,
        proxy("demetra.conf", tmp_path, web_port) as port,
    ):
        assert status(web_port, "GET", "/healthz") == 200
        assert statuses(port, PREFIX, tls=True) <= REFUSED
        if (
            HOST not in settings["DEMETRA_TRUSTED_PROXIES"]
        ):  # else the test itself is a proxy that is believed
            assert statuses(web_port, "/") <= REFUSED


def test_compose_opened_by_hand_lets_everyone_in_and_the_doctor_says_so(
    database_url: str, tmp_path: Path
) -> None:
    settings = compose_settings("web", DEMETRA_AUTH="none", DEMETRA_ALLOW_ANONYMOUS="1")
    with running(database_url, tmp_path, settings) as web_port:
        found = seen_by_doctor(settings, f"http://{HOST}:{web_port}/")

        assert status(web_port, "GET", "/api/sync/status") == 200
        assert found["access"] == "warning"


def test_the_image_without_a_setting_does_not_start() -> None:
    assert image_settings()["DEMETRA_HOST"] == "0.0.0.0"
    with pytest.raises(InvalidInputError, match="DEMETRA_AUTH"):
        validate_combination(read_settings(image_settings(), NO_FILE))


def test_the_documented_nginx_with_the_settings_of_before_does_not_start() -> None:
    settings = documented_settings("sudo cp deploy/nginx/demetra.conf")
    del settings["DEMETRA_AUTH"]

    with pytest.raises(InvalidInputError, match="DEMETRA_AUTH"):
        validate_combination(read_settings(settings, NO_FILE))
    (finding,) = look_at_access(read_settings(settings, NO_FILE))
    assert finding.state == "failed"


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "proxy_set_header Host $http_host;",
        "proxy_http_version 1.1; proxy_set_header X-Forwarded-For $remote_addr;",
    ],
    ids=["bare", "with the host", "with the visitor"],
)
def test_a_proxy_that_is_put_before_the_default_lets_nobody_in(
    database_url: str, tmp_path: Path, lines: str
) -> None:
    with running(database_url, tmp_path, {}) as web_port, plain_proxy(tmp_path, web_port, lines) as port:
        assert statuses(port, "/") <= {400, *REFUSED}
        assert status(web_port, "POST", "/api/sync/run-now") == 202


def test_a_signed_link_is_in_no_log_of_nginx(database_url: str, tmp_path: Path) -> None:
    settings = documented_settings("sudo cp deploy/nginx/demetra.conf")
    with running(database_url, tmp_path, settings) as web_port:
        for conf, tls in (("demetra.conf", True), ("several-webs.conf", False)):
            with proxy(conf, tmp_path, web_port) as port:
                status(port, "GET", f"{PREFIX}?lang=ru&link=SIGNED", tls=tls)
                status(
                    port, "GET", f"{PREFIX}api/overview", tls=tls, Referer=f"https://x{PREFIX}?link=SIGNED"
                )

    logs = [path.read_text() for path in tmp_path.rglob("*.log")]
    assert sum(f"GET {PREFIX}" in text for text in logs) >= 1
    assert all("SIGNED" not in text for text in logs)


def test_compose_publishes_its_port_on_this_machine_only() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())

    assert [port.partition(":")[0] for port in compose["services"]["web"]["ports"]] == ["127.0.0.1"]
