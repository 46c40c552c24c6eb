"""`demetra import` and `demetra demo` as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from demetra_dash.commands.campaigns import demo, import_campaigns, run_import
from demetra_dash.commands.channels import channels
from services.database.tables import campaigns
from services.intake.channel_rules import UnknownChannelError
from tests.intake.files import ROW, write

PROMISED = {
    *("file", "rows_read", "rows_imported", "rows_updated", "rows_rejected"),
    *("channels", "date_from", "date_to", "rejects_file"),
}


@pytest.fixture
def demetra(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run a command of its own on a fresh database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DEMETRA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DEMETRA_LOCALE", "en")
    return lambda command, *words: CliRunner().invoke(command, [str(word) for word in words])


def stored(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(campaigns)).scalar_one()


def test_a_file_is_imported_and_reported(demetra: Callable[..., Result], tmp_path: Path) -> None:
    result = demetra(import_campaigns, write(tmp_path, ROW, "bad"))

    assert result.exit_code == 0
    assert "2 rows read: 1 new, 0 updated, 0 unchanged, 1 rejected" in result.stdout
    assert "Line 3: the row has 1 fields, the header has 7" in result.stdout
    assert f"Rejected rows: {tmp_path / 'campaigns.csv.rejects.csv'}" in result.stdout
    assert result.stderr == ""


def test_json_is_one_document_with_the_promised_names(demetra: Callable[..., Result], tmp_path: Path) -> None:
    result = demetra(import_campaigns, write(tmp_path, ROW), tmp_path / "none.csv", "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert all(entry.keys() >= PROMISED for entry in document["files"])
    assert document["files"][0]["rows_imported"] == 1
    assert document["files"][1]["error"]["code"] == "file_missing"
    assert "There is no file" in result.stderr


def test_sample_campaigns_come_and_go(demetra: Callable[..., Result], tmp_path: Path) -> None:
    made = json.loads(demetra(demo, "--json").stdout)["rows"]
    imported = demetra(import_campaigns, write(tmp_path, ROW))

    assert made > 4_000
    assert f"The sample campaigns ({made:,} rows) were removed" in imported.stdout


@pytest.mark.parametrize("words", [[], ["--channel", "", "file.csv"], ["--chanel", "x", "file.csv"]])
def test_wrong_use_is_told_apart_from_failure(demetra: Callable[..., Result], words: list[str]) -> None:
    assert demetra(import_campaigns, *words).exit_code == 2


def test_files_stand_and_fall_one_by_one(
    engine: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path, ROW, name="good.csv")
    bad = write(tmp_path, "bad", name="bad.csv")
    better = write(tmp_path, ROW.replace("Instagram", "TikTok"), name="better.csv")

    assert not run_import(engine, [good, bad, better])
    assert stored(engine) == 2
    assert "None of the 1 rows of “bad.csv” can be used" in capsys.readouterr().err


def test_a_dry_run_stores_nothing(
    engine: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_import(engine, [write(tmp_path, ROW)], dry_run=True)
    assert stored(engine) == 0
    assert "A trial: nothing was stored." in capsys.readouterr().out


def test_an_import_that_dies_changes_nothing(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, *[ROW] * 50)

    def die(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("services.intake.importing._report", die)
    with pytest.raises(KeyboardInterrupt):
        run_import(engine, [file])
    assert stored(engine) == 0
    assert [path.name for path in Path(tmp_path).iterdir()] == ["campaigns.csv"]


def test_the_report_speaks_russian_too(
    engine: sa.Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_import(engine, [write(tmp_path, ROW)], lang="ru")

    assert "новых 1" in capsys.readouterr().out


def test_columns_are_assigned_and_remembered(demetra: Callable[..., Result], tmp_path: Path) -> None:
    file = write(tmp_path, "2026-09-01,A,10,7.50", header="Päivä,Kanava,Klikit,Kulut")
    first = demetra(
        import_campaigns,
        *("--map", "date=Päivä", "--map", "channel=Kanava", "--map", "clicks=Klikit", "--map", "cost=Kulut"),
        file,
    )
    second = demetra(import_campaigns, file)

    assert "Cost 7.50" in first.stdout
    assert "1 unchanged" in second.stdout
    assert "Columns were assigned as for an earlier file" in second.stdout
    assert demetra(import_campaigns, "--map", "cost", file).exit_code == 2


def test_a_report_names_the_layout_and_the_details(demetra: Callable[..., Result], tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "2026-09-01,Harbour,Enabled,100,10,7.50,1,20",
        header="Day,Campaign,Campaign status,Impr.,Clicks,Cost,Conversions,Conv. value",
    )
    result = demetra(import_campaigns, file)

    assert "Layout: Google Ads (google_ads)" in result.stdout
    assert "Kept beside the rows, because it changes: campaign_status (Campaign status)" in result.stdout


def test_channels_are_listed_renamed_merged_split_and_given_back(
    demetra: Callable[..., Result], tmp_path: Path
) -> None:
    lines = [
        "2026-09-01,Google,Brand,10,7.50",
        "2026-09-01,Google,Shoes,10,7.50",
        "2026-09-01,Bing,Brand,10,7.50",
    ]
    demetra(import_campaigns, write(tmp_path, *lines, header="date,channel,campaign,clicks,cost"))
    split = demetra(channels, "--split-by", "Google", "^brand", "Google Brand")
    merged = json.loads(demetra(channels, "--merge", "Bing", "Google", "--json").stdout)
    refused = demetra(channels, "--rename", "Yahoo", "X")
    listed = json.loads(demetra(channels, "--json").stdout)
    back = demetra(channels, "--undo", merged["rule"]["id"])

    assert "campaigns of “Google” with “^brand” are channel “Google Brand”" in split.stdout
    assert listed["channels"] == [{"channel": "Google", "rows": 2}, {"channel": "Google Brand", "rows": 1}]
    assert [rule["kind"] for rule in listed["rules"]] == ["split", "merge"]
    assert isinstance(refused.exception, UnknownChannelError)
    assert "Taken back" in back.stdout
    assert "Bing  (1 rows)" in demetra(channels).stdout
    assert demetra(channels, "--merge", "A", "B", "--undo", 1).exit_code == 2
