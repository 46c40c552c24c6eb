"""Whose word on names and groups is believed: never a visitor's own (F4, F5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demetra_dash.security.combinations import validate_combination
from demetra_dash.security.self_check import HEADER
from demetra_dash.security.setting_values import networks
from demetra_dash.settings import SettingError, Settings, read_settings
from services.errors import InvalidInputError
from tests.api.clients import client_of, down

NO_FILE = Path("no-such-file.env")
IDENTITY = ["DEMETRA_AUTH_HEADER", "DEMETRA_AUTH_GROUPS_HEADER"]
WORD = "0123456789abcdef" * 2

WIDE = [
    "0.0.0.0/0",
    "::/0",
    "0.0.0.0/1,128.0.0.0/1",
    "0.0.0.0/1 127.0.0.1",
    "10.0.0.0/7",
    "127.0.0.1, 2000::/3",
    "fd00::/8",
    "::ffff:0:0/96",
    "::ffff:0.0.0.0/97 ::ffff:128.0.0.0/97",
    "::ffff:8.0.0.0/102",
    "64:ff9b::/96",
    "2002::/16",
    ",".join(f"{first}.0.0.0/8" for first in range(256)),
    ",".join(f"{first}.0.0.0/8" for first in range(1, 11, 2)),
    ",".join(f"{first:x}::/16" for first in range(0x2000, 0x2005)),
]
NARROW = [
    "127.0.0.1",
    "10.0.0.0/8",
    "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8",
    "172.16.0.0/12,192.168.0.0/16,10.88.0.0/15",
    "10.0.0.0/8,11.0.0.0/8",
    "fd12::/16",
    "::1",
    "::ffff:10.0.0.0/104",
    "64:ff9b::a00:0/104",
]


@pytest.mark.parametrize("text", WIDE)
def test_f04_so_many_trusted_addresses_that_anyone_has_one_are_refused(text: str) -> None:
    chosen = Settings(auth="header", trusted_proxies=networks(text))

    with pytest.raises(InvalidInputError, match="DEMETRA_TRUSTED_PROXIES"):
        validate_combination(chosen)


@pytest.mark.parametrize("text", NARROW)
def test_f04_networks_of_proxies_are_taken(text: str) -> None:
    validate_combination(Settings(auth="header", trusted_proxies=networks(text)))


def test_f04_a_network_in_mapped_form_is_that_of_the_same_addresses() -> None:
    client = client_of(down(), auth="header", trusted_proxies=networks("::ffff:10.0.0.0/104"))

    answers = [
        client.get("/api/sync/status", headers={"X-Remote-User": "anna"}, environ_base={"REMOTE_ADDR": peer})
        for peer in ("10.0.0.7", "::ffff:10.0.0.7", "11.0.0.7")
    ]

    assert [answer.status_code for answer in answers] == [503, 503, 401]


SENT_BY_BROWSERS = [
    *("Host", "host", "Cookie", "COOKIE", "Authorization", "Origin", "User-Agent", "Referer", "Forwarded"),
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Whatever"),
    *("Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "Content-Length", "Connection"),
    *("Sec-Fetch-Site", "Sec-CH-UA", "If-None-Match", "Cache-Control", "Pragma", "Range", "TE", "Upgrade"),
    *("Via", "X-Real-IP", "DNT", "Priority", "X-Requested-With", "Keep-Alive", "Proxy-Authorization"),
    *(
        "Transfer-Encoding",
        "Expect",
        "From",
        "Date",
        "Demetra-Link",
        "X-Demetra-Proxy-Secret",
        "True-Client-IP",
    ),
]


@pytest.mark.parametrize("variable", [*IDENTITY, "DEMETRA_JWT_HEADER"])
@pytest.mark.parametrize("name", SENT_BY_BROWSERS)
def test_f04_a_header_that_every_visitor_sends_signs_nobody_in(variable: str, name: str) -> None:
    if (variable, name) == ("DEMETRA_JWT_HEADER", "Authorization"):
        assert read_settings({variable: name}, NO_FILE).jwt_header == name
        return
    with pytest.raises(SettingError, match=variable):
        read_settings({variable: name}, NO_FILE)


@pytest.mark.parametrize("variable", IDENTITY)
@pytest.mark.parametrize(
    "name", ["X-Remote-User", "Remote-User", "RemoteUser", "X-Auth-Request-Email", "X-Forwarded-User"]
)
def test_f04_headers_of_sign_ins_are_taken(variable: str, name: str) -> None:
    read_settings({variable: name}, NO_FILE)


@pytest.mark.parametrize("name", ["Cf-Access-Jwt-Assertion", "X-Forwarded-Access-Token", "authorization"])
def test_f04_headers_of_tokens_are_taken(name: str) -> None:
    assert read_settings({"DEMETRA_JWT_HEADER": name}, NO_FILE).jwt_header == name


@pytest.mark.parametrize("groups", ["X-Remote-User", "x-remote-user", "X-REMOTE-USER", "X_Remote_User"])
def test_f04_a_name_is_no_group(groups: str) -> None:
    chosen = Settings(auth="header", trusted_proxies=networks("10.0.0.7"), auth_groups_header=groups)

    with pytest.raises(InvalidInputError, match="DEMETRA_AUTH_GROUPS_HEADER"):
        validate_combination(chosen)


def doctor_is_told(
    headers: dict[str, str], peer: str = "10.0.0.7", environ: dict[str, str] | None = None, **more: int
) -> str | None:
    own: dict[str, Any] = {"auth": "header", "trusted_proxies": networks("10.0.0.7"), **more}
    answer = client_of(down(), **own).get(
        "/healthz",
        headers={HEADER: WORD, **headers},
        environ_overrides={"REMOTE_ADDR": peer, **(environ or {})},
    )
    return answer.headers.get(HEADER)


def test_f05_the_doctor_is_told_which_of_its_headers_arrive() -> None:
    assert doctor_is_told({}) == "proxied=1, dropped=0, entries=0, hops=1, arrived="
    assert doctor_is_told({"X-Remote-User": "bob", "X-Forwarded-For": "a, b"}, proxy_hops=2) == (
        "proxied=1, dropped=0, entries=2, hops=2, arrived="
    )
    assert str(doctor_is_told({"X-Remote-Groups": f"view,{WORD}"})).endswith("arrived=X-Remote-Groups")
    # What a WSGI server makes of X_Remote_User and of X_Forwarded_For:
    environ = {"HTTP_X_REMOTE_USER": WORD, "HTTP_X_FORWARDED_FOR": WORD}
    assert str(doctor_is_told({}, environ=environ)).endswith("arrived=X-Remote-User+X-Forwarded-For")
    assert str(doctor_is_told({"X-Forwarded-For": "127.0.0.1"}, peer="127.0.0.1")).startswith(
        "proxied=0, dropped=1"
    )


@pytest.mark.parametrize("word", ["", "x", "0" * 31, "0" * 33, "G" * 32, WORD + "\t,"])
def test_f05_nothing_is_told_to_another_question(word: str) -> None:
    assert doctor_is_told({HEADER: word}) is None


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.text(max_size=40))
@settings(deadline=None, max_examples=20)
def test_f05_the_doctor_s_answer_repeats_nothing_of_the_request(word: str, value: str) -> None:
    environ = {"HTTP_DEMETRA_CHECK": word, "HTTP_X_REMOTE_USER": value + word, "HTTP_X_FORWARDED_FOR": value}

    told = doctor_is_told({}, environ=environ)

    assert told is not None
    assert word not in told
