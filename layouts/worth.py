"""The sentence on what the figures of the Overview are judged by, below the key figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from services.text import Lang, Text, percent
from services.views import Overview

MOST_NAMES = 3

ATTRIBUTED = Text(
    en="Revenue is what the ad platforms attribute to their ads.",
    ru="Выручка — та, которую рекламные площадки приписывают своей рекламе.",
)
OF_MARGIN = Text(
    en="ROI is that of gross margin: {margins} of revenue.",
    ru="ROI считается по валовой прибыли: {margins} от выручки.",
)
OTHERS = Text(en="{usual} ({own})", ru="{usual} ({own})")
AND_MORE = Text(en="other channels: {number}", ru="других каналов: {number}")


def sentence(overview: Overview, lang: Lang) -> str:
    """Return what revenue and ROI of the overview mean; empty where there is no revenue at all."""
    if "revenue" in overview.totals.unrecorded:
        return ""
    margins = overview.snapshot.worth.margins
    parts = [ATTRIBUTED[lang]]
    if margins:
        of_channels = {one.channel: margins.get(one.channel, 1.0) for one in overview.channels}
        parts.append(OF_MARGIN.format(margins=_margins(of_channels, lang))[lang])
    return " ".join(parts)


def _margins(of_channels: Mapping[str, float], lang: Lang) -> str:
    """Return the margin that most channels have, and the channels with another one."""
    usual = Counter(of_channels.values()).most_common(1)[0][0]
    own = [f"{channel} {percent(m, lang)}" for channel, m in of_channels.items() if m != usual]
    shown = own[:MOST_NAMES]
    if len(own) > MOST_NAMES:
        shown.append(AND_MORE.format(number=len(own) - MOST_NAMES)[lang])
    told = percent(usual, lang)
    return OTHERS.format(usual=told, own=", ".join(shown))[lang] if shown else told
