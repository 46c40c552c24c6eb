"""A run fetches the declared sources before it computes, and never fails because of one of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.intake import create_sample
from services.snapshots import store
from services.sources import state
from services.sources.declarations import Declarations
from services.sync import queue
from services.sync.fetch import FetchStage
from services.sync.options import SyncOptions
from services.sync.run import run_now
from services.views import Run, news_of
from tests.options import sync_options
from tests.sources.files import csv_text, drop

FOLDER = '[[source]]\nname = "exports"\ntype = "folder"\npath = "in/*.csv"\nsettle = "0.001 s"\n'
BROKEN = '[[source]]\nname = "broken"\ntype = "folder"\npath = "/no/such/folder"\n'


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    return sync_options(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "sources.toml"


def run(engine: sa.Engine, options: SyncOptions, file: Path, **stage: Any) -> Run:
    fetch = FetchStage(Declarations(file, dict), **stage)
    found = run_now(engine, options, fetch=fetch, trigger="test", requested_by=None)
    assert found is not None
    return found


def test_a_run_without_campaigns_brings_them_from_its_sources(
    engine: sa.Engine, options: SyncOptions, file: Path
) -> None:
    file.write_text(FOLDER + BROKEN)
    drop(file.parent / "in", "may.csv")

    found = run(engine, options, file)

    assert (found.state, found.error_text) == ("succeeded", None)
    assert found.fetched == {
        "sources": 2,
        "done": 2,
        "failed": ["broken"],
        "files": 1,
        "refused": 0,
        "rows_new": 56,
        "rows_corrected": 0,
        "is_partial": False,
    }
    assert found.stage_seconds is not None
    assert "fetch" in found.stage_seconds
    news = news_of(found)
    assert news is not None
    assert news.en == "1 file, 56 new rows, 0 corrected; not read: broken"


def test_a_run_whose_sources_bring_nothing_says_no_new_data(
    engine: sa.Engine, options: SyncOptions, file: Path
) -> None:
    file.write_text(FOLDER)
    drop(file.parent / "in", "may.csv")
    run(engine, options, file)

    found = run(engine, options, file)

    assert (found.state, found.no_new_data) == ("succeeded", True)
    assert news_of(found) is None


def test_a_new_file_makes_a_new_snapshot(engine: sa.Engine, options: SyncOptions, file: Path) -> None:
    file.write_text(FOLDER)
    drop(file.parent / "in", "may.csv")
    first = run(engine, options, file)
    drop(file.parent / "in", "june.csv", csv_text(range(31, 59)))

    second = run(engine, options, file)

    assert second.has_drawn
    assert (first.data_to, second.data_to) != (second.data_to, first.data_to)
    with engine.connect() as connection:
        assert store.newest(connection) is not None


def test_a_run_without_sources_has_no_stage_of_them(
    engine: sa.Engine, options: SyncOptions, file: Path
) -> None:
    with engine.begin() as connection:
        create_sample(connection, today=date(2026, 5, 1))

    found = run(engine, options, file)

    assert found.fetched is None
    assert found.stage_seconds is not None
    assert "fetch" not in found.stage_seconds


def test_a_run_that_then_fails_says_what_it_fetched(
    engine: sa.Engine, options: SyncOptions, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(FOLDER)
    drop(file.parent / "in", "may.csv")
    monkeypatch.setattr("services.sync.pipeline.plan", lambda *_args, **_options: 1 / 0)

    found = run(engine, options, file)

    assert found.state == "failed"
    assert found.fetched is not None
    assert found.fetched["files"] == 1
    with engine.connect() as connection:
        assert store.has_real_campaigns(connection)


def test_sources_that_bring_nothing_to_an_empty_database_say_where_to_look(
    engine: sa.Engine, options: SyncOptions, file: Path
) -> None:
    file.write_text(BROKEN)

    found = run(engine, options, file)

    assert (found.state, found.error_code) == ("failed", "nothing_fetched")


def test_a_mistake_in_the_file_keeps_the_last_declarations_and_is_told(
    engine: sa.Engine, options: SyncOptions, file: Path
) -> None:
    file.write_text(FOLDER)
    drop(file.parent / "in", "may.csv")
    fetch = FetchStage(Declarations(file, dict))
    run_now(engine, options, fetch=fetch, trigger="test", requested_by=None)
    file.write_text(FOLDER + "chanel = 1\n")
    drop(file.parent / "in", "june.csv", csv_text(range(31, 59)))

    during = run_now(engine, options, fetch=fetch, trigger="test", requested_by=None)
    with engine.connect() as connection:
        told = state.list_sources(connection)
    file.write_text(FOLDER)
    run_now(engine, options, fetch=fetch, trigger="test", requested_by=None)
    with engine.connect() as connection:
        mended = state.list_sources(connection)

    assert during is not None
    assert during.fetched is not None
    assert during.fetched["files"] == 1
    assert told.file_problem is not None
    assert "line 6" in told.file_problem.en
    assert [one.name for one in told.items] == ["exports"]
    assert mended.file_problem is None


def test_a_worker_that_begins_with_a_mistake_in_the_file_keeps_the_list(
    engine: sa.Engine, options: SyncOptions, file: Path
) -> None:
    file.write_text(FOLDER)
    drop(file.parent / "in", "may.csv")
    run(engine, options, file)
    file.write_text("[[source]\n")

    found = run(engine, options, file)

    assert (found.state, found.fetched) == ("succeeded", None)
    with engine.connect() as connection:
        told = state.list_sources(connection)
    assert [one.name for one in told.items] == ["exports"]
    assert told.file_problem is not None


def test_a_run_that_is_stopped_while_it_fetches_is_interrupted(
    engine: sa.Engine, options: SyncOptions, file: Path
) -> None:
    file.write_text(FOLDER)
    drop(file.parent / "in", "may.csv")

    found = run(engine, options, file, is_stopping=lambda: True)

    assert found.state == "interrupted"
    with engine.connect() as connection:
        assert not queue.has_queued(connection)
