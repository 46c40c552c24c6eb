"""One sync run, whole: from campaign rows to a published snapshot, or to nothing at all."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa
from PIL import Image

from services.dashboards import DASHBOARDS
from services.database.tables import ml_charts, prediction_ledger, recommendations, snapshot_days, sync_runs
from services.errors import NoSnapshotError
from services.intake.demo import create_sample
from services.intake.store import remove_samples
from services.periods import last_days
from services.snapshots import ledger, store
from services.snapshots.overview import overview
from services.sync import pipeline, queue
from services.sync.options import SyncOptions
from services.sync.run import run_now, run_queued
from services.views import STAGES, Run
from tests.options import sync_options
from tests.rows import FIRST_DAY, add_campaigns

TODAY = date(2026, 11, 23)
PUBLISHED = (snapshot_days, ml_charts, recommendations, prediction_ledger, *(d.table for d in DASHBOARDS))


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    return sync_options(tmp_path)


@pytest.fixture
def sample(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as connection:
        create_sample(connection, today=TODAY)
    return engine


def _sync(engine: sa.Engine, options: SyncOptions) -> Run:
    run = run_now(engine, options, trigger="test", requested_by=None, redraw=True)
    assert run is not None
    return run


@pytest.mark.parametrize("leaves", ["Amazon", "Telegram", "Zalando"])
def test_an_older_run_keeps_the_colours_of_its_charts(
    engine: sa.Engine, options: SyncOptions, leaves: str
) -> None:
    old, new = ("Amazon", "Telegram", "Zalando"), ("Bing", "Criteo", "Outbrain")
    with engine.begin() as connection:
        for channel in old:
            add_campaigns(connection, channel, days=40)
    first = _sync(engine, options).run_id
    before = places(engine, first)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM campaigns WHERE channel = :leaves"), {"leaves": leaves})
        for channel in new:
            add_campaigns(connection, channel, days=40)
    second = _sync(engine, options).run_id

    assert sorted(before.values()) == [0, 1, 2]
    assert places(engine, first) == before
    assert places(engine, second)["Bing"] == before[leaves]
    with engine.connect() as connection:
        assert "channel_places" not in store.advice(connection, first).summary


def places(engine: sa.Engine, run_id: int) -> dict[str, int]:
    with engine.connect() as connection:
        channels = overview(connection, last_days(None), run_id).channels
    return {one.channel: one.position for one in channels}


def test_nothing_is_said_of_a_roi_without_revenue_and_conversions(
    sample: sa.Engine, options: SyncOptions
) -> None:
    with sample.begin() as connection:
        connection.execute(sa.text("UPDATE campaigns SET revenue = 0, conversions = 0"))
    run = _sync(sample, options)

    assert run.state == "succeeded", run.error_text
    with sample.connect() as connection:
        views = {spec.slug: store.dashboard(connection, spec) for spec in DASHBOARDS}
        recorded = set(connection.scalars(sa.select(prediction_ledger.c.metric)))
    assert "takes spend and revenue" in views["roi-forecast"].headline.en
    told = [value for view in views.values() for row in view.rows for name, value in row.items()
            if name.startswith(("roi", "predicted_roi"))]  # fmt: skip
    assert told
    assert set(told) == {None}
    assert recorded == {"reach", "ctr"}


def test_a_run_publishes_four_tables_and_four_charts_that_agree(
    sample: sa.Engine, options: SyncOptions
) -> None:
    run = _sync(sample, options)

    assert run.state == "succeeded", run.error_text
    assert run.stage_seconds is not None
    assert set(run.stage_seconds) == set(STAGES) - {"fetch"}  # no sources are declared
    with sample.connect() as connection:
        views = [store.dashboard(connection, spec) for spec in DASHBOARDS]
        for view in views:
            picture = store.chart(connection, view.slug)
            assert Image.open(BytesIO(picture.png)).convert("L").size == (picture.width, picture.height)
            assert picture.alt == view.headline[options.lang]
            assert view.headline.en != view.headline.ru
        assert options.chart_dir is not None
        assert (options.chart_dir / f"{view.slug}.png").read_bytes() == picture.png
    assert {view.snapshot.run_id for view in views} == {run.run_id}
    assert all(view.rows for view in views)
    assert views[0].snapshot.is_sample


def test_figures_of_a_run_are_those_of_the_campaign_rows(sample: sa.Engine, options: SyncOptions) -> None:
    run = _sync(sample, options)

    with sample.connect() as connection:
        facts = connection.execute(
            sa.text("SELECT count(*), min(date), max(date), sum(cost) FROM campaigns")
        ).one()
        budget = store.dashboard(connection, next(d for d in DASHBOARDS if "budget" in d.slug))
        last_28 = connection.scalar(
            sa.text("SELECT sum(cost) FROM campaigns WHERE date > (SELECT max(date) - 28 FROM campaigns)")
        )
    assert (run.rows_read, run.data_from, run.data_to) == tuple(facts)[:3]
    total = budget.rows[0]["total_budget"]
    assert total == pytest.approx(last_28, abs=Decimal("0.01"))
    assert sum(row["recommended_budget"] for row in budget.rows) == total


def test_predicted_values_of_past_days_differ_from_actual_ones(
    sample: sa.Engine, options: SyncOptions
) -> None:
    _sync(sample, options)

    with sample.connect() as connection:
        rows = store.dashboard(connection, next(d for d in DASHBOARDS if d.slug == "roi-timeseries")).rows
    past = [row for row in rows if row["roi_actual"] is not None and row["roi_pred"] is not None]
    future = [row for row in rows if row["date"] >= TODAY]
    assert len(past) > 500
    assert len(future) == 6 * 28
    assert all(row["roi_actual"] is None and row["roi_pred"] is not None for row in future)
    errors = [abs(row["roi_actual"] - row["roi_pred"]) for row in past]
    assert sum(error > 1e-6 for error in errors) > 0.99 * len(errors), "an in-sample fit, or the actuals"


def test_a_run_without_campaigns_fails_and_says_what_to_do(engine: sa.Engine, options: SyncOptions) -> None:
    run = _sync(engine, options)

    assert (run.state, run.error_code) == ("failed", "no_campaigns")
    assert run.error_text is not None
    assert "demetra import" in run.error_text["en"]


def test_a_failed_run_leaves_nothing_behind_and_the_last_good_one_on_screen(
    sample: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = _sync(sample, options)
    monkeypatch.setattr(pipeline, "render_dashboard", _explode)

    bad = _sync(sample, options)

    assert (bad.state, bad.error_code) == ("failed", "internal")
    assert bad.error_text is not None
    assert str(bad.run_id) in bad.error_text["ru"]
    with sample.connect() as connection:
        assert store.find(connection).run_id == good.run_id
        for table in PUBLISHED:
            assert connection.scalars(sa.select(table.c.run_id).distinct()).all() == [good.run_id]


def test_the_run_after_a_failure_succeeds(sample: sa.Engine, options: SyncOptions) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "render_dashboard", _explode)
        _sync(sample, options)

    assert _sync(sample, options).state == "succeeded"


def test_charts_that_cannot_be_copied_do_not_keep_the_figures_back(
    sample: sa.Engine, options: SyncOptions, tmp_path: Path
) -> None:
    (tmp_path / "charts").write_text("a file where the folder should be")

    run = _sync(sample, options)

    assert (run.state, run.error_code) == ("succeeded", "chart_copy")


def test_a_worker_does_queued_runs_one_by_one_and_then_rests(sample: sa.Engine, options: SyncOptions) -> None:
    with sample.begin() as connection:
        asked = queue.enqueue(connection, trigger="button")

    assert asked.run is not None
    run = run_queued(sample, options)
    assert run is not None
    assert run.run_id == asked.run.run_id
    assert run_queued(sample, options) is None


def test_nobody_works_while_another_does(sample: sa.Engine, options: SyncOptions) -> None:
    with sample.begin() as connection:
        queue.enqueue(connection, trigger="button")
    with sample.connect() as other:
        assert queue.try_lock(other)

        assert run_queued(sample, options) is None
        assert run_now(sample, options, trigger="test", requested_by=None) is None


def test_the_working_transaction_has_a_deadline(
    sample: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(work: sa.Connection, *_: object) -> NoReturn:
        seen.append(work.scalar(sa.text("SHOW idle_in_transaction_session_timeout")))
        raise NoSnapshotError

    monkeypatch.setattr(pipeline, "_collect", look)
    _sync(sample, options)

    assert seen == ["330s"], "a little more than SYNC_DEADLINE_SECONDS, at which the worker itself gives up"


@pytest.mark.parametrize(
    ("days", "values"),
    [
        (1, {}),
        (3, {}),
        (30, {"cost": 0}),
        (40, {"revenue": 0, "conversions": 0}),
        (60, {"impressions": 0, "clicks": 0, "conversions": 0, "cost": 0, "revenue": 0}),
        (20, {"clicks": 5000}),
        (15, {"cost": 10**12, "revenue": 10**13}),
    ],
)
def test_thin_and_odd_accounts_are_published_too(
    engine: sa.Engine, options: SyncOptions, days: int, values: dict[str, Any]
) -> None:
    with engine.begin() as connection:
        add_campaigns(connection, "<script>alert('ü')</script> \"Яндекс\" 🌾", days=days, **values)

    run = _sync(engine, options)

    assert run.state == "succeeded", run.error_text


def test_two_hundred_channels_are_published(engine: sa.Engine, options: SyncOptions) -> None:
    with engine.begin() as connection:
        for number in range(200):
            add_campaigns(connection, f"Channel {number:03}", days=20, cost=[number + n for n in range(20)])

    run = _sync(engine, options)

    assert run.state == "succeeded", run.error_text
    with engine.connect() as connection:
        assert len(store.dashboard(connection, DASHBOARDS[0]).rows) == 200


def test_history_says_what_happened(sample: sa.Engine, options: SyncOptions) -> None:
    first = _sync(sample, options)

    with sample.connect() as connection:
        (seen,) = queue.history(connection, 10)
        assert connection.scalar(sa.select(sa.func.count()).select_from(sync_runs)) == 1
    assert seen == first
    assert seen.model_version
    assert seen.scores


def test_the_days_that_came_are_held_against_what_was_recorded(
    engine: sa.Engine, options: SyncOptions
) -> None:
    _add_days(engine, 60)
    _sync(engine, options)
    _sync(engine, options)
    recorded = _recorded_on(engine)
    _add_days(engine, 10, first=FIRST_DAY + timedelta(days=60))

    _sync(engine, options)

    with engine.connect() as connection:
        record = ledger.score(connection, store.find(connection))
    assert recorded == {FIRST_DAY + timedelta(days=59): 4 * 28}
    assert _recorded_on(engine) == recorded | {FIRST_DAY + timedelta(days=69): 4 * 28}
    assert (record.made_from, record.days) == (FIRST_DAY + timedelta(days=59), 10)
    assert record.forecasts == 4 * 10
    assert record.inside80 is not None
    assert record.inside80 > 0.5, "every day is like the days before"


def test_forecasts_of_the_sample_leave_when_real_campaigns_take_its_place(
    sample: sa.Engine, options: SyncOptions
) -> None:
    _sync(sample, options)
    with sample.begin() as connection:
        remove_samples(connection)
    _add_days(sample, 20, first=TODAY)

    _sync(sample, options)

    assert list(_recorded_on(sample)) == [TODAY + timedelta(days=19)]


def _add_days(engine: sa.Engine, days: int, first: date = FIRST_DAY) -> None:
    with engine.begin() as connection:
        add_campaigns(connection, days=days, first=first, revenue=[8 + n % 3 for n in range(days)])


def _recorded_on(engine: sa.Engine) -> Any:
    made_on = prediction_ledger.c.made_on
    with engine.connect() as connection:
        rows = connection.execute(sa.select(made_on, sa.func.count()).group_by(made_on))
        return {row[0]: row[1] for row in rows}


def _explode(*_args: Any, **_values: Any) -> NoReturn:
    raise ZeroDivisionError
