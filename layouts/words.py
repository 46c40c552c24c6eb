"""Names of figures that several modules show; all other texts are next to the thing they name."""

from __future__ import annotations

from collections.abc import Mapping

from services.text import Text

CHANNEL = Text(en="Channel", ru="Канал")
SPEND = Text(en="Spend", ru="Расход")
REVENUE = Text(en="Revenue", ru="Выручка")
ROI = Text(en="ROI", ru="ROI")
CONVERSIONS = Text(en="Conversions", ru="Конверсии")
ACQUISITION_COST = Text(en="Acquisition cost", ru="Стоимость привлечения")
CLICKS = Text(en="Clicks", ru="Клики")
IMPRESSIONS = Text(en="Impressions", ru="Показы")
CTR = Text(en="CTR", ru="CTR")

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
