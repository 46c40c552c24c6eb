"""Signed links: for looking only, for ten minutes at most, and none can be made without the secret."""

from __future__ import annotations

import hashlib
import hmac
import time
from ipaddress import ip_network
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from demetra_dash.security.links import Link, LinkError, new_link, read_link, renew
from tests.api.clients import client_of, down

SECRET = "a secret that nobody will guess 42"
TOKEN = "a token that nobody guesses, ever 7"
NOW = 1_800_000_000
PATH = "/api/sync/status"
LET_IN, REFUSED = 503, 401


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return client_of(
        down(),
        auth="header",
        trusted_proxies=(ip_network("10.0.0.7"),),
        link_secret=SECRET,
        api_token=TOKEN,
        path_prefix="/roi/",
    )


def fresh(seconds: int = 600) -> str:
    return new_link(time.time(), seconds).sign(SECRET)


@given(st.integers(10, 600), st.integers(0, 700))
def test_a_link_holds_for_its_seconds_and_no_longer(seconds: int, later: int) -> None:
    text = new_link(NOW, seconds).sign(SECRET)

    try:
        read_link(text, SECRET, NOW + later)
        holds = True
    except LinkError:
        holds = False

    assert holds == (later < seconds)


WRONG = {
    "longer than ten minutes": Link(NOW, NOW, NOW + 601),
    "far longer": Link(NOW, NOW, NOW + 10**9),
    "from the future": Link(NOW + 60, NOW + 60, NOW + 120),
    "over": Link(NOW - 600, NOW - 600, NOW),
    "backwards": Link(NOW, NOW + 10, NOW - 10),
    "renewed for longer than half a day": Link(NOW - 12 * 3600 - 1, NOW, NOW + 60),
    "renewed before it was made": Link(NOW + 10, NOW, NOW + 60),
}


@pytest.mark.parametrize("link", WRONG.values(), ids=WRONG)
def test_a_link_with_wrong_times_is_refused_even_when_it_is_signed(link: Link) -> None:
    with pytest.raises(LinkError):
        read_link(link.sign(SECRET), SECRET, NOW)


@given(st.integers(0, 10**6), st.characters())
def test_a_link_with_one_character_changed_is_refused(place: int, character: str) -> None:
    text = new_link(NOW, 600).sign(SECRET)
    place %= len(text)
    forged = text[:place] + character + text[place + 1 :]

    if forged == text:
        assert read_link(forged, SECRET, NOW)
    else:
        with pytest.raises(LinkError):
            read_link(forged, SECRET, NOW)


@pytest.mark.parametrize("text", ["", "...", "1.2.3", "a.b.c.d", "1.2.3." + "0" * 64, "x" * 9999])
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(LinkError):
        read_link(text, SECRET, NOW)


def test_a_link_of_another_secret_is_refused_and_without_a_secret_every_link() -> None:
    text = new_link(NOW, 600).sign(SECRET)

    for secret in (SECRET + "x", None):
        with pytest.raises(LinkError):
            read_link(text, secret, NOW)


def test_a_portal_can_make_a_link_itself() -> None:
    start = int(time.time())
    text = f"{start}.{start}.{start + 300}"
    signature = hmac.new(SECRET.encode(), f"demetra-link.{text}".encode(), hashlib.sha256).hexdigest()

    assert read_link(f"{text}.{signature}", SECRET, time.time()).identity.role == "viewer"


def test_a_chain_of_renewals_ends_after_half_a_day() -> None:
    link = new_link(NOW, 600)
    for now in range(NOW, NOW + 12 * 3600 + 1, 300):
        link = renew(link, now)

    assert link.end == NOW + 12 * 3600 + 600
    with pytest.raises(LinkError):
        renew(link, link.end - 300)


@pytest.mark.parametrize("path", ["/roi/", "/roi/_dash-layout", "/roi/api/sync/status"])
def test_a_link_in_the_address_or_the_header_opens(client: FlaskClient, path: str) -> None:
    answers = [
        client.get(path, query_string={"link": fresh()}),
        client.get(path, headers={"Demetra-Link": fresh()}),
        client.get(path),
    ]

    assert [answer.status_code in {200, LET_IN} for answer in answers] == [True, True, False]


@pytest.mark.parametrize("path", ["/api/sync/run-now", "/api/ml-dashboard/generate-all", "/api/embed/links"])
def test_a_link_changes_nothing(client: FlaskClient, path: str) -> None:
    assert client.post(path, headers={"Demetra-Link": fresh()}).status_code in {401, 403}


def test_an_expired_link_is_told_to_whoever_opens_the_page_with_it(client: FlaskClient) -> None:
    old = Link(NOW - 900, NOW - 900, NOW - 300).sign(SECRET)

    answer = client.get("/roi/", query_string={"link": old}, headers={"Accept": "text/html"})

    assert (answer.status_code, answer.mimetype) == (REFUSED, "text/html")
    assert "no longer valid" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_portal_gets_a_link_for_its_token_and_the_page_renews_it(client: FlaskClient) -> None:
    made = client.post("/api/embed/links?seconds=60", headers={"Authorization": f"Bearer {TOKEN}"})
    renewed = client.post("/api/embed/renewals", headers={"Demetra-Link": made.get_json()["link"]})

    assert (made.status_code, renewed.status_code) == (201, 200)
    assert made.get_json()["url"] == f"/roi/?embed=1&link={made.get_json()['link']}"
    assert client.get(PATH, headers={"Demetra-Link": renewed.get_json()["link"]}).status_code == LET_IN


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Demetra-Link": "1.2.3.4"}])
def test_without_the_token_nobody_gets_a_link(client: FlaskClient, headers: dict[str, str]) -> None:
    answers = [client.post(path, headers=headers) for path in ("/api/embed/links", "/api/embed/renewals")]

    assert [answer.status_code for answer in answers] == [REFUSED, REFUSED]


@pytest.mark.parametrize("seconds", ["601", "0", "-1", "1e9", "600&seconds=601"])
def test_nobody_gets_a_link_for_longer_than_ten_minutes(client: FlaskClient, seconds: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    assert client.post(f"/api/embed/links?seconds={seconds}", headers=headers).status_code == 400


def test_without_a_secret_there_are_no_links() -> None:
    client = client_of(down(), api_token=TOKEN)

    answer = client.post("/api/embed/links", headers={"Authorization": f"Bearer {TOKEN}"})

    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_links")


def test_where_nobody_signs_in_a_link_still_has_only_its_own_rights() -> None:
    client = client_of(down(), link_secret=SECRET)

    answers = [client.post("/api/sync/run-now", headers={"Demetra-Link": link}) for link in (fresh(), "old")]

    assert [answer.status_code for answer in answers] == [403, 401]


def test_a_link_is_in_no_audit_line(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    client = client_of(down(), link_secret=SECRET, audit_log=log)
    link = fresh()
    client.post("/api/sync/run-now", query_string={"link": link})

    assert '"way": "link"' in log.read_text()
    assert link not in log.read_text()
