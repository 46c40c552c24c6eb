"""Names of figures that several modules show; all other texts are next to the thing they name."""

from __future__ import annotations

from collections.abc import Mapping

from services.text import Text
from services.views import KPI_TITLES

CHANNEL = Text(en="Channel", ru="Канал")
SPEND = KPI_TITLES["spend"]
REVENUE = KPI_TITLES["revenue"]
ROI = KPI_TITLES["roi"]
CONVERSIONS = KPI_TITLES["conversions"]
ACQUISITION_COST = KPI_TITLES["acquisition_cost"]
CLICKS = Text(en="Clicks", ru="Клики")
IMPRESSIONS = Text(en="Impressions", ru="Показы")
CTR = KPI_TITLES["ctr"]

SUMS: Mapping[str, Text] = {
    "cost": SPEND,
    "revenue": REVENUE,
    "conversions": CONVERSIONS,
    "clicks": CLICKS,
    "impressions": IMPRESSIONS,
}


def lower(title: str) -> str:
    """Return a title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]
