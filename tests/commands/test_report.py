from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from pptx import Presentation
from sqlalchemy import Engine

from demetra_dash.cli import demetra
from tests.api.filling import publish_first


def asked(engine: Engine, monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[int, str]:
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(demetra, ["report", *args])
    return done.exit_code, done.output


def test_the_ending_of_the_name_decides_what_is_written(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        run_id = publish_first(connection)

    code, told = asked(engine, monkeypatch, str(tmp_path / "board.pptx"), "--lang", "ru")
    assert (code, f"run {run_id}" in told) == (0, True), told
    assert len(Presentation(str(tmp_path / "board.pptx")).slides) > 5

    assert asked(engine, monkeypatch, str(tmp_path / "board.XLSX"), "--days", "all")[0] == 0
    assert "Summary" in openpyxl.load_workbook(tmp_path / "board.XLSX").sheetnames


@pytest.mark.parametrize(
    "args", [("board.docx",), ("board.pdf", "--days", "0"), ("board.pdf", "--lang", "de")]
)
def test_wrong_use_is_told(
    args: tuple[str, ...], engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert asked(engine, monkeypatch, *args)[0] == 2
    assert list(tmp_path.iterdir()) == []
