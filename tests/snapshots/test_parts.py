"""The sums by campaign and attribute value of a snapshot are those of its campaign rows, and stay so."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database.tables import changed_days, snapshot_part_days, snapshot_parts
from services.periods import DateRange
from services.snapshots import parts
from services.snapshots.part_sums import period_sums
from services.sync.collect import collect
from tests.rows import add_campaigns, start_run

FIRST = date(2025, 12, 29)
PERIODS = {
    "week": DateRange(FIRST, FIRST + timedelta(days=6)),
    "day": DateRange(date(2026, 1, 1), date(2026, 1, 1)),
    "late": DateRange(date(2026, 1, 3), date(2027, 1, 2)),
}
INSERT = sa.text(
    "INSERT INTO campaigns (source, campaign_id, channel, date, impressions, clicks, conversions, cost,"
    " revenue, attributes)"
    " VALUES ('x', :campaign, :channel, :day, 100, 10, 1.5, :cost, :revenue, CAST(:attributes AS jsonb))"
    " ON CONFLICT (source, campaign_id, channel, date, attributes_hash) DO UPDATE SET cost = excluded.cost"
)
channels = st.sampled_from(["Telegram", "Яндекс Директ"])
campaigns = st.sampled_from(["Spring", "Весна", "Telegram", "7"])
days = st.integers(0, 6).map(lambda n: FIRST + timedelta(days=n))
costs = st.integers(-(10**7), 10**7).map(lambda units: units / 10_000)
attributes = st.dictionaries(
    st.sampled_from(["device", "регион", "campaign_name"]), st.sampled_from(["pc", "tv"]), max_size=2
)
inserted = st.tuples(
    st.just("insert"), campaigns, channels, days, costs, st.sampled_from([7, None]), attributes
)
steps = st.one_of(
    inserted,
    inserted,
    st.tuples(st.just("move"), channels, campaigns, days),
    st.tuples(st.just("delete"), channels, days),
    st.tuples(st.just("truncate")),
    st.tuples(st.just("run")),
    st.tuples(st.just("run")),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=14), st.data())
def test_every_snapshot_keeps_the_sums_that_its_rows_had(
    engine: sa.Engine, steps: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    with engine.connect() as connection:
        expected: dict[int, dict[tuple[Any, ...], tuple[Any, ...]]] = {}
        for kind, *values in [*steps, ("run",)]:
            if kind == "run":
                expected[_run(connection)] = _recalculated(connection)
            else:
                _STEPS[kind](connection, *values)
        pruned = data.draw(st.sets(st.sampled_from(sorted(expected)[:-1]))) if len(expected) > 1 else set()
        kept = [run for run in expected if run not in pruned]

        parts.prune(connection, kept, sorted(pruned))

        assert {run: _kept(connection, run) for run in kept} == {run: expected[run] for run in kept}


def test_a_run_writes_only_what_changed(connection: sa.Connection) -> None:
    for channel in ("A", "B"):
        add_campaigns(connection, channel, days=20, campaign_id="c")
    first = _run(connection)
    connection.execute(sa.text("UPDATE campaigns SET cost = 6 WHERE channel = 'A' AND date = '2026-09-19'"))

    second = _run(connection)

    written = sa.select(snapshot_part_days.c.channel, snapshot_part_days.c.date)
    assert set(connection.execute(written.where(snapshot_part_days.c.first_run == second))) == {
        ("A", date(2026, 9, day)) for day in (18, 19, 20)
    }
    assert len(connection.execute(written.where(snapshot_part_days.c.first_run == first)).all()) == 40
    assert _run(connection) > second
    assert not connection.execute(written.where(snapshot_part_days.c.first_run > second)).all()


def test_a_run_that_fails_leaves_the_markers_and_no_sums(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        add_campaigns(connection, days=2, campaign_id="c")
    with engine.connect() as failing:
        _run(failing)
        failing.rollback()

    with engine.begin() as connection:
        assert not connection.execute(sa.select(snapshot_part_days)).all()
        run = _run(connection)

        assert _kept(connection, run, {"all": DateRange(date(2026, 1, 1), date(2026, 12, 31))})


def test_what_is_written_during_a_run_belongs_to_the_next_one(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        add_campaigns(connection, days=2, campaign_id="c")
    with engine.connect() as working, engine.connect() as writing:
        writing.execute(sa.text("UPDATE campaigns SET cost = 9"))
        first = _run(working)
        writing.commit()
        working.commit()
        period = {"all": DateRange(date(2026, 9, 1), date(2026, 9, 2))}
        before = _kept(working, first, period)

        second = _run(working)

        assert [sums[4] for sums in before.values()] == [10 * parts.MONEY_UNITS]
        assert [sums[4] for sums in _kept(working, second, period).values()] == [18 * parts.MONEY_UNITS]
        assert _kept(working, first, period) == before


def test_the_newest_name_of_a_campaign_is_kept(connection: sa.Connection) -> None:
    names = [{"campaign_name": name} for name in ("Old", "New")]
    add_campaigns(connection, days=2, campaign_id="17", attributes=names)
    _run(connection)
    add_campaigns(
        connection, first=date(2026, 8, 1), campaign_id="17", attributes=[{"campaign_name": "Oldest"}]
    )
    _run(connection)

    found = connection.execute(sa.select(snapshot_parts.c.value, snapshot_parts.c.name)).all()

    assert [tuple(row) for row in found] == [("17", "New")]


@pytest.mark.parametrize(
    ("kept", "pruned", "gaps"),
    [
        ([5, 6], [1, 3], {(0, 5)}),
        ([2, 6], [1, 3, 4], {(0, 2), (2, 6)}),
        ([4], [], set()),
    ],
)
def test_the_gaps_of_pruned_runs_are_those_between_kept_ones(
    kept: list[int], pruned: list[int], gaps: set[tuple[int, int]]
) -> None:
    assert parts._gaps(kept, pruned) == gaps


def test_no_row_stays_that_belongs_to_no_kept_run(connection: sa.Connection) -> None:
    runs = []
    for cost in range(4):
        connection.execute(sa.text("DELETE FROM campaigns"))
        add_campaigns(connection, days=2, campaign_id="c", cost=cost)
        runs.append(_run(connection))

    parts.prune(connection, runs[2:], runs[:2])

    first_runs = connection.scalars(sa.select(snapshot_part_days.c.first_run).distinct()).all()
    assert sorted(first_runs) == runs[2:]


def _run(connection: sa.Connection) -> int:
    run_id = start_run(connection)
    collect(connection, run_id)
    assert not connection.execute(sa.select(changed_days)).all()
    return run_id


def _insert(
    connection: sa.Connection,
    campaign: str,
    channel: str,
    day: date,
    cost: float,
    revenue: int | None,
    attributes: object,
) -> None:
    parameters = {"campaign": campaign, "channel": channel, "day": day, "cost": cost, "revenue": revenue}
    connection.execute(INSERT, {**parameters, "attributes": json.dumps(attributes)})


def _move(connection: sa.Connection, channel: str, campaign: str, day: date) -> None:
    connection.execute(sa.text("UPDATE campaigns SET source = id::text"))
    connection.execute(
        sa.text("UPDATE campaigns SET channel = :channel, campaign_id = :campaign WHERE date = :day"),
        {"channel": channel, "campaign": campaign, "day": day},
    )


def _delete(connection: sa.Connection, channel: str, day: date) -> None:
    connection.execute(
        sa.text("DELETE FROM campaigns WHERE channel = :channel AND date = :day"),
        {"channel": channel, "day": day},
    )


def _truncate(connection: sa.Connection) -> None:
    connection.execute(sa.text("TRUNCATE campaigns"))


_STEPS: dict[str, Callable[..., None]] = {
    "insert": _insert,
    "move": _move,
    "delete": _delete,
    "truncate": _truncate,
}


def _kept(
    connection: sa.Connection, run_id: int, periods: dict[str, DateRange] = PERIODS
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return the sums by period, dimension, channel, value and what is recorded."""
    p = snapshot_parts.c
    places = sa.select(p.channel, p.dimension, p.position, p.value)
    values = {tuple(row[:3]): row.value for row in connection.execute(places)}
    found = {}
    for dimension in {key[1] for key in values}:
        for row in connection.execute(period_sums(run_id, dimension, periods)).mappings():
            value = values[row["channel"], dimension, row["position"]]
            for name in periods:
                if row[f"{name}_campaign_rows"]:
                    key = (name, dimension, row["channel"], value, row["recorded"])
                    found[key] = tuple(row[f"{name}_{sum_}"] for sum_ in parts.SUMS)
    return found


def _recalculated(connection: sa.Connection) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Add up all rows one by one; the rows that record revenue apart from those that do not."""
    rows = connection.execute(
        sa.text(
            "SELECT date, channel, campaign_id, attributes, impressions, clicks,"
            " 10000 * conversions, 10000 * cost, 10000 * revenue FROM campaigns"
        )
    )
    sums: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for day, channel, campaign, attributes, *figures in rows:
        of_row = {name: value for name, value in attributes.items() if name != "campaign_name"}
        if campaign != channel:
            of_row[parts.CAMPAIGN] = campaign
        recorded = 15 if figures[-1] is None else 31
        for name, span in PERIODS.items():
            for dimension, value in of_row.items() if span.first <= day <= span.last else ():
                key = (name, dimension, channel, value, recorded)
                old = sums.get(key, (0,) * 6)
                sums[key] = tuple(
                    None if new is None else before + new
                    for before, new in zip(old, (1, *figures), strict=True)
                )
    return sums
