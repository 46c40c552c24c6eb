"""What a sync computes with: the country of the settings, weeks that nothing told, settled days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from demetra_dash.settings import read_settings
from demetra_dash.worker import sync_options as options_of
from services.database.tables import campaigns, prediction_ledger, sync_runs
from services.snapshots import store
from services.sync.options import SyncOptions
from services.sync.preparing import prepare
from services.sync.run import run_now
from tests.forecasting.accounts import account
from tests.forecasting.test_events import LAST, account_with, holidays_of
from tests.forecasting.test_grain import gathered
from tests.insights.delays import Delay, reported_ages, seen
from tests.insights.simulated import Kind
from tests.insights.simulated import account as converting
from tests.options import sync_options

WHIT_MONDAY = date(2025, 6, 9)  # in 2024 it was the 20th of May


def put(engine: sa.Engine, days: pd.DataFrame) -> None:
    """Store campaign rows, in whole counts and cents."""
    whole = days.assign(**{name: days[name].round() for name in ("impressions", "clicks", "conversions")})
    money = whole.assign(cost=whole["cost"].round(2), revenue=whole["revenue"].round(2))
    rows = money.assign(source="import", campaign_id=money["channel"], date=money["date"].dt.date)
    with engine.begin() as connection:
        connection.execute(campaigns.delete())
        connection.execute(campaigns.insert(), rows.to_dict("records"))  # type: ignore[arg-type]


def sync(engine: sa.Engine, options: SyncOptions) -> int:
    run = run_now(engine, options, trigger="test", requested_by=None, redraw=True)
    assert run is not None
    assert run.state == "succeeded", run.error_text
    return run.run_id


def recorded_reach(engine: sa.Engine, day: date) -> float:
    """Return the recorded forecast of impressions of all channels on a day."""
    c = prediction_ledger.c
    with engine.connect() as connection:
        asked = sa.select(sa.func.sum(c.mean)).where(c.metric == "reach", c.date == day)
        return float(connection.execute(asked).scalar_one())


def test_the_country_of_the_settings_reaches_a_sync(engine: sa.Engine, tmp_path: Path) -> None:
    put(engine, account_with(0.3, holidays_of("DE")))
    found = {}
    for country in ("", "DE"):
        values = {"DEMETRA_COUNTRY": country, "DEMETRA_HOME": str(tmp_path), "CHART_DPI": "60"}
        sync(engine, options_of(read_settings(values, tmp_path / ".env")))
        found[country] = recorded_reach(engine, WHIT_MONDAY)

    assert date.fromisoformat(LAST) < WHIT_MONDAY
    assert found["DE"] < 0.7 * found[""]


@pytest.mark.parametrize("is_ending", [False, True], ids=["first day", "last day"])
def test_weeks_that_nothing_told_are_those_of_all_parts_of_a_run(
    engine: sa.Engine, tmp_path: Path, is_ending: bool
) -> None:
    days = account(channels=3, days=7 * 60, first="2024-01-01")
    rows = gathered(days, ["Channel 1"], "W", is_ending=is_ending)
    put(engine, rows)

    run_id = sync(engine, sync_options(tmp_path))

    with engine.connect() as connection:
        run = connection.execute(sa.select(sync_runs).where(sync_runs.c.id == run_id)).one()
        advice = str(store.advice(connection).items)
        assert store.grain_of(connection, run_id) == {"Channel 1": "week"}
        assert (run.rows_read, run.data_to) == (len(rows), days["date"].max().date())
    assert "Rows of whole weeks were spread evenly over their days: Channel 1" in advice


def test_days_are_prepared_with_their_newest_days_settled(engine: sa.Engine, tmp_path: Path) -> None:
    days = converting(5, Kind(channels=2, days=190, orders_per_day=80))
    delays = dict.fromkeys(days["channel"].unique(), Delay(4.0))
    put(engine, seen(days, reported_ages(days, delays, 5), days["date"].max()))

    with engine.connect() as connection:
        rows = store.current_days(connection)
        prepared = prepare(connection, rows, sync_options(tmp_path), is_sample=False)

    newest = prepared.days["date"] == prepared.days["date"].max()
    assert prepared.days.loc[newest, "revenue"].isna().all()
    assert prepared.as_recorded.loc[newest, "revenue"].notna().all()
    assert prepared.days.loc[newest, "cost"].notna().all()
