"""Advertising accounts with daily figures, as the local platforms of the tests have them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
LAST = date(2026, 11, 29)
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo", "UTC", "Australia/Sydney")
_NAMES = (
    "Brand",
    "Sale, 20% off",
    'The "best" shoes',
    "Бренд | поиск",
    "日本語 キャンペーン",
    "Été – Prospecting",
    "🔥 Black Friday",
    "Total",
    "Итого",
    "=SUM(A1)",
    "a" * 150,
    "Kampagne; Süd",
    "  spaced  name ",
    "2026-11",
    "10 000",
    "عرض خاص",
)


@dataclass(frozen=True)
class Figures:
    """What a campaign had on one day; None where the platform does not know."""

    day: date
    campaign_id: str
    campaign: str
    impressions: int
    clicks: int
    cost: Decimal
    conversions: Decimal
    revenue: Decimal | None


@dataclass
class Account:
    """An account of a platform, `page_rows` of whose rows are in one page or chunk."""

    id: str
    currency: str
    zone: str
    rows: list[Figures] = field(default_factory=list)
    page_rows: int = 1000

    def between(self, first: str, last: str) -> list[Figures]:
        """Return the rows of a period, in the order in which the platform has them."""
        return [row for row in self.rows if date.fromisoformat(first) <= row.day <= date.fromisoformat(last)]

    def total(self, name: str) -> Decimal:
        """Return the sum of a figure to the cent."""
        values = (getattr(row, name) for row in self.rows)
        return sum((Decimal(value) for value in values if value is not None), Decimal(0))


def generated(seed: int, currency: str) -> Account:
    """Return an account with random campaigns, days and figures, some of them odd."""
    random = Random(seed)
    first = LAST - timedelta(days=random.choice((2, 9, 27)))
    campaigns = random.sample(range(len(_NAMES)), random.choice((1, 2, 5, 9)))
    rows = [
        _figures(random, day, 10**16 + seed * 1000 + number, _NAMES[number])
        for day in _days(first)
        for number in campaigns
        if random.random() < 0.8
    ]
    random.shuffle(rows)
    return Account(
        str(10**9 + seed), currency, random.choice(ZONES), rows, page_rows=random.choice((1, 7, 1000))
    )


def corrected(account: Account, seed: int) -> Account:
    """Return the account a day later: conversions and revenue of the last days have grown."""
    random = Random(seed)
    changed = [
        replace(row, conversions=row.conversions + 1, revenue=(row.revenue or Decimal(0)) + Decimal("9.99"))
        if (LAST - row.day).days < 7 and random.random() < 0.5
        else row
        for row in account.rows
    ]
    return replace(account, rows=changed)


def _days(first: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((LAST - first).days + 1)]


def _figures(random: Random, day: date, campaign: int, name: str) -> Figures:
    size = random.choice((0, 1, 1, 1, 1, 10_000))
    impressions = random.randint(0, 50_000) * size
    clicks = random.randint(0, impressions // 10) if impressions else 0
    cents = random.randint(0, 90_000) * size
    conversions = random.randint(0, 40) * min(size, 1)
    revenue = Decimal(random.randint(0, 500_000)) / 100 if conversions else Decimal(0)
    return Figures(
        day, str(campaign), name, impressions, clicks, Decimal(cents) / 100, Decimal(conversions), revenue
    )
