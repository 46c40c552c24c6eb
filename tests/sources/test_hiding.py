"""The traceback of a bug in a source is logged, and has no credential in any form."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from demetra_dash.terminal import LogFormat
from services.sources import recording, state
from services.sources.failures import SourceBugError
from services.sources.fetching import fetch_due
from services.sources.hiding import without_credentials
from services.sources.importing import ImportOptions
from services.sources.kind import Fetch, NewFile, Source, SourceKind
from services.sources.kinds import kind_of
from services.sources.trial import try_source
from tests.sources.declared import declare_type, parsed
from tests.sources.files import csv_text

PASSWORD = "pä ss/w0rd+=%"
TOKEN = "EAAB-9f8e7d6c5b4a"
ENVIRONMENT = {"PASSWORD": PASSWORD, "IN_ADDRESS": quote(PASSWORD, safe=""), "TOKEN": TOKEN}

DECLARED = {
    "https, user and password": 'type = "https"\nurl = "https://a.example/x.csv"\nusername = "ann"\n'
    'password = "${PASSWORD}"',
    "https, password in the address": 'type = "https"\nurl = "https://ann:${IN_ADDRESS}@a.example/x.csv"',
    "https, token in the address": 'type = "https"\nurl = "https://a.example/x.csv?token=${TOKEN}&day=1"',
    "https, header": 'type = "https"\nurl = "https://a.example/x.csv"\nheaders = { X-Key = "v1 ${TOKEN}" }',
    "sql": 'type = "sql"\naddress = "postgresql://ann:${IN_ADDRESS}@db.example/ads"\nquery = "SELECT 1"',
    "sftp": 'type = "sftp"\npath = "*.csv"\nhost = "a.example"\nusername = "ann"\npassword = "${PASSWORD}"',
    "mail": 'type = "mail"\nhost = "a.example"\nusername = "ann"\npassword = "${PASSWORD}"',
    "azure": 'type = "azure"\npath = "a/b.csv"\nconnection_string = "AccountName=a;AccountKey=${TOKEN};X=y"',
    "meta": 'type = "meta"\naccount_id = "act_1"\naccess_token = "${TOKEN}"',
    "yandex_direct": 'type = "yandex_direct"\ntoken = "${TOKEN}"',
}
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in an address": lambda secret: f"https://a.example/?x={quote_plus(secret)}",
    "with lower hexadecimals": lambda secret: re.sub("%..", lambda x: x[0].lower(), quote(secret, safe="")),
    "repr of a text": lambda secret: repr({"x": secret}),
    "repr of bytes": lambda secret: repr(secret.encode()),
    "JSON": lambda secret: json.dumps({"x": secret}),
    "basic": lambda secret: f"Basic {b64encode(f'ann:{secret}'.encode()).decode()}",
    "IMAP": lambda secret: b64encode(f"\0ann\0{secret}".encode()).decode(),
    "Base64 for addresses": lambda secret: urlsafe_b64encode(f"?{secret}?".encode()).decode(),
}


def declared(name: str) -> Source:
    (one,) = parsed(f'[[source]]\nname = "{name.replace(",", "")}"\n{DECLARED[name]}\n', ENVIRONMENT)
    return one


def traces(secret: str) -> list[str]:
    """Return what must not stand in a text: the secret in each form, and long parts of it."""
    return [secret, quote(secret, safe=""), quote_plus(secret), b64encode(f"ann:{secret}".encode()).decode()]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DECLARED)
def test_no_form_of_a_secret_stays_in_a_text(name: str, form: str) -> None:
    secret = PASSWORD if "PASSWORD" in DECLARED[name] or "IN_ADDRESS" in DECLARED[name] else TOKEN
    said = FORMS[form](secret)

    shown = without_credentials(f"ValueError: what is {said}, please", declared(name))

    assert said not in shown
    assert not [trace for trace in traces(secret) if trace in shown]
    assert shown.startswith("ValueError: what is ")
    assert shown.endswith(", please")


@given(before=st.binary(max_size=9), secret=st.binary(min_size=9, max_size=30), after=st.binary(max_size=9))
def test_base64_around_a_secret_does_not_show_it(before: bytes, secret: bytes, after: bytes) -> None:
    text = secret.hex()
    (source,) = parsed(
        '[[source]]\nname = "a"\ntype = "yandex_direct"\ntoken = "${TOKEN}"\n', {"TOKEN": text}
    )

    shown = without_credentials(b64encode(before + text.encode() + after).decode(), source)

    # What is left are the letters of the bytes around, and those at the bounds.
    assert len(shown.replace("***", "")) <= (len(before) + len(after)) * 4 / 3 + 8


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://joe:hunter2@x.example/a", "https://***@x.example/a"),
        ("Authorization: Bearer ya29.a0Af_x-y", "Authorization: Bearer ***"),
        ("{'access_token': 'ya29.a0Af'}", "{'access_token': '***'}"),
        ('{"refresh_token": "1//0g"}', '{"refresh_token": "***"}'),
        ("GET /a?X-Amz-Signature=0a1b&X-Amz-Date=2026", "GET /a?X-Amz-Signature=***&X-Amz-Date=2026"),
        ("sv=2024&sig=ab%2Fc&se=1", "sv=2024&sig=***&se=1"),
        ("('Access-Token', 'ya29')", "('Access-Token', '***')"),
    ],
)
def test_what_a_server_gave_meanwhile_is_hidden_too(said: str, shown: str) -> None:
    assert without_credentials(said, declared("sql")) == shown


def test_what_is_no_credential_stays(tmp_path: Path) -> None:
    said = "File \"/srv/a.py\", line 3, in read\n    day = found['day']\nKeyError: 'day' of campaign=17"

    assert without_credentials(said, declared("meta")) == said


# In the log


def failing(name: str, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Return a source of a type whose reading has a bug that repeats the credentials."""
    source = declared(name)
    kind = kind_of(source.type)

    def rows(fetch: Fetch) -> Iterator[NewFile]:
        try:
            raise ConnectionError(f"401 of {fetch.source.options}")
        except ConnectionError as error:
            said = [form(secret) for form in FORMS.values() for secret in (PASSWORD, TOKEN)]
            raise ValueError(f"unexpected: {said}") from error

    def read(fetch: Fetch) -> Iterator[NewFile]:
        yield from rows(fetch)

    made = SourceKind(kind.name, kind.options, read)
    monkeypatch.setattr(f"services.sources.kinds.{kind.name}.KIND", made)
    return source


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(LogFormat().format(record) for record in caplog.records)


def leaks(text: str, name: str) -> list[str]:
    secret = TOKEN if "TOKEN" in DECLARED[name] else PASSWORD
    return [trace for trace in traces(secret) if trace in text]


@pytest.mark.parametrize("name", ["https, user and password", "https, token in the address", "sql", "meta"])
def test_a_bug_in_a_fetch_is_logged_with_its_traceback_and_without_credentials(
    name: str, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = failing(name, monkeypatch)
    with engine.begin() as connection:
        recording.declare(connection, [source])
    fetched = fetch_due(engine, [source], ImportOptions())
    with engine.connect() as connection:
        (view,) = state.list_sources(connection).items

    text = logged(caplog)
    assert fetched.failed == (source.name,)
    assert view.error_code == "source_internal"
    assert "Traceback (most recent call last):" in text
    assert "ValueError: unexpected: " in text
    assert "in read" in text
    assert leaks(text + str(view), name) == []


def test_a_bug_in_a_trial_is_an_error_of_the_source(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = failing("meta", monkeypatch)

    with pytest.raises(SourceBugError):
        list(try_source(engine, source, ImportOptions()))

    assert "in read" in logged(caplog)
    assert leaks(logged(caplog), "meta") == []


def test_a_bug_after_an_import_is_logged_without_credentials(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read(fetch: Fetch) -> Iterator[NewFile]:
        def mark() -> None:
            raise ValueError(f"LOGIN ann {TOKEN}")

        path = fetch.folder / "a.csv"
        path.write_text(csv_text())
        yield NewFile("a", "1", path, "a.csv", after_import=mark)

    declare_type(monkeypatch, "marking", read)
    text = '[[source]]\nname = "a"\ntype = "marking"\nplace = "x"\ntoken = "${TOKEN}"\n'
    fetched = fetch_due(engine, parsed(text, ENVIRONMENT), ImportOptions())

    assert fetched.files == 1
    assert "LOGIN ann ***" in logged(caplog)


def test_no_module_of_sources_logs_a_traceback_in_another_way() -> None:
    modules = Path(__file__).parents[2].joinpath("services/sources").rglob("*.py")
    texts = {path.name: path.read_text() for path in modules if path.name != "hiding.py"}

    assert [name for name, text in texts.items() if "log.exception(" in text or "exc_info" in text] == []
