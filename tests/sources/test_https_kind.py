"""Sources of type `https`: only changed files are read, links and dates lead to files, pages are no data."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.sources.dated import check_dates, filled
from services.sources.failures import SourceError, SourceMissingError, SourceRedirectError, SourceSignInError
from services.sources.kind import Fetch, NewFile, Secret
from services.sources.kinds import kind_of
from services.sources.kinds.https import file_address
from services.sources.remote_names import name_of_download, safe_name
from tests.sources.servers import LocalServer, Reply, answer, fetch, serving

KIND = kind_of("https")
CSV = b"date,channel,cost\n2025-11-01,Search,12.50\n"
TOKEN = "s3cr3t-t0ken"


def options(url: str | Secret, **given: Any) -> dict[str, Any]:
    """Return the options of a source with their defaults."""
    return {option.name: option.default for option in KIND.options} | {"url": url, **given}


def read(server: LocalServer, folder: Path, path: str = "/report.csv", **given: Any) -> list[NewFile]:
    """Read a source of a local server once; each file must be there when it is yielded."""
    seen = given.pop("seen", None)
    url = given.pop("url", f"http://127.0.0.1:{server.port}{path}")
    one = fetch(folder, options=options(url, **given), seen=seen)
    return list(present(one))


def present(one: Fetch) -> Iterator[NewFile]:
    for found in KIND.read(one):
        assert found.path.read_bytes()
        yield found


class TestNews:
    @pytest.mark.parametrize(
        "headers", [{"etag": '"7"'}, {"last_modified": "Fri, 28 Nov 2025 09:00:00 GMT"}, {}]
    )
    def test_an_unchanged_file_is_no_news(self, headers: dict[str, str], tmp_path: Path) -> None:
        with serving({"/report.csv": answer("200 OK", CSV, **headers)}) as server:
            first = read(server, tmp_path)
            seen = {one.key: one.version for one in first}
            again = read(server, tmp_path, seen=seen)

        assert [one.name for one in first] == ["report.csv"]
        assert again == []
        assert server.asked[1].headers.get("if-none-match") == headers.get("etag")
        assert server.asked[1].headers.get("if-modified-since") == headers.get("last_modified")

    def test_a_file_that_the_server_calls_unchanged_is_no_news(self, tmp_path: Path) -> None:
        replies: list[Reply] = [answer("200 OK", CSV, etag='"7"'), answer("304 Not Modified")]
        with serving({"/report.csv": replies}) as server:
            seen = {one.key: one.version for one in read(server, tmp_path)}

            assert read(server, tmp_path, seen=seen) == []
        assert not (tmp_path / "download").exists()

    def test_a_changed_file_is_news_under_the_same_key(self, tmp_path: Path) -> None:
        replies: list[Reply] = [answer("200 OK", CSV, etag='"7"'), answer("200 OK", CSV + CSV, etag='"8"')]
        with serving({"/report.csv": replies}) as server:
            first = read(server, tmp_path)
            second = read(server, tmp_path, seen={one.key: one.version for one in first})

        assert [one.key for one in first] == [one.key for one in second]
        assert first[0].version != second[0].version

    def test_a_new_signature_is_no_news(self, tmp_path: Path) -> None:
        with serving({"/report.csv": answer("200 OK", CSV)}) as server:
            first = read(server, tmp_path, "/report.csv?sig=1")
            again = read(server, tmp_path, "/report.csv?sig=2", seen={one.key: one.version for one in first})

        assert again == []

    def test_a_version_of_another_type_is_no_obstacle(self, tmp_path: Path) -> None:
        with serving({"/report.csv": answer("200 OK", CSV)}) as server:
            (first,) = read(server, tmp_path)
            seen = [read(server, tmp_path, seen={first.key: text}) for text in ("7", "x{", "[]")]

        assert [len(found) for found in seen] == [1, 1, 1]


class TestCredentials:
    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ({"token": Secret(TOKEN + "\n")}, f"Bearer {TOKEN}"),
            ({"username": "ann", "password": Secret("p")}, "Basic YW5uOnA="),
            ({"headers": {"Authorization": Secret(TOKEN)}}, TOKEN),
        ],
    )
    def test_they_are_sent_and_in_no_key_or_version(
        self, given: dict[str, Any], sent: str, tmp_path: Path
    ) -> None:
        with serving({"/report.csv": answer("200 OK", CSV)}) as server:
            (found,) = read(
                server, tmp_path, url=Secret(f"http://127.0.0.1:{server.port}/report.csv?k={TOKEN}"), **given
            )

        assert server.asked[0].headers["authorization"] == sent
        assert TOKEN not in repr(found)


class TestSignIn:
    @pytest.mark.parametrize(
        "page",
        [
            b"<!DOCTYPE html><html><body>Please sign in</body></html>",
            b"\n <html><table><tr><td><input name=p type='password'></table></html>",
        ],
    )
    def test_a_web_page_is_no_file(self, page: bytes, tmp_path: Path) -> None:
        with serving({"/report.csv": answer("200 OK", page)}) as server, pytest.raises(SourceSignInError):
            read(server, tmp_path)

        assert list(tmp_path.iterdir()) == []

    def test_a_table_in_html_is_a_file(self, tmp_path: Path) -> None:
        page = b"<html><table><tr><td>date</td></tr></table></html>"
        with serving({"/report.csv": answer("200 OK", page)}) as server:
            assert len(read(server, tmp_path)) == 1

    def test_a_redirect_to_a_sign_in_is_told_as_one(self, tmp_path: Path) -> None:
        to_google = answer("302 Found", location="https://accounts.google.com/ServiceLogin?continue=x")
        with serving({"/report.csv": to_google}) as server, pytest.raises(SourceSignInError):
            read(server, tmp_path)

    def test_another_redirect_is_told_as_what_it_is(self, tmp_path: Path) -> None:
        reply = answer("302 Found", location="https://files.example/x")
        with (
            serving({"/report.csv": reply}) as server,
            pytest.raises(SourceRedirectError, match=r"files\.example"),
        ):
            read(server, tmp_path)


class TestDates:
    @pytest.mark.parametrize(
        ("text", "inserted"),
        [
            ("/r?day={yesterday}", "/r?day=2024-02-29"),
            ("/{today:%d.%m.%Y}.csv", "/01.03.2024.csv"),
            ("/{month}/{last_month:%Y%m}/{year}", "/2024-03/202402/2024"),
            ("/plain/{ID}.csv", "/plain/{ID}.csv"),
        ],
    )
    def test_dates_are_inserted(self, text: str, inserted: str) -> None:
        assert check_dates(text) is None
        assert filled(text, date(2024, 3, 1)).text == inserted

    @pytest.mark.parametrize("text", ["/{tomorow}", "/{today:%s}", "/{today:%q}"])
    def test_what_is_no_date_is_refused(self, text: str) -> None:
        assert check_dates(text)

    @pytest.mark.parametrize(
        ("url", "is_fine"),
        [
            ("https://a.example/{month}.csv", True),
            ("http://a.example/x", True),
            ("a.example", False),
            ("file:///x", False),
        ],
    )
    def test_an_address_is_checked_where_it_is_declared(self, url: str, is_fine: bool) -> None:
        check = KIND.options[0].check
        assert check is not None
        assert (check(url) is None) is is_fine

    def test_the_files_of_several_days_are_read_and_missing_ones_passed_over(self, tmp_path: Path) -> None:
        days = ("2025-11-24", "2025-11-25", "2025-11-27")
        with serving({f"/{day}.csv": answer("200 OK", CSV + day.encode()) for day in days}) as server:
            found = read(server, tmp_path, "/{yesterday}.csv", days=4)
            again = read(
                server, tmp_path, "/{yesterday}.csv", days=4, seen={one.key: one.version for one in found}
            )

        assert [one.name for one in found] == [f"{day}.csv" for day in days]
        assert again == []

    def test_the_newest_file_must_be_there(self, tmp_path: Path) -> None:
        with serving({"/2025-11-26.csv": answer("200 OK", CSV)}) as server, pytest.raises(SourceMissingError):
            read(server, tmp_path, "/{yesterday}.csv", days=2)


class TestGoogleSheets:
    @pytest.mark.parametrize(
        ("link", "address"),
        [
            ("d/1AbC-_9/edit?usp=sharing", "d/1AbC-_9/export?format=csv"),
            ("d/1AbC-_9/edit?gid=0#gid=77", "d/1AbC-_9/export?format=csv&gid=0"),
            ("u/1/d/1AbC/edit#gid=77", "d/1AbC/export?format=csv&gid=77"),
            ("d/1AbC", "d/1AbC/export?format=csv"),
            ("d/1AbC/export?format=xlsx", "d/1AbC/export?format=xlsx"),
            ("d/e/2PACX-1v/pubhtml", "d/e/2PACX-1v/pub?output=csv"),
            ("d/e/2PACX-1v/pubhtml?gid=5&single=true", "d/e/2PACX-1v/pub?output=csv&single=true&gid=5"),
            ("d/e/2PACX-1v/pub?output=csv", "d/e/2PACX-1v/pub?output=csv"),
        ],
    )
    def test_a_link_leads_to_its_csv(self, link: str, address: str) -> None:
        start = "https://docs.google.com/spreadsheets/"

        assert file_address(start + link) == start + address

    def test_other_addresses_stay(self) -> None:
        assert (
            file_address("https://a.example/spreadsheets/d/1/edit")
            == "https://a.example/spreadsheets/d/1/edit"
        )


class TestNames:
    @pytest.mark.parametrize(
        ("header", "name"),
        [
            ('attachment; filename="Kosten Mai.csv"', "Kosten Mai.csv"),
            ("attachment; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.csv", "отчёт.csv"),
            ('attachment; filename="../../etc/passwd"', "passwd"),
            ('attachment; filename="C:\\\\x\\\\a.csv"', "a.csv"),
            ("inline", "report.csv"),
            ("attachment; filename*=nonsense''%ff", None),
            ("", "report.csv"),
        ],
    )
    def test_a_file_is_named_as_the_server_names_it(self, header: str, name: str | None) -> None:
        found = name_of_download({"Content-Disposition": header}, "https://a.example/x/report.csv?q=1")

        assert found == name or name is None
        assert "/" not in found

    def test_a_name_is_made_harmless(self) -> None:
        assert safe_name("a\x00b\u202egpj.csv") == "a bgpj.csv"
        assert safe_name("x" * 300 + ".csv") == "x" * 116 + ".csv"
        assert [safe_name(name) for name in ("", "..", "/", "a/..")] == ["data"] * 4


def test_a_server_that_is_away_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        one = fetch(tmp_path, options=options(f"http://127.0.0.1:{free.getsockname()[1]}/report.csv"))
        with pytest.raises(SourceError):
            list(KIND.read(one))

    assert list(tmp_path.iterdir()) == []
