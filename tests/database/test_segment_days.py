"""`segment_days` is the sum of `campaigns` by attribute value, after any write."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.segments import MOST_VALUES

INSERT = sa.text(
    "INSERT INTO campaigns (source, campaign_id, channel, date, impressions, clicks, conversions, cost,"
    " revenue, attributes)"
    " VALUES ('x', :id, :channel, :day, 100, 10, 1.5, :cost, :revenue, CAST(:attributes AS jsonb))"
    " ON CONFLICT (source, campaign_id, channel, date, attributes_hash) DO UPDATE SET cost = excluded.cost"
)
channels = st.sampled_from(["Telegram", "Яндекс Директ"])
days = st.dates(date(2026, 1, 1), date(2026, 1, 2))
revenues = st.sampled_from([7, 8, None])
costs = st.integers(0, 10**7).map(lambda cents: cents / 10_000)
values = st.one_of(
    st.sampled_from(["pc", "phone", "", "<script>", "v" * 60, "v" * 61]), st.integers(0, 3), st.none()
)
attributes: st.SearchStrategy[object] = st.one_of(
    st.dictionaries(st.sampled_from(["device", "регион", "k" * 61, ""]), values, max_size=3),
    st.sampled_from([[], 5, "text", None]),
)
statements = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 9), channels, days, costs, attributes, revenues),
    st.tuples(st.just("insert"), st.integers(0, 9), channels, days, costs, attributes, revenues),
    st.tuples(st.just("move"), channels, days, attributes),
    st.tuples(st.just("delete"), channels, days),
    st.tuples(st.just("truncate")),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(statements, max_size=10))
def test_sums_by_value_follow_every_kind_of_statement(
    engine: sa.Engine, statements: list[tuple[Any, ...]]
) -> None:
    with engine.connect() as connection:
        for kind, *values in statements:
            _STATEMENTS[kind](connection, *values)

        assert _kept(connection) == _recalculated(connection)


def test_more_values_than_divide_a_channel_are_kept_as_one(connection: sa.Connection) -> None:
    _insert_many(connection, range(MOST_VALUES))
    assert len(_kept(connection)) == MOST_VALUES

    _insert_many(connection, range(MOST_VALUES, MOST_VALUES + 1))

    assert [(key[3], sums[0]) for key, sums in _kept(connection).items()] == [("", MOST_VALUES + 1)]


def test_an_attribute_with_too_many_values_starts_anew_once_its_rows_are_gone(
    connection: sa.Connection,
) -> None:
    _insert_many(connection, range(MOST_VALUES + 1))
    connection.execute(sa.text("DELETE FROM campaigns WHERE campaign_id <> '0'"))
    assert [key[3] for key in _kept(connection)] == [""]
    connection.execute(sa.text("DELETE FROM campaigns"))

    _insert_many(connection, range(2))

    assert _kept(connection) == _recalculated(connection)


@pytest.mark.parametrize("column", ["conversions", "cost", "revenue"])
def test_a_figure_that_is_no_number_is_refused_whoever_writes_it(
    connection: sa.Connection, column: str
) -> None:
    _insert(connection, 1, "Telegram", date(2026, 1, 1), 5, {})

    with pytest.raises(sa.exc.IntegrityError, match="ck_campaigns_finite"):
        connection.execute(sa.text(f"UPDATE campaigns SET {column} = 'NaN'"))


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "2100-01-01", "9999-12-31", "infinity"])
def test_a_day_that_no_calendar_of_campaigns_has_is_refused(connection: sa.Connection, day: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="ck_campaigns_date"):
        _insert(connection, 1, "Telegram", day, 5, {})


def _insert(
    connection: sa.Connection,
    number: int,
    channel: str,
    day: date | str,
    cost: int,
    attributes: object,
    revenue: int | None = 7,
) -> None:
    parameters = {"id": str(number), "channel": channel, "day": day, "cost": cost, "revenue": revenue}
    connection.execute(INSERT, {**parameters, "attributes": json.dumps(attributes)})


def _move(connection: sa.Connection, channel: str, day: date, attributes: object) -> None:
    connection.execute(sa.text("UPDATE campaigns SET campaign_id = id::text"))
    connection.execute(
        sa.text(
            "UPDATE campaigns SET attributes = CAST(:attributes AS jsonb), cost = 2 * cost,"
            " channel = :channel WHERE date = :day"
        ),
        {"attributes": json.dumps(attributes), "channel": channel, "day": day},
    )


def _delete(connection: sa.Connection, channel: str, day: date) -> None:
    connection.execute(
        sa.text("DELETE FROM campaigns WHERE channel = :channel AND date = :day"),
        {"channel": channel, "day": day},
    )


def _truncate(connection: sa.Connection) -> None:
    connection.execute(sa.text("TRUNCATE campaigns"))


_STATEMENTS: dict[str, Callable[..., None]] = {
    "insert": _insert,
    "move": _move,
    "delete": _delete,
    "truncate": _truncate,
}


def _insert_many(connection: sa.Connection, numbers: range) -> None:
    for number in numbers:
        _insert(connection, number, "Telegram", date(2026, 1, 1), 5, {"ad": f"ad {number}"})


def _kept(connection: sa.Connection) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = (
        "date, channel, attribute, value, recorded, campaign_rows, impressions, clicks, conversions, cost"
    )
    rows = connection.execute(sa.text(f"SELECT {columns}, revenue FROM segment_days"))
    return {tuple(row[:5]): tuple(row[5:]) for row in rows}


def _recalculated(connection: sa.Connection) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Add up all rows one by one; the rows that record revenue apart from those that do not."""
    rows = connection.execute(
        sa.text(
            "SELECT date, channel, attributes, 1, impressions, clicks, conversions, cost, revenue"
            " FROM campaigns"
        )
    )
    sums: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for day, channel, attributes, *figures in rows:
        for name, value in attributes.items() if isinstance(attributes, dict) else ():
            text = "" if value is None else str(value)
            if 1 <= len(name) <= 60 and 1 <= len(text) <= 60:
                key = (day, channel, name, text, 15 if figures[-1] is None else 31)
                old = sums.get(key, [0] * 6)
                sums[key] = tuple(
                    None if new is None else before + new for before, new in zip(old, figures, strict=True)
                )
    return sums
