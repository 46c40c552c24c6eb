"""Syncs learn from each other how complete the newest days are."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from services.database.tables import campaigns, day_reports, incomplete_days
from services.intake.demo import create_sample
from services.snapshots import store
from services.sync.options import SyncOptions
from services.sync.run import run_now
from tests.insights.delays import Delay, reported_ages, seen
from tests.insights.simulated import Kind, account
from tests.options import sync_options

KIND = Kind(channels=3, days=190, orders_per_day=80)
SYNCS = 9
FALSE = {"anomaly", "funnel"}


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    return sync_options(tmp_path, horizon_days=14)


def put(engine: sa.Engine, days: pd.DataFrame) -> None:
    """Replace all campaign rows by these days, as an import of them does."""
    rows = days.assign(source="import", campaign_id=days["channel"], date=days["date"].dt.date)
    with engine.begin() as connection:
        connection.execute(campaigns.delete())
        connection.execute(campaigns.insert(), rows.to_dict("records"))  # type: ignore[arg-type]


def sync(engine: sa.Engine, options: SyncOptions) -> int:
    run = run_now(engine, options, trigger="test", requested_by=None, redraw=True)
    assert run is not None
    assert run.state == "succeeded", run.error_text
    return run.run_id


def daily_syncs(engine: sa.Engine, options: SyncOptions, delay: Delay, syncs: int = SYNCS) -> pd.DataFrame:
    """Import and sync on each of some days; return the days as they will be when all is reported."""
    days = account(5, KIND)
    ages = reported_ages(days, dict.fromkeys(days["channel"].unique(), delay), 5)
    for back in range(syncs - 1, -1, -1):
        put(engine, seen(days, ages, days["date"].max() - pd.Timedelta(days=back)))
        sync(engine, options)
    return days


def newest(engine: sa.Engine) -> pd.DataFrame:
    """Return the incomplete days of the newest snapshot."""
    with engine.connect() as connection:
        run_id = store.find(connection).run_id
        rows = connection.execute(sa.select(incomplete_days).where(incomplete_days.c.run_id == run_id))
        return pd.DataFrame(rows.mappings().all(), columns=[c.name for c in incomplete_days.c])


def rules(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return {one.rule_id for one in store.advice(connection).items}


def test_the_first_sync_leaves_the_attribution_days_out(engine: sa.Engine, options: SyncOptions) -> None:
    days = daily_syncs(engine, options, Delay(2.0), syncs=1)

    found = newest(engine)

    assert set(found["state"]) == {"not_learned"}
    assert set(found["channel"]) == set(days["channel"])
    assert found.groupby("channel").size().between(options.attribution_days, 14).all()
    assert not rules(engine) & FALSE


def test_daily_syncs_learn_the_share_that_has_come_in(engine: sa.Engine, options: SyncOptions) -> None:
    days = daily_syncs(engine, options, Delay(2.0))

    found = newest(engine)
    share = found.groupby("date")["conversions"].mean().to_dict()
    last = days["date"].max().date()

    assert set(found["state"]) == {"coming_in"}
    # Seen at the end of its own day, one day later, ...: mean over a uniform moment of 1 - exp(-wait / 2).
    moments = np.linspace(0, 1, 1001)
    for age in (1, 2, 3):
        expected = float(np.mean(1 - np.exp(-(age + 1 - moments) / 2)))
        assert share[last - timedelta(days=age)] == pytest.approx(expected, abs=0.05)
    assert not rules(engine) & FALSE


def test_days_that_arrive_complete_are_not_left_out_any_more(engine: sa.Engine, options: SyncOptions) -> None:
    daily_syncs(engine, options, Delay(0.0))

    assert newest(engine).empty


def test_two_imports_of_the_same_days_with_a_sync_after_each_replace_their_report(
    engine: sa.Engine, options: SyncOptions
) -> None:
    days = account(5, KIND)
    put(engine, days.assign(conversions=days["conversions"] // 2))
    sync(engine, options)

    put(engine, days)
    sync(engine, options)

    with engine.connect() as connection:
        rows = connection.execute(sa.select(day_reports)).mappings().all()
    assert {row["seen_on"] for row in rows} == {days["date"].max().date()}
    by_key = {(row["channel"], row["date"]): row["conversions"] for row in rows}
    for channel, day, value in days[["channel", "date", "conversions"]].itertuples(index=False):
        if (channel, day.date()) in by_key:
            assert by_key[channel, day.date()] == value


def test_sample_data_are_complete_and_their_reports_go_when_real_data_come(
    engine: sa.Engine, options: SyncOptions
) -> None:
    with engine.begin() as connection:
        create_sample(connection, today=date(2026, 11, 23))
    sync(engine, options)
    assert newest(engine).empty

    put(engine, account(5, KIND))
    sync(engine, options)

    with engine.connect() as connection:
        assert set(connection.scalars(sa.select(day_reports.c.is_sample))) == {False}
    assert set(newest(engine)["state"]) == {"not_learned"}


def test_an_undone_import_takes_its_report_back(engine: sa.Engine, options: SyncOptions) -> None:
    days = account(5, KIND)
    before = days[days["date"] < days["date"].max() - pd.Timedelta(days=2)]
    put(engine, before)
    sync(engine, options)
    put(engine, days)
    sync(engine, options)

    put(engine, before)
    sync(engine, options)

    with engine.connect() as connection:
        last = set(connection.scalars(sa.select(sa.func.max(day_reports.c.seen_on))))
    assert last == {before["date"].max().date()}


def test_a_day_that_is_not_over_is_left_out(engine: sa.Engine, options: SyncOptions) -> None:
    days = account(5, KIND)
    with engine.connect() as connection:
        today = connection.execute(sa.select(sa.func.current_date())).scalar_one()
    moved = days.assign(date=days["date"] + (pd.Timestamp(today) - days["date"].max()))
    put(engine, moved)
    sync(engine, options)

    found = newest(engine)

    assert set(found.loc[found["date"] == today, "state"]) == {"not_over"}
