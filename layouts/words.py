"""Names of figures that several modules show; all other texts are next to the thing they name."""

from __future__ import annotations

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
