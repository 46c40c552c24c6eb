"""One CSV file of rows for each month, and its version.

The file covers the days from its first to its last row, and replaces all rows there. The platform leaves out
days without figures. Where an earlier version of the file had rows before or after those of this one, a row
of zeros extends the cover to that day, so that figures which the platform has withdrawn do not stay.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Self

from services.sources.platforms.answers import UnreadableError
from services.sources.platforms.spec import Account, Period, Row

HEADINGS = (
    *("Date", "Channel", "Campaign ID", "Campaign", "Currency", "Impressions", "Clicks", "Cost"),
    *("Conversions", "Revenue", "Time zone"),
)
_MICRO = Decimal("0.000001")  # six decimals are never read as thousands
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Version:
    """The version of a month's file: its content, and the first and last day that it covers."""

    digest: str
    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.digest} {self.first} {self.last}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the version that a text tells, None for another text."""
        try:
            digest, first, last = text.split()
            return cls(digest, date.fromisoformat(first), date.fromisoformat(last))
        except ValueError:
            return None


def ordered(rows: Iterable[Row]) -> list[Row]:
    """Return rows by day and campaign; a campaign that stands twice on a day is unreadable."""
    found = sorted(rows, key=lambda row: (row.day, row.campaign_id))
    for one, other in pairwise(found):
        if (one.day, one.campaign_id) == (other.day, other.campaign_id):
            raise UnreadableError(f"campaign {one.campaign_id} twice on {one.day}")
    return found


def covering(rows: Sequence[Row], period: Period, earlier: Version | None) -> list[Row]:
    """Return the rows of a period, with rows of zeros where its earlier version covers more days."""
    if earlier is None or not rows:
        return list(rows)
    first, last = max(earlier.first, period.first), min(earlier.last, period.last)
    before = [_empty(rows[0], first)] if first < rows[0].day else []
    after = [_empty(rows[-1], last)] if last > rows[-1].day else []
    return [*before, *rows, *after]


def write_file(path: Path, rows: Sequence[Row], account: Account, channel: str) -> str:
    """Write rows as CSV and return the hash of the content.

    Revenue that some rows have is 0 in the others; if none has it, the column stays empty. So do conversions.
    """
    has_conversions = any(row.conversions is not None for row in rows)
    has_revenue = any(row.revenue is not None for row in rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS)
        for row in rows:
            names = (row.day.isoformat(), channel, row.campaign_id, row.campaign, account.currency)
            money = _decimal(row.cost, is_kept=True)
            results = (_decimal(row.conversions, has_conversions), _decimal(row.revenue, has_revenue))
            writer.writerow((*names, row.impressions, row.clicks, money, *results, account.time_zone))
    return sha256(path.read_bytes()).hexdigest()[:32]


def _decimal(value: Decimal | None, is_kept: bool) -> str:
    return f"{(value or _ZERO).quantize(_MICRO, ROUND_HALF_EVEN):f}" if is_kept else ""


def _empty(row: Row, day: date) -> Row:
    conversions = None if row.conversions is None else _ZERO
    revenue = None if row.revenue is None else _ZERO
    return replace(
        row, day=day, impressions=0, clicks=0, cost=_ZERO, conversions=conversions, revenue=revenue
    )
