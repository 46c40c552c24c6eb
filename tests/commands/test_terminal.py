"""Whatever names are: a terminal shows them and obeys none of their characters."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.progress import Progress, TextColumn

from demetra_dash import cli, terminal
from demetra_dash.checkup.check_result import failed
from demetra_dash.commands import checking, syncing
from demetra_dash.commands.campaigns import import_campaigns
from demetra_dash.commands.context import print_json
from demetra_dash.terminal import LogFormat, tell, tell_lines, tell_table
from services.intake import import_file
from services.intake.names import is_name
from services.text import both, escape_controls, tidy
from tests.intake.files import HEADER, ROW, rows
from tests.rows import add_campaigns

ROOT = Path(__file__).parents[2]
PRINTING = {"click.echo", "click.secho", "print", "Console", "sys.stdout.write", "sys.stderr.write"}
ATTACKS = [
    "\x1b]52;c;cm0gLXJmIH4=\x07",  # writes the clipboard
    "\x1b]0;pwn\x07",  # changes the title
    "\x1b]8;;http://evil.example\x1b\\here\x1b]8;;\x1b\\",  # a link
    "\x9b31mred",  # the same introducer as one character of C1
    "a\x08\x08\x08b",
    "\u202eevil\u202c",
    "\u2066isolated\u2069",
    "\x7f",
    "[red]not red[/red]",
    "[link=http://evil.example]here[/link]",
    "[/]",
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.one_of(st.sampled_from(ATTACKS), texts, st.builds(str.__add__, texts, st.sampled_from(ATTACKS)))
TURNS = {chr(at) for at in (*range(0x202A, 0x202F), *range(0x2066, 0x2070))}


def obeyed(printed: str) -> set[str]:
    """Return the characters that a terminal would obey, line breaks and tabs aside."""
    controls = {one for one in printed if unicodedata.category(one) in {"Cc", "Zl", "Zp"}}
    return (controls - {"\n", "\t"}) | (set(printed) & TURNS)


def printed_by(
    function: Callable[..., object],
    *values: str | dict[str, str] | tuple[str, str] | list[tuple[str, str]],
    **options: Any,
) -> str:
    runner = CliRunner()
    with runner.isolation() as (out, err, _):
        function(*values, **options)
        return (out.getvalue() + (err.getvalue() if err else b"")).decode()


@given(names)
@settings(max_examples=300)
def test_a_line_stays_one_line_of_shown_characters(name: str) -> None:
    printed = printed_by(tell, f"Channel {name}.")

    assert obeyed(printed) == set()
    assert printed.count("\n") == 1


@given(st.lists(names, min_size=1, max_size=4))
def test_a_text_of_several_lines_keeps_them_and_nothing_else(lines: list[str]) -> None:
    printed = printed_by(tell_lines, "\n".join(lines))

    assert obeyed(printed) == set()


@given(st.dictionaries(names, names, max_size=4))
def test_a_json_document_holds_the_names_as_they_are(document: dict[str, str]) -> None:
    printed = printed_by(print_json, document)

    assert obeyed(printed) == set()
    assert json.loads(printed) == document


@given(names, names)
def test_a_cell_of_a_table_is_neither_obeyed_nor_markup(one: str, other: str) -> None:
    printed = printed_by(tell_table, ("channel", "score"), [(one, "1"), ("plain", other)])

    assert obeyed(printed) == set()
    for name in (one, other):
        if name.startswith("["):
            assert escape_controls(name.partition("=")[0]) in printed


@given(names, names)
def test_a_record_of_the_log_is_one_line_and_a_traceback_looks_like_none(name: str, reason: str) -> None:
    stream = io.StringIO()
    log = logging.Logger("demetra.tests")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogFormat())
    log.addHandler(handler)
    forged = f"{name}\n2026-01-01 00:00:00,000 INFO demetra: all is well"
    log.warning("channel %s", forged)
    try:
        raise ValueError(f"{reason}\n2026-01-01 00:00:00,000 INFO demetra: all is well")
    except ValueError:
        log.exception("channel %s", name)

    written = stream.getvalue()
    records = [line for line in written.split("\n") if re.match(r"\d{4}-\d\d-\d\d ", line)]
    assert obeyed(written) == set()
    assert len(records) == 2
    assert "    Traceback (most recent call last):" in written


def test_the_command_line_logs_in_that_format(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = {}
    monkeypatch.setattr(logging, "basicConfig", lambda **options: given_.update(options))
    CliRunner().invoke(cli.demetra, ["settings"])

    assert [type(handler.formatter) for handler in given_["handlers"]] == [LogFormat]


@given(names)
def test_a_finding_of_the_doctor_is_printed_safely(name: str) -> None:
    check_result = failed("model", both(name), both(f"look at {name}"))
    printed = printed_by(lambda: list(checking._told([check_result], "en")))

    assert obeyed(printed) == set()


@pytest.mark.parametrize("attack", ATTACKS)
def test_scores_of_channels_that_sql_has_written_are_printed_safely(
    database_url: str, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, attack: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DEMETRA_HOME", str(tmp_path / "home"))
    with engine.begin() as connection:
        add_campaigns(connection, attack, days=90)
    results = [CliRunner().invoke(syncing.evaluate, words) for words in ([], ["--json"])]

    for result in results:
        assert result.exit_code == 0
        assert obeyed(result.stdout + result.stderr) == set()


def test_the_progress_bar_shows_a_file_name_as_it_is() -> None:
    with terminal.progress_bar() as bar:
        task = bar.add_task("reading [red]x[/red]", total=1)
        column = next(one for one in bar.columns if isinstance(one, TextColumn))
        shown = column.render(bar.tasks[task])

    assert isinstance(bar, Progress)
    assert shown.plain == "reading [red]x[/red]"


def test_a_file_that_looks_like_an_option_is_told_safely() -> None:
    result = CliRunner().invoke(cli.demetra, ["import", "--\x1b]0;pwn\x07"])

    assert result.exit_code == 2
    assert obeyed(result.stderr) == set()


def test_all_output_goes_through_one_module() -> None:
    calls = []
    for file in sorted((ROOT / "demetra_dash").rglob("*.py")):
        if file == ROOT / "demetra_dash" / "terminal.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name in PRINTING:
                    calls.append(f"{file.name}:{node.lineno} {name}")

    assert calls == []


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_import_prints_and_stores_no_character_that_is_obeyed(
    database_url: str,
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    attack: str,
    as_json: bool,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DEMETRA_HOME", str(tmp_path / "home"))
    path = tmp_path / f"file {attack.replace('/', '')}.csv"
    quoted = '"' + attack.replace('"', "") + '"'
    header = HEADER.replace("channel", "channel,campaign") + f',{quoted},{quoted[:-1]} x",market {quoted}'
    cells = ROW.replace("Instagram", f"{quoted},{quoted}") + f",{quoted},{quoted},{quoted}"
    bad = cells.replace("2025-03-01", quoted)
    path.write_text("\n".join([header, cells, bad, ""]), encoding="utf-8")
    words = [str(path), *(["--json"] if as_json else [])]
    result = CliRunner().invoke(import_campaigns, words)

    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert obeyed(result.stdout + result.stderr) == set()
    with engine.connect() as connection:
        found = json.dumps(rows(connection, "channel", "campaign_id", "attributes"), ensure_ascii=False)
    assert obeyed(found) == set()
    assert "Instagram" not in found
    assert not re.search(r"\\u00[0189]", found)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=names)
def test_the_name_of_a_file_without_a_channel_column_is_tidy(
    engine: sa.Engine, tmp_path: Path, name: str
) -> None:
    safe = name.replace("/", "").replace("\0", "")[:30] or "x"
    path = tmp_path / f"{safe}.csv"
    path.write_text("date,clicks,cost\n2025-03-01,5,1\n", encoding="utf-8")
    with engine.connect() as connection:
        report = import_file(connection, path)
    path.unlink()

    assert obeyed("".join(report.channels)) == set()
    assert report.channels == (tidy(safe)[:200],) or not tidy(safe)


@given(names)
def test_a_tidy_name_is_one_line_and_stays_as_it_is(name: str) -> None:
    once = tidy(name)

    assert obeyed(once) == set()
    assert "\n" not in once
    assert tidy(once) == once
    assert escape_controls(once) == once


@pytest.mark.parametrize(
    "name", ["می\u200cخواهم", "क्\u200dष", "👩\u200d💻", "\u200fשלום\u200e", "Ünï", "🏴\U000e0067"]
)
def test_joiners_and_marks_that_scripts_need_stay(name: str) -> None:
    assert tidy(name) == escape_controls(name) == name
    assert is_name(name)


@pytest.mark.parametrize("name", ["\x1b", "\u202e\u202c", " \x9b "])
def test_a_name_of_nothing_but_such_characters_is_none(name: str) -> None:
    assert not is_name(name)
