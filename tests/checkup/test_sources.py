"""`demetra doctor` reads each declared source, says what is wrong with it, and stores nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from demetra_dash.checkup import CheckResult, look_at_sources
from demetra_dash.settings import Settings
from services.database.engine import make_engine
from services.database.tables import campaigns, imports, source_files, sources

CSV = "Date,Campaign,Impressions,Clicks,Conversions,Cost,Revenue\n2026-10-01,Brand,100,10,1,12.50,30\n"


def results(home: Path, engine: sa.Engine, toml: str | None) -> list[CheckResult]:
    if toml is not None:
        (home / "sources.toml").write_text(toml, encoding="utf-8")
    return list(look_at_sources(Settings(home=home), engine))


def folder(name: str, path: Path) -> str:
    return f'[[source]]\nname = "{name}"\ntype = "folder"\npath = "{path}"\n'


def test_without_sources_nothing_is_wrong(engine: sa.Engine, tmp_path: Path) -> None:
    (result,) = results(tmp_path, engine, None)

    assert (result.subject, result.state) == ("sources", "ok")
    assert "sources.toml" in result.what.en


def test_each_source_has_its_sentence_and_nothing_is_stored(engine: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Meta.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "in" / "Meta.csv.done").touch()
    toml = folder("Exports", tmp_path / "in" / "*.csv") + folder("Gone", tmp_path / "none" / "*.csv")

    good, bad = results(tmp_path, engine, toml)

    assert good.state == "ok"
    assert good.what.en.startswith("Exports: can be read")
    assert bad.state == "failed"
    assert bad.what.en.startswith("Gone: ")
    assert bad.what.ru.startswith("Gone: ")
    assert bad.advice is not None
    assert "demetra sources test “Gone”" in bad.advice.en
    with engine.connect() as connection:
        for table in (campaigns, imports, sources, source_files):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_a_mistake_in_the_file_is_named_with_its_line(engine: sa.Engine, tmp_path: Path) -> None:
    (result,) = results(tmp_path, engine, '[[source]]\nname = "a"\ntype = "fodler"\n')

    assert (result.subject, result.state) == ("sources", "failed")
    assert "line 3" in result.what.en
    assert "строка 3" in result.what.ru


def test_no_secret_is_in_a_sentence(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORT_TOKEN", "a-very-secret-token")
    toml = (
        '[[source]]\nname = "Reports"\ntype = "https"\ninternal = true\n'
        'url = "http://127.0.0.1:9/${REPORT_TOKEN}/report.csv"\n'
    )

    (result,) = results(tmp_path, engine, toml)

    assert result.state == "failed"
    assert "a-very-secret-token" not in str(result)


def test_a_database_that_is_down_is_not_taken_for_a_broken_source(tmp_path: Path) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:9/none", name="demetra tests")

    (result,) = results(tmp_path, engine, folder("Exports", tmp_path / "*.csv"))

    assert result.state == "warning"
