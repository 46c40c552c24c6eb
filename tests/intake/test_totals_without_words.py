"""Rows of totals are found whatever they are called, also where a total sums a single row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake import import_file
from tests.intake.accounts import Row, account
from tests.intake.files import sums, write

HEADER = "date,campaign,device,impressions,clicks,conversions,cost,revenue"
NAMES = ("Every screen", "Барлығы", "Whole lot", "Ühtekokku")


def _figures(rows: Sequence[Row]) -> tuple[int, ...]:
    names = ("impressions", "clicks", "conversions", "cents", "revenue")
    return tuple(sum(getattr(row, name) for row in rows) for name in names)


def _line(day: object, campaign: str, device: str, rows: Sequence[Row]) -> str:
    impressions, clicks, conversions, cents, revenue = _figures(rows)
    counts = f"{impressions},{clicks},{conversions}"
    return f"{day},{campaign},{device},{counts},{cents / 100:.2f},{revenue / 100:.2f}"


def _split(row: Row, number: int) -> list[Row]:
    """Return a campaign's day by device; every fourth one has a single device."""
    if number % 4 == 0:
        return [replace(row, device="Phone")]
    part = replace(
        row,
        device="Phone",
        impressions=row.impressions // 3,
        clicks=row.clicks // 3,
        conversions=row.conversions // 3,
        cents=row.cents // 3,
        revenue=row.revenue // 3,
    )
    rest = {
        name: getattr(row, name) - getattr(part, name)
        for name in ("impressions", "clicks", "conversions", "cents", "revenue")
    }
    return [part, replace(row, device="Desk", **rest)]


def _stored(connection: sa.Connection) -> tuple[int, ...]:
    found = sums(connection)
    money = (round(100 * found.cost), round(100 * found.revenue))
    return (found.impressions, found.clicks, int(found.conversions), *money)


def _by_device(name: str, rows: Sequence[Row], *, is_first: bool) -> Iterator[str]:
    for number, row in enumerate(rows):
        parts = _split(row, number)
        total = [_line(row.day, row.campaign, name, parts)]
        lines = [_line(row.day, row.campaign, part.device, [part]) for part in parts]
        yield from (*total, *lines) if is_first else (*lines, *total)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_first", [True, False])
def test_totals_of_each_campaign_by_device_are_left_out(
    connection: sa.Connection, tmp_path: Path, name: str, is_first: bool
) -> None:
    rows = account(11, campaigns=3)
    path = write(tmp_path, *_by_device(name, rows, is_first=is_first), header=HEADER)

    report = import_file(connection, path)

    assert _stored(connection) == _figures(rows)
    assert report.rows_left_out == len(rows)


@pytest.mark.parametrize("name", NAMES)
def test_totals_of_days_with_a_single_campaign_are_left_out(
    connection: sa.Connection, tmp_path: Path, name: str
) -> None:
    rows = [row for row in account(12, campaigns=3) if row.day.day % 4 or row.campaign == "Brand"]
    days = sorted({row.day for row in rows})
    lines = []
    for day in days:
        of_day = [row for row in rows if row.day == day]
        lines += [_line(day, row.campaign, "All", [row]).replace(",All", "") for row in of_day]
        lines.append(_line(day, name, "All", of_day).replace(",All", ""))

    report = import_file(connection, write(tmp_path, *lines, header=HEADER.replace("device,", "")))

    assert _stored(connection) == _figures(rows)
    assert report.rows_left_out == len(days)


@pytest.mark.parametrize("devices", [("Phone", "Desk"), ("Phone", "Desk", "Tablet")])
def test_devices_with_equal_figures_are_no_totals(
    connection: sa.Connection, tmp_path: Path, devices: tuple[str, ...]
) -> None:
    rows = account(13, campaigns=2)
    lines = [_line(row.day, row.campaign, device, [row]) for row in rows for device in devices]

    report = import_file(connection, write(tmp_path, *lines, header=HEADER))

    assert _stored(connection) == tuple(len(devices) * value for value in _figures(rows))
    assert report.rows_left_out == 0
