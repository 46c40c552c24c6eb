"""Charts in the languages and themes that pages show: drawn on demand, from then on in each run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.tables import chart_demand, chart_variants, sync_runs
from services.errors import DatabaseReadOnlyError
from services.snapshots import pictures, store
from services.sync import queue
from services.sync.options import SyncOptions
from services.sync.run import run_now, run_queued
from services.views import Run, Variant
from tests.options import sync_options
from tests.rows import add_campaigns

USUAL, DARK = Variant("en"), Variant("en", "dark")
RUSSIAN, RUSSIAN_DARK = Variant("ru"), Variant("ru", "dark")
SLUG = "roi-forecast"


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    return sync_options(tmp_path)


@pytest.fixture
def first(engine: sa.Engine, options: SyncOptions) -> Run:
    with engine.begin() as connection:
        add_campaigns(connection, "Amazon", days=40)
    return _sync(engine, options)


@pytest.fixture
def analytics(engine: sa.Engine) -> Analytics:
    return Analytics(engine, 1800.0)


def _sync(engine: sa.Engine, options: SyncOptions, *, redraw: bool = False) -> Run:
    run = run_now(engine, options, trigger="test", requested_by=None, redraw=redraw)
    assert run is not None
    assert run.state == "succeeded", run.error_text
    return run


def _drawn(engine: sa.Engine, run_id: int) -> set[Variant]:
    with engine.connect() as connection:
        return {chart.variant for d in DASHBOARDS for chart in pictures.variants(connection, d.slug, run_id)}


def test_a_run_draws_one_variant_until_a_page_shows_another(engine: sa.Engine, first: Run) -> None:
    assert _drawn(engine, first.run_id) == {USUAL}


def test_a_page_in_another_language_gets_the_usual_charts_and_then_its_own(
    engine: sa.Engine, options: SyncOptions, first: Run, analytics: Analytics
) -> None:
    shown = analytics.chart(SLUG, first.run_id, RUSSIAN_DARK)
    second = run_queued(engine, options)

    assert shown.variant == USUAL
    assert second is not None
    assert (second.trigger, second.state, second.no_new_data) == ("pictures", "succeeded", False)
    assert _drawn(engine, second.run_id) == {USUAL, RUSSIAN_DARK}
    own, usual = analytics.chart(SLUG, None, RUSSIAN_DARK), analytics.chart(SLUG)
    assert own.variant == RUSSIAN_DARK
    assert own.alt == usual.headline.ru
    assert own.png != usual.png
    assert (own.width, own.height) == (usual.width, usual.height)


def test_once_the_variant_is_there_nothing_is_requested_and_nothing_is_new(
    engine: sa.Engine, options: SyncOptions, first: Run, analytics: Analytics
) -> None:
    analytics.chart(SLUG, None, DARK)
    run_queued(engine, options)
    Analytics(engine, 1800.0).chart(SLUG, None, DARK)  # another process, which has not asked before

    assert run_queued(engine, options) is None
    assert _sync(engine, options).no_new_data


def test_a_variant_that_is_already_drawn_costs_no_further_run(
    engine: sa.Engine, options: SyncOptions, first: Run, analytics: Analytics
) -> None:
    analytics.chart(SLUG, first.run_id, USUAL)

    assert run_queued(engine, options) is None
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(chart_demand)) == 0


def test_many_pages_ask_once(
    engine: sa.Engine, options: SyncOptions, first: Run, analytics: Analytics
) -> None:
    for _ in range(3):
        for spec in DASHBOARDS:
            analytics.chart(spec.slug, None, DARK)

    with engine.connect() as connection:
        runs = connection.scalars(sa.select(sync_runs.c.trigger)).all()
    assert list(runs).count("pictures") == 1


def test_the_charts_of_an_older_run_stay_as_they_are(
    engine: sa.Engine, options: SyncOptions, first: Run, analytics: Analytics
) -> None:
    analytics.chart(SLUG, None, DARK)
    run_queued(engine, options)

    assert analytics.chart(SLUG, first.run_id, DARK).variant == USUAL
    assert not analytics.has_charts(first.run_id, DARK)
    assert analytics.has_charts(first.run_id, USUAL)


def test_a_variant_that_pages_have_not_shown_for_a_month_is_no_longer_drawn(
    engine: sa.Engine, options: SyncOptions, first: Run, analytics: Analytics
) -> None:
    analytics.chart(SLUG, None, DARK)
    long_ago = sa.func.now() - timedelta(days=pictures.DEMAND_DAYS + 1)
    with engine.begin() as connection:
        connection.execute(chart_demand.update().values(asked_at=long_ago))

    assert _drawn(engine, _sync(engine, options, redraw=True).run_id) == {USUAL}


def test_the_nearest_variant_has_the_language_before_the_theme(
    engine: sa.Engine, options: SyncOptions, first: Run, analytics: Analytics
) -> None:
    for variant in (DARK, RUSSIAN):
        with engine.begin() as connection:
            pictures.want(connection, variant)
    _sync(engine, options)

    assert _drawn(engine, first.run_id + 1) == {USUAL, DARK, RUSSIAN}
    assert analytics.chart(SLUG, None, RUSSIAN_DARK).variant == RUSSIAN


def test_variants_are_pruned_with_their_snapshot(engine: sa.Engine, options: SyncOptions, first: Run) -> None:
    with engine.begin() as connection:
        pictures.want(connection, DARK)
    kept = [_sync(engine, options, redraw=True).run_id for _ in range(4)]
    with engine.begin() as connection:
        store.prune(connection, 1)
        runs = set(connection.scalars(sa.select(chart_variants.c.run_id)))

    assert runs == set(kept[-2:])


def test_a_database_that_refuses_to_write_costs_no_picture(
    first: Run, analytics: Analytics, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseReadOnlyError(reason="read-only")

    monkeypatch.setattr(pictures, "want", refuse)

    assert analytics.chart(SLUG, None, DARK).variant == USUAL
    assert "not requested" in caplog.text


def test_two_pages_that_ask_at_the_same_time_join_one_run(engine: sa.Engine, first: Run) -> None:
    for variant in (DARK, RUSSIAN):
        Analytics(engine, 1800.0).chart(SLUG, None, variant)

    with engine.connect() as connection:
        assert [run.state for run in queue.history(connection, 5)].count("queued") == 1
        assert pictures.wanted(connection) == {DARK, RUSSIAN}
