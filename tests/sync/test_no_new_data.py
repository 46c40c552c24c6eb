"""A sync after which nothing has changed: it ends at once, says so, and the snapshot stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

import services
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.tables import campaign_changes, campaigns, sync_runs
from services.forecasting import load, save
from services.forecasting.model import Model
from services.intake.demo import create_sample
from services.snapshots import store
from services.sync import fingerprint, pipeline, queue
from services.sync.options import SyncOptions
from services.sync.run import run_now, run_queued
from services.views import Run
from tests.options import sync_options
from tests.rows import FIRST_DAY, add_campaigns


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    return sync_options(tmp_path)


@pytest.fixture
def published(engine: sa.Engine, options: SyncOptions) -> sa.Engine:
    """A database whose campaigns have been published by a first run."""
    with engine.begin() as connection:
        add_campaigns(connection, days=40)
        add_campaigns(connection, "TikTok", days=40, cost=7)
    assert _sync(engine, options).state == "succeeded"
    return engine


def _sync(engine: sa.Engine, options: SyncOptions) -> Run:
    run = run_now(engine, options, trigger="test", requested_by=None)
    assert run is not None
    return run


def test_a_second_run_of_the_same_data_succeeds_and_says_that_there_is_nothing_new(
    published: sa.Engine, options: SyncOptions
) -> None:
    run = _sync(published, options)

    assert (run.state, run.no_new_data, run.error_code) == ("succeeded", True, None)
    assert (run.data_to, run.rows_read) == (date(2026, 10, 10), 80)


def test_nothing_is_computed_when_nothing_has_changed(
    published: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "render_dashboard", _explode)
    monkeypatch.setattr(pipeline, "predict_days", _explode)

    assert [_sync(published, options).no_new_data for _ in range(3)] == [True] * 3


def test_the_snapshot_stays_with_its_four_cards_and_its_own_time(
    published: sa.Engine, options: SyncOptions
) -> None:
    analytics = Analytics(published, 1800)
    before = analytics.snapshot()

    check = _sync(published, options)

    status = analytics.status()
    assert status.snapshot == before
    assert before is not None
    assert {analytics.dashboard(d.slug).snapshot.run_id for d in DASHBOARDS} == {before.run_id}
    assert status.last_success == check
    assert check.finished_at is not None
    assert status.checked_at == check.finished_at > before.created_at
    assert status.age_seconds == (status.server_now - check.finished_at).total_seconds()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE campaigns SET cost = cost + 1 WHERE id = (SELECT min(id) FROM campaigns)",
        "UPDATE campaigns SET attributes = '{\"region\": \"north\"}' WHERE channel = 'TikTok'",
        "DELETE FROM campaigns WHERE date = '2026-10-10'",
        "INSERT INTO campaigns SELECT FROM campaigns LIMIT 0",
    ],
)
def test_any_change_of_campaigns_makes_the_next_run_draw(
    published: sa.Engine, options: SyncOptions, change: str
) -> None:
    with published.begin() as connection:
        connection.execute(sa.text(change))

    assert [_sync(published, options).no_new_data for _ in range(2)] == [False, True]


def test_a_truncated_table_is_a_change_too(published: sa.Engine, options: SyncOptions) -> None:
    with published.begin() as connection:
        connection.execute(sa.text("TRUNCATE campaigns"))

    assert _sync(published, options).error_code == "no_campaigns"


def test_a_change_that_is_taken_back_is_none(published: sa.Engine, options: SyncOptions) -> None:
    with published.connect() as connection:
        connection.execute(campaigns.delete())
        connection.rollback()

    assert _sync(published, options).no_new_data


def test_a_change_that_is_committed_while_a_run_draws_is_found_by_the_next(
    published: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with published.connect() as writer:
        writer.execute(campaigns.update().values(cost=9))
        with published.begin() as connection:
            queue.enqueue(connection, trigger="api", redraw=True)
        monkeypatch.setattr(pipeline, "_save", _then(writer.commit, pipeline._save))
        first = run_queued(published, options)
    monkeypatch.undo()

    second, third = (_sync(published, options) for _ in range(2))

    assert first is not None
    assert (first.state, first.no_new_data) == ("succeeded", False)
    assert (second.no_new_data, third.no_new_data) == (False, True)


@pytest.mark.parametrize(
    "values",
    [
        {"lang": "ru"},
        {"currency": "USD"},
        {"horizon_days": 14},
        {"budget_total": Decimal(100)},
        {"budget_change_limit": 0.1},
        {"chart_dpi": 70},
    ],
)
def test_other_settings_make_the_next_run_draw(
    published: sa.Engine,
    options: SyncOptions,
    values: dict[str, str] | dict[str, int] | dict[str, Decimal] | dict[str, float],
) -> None:
    assert not _sync(published, replace(options, **values)).no_new_data


def test_another_model_file_makes_the_next_run_draw(published: sa.Engine, options: SyncOptions) -> None:
    model = load(options.model_file)
    assert isinstance(model, Model)
    model.learned_["counts"]["growth"] *= 1.01
    save(model, options.model_file)

    assert [_sync(published, options).no_new_data for _ in range(2)] == [False, True]


def test_a_newer_demetra_makes_the_next_run_draw(
    published: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "code", lambda: "newer")

    assert not _sync(published, options).no_new_data


def test_the_wish_to_redraw_is_granted(published: sa.Engine, options: SyncOptions) -> None:
    with published.begin() as connection:
        asked = queue.enqueue(connection, trigger="api", redraw=True)

    run = run_queued(published, options)

    assert run is not None
    assert (run.run_id, run.redraw, run.no_new_data) == (asked.run.run_id, True, False)
    with published.connect() as connection:
        assert run is not None
        assert store.find(connection).run_id == run.run_id


def test_a_queued_run_takes_the_wish_to_redraw_on(published: sa.Engine) -> None:
    with published.begin() as connection:
        queued = queue.enqueue(connection, trigger="button").run
        asked = queue.enqueue(connection, trigger="api", redraw=True)

    assert (asked.joined, asked.run.run_id, asked.run.redraw) == (True, queued.run_id, True)


def test_a_running_run_that_may_not_draw_is_followed_by_one_that_does(published: sa.Engine) -> None:
    with published.begin() as connection:
        queue.enqueue(connection, trigger="button")
        running = queue.claim(connection)
        asked = queue.enqueue(connection, trigger="api", redraw=True)
        again = queue.enqueue(connection, trigger="api", redraw=True)

    assert not asked.joined
    assert asked.run is not None
    assert running is not None
    assert asked.run.run_id > running.run_id
    assert (again.joined, again.run.run_id) == (True, asked.run.run_id)


def test_a_running_redraw_is_joined(published: sa.Engine) -> None:
    with published.connect() as connection:
        assert queue.try_lock(connection)
        queue.enqueue(connection, trigger="api", redraw=True)
        running = queue.claim(connection)

        assert running is not None
        assert queue.enqueue(connection, trigger="api", redraw=True).run.run_id == running.run_id


def test_changes_are_found_again_after_a_run_that_failed(
    published: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with published.begin() as connection:
        connection.execute(campaigns.update().values(cost=9))
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "render_dashboard", _explode)
        assert _sync(published, options).state == "failed"

    assert not _sync(published, options).no_new_data


def test_the_digest_of_the_code_covers_all_packages_of_services() -> None:
    assert Path(services.__file__).parent == fingerprint._SOURCES


def test_charts_that_could_not_be_copied_are_copied_by_the_next_run(
    published: sa.Engine, options: SyncOptions, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.write_text("a file where the folder should be")
    moved = replace(options, chart_dir=folder)
    assert _sync(published, moved).error_code == "chart_copy"
    folder.unlink()

    run = _sync(published, moved)

    assert (run.no_new_data, run.error_code) == (True, None)
    assert len(list(folder.iterdir())) == len(DASHBOARDS)


def test_a_snapshot_that_nothing_replaces_outlives_the_history(
    published: sa.Engine, options: SyncOptions
) -> None:
    with published.begin() as connection:
        connection.execute(sync_runs.update().values(finished_at=sa.text("now() - interval '200 days'")))

    assert _sync(published, options).no_new_data
    assert Analytics(published, 1800).snapshot() is not None


def test_the_sample_is_published_once(engine: sa.Engine, options: SyncOptions) -> None:
    with engine.begin() as connection:
        create_sample(connection, today=date(2026, 11, 23))

    assert [_sync(engine, options).no_new_data for _ in range(2)] == [False, True]


def test_many_writers_leave_one_notice_each_and_a_run_takes_them_all(
    published: sa.Engine, options: SyncOptions
) -> None:
    for number in range(5):
        with published.begin() as connection:
            for day in range(3):
                add_campaigns(connection, "VK", first=FIRST_DAY.replace(day=1 + 3 * number + day))
    with published.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(campaign_changes)) == 5

    _sync(published, options)

    with published.connect() as connection:
        assert not fingerprint.has_changes(connection)


def _then(first: Callable[[], None], second: Callable[..., Any]) -> Callable[..., Any]:
    def both(*args: Any, **values: Any) -> Any:
        first()
        return second(*args, **values)

    return both


def _explode(*_args: Any, **_values: Any) -> NoReturn:
    raise ZeroDivisionError
