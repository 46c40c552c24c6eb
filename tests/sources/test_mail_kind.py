"""Sources of type `mail`: attachments come once, and messages are marked after their import only."""

from __future__ import annotations

import gzip
import json
import ssl
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.sources.attachments import attachments
from services.sources.failures import (
    SourceAnswerError,
    SourceDeniedError,
    SourceError,
    SourceMissingError,
    SourceOptionError,
    SourceOverdueError,
    SourceRefusedError,
    SourceServerError,
    SourcesFileError,
    SourceTlsError,
    SourceTokenError,
    SourceTooLargeError,
    SourceUnreachableError,
)
from services.sources.kind import NewFile, Secret
from services.sources.kinds import kind_of
from tests.sources.declared import parsed
from tests.sources.imap_server import PASSWORD, Mail, MailServer, mail_server, message
from tests.sources.servers import Authority, LocalServer, answer, fetch, serving

KIND = kind_of("mail")
CSV = b"date,channel,cost\n2025-11-01,Search,12.50\n"

Run = Callable[..., MailServer]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def context(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    return authority.context("127.0.0.1")


@pytest.fixture
def server(context: ssl.SSLContext) -> Iterator[MailServer]:
    """A server with two reports, and messages that are none."""
    inbox = [
        Mail(3, message(("daily.csv", CSV), key="a")),
        Mail(
            5,
            message(
                ("daily.csv", CSV + CSV),
                ("notes.txt", b"hello"),
                ("more.csv.gz", gzip.compress(CSV, mtime=0)),
                key="b",
            ),
        ),
        Mail(6, message(("daily.csv", CSV), sender="Ann <ann@else.example>", key="c")),
        Mail(8, message(key="d")),
        Mail(9, message(("old.csv", CSV), key="e"), day=date(2024, 1, 1)),
    ]
    with mail_server(
        context, MailServer({"INBOX": inbox, "Done": [], "&BB4EQgRHBFEEQgRL- &- more": []})
    ) as running:
        yield running


def options(server: MailServer, **given: Any) -> dict[str, Any]:
    fixed = {"host": "127.0.0.1", "port": server.port, "username": "ann", "password": Secret(PASSWORD)}
    defaults = {option.name: option.default for option in KIND.options}
    return {**defaults, **fixed, "sender": "no-reply@ads.example", **given}


def read(
    server: MailServer,
    place: Path,
    seen: dict[str, str] | None = None,
    *,
    seconds: float = 20,
    is_imported: bool = True,
    max_bytes: int = 1_000_000,
    **given: Any,
) -> list[tuple[str, bytes, NewFile]]:
    """Read a mailbox once, and import each file at once."""
    found = []
    one = fetch(place, options=options(server, **given), seen=seen, seconds=seconds, max_bytes=max_bytes)
    for file in KIND.read(one):
        found.append((file.name, file.path.read_bytes(), file))
        if is_imported and file.after_import is not None:
            file.after_import()
    assert list(place.iterdir()) == []
    return found


def json_answer(**values: Any) -> bytes:
    return answer("200 OK", json.dumps(values).encode(), content_type="application/json")


def versions(found: list[tuple[str, bytes, NewFile]]) -> dict[str, str]:
    return {file.key: file.version for _, _, file in found}


class TestReading:
    def test_attachments_come_oldest_first_and_once(self, server: MailServer, tmp_path: Path) -> None:
        found = read(server, tmp_path / "fetch")
        again = read(server, tmp_path / "fetch", versions(found))

        assert [name for name, _, _ in found] == ["daily.csv", "daily.csv", "notes.txt", "more.csv.gz"]
        assert [content for _, content, _ in found] == [CSV, CSV + CSV, b"hello", gzip.compress(CSV, mtime=0)]
        assert again == []

    def test_a_message_that_was_seen_is_not_fetched_again(self, server: MailServer, tmp_path: Path) -> None:
        seen = versions(read(server, tmp_path / "fetch"))
        server.commands.clear()
        read(server, tmp_path / "fetch", seen)

        assert [one for one in server.commands if "BODY.PEEK[]" in one] == ["UID FETCH 8 (UID BODY.PEEK[])"]

    def test_new_numbers_are_no_news(self, server: MailServer, tmp_path: Path) -> None:
        seen = versions(read(server, tmp_path / "fetch"))
        server.validity = 2
        for mail in server.folders["INBOX"]:
            mail.uid += 100

        assert read(server, tmp_path / "fetch", seen) == []

    def test_the_rest_of_a_message_is_read_after_a_failure(self, server: MailServer, tmp_path: Path) -> None:
        found = read(server, tmp_path / "fetch", is_imported=False)
        seen = versions(found[:3])
        rest = read(server, tmp_path / "fetch", seen)

        assert [name for name, _, _ in rest] == ["more.csv.gz"]
        assert server.folders["INBOX"][1].flags == {"\\Flagged"}

    @pytest.mark.parametrize(
        ("given", "names"),
        [
            ({"subject": "YOUR REP"}, 4),
            ({"subject": "weekly"}, 0),
            ({"sender": None}, 5),
            ({"sender": None, "files": ("*.csv",)}, 3),
            ({"sender": None, "not_before": timedelta(days=900)}, 6),
            ({"sender": None, "folder": "Done"}, 0),
        ],
    )
    def test_messages_are_chosen(
        self, given: dict[str, Any], names: int, server: MailServer, tmp_path: Path
    ) -> None:
        assert len(read(server, tmp_path / "fetch", **given)) == names

    def test_other_letters_are_understood(self, server: MailServer, tmp_path: Path) -> None:
        content = message(("отчёт за май.csv", CSV), subject="Отчёт за май", key="f")
        server.folders["&BB4EQgRHBFEEQgRL- &- more"].append(Mail(1, content))
        found = read(server, tmp_path / "fetch", folder="Отчёты & more", subject="отчёт")

        assert [name for name, _, _ in found] == ["отчёт за май.csv"]

    def test_a_message_without_identifier_is_known_by_its_number(
        self, server: MailServer, tmp_path: Path
    ) -> None:
        server.folders["INBOX"][:] = [Mail(4, message(("a.csv", CSV)))]
        seen = versions(read(server, tmp_path / "fetch"))

        assert read(server, tmp_path / "fetch", seen) == []
        server.validity = 2
        assert len(read(server, tmp_path / "fetch", seen)) == 1

    def test_names_of_files_are_harmless(self) -> None:
        content = message(("../../etc/x.csv", CSV), ("=?nonsense?q?a?=.csv", CSV))
        names = [one.name for one in attachments(content, ("*",))]

        assert names[0] == "x.csv"
        assert all("/" not in name for name in names)
        assert attachments(b"\x00\xff garbage", ("*",)) == []


class TestMarks:
    @pytest.mark.parametrize(
        ("mark", "flag"), [("seen", "\\Seen"), ("flagged", "\\Flagged"), ("Imported", "Imported")]
    )
    def test_a_message_is_marked_once_all_its_files_are_imported(
        self, mark: str, flag: str, server: MailServer, tmp_path: Path
    ) -> None:
        flags = []
        for file in KIND.read(fetch(tmp_path / "fetch", options=options(server, mark=mark))):
            flags.append([set(mail.flags) for mail in server.folders["INBOX"][:2]])
            assert file.after_import is not None
            file.after_import()

        assert flags == [[set(), set()], *[[{flag}, set()]] * 3]
        assert [mail.flags for mail in server.folders["INBOX"]] == [{flag}, {flag}, set(), set(), set()]

    def test_nothing_is_marked_without_an_import(self, server: MailServer, tmp_path: Path) -> None:
        read(server, tmp_path / "fetch", is_imported=False)

        assert all(mail.flags == set() for mail in server.folders["INBOX"])
        assert not any(one.startswith("SELECT") for one in server.commands)

    @pytest.mark.parametrize(
        "capabilities", ["IMAP4rev1 AUTH=PLAIN MOVE UIDPLUS", "IMAP4rev1 AUTH=PLAIN UIDPLUS"]
    )
    def test_a_message_is_moved(self, capabilities: str, server: MailServer, tmp_path: Path) -> None:
        server.capabilities = capabilities
        read(server, tmp_path / "fetch", move_to="Done")

        assert server.uids("Done") == [3, 5]
        assert server.uids() == [6, 8, 9]

    def test_without_the_right_to_expunge_one_message_it_is_marked_as_deleted(
        self, server: MailServer, tmp_path: Path
    ) -> None:
        server.capabilities = "IMAP4rev1 AUTH=PLAIN"
        read(server, tmp_path / "fetch", move_to="Done")

        assert server.uids() == [3, 5, 6, 8, 9]
        assert "\\Deleted" in server.folders["INBOX"][0].flags

    def test_a_number_that_means_another_message_by_now_is_not_marked(
        self, server: MailServer, tmp_path: Path
    ) -> None:
        (file, *_) = [one for _, _, one in read(server, tmp_path / "fetch", is_imported=False)]
        server.validity = 2
        assert file.after_import is not None
        with pytest.raises(SourceAnswerError):
            file.after_import()

        assert all(mail.flags == set() for mail in server.folders["INBOX"])

    def test_a_folder_that_is_missing_leaves_the_message(self, server: MailServer, tmp_path: Path) -> None:
        files = KIND.read(fetch(tmp_path / "fetch", options=options(server, move_to="None")))
        after_import = next(files).after_import
        assert after_import is not None
        with pytest.raises(SourceAnswerError):
            after_import()

        assert 3 in server.uids()


class TestFailures:
    def failure(self, server: MailServer, place: Path, **given: Any) -> SourceError:
        with pytest.raises(SourceError) as caught:
            read(server, place, **given)
        assert list(place.iterdir()) == []
        shown = str(caught.value) + caught.value.text.ru + repr(caught.value)
        assert PASSWORD not in shown
        assert "wr0ng" not in shown
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        return caught.value

    @pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"])
    @pytest.mark.parametrize("password", ["wr0ng", "wr0ng ü"])
    def test_a_wrong_password_is_told_and_not_shown(
        self, capabilities: str, password: str, server: MailServer, tmp_path: Path
    ) -> None:
        server.capabilities = capabilities
        found = self.failure(server, tmp_path / "fetch", password=Secret(password))

        assert isinstance(found, SourceDeniedError)
        assert "password made for this application" in found.text.en

    def test_a_password_of_two_lines_is_refused(self, server: MailServer, tmp_path: Path) -> None:
        found = self.failure(server, tmp_path / "fetch", password=Secret("wr0ng\r\nA1 DELETE INBOX"))

        assert isinstance(found, SourceOptionError)
        assert not any("DELETE" in one for one in server.commands)

    def test_a_missing_folder_is_told(self, server: MailServer, tmp_path: Path) -> None:
        found = self.failure(server, tmp_path / "fetch", folder="Reports")

        assert isinstance(found, SourceMissingError)
        assert "Reports" in found.text.en

    @pytest.mark.parametrize(
        ("broken", "expected"),
        [
            ({"CAPABILITY": b""}, SourceServerError),
            ({"EXAMINE": b"* BYE shutting down\r\n"}, SourceServerError),
            ({"EXAMINE": b"\x00\x01 garbage\r\n"}, SourceServerError),
            ({"UID SEARCH": b"* SEARCH 1 2 x\r\nno"}, SourceServerError),
            ({"UID FETCH 3,5": b"* 1 FETCH (UID 3 BODY[] {4000}\r\nFrom: x\r\n"}, SourceServerError),
            ({"UID FETCH 3 ": b"* 1 FETCH (UID 3 BODY[] {400}\r\nFrom: x\r\n"}, SourceServerError),
            ({"UID FETCH 3 ": b"* 1 FETCH (UID 3 BODY[] {99999999999}\r\n" + b"x" * 99}, SourceAnswerError),
        ],
    )
    def test_a_server_that_breaks_off_is_told(
        self, broken: dict[str, bytes], expected: type[SourceError], server: MailServer, tmp_path: Path
    ) -> None:
        server.broken = broken

        assert type(self.failure(server, tmp_path / "fetch")) is expected

    def test_a_server_that_hangs_is_given_up(self, server: MailServer, tmp_path: Path) -> None:
        server.broken = {}
        server.hangs_at = "UID SEARCH"

        assert isinstance(self.failure(server, tmp_path / "fetch", seconds=1.0), SourceOverdueError)

    def test_a_message_that_is_too_large_does_not_stop_the_others(
        self, server: MailServer, tmp_path: Path
    ) -> None:
        server.folders["INBOX"].insert(0, Mail(1, message(("big.csv", CSV * 9000), key="big")))
        names: list[str] = []
        files = KIND.read(fetch(tmp_path / "fetch", options=options(server), max_bytes=20_000))
        with pytest.raises(SourceTooLargeError):
            names.extend(file.name for file in files)

        assert len(names) == 4
        assert "UID FETCH 1 (UID BODY.PEEK[])" not in server.commands

    def test_an_unknown_authority_is_told(
        self, server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")

        assert isinstance(self.failure(server, tmp_path / "fetch"), SourceTlsError)
        assert server.commands == []

    def test_a_closed_port_is_told(self, server: MailServer, tmp_path: Path) -> None:
        assert isinstance(self.failure(server, tmp_path / "fetch", port=1), SourceUnreachableError)

    def test_a_private_server_must_be_allowed(self, server: MailServer, tmp_path: Path) -> None:
        one = fetch(tmp_path / "fetch", options=options(server), internal=False)
        with pytest.raises(SourceError, match="internal = true"):
            list(KIND.read(one))


class TestOAuth:
    """Sign-in with an access token, as Microsoft 365 and Gmail require."""

    @pytest.fixture
    def by_token(self, server: MailServer) -> MailServer:
        server.capabilities, server.token = "IMAP4rev1 AUTH=XOAUTH2 MOVE UIDPLUS", "t0ken-1"
        return server

    @pytest.fixture
    def tokens(self) -> Iterator[LocalServer]:
        with serving({"/token": json_answer(access_token="t0ken-1", expires_in=3599)}) as running:
            yield running

    def options(self, tokens: LocalServer, **given: Any) -> dict[str, Any]:
        client = {"client_id": "demetra", "client_secret": Secret("hunt/er 2"), "scope": "imap"}
        fixed = {"token_url": f"http://127.0.0.1:{tokens.port}/token", "password": None, **client}
        return {**fixed, **given}

    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            (
                {"refresh_token": Secret("1/")},
                "grant_type=refresh_token&client_id=demetra&client_secret=hunt%2Fer+2&refresh_token=1%2F&scope=imap",
            ),
            ({}, "grant_type=client_credentials&client_id=demetra&client_secret=hunt%2Fer+2&scope=imap"),
            (
                {"refresh_token": Secret("r"), "client_secret": None, "scope": None},
                "grant_type=refresh_token&client_id=demetra&refresh_token=r",
            ),
        ],
    )
    def test_a_token_is_fetched_once_and_signs_in_also_for_the_marks(
        self,
        given: dict[str, Any],
        sent: str,
        by_token: MailServer,
        tokens: LocalServer,
        tmp_path: Path,
    ) -> None:
        found = read(by_token, tmp_path / "fetch", **self.options(tokens, **given))

        assert [name for name, _, _ in found] == ["daily.csv", "daily.csv", "notes.txt", "more.csv.gz"]
        assert [one.body.decode() for one in tokens.asked] == [sent]
        assert [mail.flags for mail in by_token.folders["INBOX"][:2]] == [{"\\Flagged"}, {"\\Flagged"}]
        assert not any(command.startswith("LOGIN") for command in by_token.commands)

    def test_each_fetch_has_a_token_of_its_own(
        self, by_token: MailServer, tokens: LocalServer, tmp_path: Path
    ) -> None:
        seen = versions(read(by_token, tmp_path / "fetch", **self.options(tokens)))
        by_token.token = "t0ken-2"
        tokens.replies["/token"] = json_answer(access_token="t0ken-2")

        assert read(by_token, tmp_path / "fetch", seen, **self.options(tokens)) == []

    def test_a_token_that_the_mailbox_refuses_is_told_and_not_shown(
        self, by_token: MailServer, tokens: LocalServer, tmp_path: Path
    ) -> None:
        by_token.token = "another"
        with pytest.raises(SourceDeniedError) as caught:
            read(by_token, tmp_path / "fetch", **self.options(tokens))

        assert "must allow IMAP for this mailbox" in caught.value.text.en
        assert "t0ken-1" not in repr(caught.value) + str(caught.value) + caught.value.text.ru

    @pytest.mark.parametrize(
        ("reply", "expected", "words"),
        [
            (answer("400 Bad Request", b'{"error":"invalid_grant"}'), SourceTokenError, "(invalid_grant)"),
            (answer("401 No", b'{"error":"invalid_client"}'), SourceTokenError, "(invalid_client)"),
            (answer("400 Bad Request", b'{"error":"hunt/er 2"}'), SourceRefusedError, "HTTP 400"),
            (answer("400 Bad Request", b"<html>"), SourceRefusedError, "HTTP 400"),
            (answer("400 Bad", b'{"error":"temporarily_unavailable"}'), SourceServerError, "temporarily"),
            (answer("503 Busy", b"{}"), SourceServerError, "HTTP 503"),
            (answer("200 OK", b'{"token_type":"Bearer"}'), SourceAnswerError, "no access token"),
            (answer("200 OK", b"[]"), SourceAnswerError, "no access token"),
            (answer("200 OK", b"<html>"), SourceAnswerError, "cannot be read"),
        ],
    )
    def test_a_token_server_that_gives_none_is_told_without_its_words(
        self,
        reply: bytes,
        expected: type[SourceError],
        words: str,
        by_token: MailServer,
        tokens: LocalServer,
        tmp_path: Path,
    ) -> None:
        tokens.replies["/token"] = reply
        with pytest.raises(SourceError) as caught:
            read(by_token, tmp_path / "fetch", **self.options(tokens))

        assert type(caught.value) is expected
        assert words in caught.value.text.en
        assert "hunt/er" not in repr(caught.value) + str(caught.value)
        assert by_token.commands == []

    def test_a_token_server_without_tls_must_be_allowed(
        self, by_token: MailServer, tokens: LocalServer, tmp_path: Path
    ) -> None:
        one = fetch(tmp_path / "fetch", options=options(by_token, **self.options(tokens)), internal=False)
        with pytest.raises(SourceError, match="internal = true"):
            list(KIND.read(one))

        assert tokens.asked == []


MAILBOX = '[[source]]\nname = "a"\ntype = "mail"\nhost = "imap.example"\nusername = "ann"\n'
TOKEN_URL = 'token_url = "https://login.example/token"\n'
SECRET = "${SECRET}"


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("", 1, "needs “password”, or for a sign-in by OAuth “token_url”"),
        (TOKEN_URL, 6, "“token_url” needs “client_id”"),
        (f'{TOKEN_URL}client_id = "x"\n', 6, "needs “refresh_token”, or “client_secret”"),
        (f'{TOKEN_URL}client_id = "x"\npassword = "{SECRET}"\n', 8, "two ways to sign in"),
        (f'{TOKEN_URL}client_id = "x"\nclient_secret = "hunter2"\n', 8, "“client_secret” is a credential"),
        ('token_url = "login.example"\n', 6, "an address that begins with https://"),
    ],
)
def test_how_to_sign_in_is_checked_where_it_is_declared(lines: str, line: int, words: str) -> None:
    with pytest.raises(SourcesFileError) as caught:
        parsed(MAILBOX + lines, {"SECRET": "hunter2"})

    assert f"line {line}: " in caught.value.text.en
    assert words in caught.value.text.en


@pytest.mark.parametrize(
    "lines",
    [
        f'password = "{SECRET}"\n',
        f'{TOKEN_URL}client_id = "x"\nclient_secret = "{SECRET}"\nscope = "y"\n',
        f'{TOKEN_URL}client_id = "x"\nrefresh_token = "{SECRET}"\n',
    ],
)
def test_each_way_to_sign_in_can_be_declared(lines: str) -> None:
    (one,) = parsed(MAILBOX + lines, {"SECRET": "hunter2"})

    assert "hunter2" not in repr(one)


def test_the_options_are_checked_where_they_are_declared() -> None:
    checks = {option.name: option.check for option in KIND.options if option.check is not None}

    assert [checks["mark"](mark) for mark in ("seen", "flagged", "$Imported")] == [None] * 3
    assert checks["mark"]("a b")
    assert checks["mark"]("\\Deleted")
    assert checks["port"](993) is None
    assert checks["port"](0)
