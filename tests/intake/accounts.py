"""Generated accounts: what a platform would export for them, today and days later."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from tests.intake.files import Sums

FIRST = date(2026, 9, 1)
NAMES = ("Brand", "Generic", "Retargeting", "Competitors", "Video", "Local")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an export: one campaign on one day, on one device if the export is broken down by it."""

    day: date
    campaign: str
    impressions: int
    clicks: int
    conversions: int
    cents: int
    revenue: int
    device: str = ""


Export = tuple[Row, ...]


def account(seed: int, *, campaigns: int = 4, days: int = 12, first: date = FIRST) -> Export:
    """Return the days of an account; equal seeds give equal accounts, whatever the first day."""
    rows = []
    for number in range(campaigns):
        level = Random(f"{seed} {number}").uniform(20, 120)
        for n in range(days):
            day = first + timedelta(days=n)
            random = Random(f"{seed} {number} {day}")
            cents = int(level * random.uniform(0.5, 1.5) * 100)
            clicks = max(1, int(cents / random.uniform(40, 90)))
            conversions = sum(random.random() < 0.06 for _ in range(clicks))
            rows.append(
                Row(
                    day,
                    NAMES[number],
                    int(clicks * random.uniform(20, 80)),
                    clicks,
                    conversions,
                    cents,
                    int(conversions * random.uniform(20, 60)) * 100,
                )
            )
    return tuple(rows)


def with_late_conversions(rows: Export, seed: int) -> Export:
    """Return the rows with more conversions, and impressions revised by up to 5 %."""
    random = Random(seed)
    return tuple(
        replace(
            row,
            conversions=row.conversions + random.randrange(3),
            revenue=row.revenue + random.randrange(5) * 1000,
            impressions=int(row.impressions * random.uniform(0.95, 1.05)),
        )
        for row in rows
    )


def with_new_names(rows: Export, names: dict[str, str]) -> Export:
    """Return the rows with other names of some campaigns."""
    return tuple(replace(row, campaign=names.get(row.campaign, row.campaign)) for row in rows)


def with_partial_day(rows: Export) -> Export:
    """Return the rows as they were in the middle of their newest day."""
    newest = max(row.day for row in rows)
    return tuple(
        replace(
            row,
            impressions=row.impressions // 3,
            clicks=row.clicks // 3,
            conversions=0,
            cents=row.cents // 3,
            revenue=0,
        )
        if row.day == newest
        else row
        for row in rows
    )


def by_device(rows: Export) -> Export:
    """Return the rows broken down by device."""
    parts = []
    for row in rows:
        phone = replace(
            row,
            device="phone",
            impressions=row.impressions // 3,
            clicks=row.clicks // 3,
            conversions=row.conversions // 3,
            cents=row.cents // 3,
            revenue=row.revenue // 3,
        )
        rest = {
            name: getattr(row, name) - getattr(phone, name)
            for name in ("impressions", "clicks", "conversions", "cents", "revenue")
        }
        parts += [phone, replace(row, device="pc", **rest)]
    return tuple(parts)


def between(rows: Export, first: int, last: int) -> Export:
    """Return the rows of some days, counted from `FIRST`, both included."""
    return tuple(row for row in rows if first <= (row.day - FIRST).days <= last)


def only(rows: Export, is_kept: Callable[[Row], bool]) -> Export:
    """Return the rows that a filter keeps."""
    return tuple(filter(is_kept, rows))


def save(path: Path, rows: Sequence[Row], columns: Sequence[str] = ()) -> Path:
    """Write an export."""
    head = ["Day", "Campaign", "Impressions", "Clicks", "Conversions", "Cost", "Revenue"]
    has_device = any(row.device for row in rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*head, *(["Device"] if has_device else []), *columns])
        for row in rows:
            cells = [row.day, row.campaign, row.impressions, row.clicks, row.conversions]
            money = [f"{row.cents / 100:.2f}", f"{row.revenue / 100:.2f}"]
            writer.writerow([*cells, *money, *([row.device] if has_device else []), *("x" for _ in columns)])
    return path


def total(rows: Sequence[Row]) -> Sums:
    """Return the sums of an export."""
    return Sums(
        sum(row.impressions for row in rows),
        sum(row.clicks for row in rows),
        Decimal(sum(row.conversions for row in rows)),
        Decimal(sum(row.cents for row in rows)) / 100,
        Decimal(sum(row.revenue for row in rows)) / 100,
    )
