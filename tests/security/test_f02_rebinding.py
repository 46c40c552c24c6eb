"""A page of another site that points its own name at this machine reads nothing and changes nothing (F2)."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from tests.api.clients import client_of, down

STATUS, RUN = "/api/sync/status", "/api/sync/run-now"
TOKEN = "a token that nobody guesses, ever 7"
MODES = {
    "nothing set": {},
    "an API token": {"api_token": TOKEN},
    "anonymous": {"allow_anonymous": True},
    "links": {"link_secret": TOKEN},
}
FOREIGN = [
    "evil.example",
    "evil.example:9100",
    "EVIL.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "notlocalhost",
    "localhost@evil.example",
    "127.0.0.1,evil.example",
    "2130706433",
    "0x7f000001",
    "mybox:8050",
    "[::1].evil.example",
    "<script>",
    "",
]
OWN = [
    "localhost",
    "localhost:8050",
    "LOCALHOST:8050",
    "localhost.",
    "demetra.localhost:8050",
    "127.0.0.1",
    "127.0.0.1:9100",
    "[::1]:8050",
    "[::1]",
    "192.0.2.7:8050",
    "[fd00::7]:8050",
]


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("settings", MODES.values(), ids=MODES)
def test_a_foreign_name_is_refused_for_reading_and_for_changing(
    settings: dict[str, str] | dict[str, bool], host: str
) -> None:
    client = client_of(down(), **settings)
    ours = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}

    answers = [
        client.get(STATUS, headers=ours),
        client.get("/", headers=ours),
        client.post(RUN, headers=ours),
    ]
    files = [client.get(path, headers=ours) for path in ("/assets/a.css", "/metrics")]

    assert [answer.status_code for answer in answers + files] == [400] * 5
    assert answers[0].get_json()["code"] == "unknown_host"


@pytest.mark.parametrize("host", OWN)
@pytest.mark.parametrize("settings", MODES.values(), ids=MODES)
def test_names_that_cannot_be_pointed_elsewhere_are_answered_to(
    settings: dict[str, str] | dict[str, bool], host: str
) -> None:
    client = client_of(down(), **settings)
    headers = {"Host": host, "Origin": f"http://{host}"}

    assert client.get(STATUS, headers=headers).status_code == 503
    assert client.post(RUN, headers=headers).status_code == 503


@pytest.mark.parametrize("host", ["evil.example", "mybox"])
def test_the_refusal_names_the_name_and_the_setting_in_both_languages(host: str) -> None:
    client = client_of(down())

    told = [
        client.get(STATUS, headers={"Host": f"{host}:8050", "Accept-Language": lang}).get_json()["detail"]
        for lang in ("en", "ru")
    ]

    assert all(f"DEMETRA_ALLOWED_HOSTS={host}" in text for text in told)
    assert (f"“{host}”" in told[0], f"«{host}»" in told[1]) == (True, True)
    assert told[0] != told[1]


def test_a_name_that_is_none_is_not_repeated() -> None:
    answer = client_of(down()).get("/", headers={"Host": "<script>alert(1)", "Accept": "text/html"})

    assert (answer.status_code, "alert" in answer.text) == (400, False)


@pytest.mark.parametrize(
    "settings", [{"host": "mybox"}, {"allowed_hosts": ("mybox",)}, {"allowed_hosts": ("*.lan", "mybox")}]
)
def test_a_name_that_a_setting_gives_is_answered_to(
    settings: dict[str, str] | dict[str, tuple[str]] | dict[str, tuple[str, str]],
) -> None:
    client = client_of(down(), **settings)

    assert client.get(STATUS, headers={"Host": "MyBox:8050"}).status_code == 503
    assert client.get(STATUS, headers={"Host": "evil.example"}).status_code == 400


def test_probes_answer_to_every_name() -> None:
    client = client_of(down())

    answers = [client.get(path, headers={"Host": "evil.example"}) for path in ("/healthz", "/readyz")]

    assert [answer.status_code for answer in answers] == [200, 503]


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
@pytest.mark.parametrize(("hosts", "status"), [((), 400), (("roi.example.com",), 503)])
def test_the_name_that_a_trusted_proxy_gives_has_to_be_listed(
    header: str, hosts: tuple[()] | tuple[str], status: int
) -> None:
    client = client_of(
        down(), trusted_proxies=(ip_network("127.0.0.1"),), allow_anonymous=True, allowed_hosts=hosts
    )

    headers = {"X-Forwarded-For": "203.0.113.9", header: "roi.example.com"}

    assert client.get(STATUS, headers=headers).status_code == status


def test_with_a_sign_in_the_proxy_decides_on_names() -> None:
    client = client_of(down(), auth="header", trusted_proxies=(ip_network("127.0.0.1"),))
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Remote-User": "anna", "Host": "roi.example.com"}

    assert client.get(STATUS, headers=headers).status_code == 503
