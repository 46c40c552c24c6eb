"""What `demetra doctor --url` finds through a real nginx before a real web process (F1, F5, F8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from demetra_dash.checkup import look_at_address, proxy
from demetra_dash.checkup.check_result import CheckResult
from demetra_dash.checkup.proxy import is_this_machine
from demetra_dash.settings import read_settings
from tests.deploy.as_written import plain_proxy
from tests.growing.machines import free_port, program
from tests.proxy.processes import HOST, web

HEADER = {"DEMETRA_AUTH": "header", "DEMETRA_TRUSTED_PROXIES": HOST, "DEMETRA_OPERATOR_GROUPS": "ops"}
OPEN = {"DEMETRA_TRUSTED_PROXIES": HOST, "DEMETRA_ALLOW_ANONYMOUS": "1"}
SECRET = "9f86d081884c7d659a2feaa0c55ad015"
GOOD = """
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Remote-User "";
    proxy_set_header X-Remote-Groups "";
"""


@pytest.fixture(autouse=True)
def needs_nginx() -> None:
    program("nginx")


@contextmanager
def behind(
    lines: str, database_url: str, folder: Path, **settings: str
) -> Iterator[tuple[int, dict[str, str]]]:
    port = free_port()
    with web(database_url, folder, port, **settings), plain_proxy(folder, port, lines) as front:
        yield front, settings


def results(port: int, settings: dict[str, str]) -> dict[str, CheckResult]:
    read = read_settings(settings, env_file=Path("no-such-file.env"))
    return {
        check_result.subject: check_result for check_result in look_at_address(read, f"http://{HOST}:{port}/")
    }


@pytest.mark.parametrize("hops", ["1", "2"])
def test_a_proxy_that_is_right_has_nothing_to_change(database_url: str, tmp_path: Path, hops: str) -> None:
    more = {"DEMETRA_PROXY_HOPS": hops}
    lines = GOOD.replace("$remote_addr", '"$remote_addr, 10.0.0.9"') if hops == "2" else GOOD
    with behind(lines, database_url, tmp_path, **HEADER, **more) as (port, settings):
        found = results(port, settings)

    assert {one.state for one in found.values()} == {"ok"}
    assert {"sign-in", "proxy", "headers", "page"} <= set(found)


def test_underscores_that_come_through_are_a_failure_and_what_they_would_do(
    database_url: str, tmp_path: Path
) -> None:
    lines = "underscores_in_headers on;" + GOOD.replace("$remote_addr;", "$remote_addr;")
    with behind(lines, database_url, tmp_path, **HEADER) as (port, settings):
        found = results(port, settings)["headers"]
        connection = HTTPConnection(HOST, port)
        headers = {"X_Remote_User": "anybody", "X_Remote_Groups": "ops"}
        connection.request("POST", "/api/sync/run-now", headers=headers)
        outcome = connection.getresponse().status
        connection.close()

    assert found.state == "failed"
    assert all(name in found.what.en for name in ("X_Remote_User", "X_Remote_Groups", "X_Forwarded_For"))
    assert found.advice is not None
    assert "underscores_in_headers off" in found.advice.en
    assert outcome == 202  # which is why


def test_names_without_hyphens_cannot_be_imitated(database_url: str, tmp_path: Path) -> None:
    names = {"DEMETRA_AUTH_HEADER": "RemoteUser", "DEMETRA_AUTH_GROUPS_HEADER": "RemoteGroups"}
    lines = "underscores_in_headers on;" + GOOD.replace("X-Remote-User", "RemoteUser").replace(
        "X-Remote-Groups", "RemoteGroups"
    )
    with behind(lines, database_url, tmp_path, **HEADER, **names) as (port, settings):
        told = results(port, settings)["headers"].what.en
        statuses = []
        for written in ("Remote_User", "REMOTEUSER", "remoteuser", "Remote-User"):
            connection = HTTPConnection(HOST, port)
            connection.request("GET", "/api/sync/status", headers={written: "anybody"})
            statuses.append(connection.getresponse().status)
            connection.close()

    assert "Remote" not in told
    assert statuses == [401] * 4


@pytest.mark.parametrize("header", ["X-Remote-User", "X-Remote-Groups"])
def test_a_proxy_that_passes_a_visitor_s_own_name_on_is_a_failure(
    database_url: str, tmp_path: Path, header: str
) -> None:
    lines = GOOD.replace(f'proxy_set_header {header} "";', "")
    with behind(lines, database_url, tmp_path, **HEADER) as (port, settings):
        found = results(port, settings)["headers"]

    assert found.state == "failed"
    assert header in found.what.en


@pytest.mark.parametrize(
    ("listed", "hops", "state"),
    [("$remote_addr", "2", "failed"), ('""', "1", "failed"), ('"1.1.1.1, $remote_addr"', "1", "warning")],
)
def test_hops_are_compared_with_what_arrives(
    database_url: str, tmp_path: Path, listed: str, hops: str, state: str
) -> None:
    more = {"DEMETRA_PROXY_HOPS": hops}
    with behind(GOOD.replace("$remote_addr", listed), database_url, tmp_path, **HEADER, **more) as (
        port,
        settings,
    ):
        found = results(port, settings)["proxy"]

    assert found.state == state
    assert f"DEMETRA_PROXY_HOPS: {hops}" in found.what.en


@pytest.mark.parametrize("settings", [{}, HEADER | {"DEMETRA_PROXY_SECRET": SECRET}])
def test_a_proxy_that_is_not_trusted_is_named(
    database_url: str, tmp_path: Path, settings: dict[str, str]
) -> None:
    with behind(GOOD, database_url, tmp_path, **settings) as (port, _):
        found = results(port, settings)

    assert found["proxy"].state == "warning"
    assert found["proxy"].advice is not None
    assert "DEMETRA_TRUSTED_PROXIES" in found["proxy"].advice.en
    assert found["sign-in"].state == "ok"


def test_a_proxy_with_the_secret_is_trusted(database_url: str, tmp_path: Path) -> None:
    lines = GOOD + f'proxy_set_header X-Demetra-Proxy-Secret "{SECRET}";'
    with behind(lines, database_url, tmp_path, **HEADER, DEMETRA_PROXY_SECRET=SECRET) as (port, settings):
        found = results(port, settings)

    assert found["proxy"].state == "ok"


def test_a_page_that_everyone_reaches_from_elsewhere_is_a_failure(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind(GOOD, database_url, tmp_path, **OPEN) as (port, settings):
        here = results(port, settings)["sign-in"]
        monkeypatch.setattr(proxy, "is_this_machine", lambda _: False)
        elsewhere = results(port, settings)["sign-in"]

    assert (here.state, elsewhere.state) == ("ok", "failed")
    assert "everyone who reaches" in elsewhere.what.en


def test_a_web_process_that_signs_nobody_in_though_the_settings_say_so_is_a_failure(
    database_url: str, tmp_path: Path
) -> None:
    with behind(GOOD, database_url, tmp_path, **OPEN) as (port, _):
        assert results(port, HEADER)["sign-in"].state == "failed"


def test_with_the_api_token_the_page_is_looked_at_behind_the_sign_in(
    database_url: str, tmp_path: Path
) -> None:
    with behind(GOOD, database_url, tmp_path, **HEADER, DEMETRA_API_TOKEN=SECRET) as (port, settings):
        found = results(port, settings)

    assert {"prefix", "assets", "callbacks", "api"} <= set(found)
    assert {one.state for one in found.values()} == {"ok"}


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        ("http://127.0.0.1:8050/", True),
        ("http://[::1]:8050/", True),
        ("http://localhost/roi/", True),
        ("http://demetra.localhost/", True),
        ("https://intranet.example.com/", False),
        ("http://192.0.2.7/", False),
        ("http://localhost.example.com/", False),
        ("http://mybox:8050/", False),
    ],
)
def test_addresses_of_this_machine_are_known(address: str, is_here: bool) -> None:
    assert is_this_machine(address) == is_here
