"""`campaign_days` is the sum of `campaigns` after any write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RECORDED = """
num_nonnulls(impressions) + 2 * num_nonnulls(clicks) + 4 * num_nonnulls(conversions)
    + 8 * num_nonnulls(cost) + 16 * num_nonnulls(revenue)
"""
SLOW_RECALCULATION = f"""
SELECT channel, date, count(*), count(*) FILTER (WHERE source = 'demo'),
       count(*) FILTER (WHERE clicks > impressions), count(*) FILTER (WHERE conversions > clicks),
       sum(impressions), sum(clicks), sum(conversions), sum(cost), sum(revenue),
       {RECORDED}
FROM campaigns GROUP BY channel, date, {RECORDED} ORDER BY channel, date, {RECORDED}
"""
KEPT = "SELECT * FROM campaign_days ORDER BY channel, date, recorded"
NAMES = ("impressions", "clicks", "conversions", "cost", "revenue")
RATIOS = (("revenue", "cost"), ("clicks", "impressions"), ("conversions", "clicks"), ("cost", "conversions"))

channels = st.sampled_from(["Telegram", "TikTok", "Яндекс Директ"])
days = st.dates(date(2026, 1, 1), date(2026, 1, 3))
amounts = st.integers(0, 10**9).map(lambda cents: cents / 10_000)
inserts = st.tuples(st.just("insert"), channels, days, amounts, st.sampled_from(["demo", "import"]))
some_figures = st.lists(st.one_of(st.none(), amounts, amounts), min_size=5, max_size=5)
partial_inserts = st.tuples(st.just("insert_partly"), channels, days, some_figures)
partial_updates = st.tuples(st.just("update_partly"), channels, days, some_figures)
updates = st.tuples(st.just("update"), channels, days, amounts, channels)
deletes = st.tuples(st.just("delete"), channels, days)
truncates = st.tuples(st.just("truncate"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(inserts, inserts, updates, deletes, truncates), max_size=12))
def test_daily_sums_follow_every_kind_of_statement(
    engine: sa.Engine,
    statements: list[tuple[Any, ...]],
) -> None:
    with engine.connect() as connection:
        for number, (kind, *values) in enumerate(statements):
            _STATEMENTS[kind](connection, number, *values)

        assert _rows(connection, KEPT) == _rows(connection, SLOW_RECALCULATION)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(partial_inserts, partial_inserts, partial_updates, inserts, updates, deletes), max_size=14
    )
)
def test_daily_sums_and_pairs_are_exact_where_rows_lack_figures(
    engine: sa.Engine,
    statements: list[tuple[Any, ...]],
) -> None:
    pairs = ", ".join(
        f"sum({one}) FILTER (WHERE {other} IS NOT NULL)" for a, b in RATIOS for one, other in ((a, b), (b, a))
    )
    sums = ", ".join(f"sum({name})" for name in NAMES)
    query = f"SELECT channel, date, {sums}, {pairs} FROM {{}} GROUP BY channel, date ORDER BY channel, date"
    with engine.connect() as connection:
        for number, (kind, *values) in enumerate(statements):
            _STATEMENTS[kind](connection, number, *values)

        assert _rows(connection, KEPT) == _rows(connection, SLOW_RECALCULATION)
        assert _rows(connection, query.format("campaign_days")) == _rows(
            connection, query.format("campaigns")
        )


def test_a_day_is_not_recorded_once_the_only_row_that_recorded_it_is_gone(connection: sa.Connection) -> None:
    _insert_partly(connection, 1, "Telegram", date(2026, 1, 1), [100, 10, None, 5, None])
    _insert_partly(connection, 2, "Telegram", date(2026, 1, 1), [100, 10, None, 5, 7])
    revenue = sa.text("SELECT sum(revenue) FROM campaign_days")

    assert connection.scalar(revenue) == 7
    connection.execute(sa.text("DELETE FROM campaigns WHERE campaign_id = '2'"))
    assert connection.scalar(revenue) is None


def test_an_upsert_counts_inserted_and_updated_rows_once(connection: sa.Connection) -> None:
    upsert = sa.text(
        "INSERT INTO campaigns"
        " (source, campaign_id, channel, date, impressions, clicks, conversions, cost, revenue)"
        " SELECT 'import', n::text, 'Telegram', '2026-01-01', 100, 10, 1, 5, :revenue"
        " FROM generate_series(1, :n) n"
        " ON CONFLICT (source, campaign_id, channel, date, attributes_hash)"
        " DO UPDATE SET revenue = excluded.revenue"
    )
    connection.execute(upsert, {"n": 2, "revenue": 7})
    connection.execute(upsert, {"n": 3, "revenue": 9})

    assert _rows(connection, KEPT) == _rows(connection, SLOW_RECALCULATION)
    assert connection.scalar(sa.text("SELECT revenue FROM campaign_days")) == pytest.approx(27)


def _insert(
    connection: sa.Connection, number: int, channel: str, day: date, amount: float, source: str
) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO campaigns"
            " (source, campaign_id, channel, date, impressions, clicks, conversions, cost, revenue)"
            " VALUES (:source, :id, :channel, :date, 1000, 10, 1.5, :amount, :amount)"
        ),
        {"source": source, "id": str(number), "channel": channel, "date": day, "amount": amount},
    )


def _insert_partly(
    connection: sa.Connection, number: int, channel: str, day: date, figures: list[float | None]
) -> None:
    connection.execute(
        sa.text(
            f"INSERT INTO campaigns (source, campaign_id, channel, date, {', '.join(NAMES)})"
            f" VALUES ('import', :id, :channel, :date, {', '.join(f':{name}' for name in NAMES)})"
        ),
        {"id": str(number), "channel": channel, "date": day, **dict(zip(NAMES, figures, strict=True))},
    )


def _update_partly(
    connection: sa.Connection, number: int, channel: str, day: date, figures: list[float | None]
) -> None:
    changed = ", ".join(f"{name} = CAST(:{name} AS numeric)" for name in NAMES)
    connection.execute(
        sa.text(
            f"UPDATE campaigns SET {changed} WHERE channel = :channel AND date = :date AND id % 2 = :odd"
        ),
        {
            "channel": channel,
            "date": day,
            "odd": number % 2,
            **dict(zip(NAMES, figures, strict=True)),
        },
    )


def _update(connection: sa.Connection, _number: int, channel: str, day: date, amount: float, to: str) -> None:
    connection.execute(
        sa.text(
            "UPDATE campaigns SET channel = :to, cost = :amount WHERE channel = :channel AND date = :day"
        ),
        {"to": to, "amount": amount, "channel": channel, "day": day},
    )


def _delete(connection: sa.Connection, _number: int, channel: str, day: date) -> None:
    connection.execute(
        sa.text("DELETE FROM campaigns WHERE channel = :channel AND date = :day"),
        {"channel": channel, "day": day},
    )


def _truncate(connection: sa.Connection, _number: int) -> None:
    connection.execute(sa.text("TRUNCATE campaigns"))


_STATEMENTS: dict[str, Callable[..., None]] = {
    "insert": _insert,
    "insert_partly": _insert_partly,
    "update": _update,
    "update_partly": _update_partly,
    "delete": _delete,
    "truncate": _truncate,
}


def _rows(connection: sa.Connection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(query))]
