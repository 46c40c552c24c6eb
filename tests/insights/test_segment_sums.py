"""The sums by segment that the database gives to recommendations."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from services.campaigns.segments import MOST_VALUES, segment_sums
from tests.rows import FIRST_DAY, add_campaigns


def test_sums_are_by_channel_attribute_and_value(connection: sa.Connection) -> None:
    add_campaigns(connection, "Telegram", days=3, attributes=[{"device": d} for d in ("pc", "pc", "phone")])

    found = segment_sums(connection, FIRST_DAY)

    assert found[["channel", "attribute", "value", "clicks", "cost"]].to_dict("split")["data"] == [
        ["Telegram", "device", "pc", 20.0, 10.0],
        ["Telegram", "device", "phone", 10.0, 5.0],
    ]


def test_rows_before_the_first_day_do_not_count(connection: sa.Connection) -> None:
    add_campaigns(connection, days=3, attributes=[{"device": d} for d in ("pc", "pc", "phone")])

    found = segment_sums(connection, date(2026, 9, 2))

    assert found["clicks"].tolist() == [10.0, 10.0]


def test_attributes_of_one_value_or_too_many_are_left_out(connection: sa.Connection) -> None:
    rows = [{"same": "x", "name": f"ad {n}", "half": n % 2} for n in range(MOST_VALUES + 1)]
    add_campaigns(connection, days=len(rows), attributes=rows)

    assert set(segment_sums(connection, FIRST_DAY)["attribute"]) == {"half"}


def test_without_attributes_there_are_no_segments(connection: sa.Connection) -> None:
    add_campaigns(connection, days=3)

    assert segment_sums(connection, FIRST_DAY).empty
