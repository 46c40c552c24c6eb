"""The sums of an account with 20,000 campaigns over two years, as a run keeps them, without its rows.

What a question costs does not depend on the rows: only the sums per day and campaign are read. So 30 million
rows need not be inserted; their sums are made here and written as `services.snapshots.parts` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import sqlalchemy as sa
from numpy.typing import NDArray

from services.database.tables import snapshot_parts
from services.snapshots.parts import CAMPAIGN, MONEY_UNITS, SUMS
from tests.rows import add_campaigns, publish

CHANNELS = tuple(f"Channel {n:02}" for n in range(20))
CAMPAIGNS = 1_000  # of each channel
DEVICES = ("phone", "pc", "tablet", "tv")
FIRST, DAYS = date(2024, 11, 24), 733
ROWS_A_DAY = 3  # of a campaign that runs
_ALL_RECORDED = 31

Sums = NDArray[np.float64]
"""(days, `SUMS`, parts), in the units of `snapshot_part_days`."""


def fill(engine: sa.Engine) -> int:
    """Publish a snapshot with the sums of the account; return how many campaign rows they stand for."""
    with engine.begin() as connection:
        for number, channel in enumerate(CHANNELS):
            _add_days(connection, channel, _daily(number).sum(2))
        run_id = publish(connection)
        rows = sum(_fill_channel(connection, run_id, number) for number in range(len(CHANNELS)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
    return rows


def _fill_channel(connection: sa.Connection, run_id: int, number: int) -> int:
    campaigns, channel = _daily(number), CHANNELS[number]
    by_device = np.stack([campaigns[:, :, n :: len(DEVICES)].sum(2) for n in range(len(DEVICES))], axis=2)
    names = {CAMPAIGN: [f"{channel} C{n:04}" for n in range(CAMPAIGNS)], "device": list(DEVICES)}
    for dimension, daily in ((CAMPAIGN, campaigns), ("device", by_device)):
        _write_parts(connection, channel, dimension, names[dimension])
        _write_sums(connection, run_id, (channel, dimension), daily)
    return int(campaigns[:, 0].sum())


def _add_days(connection: sa.Connection, channel: str, daily: NDArray[np.float64]) -> None:
    """Insert one campaign row a day with the sums of all campaigns, so that a run has the channel's days."""
    units = (1, 1, MONEY_UNITS, MONEY_UNITS, MONEY_UNITS)
    sums: dict[str, Any] = {
        name: [round(float(value) / unit, 4) for value in values]
        for name, unit, values in zip(SUMS[1:], units, daily.T[1:], strict=True)
    }
    add_campaigns(connection, channel, first=FIRST, days=DAYS, **sums)


def _daily(seed: int) -> Sums:
    """Return the sums of each day by campaign; a third of the campaigns begin later, a third end earlier."""
    random = np.random.default_rng(seed)
    shape = (DAYS, CAMPAIGNS)
    clicks = random.poisson(random.lognormal(2, 1, CAMPAIGNS), shape).astype(float)
    cost = np.round(clicks * random.uniform(2_000, 20_000, CAMPAIGNS))
    conversions = MONEY_UNITS * random.binomial(clicks.astype(int), 0.05).astype(float)
    revenue = np.round(conversions * random.lognormal(2.5, 0.5, CAMPAIGNS))
    day, starts = np.arange(DAYS)[:, None], random.integers(-DAYS, DAYS // 2, CAMPAIGNS)
    runs = (day >= starts) & (day < starts + random.integers(DAYS // 2, 3 * DAYS, CAMPAIGNS))
    rows = np.full(shape, float(ROWS_A_DAY))
    return np.stack(
        [np.where(runs, one, 0) for one in (rows, 80 * clicks, clicks, conversions, cost, revenue)], 1
    )


def _write_parts(connection: sa.Connection, channel: str, dimension: str, values: list[str]) -> None:
    rows = [
        {"channel": channel, "dimension": dimension, "value": value, "position": n, "name": None}
        for n, value in enumerate(values, 1)
    ]
    connection.execute(snapshot_parts.insert(), rows)


def _write_sums(connection: sa.Connection, run_id: int, of: tuple[str, str], daily: Sums) -> None:
    """Write the sums since 1 January of each day."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    columns = ", ".join(("channel", "dimension", "recorded", "date", "until", "first_run", *SUMS))
    statement = f"COPY snapshot_part_days ({columns}) FROM STDIN (FORMAT binary)"
    with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for day, sums in _grown(daily):
            dates = [_int32((one - date(2000, 1, 1)).days) for one in (day, day)]
            values = [*(text.encode() for text in of), _ALL_RECORDED.to_bytes(2, "big"), *dates]
            values += [run_id.to_bytes(8, "big"), *map(_array, sums)]
            copy.write(len(values).to_bytes(2, "big") + b"".join(_int32(len(one)) + one for one in values))
        copy.write(b"\xff\xff")


def _grown(daily: Sums) -> Iterator[tuple[date, Sums]]:
    so_far = np.zeros(daily.shape[1:])
    for number, of_day in enumerate(daily):
        day = FIRST + timedelta(days=number)
        so_far = of_day if (day.month, day.day) == (1, 1) else so_far + of_day
        yield day, np.where(so_far[0] > 0, so_far, np.nan)


def _int32(number: int) -> bytes:
    return number.to_bytes(4, "big", signed=True)


def _array(values: NDArray[np.float64]) -> bytes:
    """Return an array of PostgreSQL in its binary form; NaN becomes NULL."""
    items = np.zeros(len(values), [("length", ">i4"), ("value", ">f8")])
    items["length"], items["value"] = np.where(np.isnan(values), -1, 8), values
    is_kept = np.ones((len(values), 12), bool)
    is_kept[np.isnan(values), 4:] = False
    head = (1, int(np.isnan(values).any()), 701, len(values), 1)
    return b"".join(map(_int32, head)) + items.view(np.uint8).reshape(-1, 12)[is_kept].tobytes()
