"""Requests of sources: what a server may do wrong ends as the right error, in time, and leaves nothing."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from socketserver import StreamRequestHandler
from threading import Event
from time import monotonic
from typing import Any

import pytest

from services.sources import connections
from services.sources.addresses import refusal
from services.sources.calls import basic_credentials
from services.sources.failures import (
    SourceAddressError,
    SourceAnswerError,
    SourceBusyError,
    SourceDeniedError,
    SourceError,
    SourceMissingError,
    SourceOverdueError,
    SourceRedirectError,
    SourceRefusedError,
    SourceServerError,
    SourceTlsError,
    SourceTooLargeError,
    SourceUnreachableError,
)
from services.sources.kind import Secret
from services.sources.web import Answer, Downloaded, Web
from services.text import Text
from tests.sources.servers import Authority, LocalServer, Reply, answer, fetch, running, serving

CSV = b"date,channel,cost\n2025-11-01,Search,12.50\n"
TOKEN = "s3cr3t-t0ken"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Give names addresses; 127.0.0.2 counts as public. Returns the names that are asked for, in order."""

    def resolve(**names: str | list[str]) -> list[str]:
        asked: list[str] = []
        real = socket.getaddrinfo

        def getaddrinfo(host: str, port: int, *args: Any, **keywords: Any) -> Any:
            asked.append(host)
            found = names.get(host.partition(".")[0], host)
            address = found.pop(0) if isinstance(found, list) else found
            return real(address, port, *args, **keywords)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(
            connections, "refusal", lambda address: None if address == "127.0.0.2" else refusal(address)
        )
        return asked

    return resolve


def download(server: LocalServer, folder: Path, path: str = "/data.csv", **values: Any) -> Downloaded:
    """Download from a server on 127.0.0.1 into `folder`."""
    scheme = values.pop("scheme", "http")
    headers = values.pop("headers", None)
    redirect_hosts = values.pop("redirect_hosts", ())
    url = f"{scheme}://127.0.0.1:{server.port}{path}"
    with Web(fetch(folder, **values), redirect_hosts=redirect_hosts) as web:
        return web.download(url, folder / "got", headers=headers)


def failure(reply: Reply, folder: Path, **values: Any) -> SourceError:
    """Return how the download of a reply fails; nothing may be left of it."""
    with serving({"/data.csv": reply}) as server, pytest.raises(SourceError) as caught:
        download(server, folder, **values)
    assert list(folder.iterdir()) == []
    return caught.value


class TestContent:
    def test_a_file_is_written_as_it_was_sent(self, tmp_path: Path) -> None:
        with serving({"/data.csv": answer("200 OK", CSV, content_type="text/csv", etag='"7"')}) as server:
            got = download(server, tmp_path)

        assert (tmp_path / "got").read_bytes() == CSV
        assert (got.status, got.size, got.sha256) == (200, len(CSV), sha256(CSV).hexdigest())
        assert got.headers["etag"] == '"7"'

    def test_an_unchanged_file_costs_no_content(self, tmp_path: Path) -> None:
        with serving({"/data.csv": answer("304 Not Modified")}) as server:
            got = download(server, tmp_path, headers={"If-None-Match": '"7"'})

        assert got.status == 304
        assert server.asked[0].headers["if-none-match"] == '"7"'
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("parts", [1, 3])
    def test_compressed_content_is_unpacked(self, parts: int, tmp_path: Path) -> None:
        packed = b"".join(gzip.compress(CSV * 9000) for _ in range(parts))
        with serving({"/data.csv": answer("200 OK", packed, content_encoding="gzip")}) as server:
            got = download(server, tmp_path)

        assert (tmp_path / "got").read_bytes() == CSV * 9000 * parts
        assert got.size == len(CSV) * 9000 * parts

    def test_chunks_are_joined(self, tmp_path: Path) -> None:
        body = b"5\r\ndate,\r\n" + f"{len(CSV):x}\r\n".encode() + CSV + b"\r\n0\r\n\r\n"
        reply = answer("200 OK", body, transfer_encoding="chunked", content_length="")
        with serving({"/data.csv": reply}) as server:
            download(server, tmp_path)

        assert (tmp_path / "got").read_bytes() == b"date," + CSV

    def test_fractions_in_json_are_exact(self, tmp_path: Path) -> None:
        with (
            serving({"/": answer("200 OK", b'{"cost": 0.1, "clicks": 3}')}) as server,
            Web(fetch(tmp_path)) as web,
        ):
            got = web.json("POST", f"http://127.0.0.1:{server.port}/", body={"day": "2025-11-01"})

        assert got == {"cost": Decimal("0.1"), "clicks": 3}
        assert server.asked[0].body == b'{"day": "2025-11-01"}'

    def test_several_requests_are_made_in_one_fetch(self, tmp_path: Path) -> None:
        pages: list[Reply] = [answer("200 OK", b"[%d]" % page) for page in range(5)]
        with serving({"/": pages}) as server, Web(fetch(tmp_path)) as web:
            got = [
                web.json("GET", f"http://127.0.0.1:{server.port}/", params={"page": "1"}) for _ in range(5)
            ]

        assert got == [[page] for page in range(5)]


def drip(chunk: bytes = b"x", head: bytes = b"") -> Callable[[socket.socket], None]:
    """Return a reply that sends a byte every 20 ms for as long as the client stays."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        pause = Event()
        while True:
            connection.sendall(chunk)
            pause.wait(0.02)

    return send


def hang(connection: socket.socket) -> None:
    """Say nothing until the client leaves."""
    connection.settimeout(30)
    with suppress(OSError):
        connection.recv(1)


def reset(connection: socket.socket) -> None:
    """Break the connection off at once."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


BOMB = gzip.compress(b"0" * 40_000_000)
_HEAD = b"HTTP/1.1 200 OK\r\n"
BROKEN: dict[str, tuple[Reply, type[SourceError]]] = {
    "an answer that breaks off": (answer("200 OK", CSV, content_length="999"), SourceServerError),
    "chunks that break off": (
        answer("200 OK", b"40\r\n" + CSV, transfer_encoding="chunked", content_length=""),
        SourceServerError,
    ),
    "chunks without an end": (
        answer("200 OK", b"4\r\ndate\r\n", transfer_encoding="chunked", content_length=""),
        SourceServerError,
    ),
    "a chunk of no length": (
        answer("200 OK", b"zz\r\ndate\r\n", transfer_encoding="chunked", content_length=""),
        SourceServerError,
    ),
    "gzip that breaks off": (
        answer("200 OK", gzip.compress(CSV * 50)[:-9], content_encoding="gzip"),
        SourceServerError,
    ),
    "gzip that breaks off without a length": (
        answer("200 OK", gzip.compress(CSV * 50)[:-9], content_encoding="gzip", content_length=""),
        SourceServerError,
    ),
    "no gzip": (answer("200 OK", CSV, content_encoding="gzip"), SourceAnswerError),
    "damaged gzip": (
        answer("200 OK", gzip.compress(CSV)[:-8] + b"12345678", content_encoding="gzip"),
        SourceAnswerError,
    ),
    "an unknown compression": (answer("200 OK", CSV, content_encoding="br"), SourceAnswerError),
    "a bomb": (answer("200 OK", BOMB, content_encoding="gzip"), SourceTooLargeError),
    "a bomb in a bomb": (
        answer("200 OK", zlib.compress(BOMB), content_encoding="gzip, deflate"),
        SourceAnswerError,
    ),
    "more than allowed": (answer("200 OK", b"0" * 2_000_000), SourceTooLargeError),
    "more than allowed without a length": (
        answer("200 OK", b"0" * 2_000_000, content_length=""),
        SourceTooLargeError,
    ),
    "garbage": (b"\0\1\2\3" * 100, SourceServerError),
    "nothing": (b"", SourceServerError),
    "a reset": (reset, SourceServerError),
    "endless headers": (_HEAD + b"A: b\r\n" * 5000, SourceServerError),
    "401": (answer("401 Unauthorized"), SourceDeniedError),
    "403": (answer("403 Forbidden"), SourceDeniedError),
    "404": (answer("404 Not Found"), SourceMissingError),
    "410": (answer("410 Gone"), SourceMissingError),
    "400": (answer("400 Bad Request"), SourceRefusedError),
    "429": (answer("429 Too Many Requests"), SourceBusyError),
    "500": (answer("500 Internal Server Error"), SourceServerError),
    "503": (answer("503 Service Unavailable"), SourceServerError),
    "a redirect to nowhere": (answer("302 Found"), SourceRefusedError),
    "a redirect to itself": (answer("302 Found", location="/data.csv"), SourceRedirectError),
    "a redirect to another host": (
        answer("302 Found", location="https://elsewhere.example/x"),
        SourceRedirectError,
    ),
    "a redirect that cannot be read": (answer("302 Found", location="http://[::1"), SourceRedirectError),
    "a redirect to a file": (answer("302 Found", location="file:///etc/passwd"), SourceRedirectError),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_is_told_and_leaves_nothing(what: str, tmp_path: Path) -> None:
    reply, expected = BROKEN[what]

    found = failure(reply, tmp_path / "fetch", max_bytes=1_000_000)

    assert type(found) is expected, found.text
    assert "127.0.0.1" in found.text.en


SLOW: dict[str, Reply] = {
    "hangs": hang,
    "drips its content": drip(head=_HEAD + b"Content-Length: 99999\r\n\r\n"),
    "drips its headers": drip(head=_HEAD + b"X: "),
    "drips lines of headers": drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drips chunks": drip(b"1\r\nx\r\n", head=_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
}


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_server_is_given_up_at_the_deadline(what: str, tmp_path: Path) -> None:
    begin = monotonic()

    found = failure(SLOW[what], tmp_path / "fetch", seconds=0.5)

    assert isinstance(found, SourceOverdueError)
    assert 0.4 < monotonic() - begin < 10
    assert "0.5 s" in found.text.en


class TestStatuses:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry_after": "120"}, 120),
            ({"retry_after": "99999999999"}, 86_400),
            (
                {"retry_after": "Fri, 28 Nov 2025 09:01:30 GMT", "date": "Fri, 28 Nov 2025 09:00:00 GMT"},
                90,
            ),
            ({"retry_after": "Fri, 28 Nov 2025 08:00:00 GMT", "date": "Fri, 28 Nov 2025 09:00:00 GMT"}, 0),
            ({"retry_after": "soon"}, None),
            ({}, None),
        ],
    )
    def test_a_wish_to_be_left_alone_is_kept(
        self, headers: dict[str, str], seconds: float | None, tmp_path: Path
    ) -> None:
        assert failure(answer("429 Slow Down", **headers), tmp_path / "a").retry_after == seconds
        assert failure(answer("503 Unavailable", **headers), tmp_path / "b").retry_after == seconds

    def test_a_platform_may_explain_its_errors(self, tmp_path: Path) -> None:
        seen: list[Answer] = []

        def explain(found: Answer) -> SourceError | None:
            seen.append(found)
            return (
                SourceDeniedError(host=found.host, reason="expired") if found.json()["code"] == 190 else None
            )

        replies: list[Reply] = [answer("400 Bad", b'{"code": 190}'), answer("400 Bad", b'{"code": 1}')]
        with serving({"/": replies}) as server, Web(fetch(tmp_path)) as web:
            url = f"http://127.0.0.1:{server.port}/"
            with pytest.raises(SourceDeniedError):
                web.json("GET", url, explain=explain)
            with pytest.raises(SourceRefusedError):
                web.json("GET", url, explain=explain)

        assert [(one.status, one.json()) for one in seen] == [(400, {"code": 190}), (400, {"code": 1})]

    @pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 100_000, b"\xff", b"9" * 9000])
    def test_an_answer_that_is_no_json_is_told(self, body: bytes, tmp_path: Path) -> None:
        with (
            serving({"/": answer("200 OK", body)}) as server,
            Web(fetch(tmp_path)) as web,
            pytest.raises(SourceAnswerError),
        ):
            web.json("GET", f"http://127.0.0.1:{server.port}/")


class TestUnreachable:
    def test_a_closed_port_is_told(self, tmp_path: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}/"
            with Web(fetch(tmp_path)) as web, pytest.raises(SourceUnreachableError) as caught:
                web.ask("GET", url)

        assert "refused" in caught.value.text.en

    def test_an_unknown_name_is_told(self, tmp_path: Path) -> None:
        with Web(fetch(tmp_path)) as web, pytest.raises(SourceUnreachableError) as caught:
            web.ask("GET", "https://reports.invalid/x?token=" + TOKEN)

        assert "name is unknown" in caught.value.text.en
        assert "reports.invalid" in caught.value.text.en

    def test_a_name_server_that_hangs_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        released = Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) and [])
        with Web(fetch(tmp_path, seconds=0.3)) as web, pytest.raises(SourceOverdueError):
            web.ask("GET", "https://reports.example/")
        released.set()

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://a.example/",
            "a.example/x",
            "",
            "https://",
            "file:///etc/passwd",
            "https://[",
        ],
    )
    def test_an_address_that_cannot_be_used_is_refused(self, url: str, tmp_path: Path) -> None:
        with Web(fetch(tmp_path)) as web, pytest.raises(SourceAddressError):
            web.ask("GET", url)

    def test_a_header_of_two_lines_is_refused_and_not_shown(self, tmp_path: Path) -> None:
        with Web(fetch(tmp_path)) as web, pytest.raises(SourceAddressError) as caught:
            web.ask("GET", "http://127.0.0.1:1/", headers={"X-Key": Secret(f"{TOKEN}\r\nHost: x")})

        assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "localhost",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "127.0.0.1.",
        ),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]"),
        *("169.254.169.254", "10.0.0.1", "[fd00:ec2::254]", "100.100.100.200"),
    ],
)
@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"])
def test_private_addresses_are_refused_in_each_form(
    host: str, proxy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with Web(fetch(tmp_path, internal=False)) as web, pytest.raises(SourceAddressError) as caught:
        web.ask("GET", f"https://{host}/latest/meta-data")

    assert "internal = true" in caught.value.text.en


class TestPrivateNetworks:
    def test_plain_http_is_refused(self, tmp_path: Path) -> None:
        with Web(fetch(tmp_path, internal=False)) as web, pytest.raises(SourceAddressError) as caught:
            web.ask("GET", "http://reports.example/")

        assert "HTTPS" in caught.value.text.en

    def test_a_public_name_with_one_private_address_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kind, flow = socket.AddressFamily.AF_INET, socket.SocketKind.SOCK_STREAM
        found = [(kind, flow, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

        with Web(fetch(tmp_path, internal=False)) as web, pytest.raises(SourceAddressError):
            web.ask("GET", "https://reports.example/")

    def test_a_name_that_changes_its_address_is_connected_to_the_checked_one(
        self,
        tmp_path: Path,
        authority: Authority,
        resolving: Callable[..., list[str]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        asked = resolving(reports=["127.0.0.2", "127.0.0.1"])
        context = authority.context("reports.example")
        with serving({"/": answer("200 OK", b"1")}, tls=context, host="127.0.0.2") as server:
            url = f"https://reports.example:{server.port}/"
            with Web(fetch(tmp_path, internal=False)) as web:
                assert web.json("GET", url) == 1
                with pytest.raises(SourceAddressError):  # the next connection resolves and checks once more
                    web.json("GET", url)

        assert asked == ["reports.example"] * 2
        assert len(server.asked) == 1

    def test_a_redirect_to_a_private_address_is_refused(
        self,
        tmp_path: Path,
        authority: Authority,
        resolving: Callable[..., list[str]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        resolving(reports="127.0.0.2", inside="10.0.0.1")
        reply = answer("302 Found", location="https://inside.example/x")
        context = authority.context("reports.example")
        with serving({"/": reply}, tls=context, host="127.0.0.2") as server:
            web = Web(fetch(tmp_path, internal=False), redirect_hosts=("inside.example",))
            with web, pytest.raises(SourceAddressError):
                web.ask("GET", f"https://reports.example:{server.port}/")

    def test_a_redirect_to_plain_http_is_refused(
        self,
        tmp_path: Path,
        authority: Authority,
        resolving: Callable[..., list[str]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        resolving(reports="127.0.0.2")
        context = authority.context("reports.example")
        reply = answer("302 Found", location="http://reports.example/x")
        with serving({"/": reply}, tls=context, host="127.0.0.2") as server:
            web = Web(fetch(tmp_path, internal=False))
            with web, pytest.raises(SourceAddressError):
                web.ask("GET", f"https://reports.example:{server.port}/")


class TestTls:
    @pytest.fixture(params=["unknown authority", "another host", "expired"])
    def context(self, request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> ssl.SSLContext:
        if request.param == "unknown authority":
            return Authority.made(tmp_path).context("127.0.0.1")
        return authority.context(
            *(["127.0.0.9"] if request.param == "another host" else ["127.0.0.1"]),
            days=(-1 if request.param == "expired" else 10),
        )

    def test_a_certificate_that_is_not_trusted_is_told(
        self, context: ssl.SSLContext, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        with serving({"/data.csv": answer("200 OK", CSV)}, tls=context) as server:
            with pytest.raises(SourceTlsError) as caught:
                download(server, tmp_path / "fetch", scheme="https", headers={"Authorization": TOKEN})

            assert server.asked == []
        assert TOKEN not in str(caught.value)

    def test_a_company_certificate_is_trusted_once_it_is_named(
        self, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving({"/data.csv": answer("200 OK", CSV)}, tls=authority.context("127.0.0.1")) as server:
            with pytest.raises(SourceTlsError):
                download(server, tmp_path, scheme="https")
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
            download(server, tmp_path, scheme="https")

        assert (tmp_path / "got").read_bytes() == CSV

    def test_a_bundle_that_is_missing_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
        with serving({}) as server, pytest.raises(SourceTlsError) as caught:
            download(server, tmp_path / "fetch", scheme="https")

        assert "REQUESTS_CA_BUNDLE" in caught.value.text.en

    def test_a_server_without_tls_is_told(self, tmp_path: Path) -> None:
        class Plain(StreamRequestHandler):
            def handle(self) -> None:
                self.request.recv(1000)
                self.request.sendall(answer("400 Bad Request"))

        with (
            running(Plain) as port,
            Web(fetch(tmp_path)) as web,
            pytest.raises(SourceUnreachableError, match="TLS"),
        ):
            web.ask("GET", f"https://127.0.0.1:{port}/")

    def test_a_handshake_that_hangs_is_given_up(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
            with Web(fetch(tmp_path, seconds=0.4)) as web, pytest.raises(SourceOverdueError):
                web.ask("GET", url)


class TestRedirects:
    def test_one_within_a_host_is_followed_with_its_credentials(self, tmp_path: Path) -> None:
        replies = {"/data.csv": answer("302 Found", location="/new"), "/new": answer("200 OK", CSV)}
        with serving(replies) as server:
            download(server, tmp_path, headers={"Authorization": Secret(TOKEN)})

        assert [one.headers["authorization"] for one in server.asked] == [TOKEN, TOKEN]

    @pytest.mark.parametrize("allowed", ["127.0.0.3", "*.0.0.3"])
    def test_one_to_a_listed_host_is_followed_without_credentials(self, allowed: str, tmp_path: Path) -> None:
        with serving({"/new": answer("200 OK", CSV)}, host="127.0.0.3") as other:
            reply = answer("302 Found", location=f"http://127.0.0.3:{other.port}/new")
            headers = {"Authorization": TOKEN, "X-Api-Key": TOKEN, "If-None-Match": '"1"'}
            with serving({"/data.csv": reply}) as server:
                download(server, tmp_path, headers=headers, redirect_hosts=(allowed,))

        assert TOKEN not in str(other.asked)
        assert other.asked[0].headers["if-none-match"] == '"1"'
        assert (tmp_path / "got").read_bytes() == CSV

    def test_one_to_another_port_is_followed_without_credentials(self, tmp_path: Path) -> None:
        with serving({"/new": answer("200 OK", CSV)}) as other:
            reply = answer("307 Moved", location=f"http://127.0.0.1:{other.port}/new")
            with serving({"/data.csv": reply}) as server:
                download(server, tmp_path, headers={"Authorization": TOKEN})

        assert TOKEN not in str(other.asked)

    @pytest.mark.parametrize(
        "target",
        [
            "http://127.0.0.3\\@127.0.0.1/",
            "http://127.0.0.1@127.0.0.3/",
            "//127.0.0.3/",
            "http:\\\\127.0.0.3/",
        ],
    )
    def test_another_host_in_disguise_gets_no_request(self, target: str, tmp_path: Path) -> None:
        with (
            serving({"/data.csv": answer("302 Found", location=target)}) as server,
            pytest.raises(SourceError),
        ):
            download(server, tmp_path / "fetch", headers={"Authorization": TOKEN})

    def test_more_than_five_are_not_followed(self, tmp_path: Path) -> None:
        replies: dict[str, Reply | list[Reply]] = {
            f"/{hop}": answer("301 Moved", location=f"/{hop + 1}") for hop in range(9)
        }
        with serving({**replies, "/data.csv": answer("301 Moved", location="/0")}) as server:
            with pytest.raises(SourceRedirectError, match="more than 5 times"):
                download(server, tmp_path / "fetch")

            assert len(server.asked) == 6

    def test_a_request_with_content_is_not_redirected(self, tmp_path: Path) -> None:
        with (
            serving({"/": answer("307 Moved", location="/new")}) as server,
            Web(fetch(tmp_path)) as web,
            pytest.raises(SourceRedirectError),
        ):
            web.json("POST", f"http://127.0.0.1:{server.port}/", form={"secret": Secret(TOKEN)})


class TestProxies:
    @pytest.fixture
    def proxy(self, authority: Authority) -> Iterator[LocalServer]:
        """A proxy that is asked to connect to `reports.invalid:443`, and answers in its place."""
        context = authority.context("reports.invalid")

        def tunnel(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            with context.wrap_socket(connection, server_side=True) as inside:
                inside.recv(65536)
                inside.sendall(answer("200 OK", b"5"))

        refused = answer("407 Proxy Authentication Required")
        with serving({"reports.invalid:443": tunnel, "closed.invalid:443": refused}) as server:
            yield server

    def test_the_proxy_connects(
        self, proxy: LocalServer, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{TOKEN}@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        with Web(fetch(tmp_path, internal=False)) as web:
            got = web.json("GET", "https://reports.invalid/")

        assert got == 5
        assert proxy.asked[0].headers["proxy-authorization"] == basic_credentials("user", TOKEN)

    def test_a_proxy_that_refuses_is_told_without_its_password(
        self, proxy: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{TOKEN}@127.0.0.1:{proxy.port}")
        with Web(fetch(tmp_path)) as web, pytest.raises(SourceUnreachableError) as caught:
            web.ask("GET", "https://closed.invalid/")

        assert "proxy" in caught.value.text.en
        assert TOKEN not in str(caught.value)

    def test_no_proxy_is_used_for_what_is_excepted(
        self, proxy: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with serving({"/data.csv": answer("200 OK", CSV)}) as server:
            download(server, tmp_path)

        assert (len(proxy.asked), len(server.asked)) == (0, 1)


class TestSecrets:
    @pytest.mark.parametrize("what", [*BROKEN, "unreachable"])
    def test_no_secret_is_in_an_error_a_log_or_a_repr(
        self, what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        reply = BROKEN[what][0] if what in BROKEN else b""
        with serving({"/data.csv": reply}) as server:
            port = server.port if what in BROKEN else 1
            url = Secret(f"http://user:{TOKEN}@127.0.0.1:{port}/data.csv?sig={TOKEN}")
            with Web(fetch(tmp_path, max_bytes=1_000_000)) as web, pytest.raises(SourceError) as caught:
                web.download(url, tmp_path / "got", headers={"X-Key": TOKEN}, params={"key": Secret(TOKEN)})

        shown = [
            str(caught.value),
            repr(caught.value),
            caught.value.text.ru,
            str(caught.value.values),
            caplog.text,
        ]
        assert TOKEN not in "".join(shown)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    def test_credentials_of_an_address_are_sent_as_a_header(self, tmp_path: Path) -> None:
        with serving({"/": answer("200 OK", b"1")}) as server, Web(fetch(tmp_path)) as web:
            got = web.ask("GET", f"http://user:p%40ss@127.0.0.1:{server.port}/?a=1", headers={"X-Key": TOKEN})

        assert server.asked[0].headers["authorization"] == basic_credentials("user", "p@ss")
        assert server.asked[0].path == "/?a=1"
        assert repr(got) == f"Answer(host='127.0.0.1:{server.port}', status=200)"


def test_sizes_are_written_in_both_languages(tmp_path: Path) -> None:
    found = failure(answer("200 OK", b"0" * 2_600), tmp_path / "fetch", max_bytes=2_500)

    assert found.values["limit"] == Text(en="2.5 kB", ru="2,5 кБ")
