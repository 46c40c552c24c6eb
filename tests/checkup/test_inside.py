from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from demetra_dash.checkup import look_inside
from demetra_dash.checkup.check_result import CheckResult
from demetra_dash.settings import Settings
from services.database.engine import make_engine
from services.database.schema import downgrade


def results(settings: Settings, engine: sa.Engine) -> dict[str, CheckResult]:
    return {check_result.subject: check_result for check_result in look_inside(settings, engine)}


def test_a_new_database_lacks_only_a_worker_and_a_snapshot(engine: sa.Engine, tmp_path: Path) -> None:
    found = results(Settings(home=tmp_path), engine)

    assert {subject for subject, check_result in found.items() if check_result.state != "ok"} == {
        "worker",
        "snapshot",
    }
    assert found["worker"].advice is not None
    assert "demetra worker" in found["worker"].advice.en
    assert "demetra worker" in found["worker"].advice.ru


def test_an_old_schema_is_named(engine: sa.Engine, tmp_path: Path) -> None:
    downgrade(engine, "0001")

    advice = results(Settings(home=tmp_path), engine)["schema"].advice
    assert advice is not None
    assert "demetra migrate" in advice.en


def test_a_database_that_does_not_answer_fails(tmp_path: Path) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:9/none", name="demetra tests")

    assert results(Settings(home=tmp_path), engine)["database"].state == "failed"


def test_a_folder_that_cannot_be_written_is_named(engine: sa.Engine, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")

    charts = results(Settings(home=tmp_path, chart_dir=in_the_way), engine)["charts"]

    assert charts.state == "failed"
    assert charts.advice is not None
    assert "ML_DASHBOARD_DIR" in charts.advice.en


def test_a_damaged_model_is_named(engine: sa.Engine, tmp_path: Path) -> None:
    model = tmp_path / "model.skops"
    model.write_bytes(b"not a model")

    assert results(Settings(home=tmp_path, model_path=model), engine)["model"].state == "failed"


@pytest.mark.parametrize(("password", "state"), [("demetra", "warning"), ("x7Kq-w9Zr-t2Lm", "ok")])
def test_a_password_that_everybody_tries_is_a_warning(
    engine: sa.Engine, tmp_path: Path, password: str, state: str
) -> None:
    settings = Settings(home=tmp_path, database_url=f"postgresql://demetra:{password}@db/demetra")

    found = results(settings, engine)["password"]

    assert found.state == state
    assert "x7Kq" not in found.what.en


def test_a_cache_that_does_not_answer_is_a_warning(engine: sa.Engine, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, cache_redis_url="redis://:hidden@127.0.0.1:9/0")

    cache = results(settings, engine)["cache"]

    assert cache.state == "warning"
    assert "hidden" not in cache.what.en
