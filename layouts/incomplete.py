"""The sentence on figures that some channels do not record, below the key figures."""

from __future__ import annotations

from collections.abc import Mapping

from layouts import words
from services.text import Lang, Text
from services.views import ChannelPerformance, Overview

MOST_NAMES = 3
SENTENCE = Text(
    en="Not recorded, so not in these sums: {figures}. Ratios count only what records both of their figures.",
    ru="Не записано и в суммы не входит: {figures}. Доли считаются только там, где записаны оба показателя.",
)
OF = Text(en="{figure} of {channels}", ru="{figure} ({channels})")
PARTLY = Text(en="{channel} in part", ru="{channel} — частично")
ALL = Text(en="all channels", ru="все каналы")
AND_MORE = Text(en="{names} and others ({number})", ru="{names} и другие ({number})")

_SUMS: Mapping[str, Text] = {
    "cost": words.SPEND,
    "revenue": words.REVENUE,
    "conversions": words.CONVERSIONS,
    "clicks": words.CLICKS,
    "impressions": words.IMPRESSIONS,
}


def sentence(overview: Overview, lang: Lang) -> str:
    """Return which sums lack which channels; empty where every channel records all figures."""
    missing = [
        OF.format(figure=_lower(title[lang]), channels=_channels(overview, name, lang))[lang]
        for name, title in _SUMS.items()
        if name in overview.incomplete
    ]
    return SENTENCE.format(figures="; ".join(missing))[lang] if missing else ""


def _channels(overview: Overview, figure: str, lang: Lang) -> str:
    by_name = {one.channel: one for one in overview.channels}
    lacking = overview.incomplete[figure]
    if len(lacking) == len(by_name) > 1 and not any(_is_in_part(by_name[name], figure) for name in lacking):
        return ALL[lang]
    names = [
        PARTLY.format(channel=name)[lang] if _is_in_part(by_name[name], figure) else name
        for name in lacking[:MOST_NAMES]
    ]
    joined = ", ".join(names)
    if len(lacking) <= MOST_NAMES:
        return joined
    return AND_MORE.format(names=joined, number=len(lacking) - MOST_NAMES)[lang]


def _is_in_part(channel: ChannelPerformance, figure: str) -> bool:
    return getattr(channel.totals, figure) is not None


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]
