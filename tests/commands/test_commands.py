"""The commands as a shell sees them: one JSON document on stdout, exit codes 0, 1 and 2."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from demetra_dash.cli import demetra
from demetra_dash.settings import declared
from services.database import schema
from services.intake.demo import create_sample
from services.sync import restarts
from services.views import STAGES
from tests.processes import warm
from tests.rows import add_campaigns

Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shell(database_url: str, tmp_path: Path) -> Shell:
    """Run `demetra` on a fresh database, as a process of its own."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DEMETRA_", "ML_", "SYNC_"))}
        own = {"DATABASE_URL": database_url, "DEMETRA_HOME": str(tmp_path), "CHART_DPI": "60"}
        return warm.run(words, inherited | own | environment, tmp_path)

    return run


@pytest.fixture
def sample(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        create_sample(connection, today=date(2026, 11, 23))


def test_every_promised_command_says_what_it_does() -> None:
    promised = ["run", "web", "worker", "import", "demo", "sync", "train", "evaluate"]
    promised += ["status", "migrate", "settings", "openapi", "doctor", "link"]
    promised += ["imports", "undo", "channels", "rates", "report", "sources", "plan", "targets"]
    context = demetra.make_context("demetra", ["settings"])

    commands = {name: demetra.get_command(context, name) for name in demetra.list_commands(context)}

    assert sorted(commands) == sorted(promised)
    assert all(command is not None and command.help for command in commands.values())


def test_sync_gives_run_state_and_stage_times(shell: Shell, sample: None) -> None:
    done = shell("sync", "--json")

    answer = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert answer["state"] == "succeeded"
    assert set(answer["stages"]) == set(STAGES) - {"fetch"}  # no sources are declared
    assert answer["seconds"] >= sum(answer["stages"].values()) * 0.5


def test_a_sync_without_campaigns_fails_and_says_what_to_do(shell: Shell) -> None:
    done = shell("sync")

    assert done.returncode == 1
    assert "demetra import" in done.stderr


def test_messages_come_in_the_chosen_language(shell: Shell) -> None:
    assert "Строк кампаний пока нет" in shell("sync", DEMETRA_LOCALE="ru").stderr


def test_train_writes_the_model_that_a_sync_then_loads(shell: Shell, sample: None, tmp_path: Path) -> None:
    trained = shell("train", "--json", ML_MODEL_PATH=str(tmp_path / "own" / "model.skops"))
    assert trained.returncode == 0, trained.stderr
    assert Path(json.loads(trained.stdout)["file"]).exists()

    synced = shell("sync", "--json", ML_MODEL_PATH=str(tmp_path / "own" / "model.skops"))

    assert json.loads(synced.stdout)["state"] == "succeeded"
    status = json.loads(shell("status", "--json").stdout)
    assert status["last_success"]["model_version"] == json.loads(trained.stdout)["model_version"]


def test_a_damaged_model_file_is_refused_and_named(shell: Shell, sample: None, tmp_path: Path) -> None:
    model = tmp_path / "model.skops"
    assert shell("sync").returncode == 0
    model.write_bytes(model.read_bytes()[:-100])

    done = shell("sync")

    assert done.returncode == 1
    assert "model.skops" in done.stderr


def test_evaluate_scores_against_the_seasonal_naive(shell: Shell, sample: None) -> None:
    scores = json.loads(shell("evaluate", "--json").stdout)

    assert scores["overall"]["mase"] > 0
    assert scores["overall"]["mase_naive"] > 0
    assert "Telegram" in scores["channels"]
    assert "Telegram" in shell("evaluate", COLUMNS="200").stdout


def test_settings_show_value_and_source(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DEMETRA_CURRENCY=RUB\n")

    rows = json.loads(shell("settings", "--json", CHART_DPI="72").stdout)["settings"]

    by_name = {row["variable"]: row for row in rows}
    assert len(rows) == len(declared())
    assert (by_name["CHART_DPI"]["value"], by_name["CHART_DPI"]["source"]) == ("72", "environment")
    assert (by_name["DEMETRA_CURRENCY"]["value"], by_name["DEMETRA_CURRENCY"]["source"]) == ("RUB", ".env")
    assert by_name["RETENTION_ROWS"]["source"] == "default"


def test_a_wrong_setting_is_wrong_use_and_named(shell: Shell) -> None:
    done = shell("sync", CHART_DPI="many")

    assert done.returncode == 2
    assert "CHART_DPI is “many”" in done.stderr


def test_an_unknown_command_is_wrong_use(shell: Shell) -> None:
    assert shell("synchronise").returncode == 2


def test_a_database_that_is_down_is_said_so_without_a_traceback(shell: Shell) -> None:
    done = shell("status", DATABASE_URL="postgresql://user:geheim@127.0.0.1:9/none")

    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr


def test_status_and_migrate_answer_on_an_empty_database(shell: Shell, engine: sa.Engine) -> None:
    schema.downgrade(engine, "base")

    assert schema.REVISION in shell("migrate").stdout
    assert json.loads(shell("status", "--json").stdout)["state"] == "idle"


def test_status_tells_of_a_worker_that_is_being_restarted(shell: Shell, engine: sa.Engine) -> None:
    assert "worker_restarts   -" in shell("status").stdout
    with engine.begin() as connection:
        restarts.record(connection, "host 1", ended=3, seconds=60.0)

    assert "worker_restarts   ended 3, back at 2" in shell("status").stdout
    assert json.loads(shell("status", "--json").stdout)["worker_restarts"]["ended"] == 3


def test_openapi_prints_the_description(shell: Shell) -> None:
    assert json.loads(shell("openapi").stdout)["openapi"].startswith("3.")


def test_one_channel_and_one_day_can_be_trained_and_evaluated(shell: Shell, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        add_campaigns(connection)

    for command in ("train", "evaluate", "sync"):
        done = shell(command, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)


def test_targets_are_set_imported_listed_and_deleted(shell: Shell, tmp_path: Path) -> None:
    table = tmp_path / "targets.csv"
    table.write_text("month,channel,spend,revenue\n2026-11,,1000,\n2026-11,Telegram,300,900\n")

    assert shell("targets", "import", str(table)).returncode == 0
    assert shell("targets", "set", "2026-11", "1200").returncode == 0
    assert shell("targets", "delete", "2026-11", "--channel", "Telegram").returncode == 0

    listed = json.loads(shell("targets", "--json").stdout)["targets"]
    assert [(one["channel"], one["measure"], one["amount"]) for one in listed] == [
        ("", "spend", 1200),
        ("Telegram", "revenue", 900),
    ]
    assert "“amount”" in shell("targets", "set", "2026-11", "many").stderr


def test_the_pace_of_a_month_is_that_of_the_newest_run(shell: Shell, sample: None) -> None:
    assert shell("sync").returncode == 0
    assert shell("targets", "set", "2026-11", "100").returncode == 0

    told = json.loads(shell("targets", "pace", "--json").stdout)

    spend = told["paces"][0]
    assert (told["month"], spend["measure"], spend["target"], spend["above"]) == ("2026-11", "spend", 100, 1)
    assert spend["low"] <= spend["expected"] <= spend["high"]
    assert "Used up on" in shell("targets", "pace", COLUMNS="200").stdout
