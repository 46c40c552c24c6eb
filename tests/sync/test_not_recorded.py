"""Accounts that do not record every figure: a sync runs, and no figure of it is made up."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from services.database.tables import campaigns
from services.periods import last_days
from services.snapshots import store
from services.snapshots.ledger import score
from services.snapshots.overview import overview
from services.sync.run import run_now
from services.views import Totals
from services.worth import Worth
from tests.api.clients import client_on
from tests.options import sync_options
from tests.rows import FIRST_DAY

FIGURES = ("impressions", "clicks", "conversions", "cost", "revenue")
RATIOS = {
    "roi": ("revenue", "cost"),
    "ctr": ("clicks", "impressions"),
    "conversion": ("conversions", "clicks"),
    "acquisition_cost": ("cost", "conversions"),
}
DAYS = 120
PERIOD = 28
Row = dict[str, Any]
Lacks = Callable[[str, int], Iterable[str]]
"""Which figures the row of a channel and day (counted from 0) does not record."""


def only(channel: str, *missing: str, until: int = DAYS, every: int = 1) -> Lacks:
    def lacks(name: str, day: int) -> Iterable[str]:
        return missing if name == channel and day < until and day % every == 0 else ()

    return lacks


def everywhere(*missing: str) -> Lacks:
    return lambda _channel, _day: missing


MANY = [f"Channel {n:02}" for n in range(20)]
ACCOUNTS: Mapping[str, tuple[list[str], Lacks]] = {
    "no conversions column in any file": (["Search", "Social"], everywhere("conversions")),
    "only clicks and cost": (["Search", "Social"], everywhere("impressions", "conversions", "revenue")),
    "one of 20 channels without revenue": (MANY, only("Channel 07", "revenue")),
    "revenue from a certain day on": (["Search", "Video"], only("Video", "revenue", until=DAYS - 10)),
    "revenue missing in single rows": (["Search", "Video"], only("Video", "revenue", every=3)),
    "a channel with only impressions": (
        ["Search", "Outdoor"],
        only("Outdoor", "clicks", "conversions", "cost", "revenue"),
    ),
    "all channels without revenue": (["Search", "Social"], everywhere("revenue")),
    "a channel without cost": (["Search", "Newsletter"], only("Newsletter", "cost")),
    "a channel without conversions and revenue": (
        ["Search", "Professional"],
        only("Professional", "conversions", "revenue"),
    ),
    "revenue no longer recorded": (
        ["Search", "Video"],
        lambda name, day: ("revenue",) if name == "Video" and day >= DAYS - 35 else (),
    ),
}


@pytest.fixture(params=ACCOUNTS)
def rows(request: pytest.FixtureRequest) -> list[Row]:
    channels, lacks = ACCOUNTS[request.param]
    return [row for place, name in enumerate(channels) for row in _rows(name, lacks, seed=place)]


@pytest.fixture
def synced(engine: sa.Engine, tmp_path: Path, rows: list[Row]) -> sa.Engine:
    """A database with the campaigns, after one run."""
    with engine.begin() as connection:
        connection.execute(campaigns.insert(), rows)
    run = run_now(engine, sync_options(tmp_path), trigger="test", requested_by=None, redraw=True)
    assert run is not None
    assert (run.state, run.error_text) == ("succeeded", None)
    return engine


def test_no_figure_of_an_incomplete_account_is_made_up(synced: sa.Engine, rows: list[Row]) -> None:
    newest = [row for row in rows if row["date"] > FIRST_DAY + timedelta(days=DAYS - 1 - PERIOD)]
    with synced.connect() as connection:
        seen = overview(connection, last_days(PERIOD))
        tables = {table.name: _table(connection, table) for table in store.ML_TABLES}
        advice = store.advice(connection)
        score(connection, seen.snapshot)

    _assert_totals(seen.totals, newest)
    for channel in seen.channels:
        own = [row for row in newest if row["channel"] == channel.channel]
        _assert_totals(channel.totals, own)
        assert (channel.roi_low is None) == (channel.totals.roi is None)
    for name in (*FIGURES, *RATIOS):
        needed = RATIOS.get(name, (name,))
        lacking = {row["channel"] for row in newest if any(row[one] is None for one in needed)}
        assert set(seen.incomplete.get(name, ())) == lacking
    judged = _judged(rows, seen.snapshot.worth)
    _assert_tables(tables, judged, least=0.5 if judged is rows else -0.5)
    _assert_advice(advice.records, rows)


def test_the_api_says_null_and_names_the_channels(synced: sa.Engine, rows: list[Row]) -> None:
    client = client_on(synced)

    answer = client.get(f"/api/overview?days={PERIOD}").get_data(as_text=True)
    downloads = [
        client.get(f"/api/ml-dashboard/{slug}/data").get_data(as_text=True)
        for slug in ("roi-forecast", "roi-timeseries", "reach-ctr-timeseries", "budget-recommendations")
    ]

    assert not any("NaN" in text or "Infinity" in text for text in (answer, *downloads))
    body = json.loads(answer)
    assert body["incomplete"].keys() <= {*FIGURES, *RATIOS}
    for channel in body["channels"]:
        for name in RATIOS:
            if channel["channel"] in _never(rows, *RATIOS[name]):
                assert channel["totals"][name] is None
                assert channel["channel"] in body["incomplete"][name]


def _rows(channel: str, lacks: Lacks, seed: int) -> list[Row]:
    random = np.random.default_rng(seed)
    found = []
    for day in range(DAYS):
        cost = round(float(80 + 40 * random.random()), 2)
        row: Row = {
            "source": "import",
            "campaign_id": channel,
            "channel": channel,
            "date": FIRST_DAY + timedelta(days=day),
            "impressions": int(cost * 90),
            "clicks": int(cost * 2),
            "conversions": round(float(cost * 0.1 * random.uniform(0.7, 1.3)), 2),
            "cost": cost,
            "revenue": round(float(cost * 2.2 * random.uniform(0.8, 1.2)), 2),
        }
        found.append(row | dict.fromkeys(lacks(channel, day)))
    return found


def _sum(rows: Iterable[Row], name: str) -> float | None:
    known = [float(row[name]) for row in rows if row[name] is not None]
    return sum(known) if known else None


def _ratio(rows: Iterable[Row], name: str) -> float | None:
    """Add up the rows that have both figures, one by one."""
    above, below = RATIOS[name]
    both = [row for row in rows if row[above] is not None and row[below] is not None]
    bottom = sum(float(row[below]) for row in both)
    return sum(float(row[above]) for row in both) / bottom - (name == "roi") if bottom else None


def _assert_totals(totals: Totals, rows: list[Row]) -> None:
    for name in FIGURES:
        assert _plain(getattr(totals, name)) == _about(_sum(rows, name))
    for name in RATIOS:
        assert getattr(totals, name) == _about(_ratio(rows, name))


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _about(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, abs=1e-6)


def _never(rows: Iterable[Row], *names: str) -> set[str]:
    """Return the channels without a row that records all of these figures."""
    by_channel: dict[str, list[Row]] = {}
    for row in rows:
        by_channel.setdefault(row["channel"], []).append(row)
    return {
        channel
        for channel, own in by_channel.items()
        if not any(all(row[name] is not None for name in names) for row in own)
    }


def _judged(rows: list[Row], worth: Worth) -> list[Row]:
    """Return the rows with what each conversion counts for as revenue, in an account without revenue."""
    if all(row["revenue"] is not None for row in rows) or not worth.in_conversions:
        return rows
    assert all(row["revenue"] is None for row in rows)
    return [
        row | {"revenue": None if row["conversions"] is None else row["conversions"] * worth.reference}
        for row in rows
    ]


def _table(connection: sa.Connection, table: sa.Table) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def _assert_tables(tables: Mapping[str, list[Mapping[str, Any]]], rows: list[Row], *, least: float) -> None:
    by_day = {(row["channel"], row["date"]): row for row in rows}
    for values in (value for table in tables.values() for row in table for value in row.values()):
        assert not (isinstance(values, float) and math.isnan(values))
    silent = _never(rows, "revenue", "cost")
    for row in tables["ml_roi_forecast"]:
        unknown = [row[name] is None for name in ("roi_forecast", "roi_low", "roi_high")]
        assert set(unknown) == {row["channel"] in silent}
        assert row["channel"] in silent or row["roi_forecast"] > least
    for table, metric, name in (
        ("ml_roi_timeseries", "roi", "roi"),
        ("ml_roi_timeseries", "conversion", "conversion"),
        ("ml_reach_ctr_timeseries", "ctr", "ctr"),
    ):
        never = _never(rows, *RATIOS[name])
        for row in tables[table]:
            source = by_day.get((row["channel"], row["date"]))
            expected = None if source is None else _ratio([source], name)
            actual = row[f"{metric}_actual"]
            assert _plain(actual) == _about(expected)
            assert row["channel"] not in never or row[f"{metric}_pred"] is None
    for row in tables["ml_reach_ctr_timeseries"]:
        if row["channel"] in _never(rows, "impressions"):
            assert (row["reach_actual"], row["reach_pred"]) == (None, None)
    _assert_budgets(tables["ml_budget_rec"], rows)


def _assert_budgets(budgets: list[Mapping[str, Any]], rows: list[Row]) -> None:
    newest = [row for row in rows if row["date"] > FIRST_DAY + timedelta(days=DAYS - 1 - PERIOD)]
    for row in budgets:
        own = [one for one in newest if one["channel"] == row["channel"]]
        assert float(row["current_budget"]) == pytest.approx(_sum(own, "cost"), abs=0.01)
        if row["channel"] in _never(newest, "revenue", "cost"):
            assert row["recommended_budget"] == row["current_budget"]
            assert row["action"] == "hold"
            assert row["effect_p50"] is row["marginal_roi_before"] is row["p_increase"] is None
    assert {row["channel"] for row in budgets} == {row["channel"] for row in rows} - _never(rows, "cost")


ON_ROI = {"anomaly", "winner", "loser", "unprofitable", "trend", "saturated", "headroom", "budget_shift"}


def _assert_advice(records: Iterable[Mapping[str, Any]], rows: list[Row]) -> None:
    newest = [row for row in rows if row["date"] > FIRST_DAY + timedelta(days=DAYS - 1 - PERIOD)]
    no_roi, no_conversion = _never(newest, "revenue", "cost"), _never(rows, "conversions", "clicks")
    for record in records:
        written = json.dumps(record, default=str, ensure_ascii=False)
        assert "NaN" not in written
        assert "nan\u00a0" not in written
        assert "−100\u00a0%" not in written
        if record["channel"] in no_roi:
            assert record["rule_id"] not in ON_ROI
        if record["channel"] in no_conversion:
            assert record["metric"] != "conversion"
