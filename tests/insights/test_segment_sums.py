"""The sums by segment that the database gives to recommendations."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import sqlalchemy as sa

from services.intake.segments import MOST_VALUES, SEGMENT_DAYS, recent_segments, segment_frame
from tests.rows import FIRST_DAY, add_campaigns


def test_sums_are_by_channel_attribute_and_value(connection: sa.Connection) -> None:
    add_campaigns(connection, "Telegram", days=3, attributes=[{"device": d} for d in ("pc", "pc", "phone")])

    found = _segments(connection)

    assert found[["channel", "attribute", "value", "clicks", "cost"]].to_dict("split")["data"] == [
        ["Telegram", "device", "pc", 20.0, 10.0],
        ["Telegram", "device", "phone", 10.0, 5.0],
    ]


def test_rows_older_than_the_last_ninety_days_of_data_do_not_count(connection: sa.Connection) -> None:
    add_campaigns(connection, days=2, attributes=[{"device": d} for d in ("pc", "phone")])
    add_campaigns(connection, first=FIRST_DAY + timedelta(days=SEGMENT_DAYS), attributes={"device": "pc"})

    found = _segments(connection)

    assert found[["value", "clicks"]].to_dict("split")["data"] == [["pc", 10.0], ["phone", 10.0]]


def test_attributes_of_one_value_or_too_many_are_left_out(connection: sa.Connection) -> None:
    rows = [{"same": "x", "name": f"ad {n}", "half": n % 2} for n in range(MOST_VALUES + 1)]
    add_campaigns(connection, days=len(rows), attributes=rows)

    assert set(_segments(connection)["attribute"]) == {"half"}


def test_without_attributes_there_are_no_segments(connection: sa.Connection) -> None:
    add_campaigns(connection, days=3)

    assert _segments(connection).empty


def _segments(connection: sa.Connection) -> pd.DataFrame:
    return segment_frame(connection.execute(recent_segments()).all())
