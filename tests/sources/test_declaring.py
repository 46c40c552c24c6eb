"""What `sources.toml` may say, and how each mistake in it is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.sources.declaring import COMMON, SourcesFileMissingError, parse_sources, read_sources
from services.sources.failures import SourcesFileError
from services.sources.kind import Fetch, NewFile, Secret
from tests.sources.declared import declare_type, parsed


def nothing(_fetch: Fetch) -> Iterator[NewFile]:
    yield from ()


@pytest.fixture(autouse=True)
def made_up_type(monkeypatch: pytest.MonkeyPatch) -> None:
    declare_type(monkeypatch, "made_up", nothing)


def test_a_source_has_its_options_and_the_defaults() -> None:
    (one,) = parsed('[[source]]\nname = "exports"\ntype = "made_up"\nplace = "/data"\n')

    assert (one.name, one.type, one.line, one.account, one.mode) == (
        "exports",
        "made_up",
        1,
        "exports",
        "ask",
    )
    assert one.options == {
        "place": "/data",
        "token": None,
        "headers": None,
        "hosts": (),
        "window": None,
        "limit": None,
    }
    assert (one.deadline_seconds, one.max_bytes, one.max_age, one.internal) == (
        60.0,
        200_000_000,
        None,
        False,
    )


def test_common_options_are_read() -> None:
    (one,) = parsed(
        '[[source]]\nname = "m"\ntype = "made_up"\nplace = "x"\nchannel = "Meta"\naccount = "shop"\n'
        'mode = "replace"\nmap = { cost = "Kosten" }\ngrain = "week"\nmax_age = "36 h"\ninternal = true\n'
        'deadline = 5\nmax_size = "1.5 MB"\n'
    )

    assert (one.channel, one.account, one.mode, one.grain, one.internal) == (
        "Meta",
        "shop",
        "replace",
        "week",
        True,
    )
    assert (one.mapping, one.max_age) == ({"cost": "Kosten"}, timedelta(hours=36))
    assert (one.deadline_seconds, one.max_bytes) == (5.0, 1_500_000)


def test_a_byte_order_mark_and_line_ends_of_windows_are_accepted() -> None:
    content = b'\xef\xbb\xbf[[source]]\r\nname = "a"\r\ntype = "made_up"\r\nplace = "x"\r\n'

    assert [one.name for one in parse_sources(Path("sources.toml"), content, {})] == ["a"]


SOURCE = '[[source]]\nname = "a"\ntype = "made_up"\nplace = "x"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[[source]]\nname = "a\n', 2, "no valid TOML"),
        ("[[source]]\nname = [\n", 3, "no valid TOML"),
        ('[[source]]\nname = "a"\nname = "b"\n', 3, "no valid TOML"),
        ("[[sources]]\n", 1, "“sources” does not belong here"),
        ('\nname = "a"\n', 2, "“name” does not belong here"),
        ('[source]\nname = "a"\n', 1, "double brackets"),
        ("source = [1]\n", 1, "double brackets"),
        ('[[source]]\ntype = "made_up"\n', 1, "“name” is missing"),
        ('[[source]]\nname = "a"\n', 1, "“type” is missing"),
        ('[[source]]\nname = "a"\ntype = "foldr"\n', 3, "Is “folder” meant?"),
        ('[[source]]\nname = "a"\ntype = "zzz"\n', 3, "made_up"),
        ('[[source]]\nname = "a"\ntype = "made_up"\n', 1, "“place” is missing"),
        (SOURCE + 'chanel = "Meta"\n', 5, "Is “channel” meant?"),
        (SOURCE + '"what is it" = 1\n', 5, "Known: name, type"),
        ("[[source]]\nname = 1\n", 2, "“name” must be a name"),
        ('[[source]]\nname = "a/b"\n', 2, "“name” must be a name"),
        ('[[source]]\nname = "demo"\n', 2, "not “demo, import”"),
        (SOURCE + 'account = "import"\n', 5, "“account” must be a name"),
        (SOURCE + "\n# comment\n" + SOURCE.replace('"a"', '"A"'), 8, "taken by the source in line 1"),
        (SOURCE + "channel = 1\n", 5, "“channel” must be a text in quotes"),
        (SOURCE + 'internal = "yes"\n', 5, "must be true or false"),
        (SOURCE + 'hosts = "a"\n', 5, "must be a list"),
        (SOURCE + 'headers = "a"\n', 5, "must be a table"),
        (SOURCE + 'limit = "1"\n', 5, "must be a number"),
        (SOURCE + "limit = true\n", 5, "must be a number"),
        (SOURCE + "limit = inf\n", 5, "must be a number"),
        (SOURCE + "limit = -1\n", 5, "a number above 0"),
        (SOURCE + 'max_age = "2 fortnights"\n', 5, "a time such as"),
        (SOURCE + "max_age = 2\n", 5, "1 hour or more"),
        (SOURCE + 'every = "2 days"\n', 5, "24 hours or less"),
        (SOURCE + 'every = "often"\n', 5, "a time such as"),
        (SOURCE + 'deadline = "0 s"\n', 5, "a time such as"),
        (SOURCE + 'max_size = "big"\n', 5, "a size such as"),
        (SOURCE + 'mode = "overwrite"\n', 5, "one of: ask, replace, append"),
        (SOURCE + 'grain = "year"\n', 5, "one of: day, week, month"),
        (SOURCE + 'channel = ""\n', 5, "a name of 1 to"),
        (SOURCE + 'map = { kosten = "Kosten" }\n', 5, "kosten"),
        (SOURCE + "map = { cost = 1 }\n", 5, "“cost” must be a text"),
        (SOURCE + "[source.map]\ncost = 1\n", 6, "“cost” must be a text"),
        (SOURCE + 'token = "${MISSING}"\n', 5, "needs the variable MISSING, which is not set"),
        (SOURCE + "headers = {\n}\n".replace("\n}", ' "X-A" = "${MISSING}" }'), 5, "variable MISSING"),
        (SOURCE + 'token = "${not a name}"\n', 5, "neither ${NAME} nor ${file:/path}"),
        (SOURCE + 'token = "${file:/no/such/file}"\n', 5, "/no/such/file, which cannot be read"),
        (SOURCE + 'channel = "${HOME}"\n', 5, "cannot come from ${...}"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(SourcesFileError) as raised:
        parsed(text, {"HOME": "/root"})

    assert f"sources.toml, line {line}: " in raised.value.text.en
    assert words in raised.value.text.en
    assert f"sources.toml, строка {line}: " in raised.value.text.ru


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('token = "hunter2hunter2"', 'token = "${A_TOKEN}"'),
        ('headers = { Authorization = "Bearer hunter2hunter2" }', "“Authorization” is a credential"),
        ('headers = { "X-Api-Key" = "hunter2hunter2" }', "X-Api-Key"),
        ('hosts = ["https://joe:hunter2hunter2@example.com/"]', "the password before the @"),
        ('hosts = ["https://joe:hunter2hunter2@${HOST}/"]', "the password before the @"),
        ('hosts = ["https://example.com/a.csv?x=1&X-Amz-Signature=hunter2hunter2"]', "X-Amz-Signature="),
        ('hosts = ["https://a.blob.core.windows.net/c/a.csv?sv=1&sig=hunter2hunter2"]', "sig="),
    ],
)
def test_a_credential_that_is_written_literally_is_refused_and_not_repeated(line: str, words: str) -> None:
    with pytest.raises(SourcesFileError) as raised:
        parsed(SOURCE + line, {"HOST": "example.com"})

    assert words in raised.value.text.en
    assert "line 5" in raised.value.text.en
    assert "hunter2" not in repr(raised.value) + raised.value.text.ru + raised.value.text.en


@pytest.mark.parametrize(
    "line",
    [
        'hosts = ["https://docs.google.com/spreadsheets/d/e/2PACX/pub?gid=0&single=true&output=csv"]',
        'hosts = ["https://${USER}:${PASSWORD}@example.com/"]',
        'hosts = ["https://example.com/a.csv?token=${PASSWORD}"]',
        'hosts = ["postgresql://joe@db/name"]',
    ],
)
def test_addresses_without_literal_credentials_are_accepted(line: str) -> None:
    parsed(SOURCE + line, {"USER": "joe", "PASSWORD": "hunter2"})


def test_secrets_come_from_the_environment_and_from_files_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2\n")

    (one,) = parsed(
        SOURCE + 'token = "${file:token}"\nheaders = { Authorization = "Bearer ${TOKEN}" }\n',
        {"TOKEN": "swordfish"},
        tmp_path / "sources.toml",
    )

    token, header = one.options["token"], one.options["headers"]["Authorization"]
    assert isinstance(token, Secret)
    assert isinstance(header, Secret)
    assert (token.reveal(), header.reveal()) == ("hunter2", "Bearer swordfish")
    assert "hunter2" not in f"{one} {token} {token!r}"
    assert "swordfish" not in f"{one!r} {header} {header!r}"


def test_a_check_sees_the_secret_and_an_error_does_not(tmp_path: Path) -> None:
    with pytest.raises(SourcesFileError) as raised:
        parsed(SOURCE + 'limit = "${LIMIT}"\n', {"LIMIT": "hunter2"})

    assert "must be a number" in raised.value.text.en
    assert "hunter2" not in raised.value.text.en


def test_a_file_that_is_not_there_declares_nothing_unless_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"

    assert read_sources(file, {}, may_be_missing=True) == ()
    with pytest.raises(SourcesFileMissingError, match="which DEMETRA_SOURCES names"):
        read_sources(file, {})


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_bytes(b"# one\n# two \xff\n")

    with pytest.raises(SourcesFileError, match="line 2: this is no UTF-8 text"):
        read_sources(file, {})


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourcesFileError, match="cannot be read"):
        read_sources(tmp_path, {})


def test_no_type_has_an_option_with_the_name_of_a_common_one() -> None:
    assert len({option.name for option in COMMON}) == len(COMMON)
