"""The sentences on what the key figures lack or leave out: missing columns, free channels, weekly rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layouts import words
from layouts.reader import Reader
from services.text import Lang, Text, money
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
NOT_IN_DATA = Text(
    en="Not in the data: {figures}.",
    ru="Нет в данных: {figures}.",
)
NO_REVENUE = Text(
    en="Revenue is not in the data, so there is no ROI and no plan of the budget: judge by cost per "
    "conversion, or import a file with revenue.",
    ru="Выручки в данных нет, поэтому нет ни ROI, ни плана бюджета: судите по стоимости привлечения "
    "или загрузите файл с выручкой.",
)
BY_VALUE = Text(
    en="Revenue is not in the data: channels are judged by conversions times what each is worth.",
    ru="Выручки в данных нет: каналы оцениваются по числу конверсий, умноженному на их ценность.",
)
BY_CONVERSIONS = Text(
    en="Revenue is not in the data: channels are judged by what a conversion costs. {meaning}",
    ru="Выручки в данных нет: каналы оцениваются по стоимости конверсии. {meaning}",
)
CEILING = Text(
    en="One may cost {reference} at most.",
    ru="Она может быть не выше {reference}.",
)
MEAN_COST = Text(
    en="Which cost is acceptable is not set (DEMETRA_CONVERSION_COST_CEILING), so no channel is called too "
    "dear; the mean of the newest 90 days is {reference}.",
    ru="Какая стоимость приемлема, не задано (DEMETRA_CONVERSION_COST_CEILING), поэтому ни один канал не "
    "назван слишком дорогим; среднее за последние 90 дней — {reference}.",
)
FREE = Text(
    en="Without spend, so not in ROI and acquisition cost above: {channels}.",
    ru="Без расхода, поэтому не входят в ROI и стоимость привлечения: {channels}.",
)
FREE_ONE = Text(en="{channel} (revenue {revenue})", ru="{channel} (выручка {revenue})")
WEEKLY = Text(
    en="{periods} data, spread evenly over their days: {channels}. Single days are estimates.",
    ru="{periods} данные, поровну разделённые на дни: {channels}. Отдельные дни — приближение.",
)
PERIODS: Mapping[str, Text] = {
    "week": Text(en="Weekly", ru="Недельные"),
    "month": Text(en="Monthly", ru="Месячные"),
}


def sentence(overview: Overview, reader: Reader) -> str:
    """Return what the figures of a period lack or leave out; empty where they do not."""
    lang = reader.lang
    parts = (
        _absent(overview, reader),
        _partial(overview, lang),
        _free(overview, reader),
        *(_spread(overview, grain, lang) for grain in PERIODS),
    )
    return " ".join(filter(None, parts))


def _by_conversions(overview: Overview, reader: Reader) -> str:
    """Return the sentence on what a conversion counts for."""
    worth = overview.snapshot.worth
    meaning = CEILING if worth.has_break_even else MEAN_COST
    reference = money(worth.reference, reader.currency, reader.lang)
    return BY_CONVERSIONS.format(meaning=meaning.format(reference=reference))[reader.lang]


def _absent(overview: Overview, reader: Reader) -> str:
    """Return the sentence on sums that no row of the data records."""
    lang = reader.lang
    absent = _never(overview)
    if "revenue" in overview.totals.unrecorded and overview.snapshot.worth.kind == "value":
        return BY_VALUE[lang]
    if overview.snapshot.worth.in_conversions:
        return _by_conversions(overview, reader)
    if "revenue" in absent:
        return NO_REVENUE[lang]
    figures = ", ".join(words.lower(words.SUMS[name][lang]) for name in absent)
    return NOT_IN_DATA.format(figures=figures)[lang] if absent else ""


def _never(overview: Overview) -> list[str]:
    totals = overview.totals
    return [name for name in words.SUMS if name in totals.unrecorded and getattr(totals, name) is None]


def _partial(overview: Overview, lang: Lang) -> str:
    """Return the sentence on sums that only some rows or channels record."""
    missing = [
        OF.format(figure=words.lower(title[lang]), channels=_channels(overview, name, lang))[lang]
        for name, title in words.SUMS.items()
        if name in overview.incomplete and name not in _never(overview)
    ]
    return SENTENCE.format(figures="; ".join(missing))[lang] if missing else ""


def _free(overview: Overview, reader: Reader) -> str:
    """Return the sentence on channels that bring something and cost nothing."""
    revenues = {one.channel: one.totals.revenue for one in overview.channels if one.channel in overview.free}
    told = [
        FREE_ONE.format(channel=name, revenue=money(revenue, reader.currency, reader.lang))[reader.lang]
        if revenue
        else name
        for name, revenue in list(revenues.items())[:MOST_NAMES]
    ]
    return FREE.format(channels=_listed(told, len(revenues), reader.lang))[reader.lang] if told else ""


def _spread(overview: Overview, grain: str, lang: Lang) -> str:
    """Return the sentence on channels whose rows are of whole weeks or months."""
    spread = [one.channel for one in overview.channels if overview.grain.get(one.channel) == grain]
    if not spread:
        return ""
    is_all = len(spread) == len(overview.channels) > 1
    named = ALL[lang] if is_all else _listed(spread[:MOST_NAMES], len(spread), lang)
    return WEEKLY.format(periods=PERIODS[grain], channels=named)[lang]


def _listed(names: Sequence[str], number: int, lang: Lang) -> str:
    """Return names as a list; `number` is how many there are in all."""
    joined = ", ".join(names)
    if number <= MOST_NAMES:
        return joined
    return AND_MORE.format(names=joined, number=number - MOST_NAMES)[lang]


def _channels(overview: Overview, figure: str, lang: Lang) -> str:
    by_name = {one.channel: one for one in overview.channels}
    lacking = overview.incomplete[figure]
    if len(lacking) == len(by_name) > 1 and not any(_is_in_part(by_name[name], figure) for name in lacking):
        return ALL[lang]
    names = [
        PARTLY.format(channel=name)[lang] if _is_in_part(by_name[name], figure) else name
        for name in lacking[:MOST_NAMES]
    ]
    return _listed(names, len(lacking), lang)


def _is_in_part(channel: ChannelPerformance, figure: str) -> bool:
    return getattr(channel.totals, figure) is not None
