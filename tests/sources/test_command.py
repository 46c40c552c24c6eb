"""`demetra sources` as a shell sees it: list, trial, fetch, and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.database.tables import campaigns, imports, source_files
from tests.processes import warm
from tests.sources.files import csv_text, drop

Shell = Callable[..., subprocess.CompletedProcess[str]]
FOLDER = '[[source]]\nname = "exports"\ntype = "folder"\npath = "in/*.csv"\nsettle = "0.001 s"\n'
SECRET = (
    '[[source]]\nname = "report"\ntype = "https"\nurl = "https://example.com/a.csv"\ntoken = "${TOKEN}"\n'
)


@pytest.fixture
def shell(database_url: str, tmp_path: Path) -> Shell:
    """Run `demetra sources` on a fresh database."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DEMETRA_", "ML_", "SYNC_"))}
        own = {"DATABASE_URL": database_url, "DEMETRA_HOME": str(tmp_path), "COLUMNS": "200"}
        return warm.run(("sources", *words), inherited | own | environment, tmp_path)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    made = tmp_path / "sources.toml"
    made.write_text(FOLDER)
    return made


def count(engine: sa.Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_without_a_file_there_are_no_sources(shell: Shell, tmp_path: Path) -> None:
    done = shell()

    assert done.returncode == 0, done.stderr
    assert f"No sources are declared in {tmp_path / 'sources.toml'}." in done.stdout.replace("\n", " ")


def test_sources_are_listed_without_secrets(shell: Shell, file: Path) -> None:
    file.write_text(FOLDER + SECRET)

    table, document = shell(TOKEN="hunter2"), shell("--json", TOKEN="hunter2")

    assert (table.returncode, document.returncode) == (0, 0), table.stderr + document.stderr
    assert "not read yet" in table.stdout
    assert [one["name"] for one in json.loads(document.stdout)["sources"]] == ["exports", "report"]
    assert "hunter2" not in table.stdout + document.stdout + table.stderr


def test_a_trial_shows_what_would_be_imported_and_stores_nothing(
    shell: Shell, file: Path, engine: sa.Engine
) -> None:
    drop(file.parent / "in", "may.csv")

    done, document = shell("test", "exports"), shell("test", "exports", "--json")

    assert done.returncode == 0, done.stderr
    assert "56 rows read: 56 new" in done.stdout
    assert json.loads(document.stdout)["files"][0]["rows_imported"] == 56
    assert [count(engine, table) for table in (campaigns, imports, source_files)] == [0, 0, 0]


def test_a_trial_of_an_unusable_file_fails_with_the_reason(shell: Shell, file: Path) -> None:
    drop(file.parent / "in", "bad.csv", "hello\n")

    done = shell("test", "exports")

    assert done.returncode == 1
    assert "“bad.csv” would be refused" in done.stdout


def test_a_trial_writes_all_rejected_rows_also_of_files_that_were_imported(
    shell: Shell, file: Path, tmp_path: Path
) -> None:
    lines = csv_text().splitlines()
    wrong = [line.replace("2026-05-", "some day ") for line in lines[1:13]]
    for name in ("a b.csv", "may.csv"):
        drop(file.parent / "in", name, "\n".join([*lines, *wrong, ""]))
    shell("run", "exports")

    nothing = shell("test", "exports", "--rejects", str(tmp_path / "new"))
    done = shell("test", "exports", "--all", "--rejects", str(tmp_path / "all"))

    assert "Nothing new" in nothing.stdout
    assert done.returncode == 0, done.stderr
    assert sorted(one.name for one in (tmp_path / "all").iterdir()) == [
        "001 a b.csv.rejects.csv",
        "002 may.csv.rejects.csv",
    ]
    assert len((tmp_path / "all" / "002 may.csv.rejects.csv").read_text().splitlines()) == 1 + 12


@pytest.mark.parametrize("wrong", [["run", "exports", "--all"], ["--rejects", "x"]])
def test_options_of_a_trial_belong_to_it(shell: Shell, file: Path, wrong: list[str]) -> None:
    done = shell(*wrong)

    assert done.returncode == 2
    assert "belong to “test”" in done.stderr


def test_a_fetch_imports_and_a_second_one_finds_nothing_new(
    shell: Shell, file: Path, engine: sa.Engine
) -> None:
    drop(file.parent / "in", "may.csv")

    first, second, trial = shell("run", "exports"), shell("run", "EXPORTS"), shell("test", "exports")

    assert first.returncode == 0, first.stderr
    assert "exports: 1 file, 56 new rows, 0 corrected." in first.stdout
    assert "exports: no new files." in second.stdout
    assert "Nothing new" in trial.stdout
    assert count(engine, campaigns) == 56


def test_a_fetch_that_fails_says_why_and_exits_with_1(shell: Shell, file: Path) -> None:
    file.write_text(FOLDER.replace("in/*.csv", "/no/such/folder"))

    ran, tried = shell("run", "exports"), shell("test", "exports")

    assert (ran.returncode, tried.returncode) == (1, 1)
    assert "There is nothing at /no/such/folder" in ran.stderr
    assert "There is nothing at /no/such/folder" in tried.stderr


def test_a_refused_file_fails_the_command_and_is_named(shell: Shell, file: Path) -> None:
    drop(file.parent / "in", "bad.csv", "hello\n")
    drop(file.parent / "in", "may.csv", csv_text())

    done = shell("run", "exports", "--json")

    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert (answer["fetched"]["files"], answer["fetched"]["refused"]) == (1, 1)
    assert answer["source"]["refusals"][0]["file"] == "bad.csv"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("run", "other"), "There is no source “other”. Sources: exports."),
        (("run",), "need the name of a source"),
        (("other", "exports"), "'other' is not one of"),
    ],
)
def test_wrong_use_exits_with_2(shell: Shell, file: Path, words: tuple[str, ...], text: str) -> None:
    done = shell(*words)

    assert done.returncode == 2
    assert text in done.stderr


def test_a_mistake_in_the_file_exits_with_2_and_its_line(shell: Shell, file: Path) -> None:
    file.write_text(FOLDER + "chanel = 1\n")

    done = shell(DEMETRA_LOCALE="en")

    assert done.returncode == 2
    assert (
        f"{file}, line 6: “chanel” is unknown in a source of type folder. Is “channel” meant?" in done.stderr
    )


def test_a_named_file_must_exist(shell: Shell, tmp_path: Path) -> None:
    done = shell(DEMETRA_SOURCES=str(tmp_path / "other.toml"))

    assert done.returncode == 2
    assert "which DEMETRA_SOURCES names" in done.stderr


def test_secrets_come_from_the_env_file_too(shell: Shell, file: Path) -> None:
    file.write_text(SECRET)
    (file.parent / ".env").write_text("TOKEN=hunter2\n")
    (file.parent / ".env").chmod(0o600)

    assert shell().returncode == 0
